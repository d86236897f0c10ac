"""Statements laid out for comparison say exactly what they said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlglot import Dialect, TokenType
from sqlglot.errors import SqlglotError

from backend.reviews.layout import laid_out

CORPUS = Path(__file__).parents[1] / "connectors" / "sql" / "corpus" / "ordinary.jsonl"

TYPED = "select country,count( * ) as n from customers where a=-1 and b between 1 and 2 and c in (select id from t where x>5) group by country order by 2 desc limit 5"
SHOWN = """SELECT country, COUNT(*) AS n
FROM customers
WHERE a = -1 AND b BETWEEN 1 AND 3
  AND c IN (SELECT id FROM t WHERE x > 5)
GROUP BY country
ORDER BY 2 DESC
LIMIT 5"""


def test_only_what_was_changed_differs() -> None:
    before, after = laid_out(TYPED, "postgres").splitlines(), laid_out(SHOWN, "postgres").splitlines()
    assert len(before) == len(after) > 10
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a.casefold() != b.casefold()]
    assert changed == [("  AND b BETWEEN 1 AND 2", "  AND b BETWEEN 1 AND 3")]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "duckdb"])
def test_nothing_is_lost_or_added(dialect: str) -> None:
    """Comments, literals and odd forms included; a reviewer approves what is read here."""
    lines = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    ordinary = [line["sql"] for line in lines if dialect in line["dialects"]]
    assert len(ordinary) > 50
    for sql in [*ordinary, "-- first\nselect 1 /* in */ , 'a  b' -- last", "select 'open"]:
        shown = laid_out(sql, dialect)
        assert "".join(shown.split()).casefold() == "".join(sql.split()).casefold(), sql
        assert laid_out(shown, dialect) == shown, sql
        assert _literals(shown, dialect) == _literals(sql, dialect), sql


def _literals(sql: str, dialect: str) -> list[str]:
    """Blanks in these are part of them."""
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    except SqlglotError:
        return []
    return [t.text for t in tokens if t.token_type in (TokenType.STRING, TokenType.IDENTIFIER)]


def test_a_comment_swallows_nothing() -> None:
    assert laid_out("select a -- the one\nfrom t", "sqlite").splitlines() == ["SELECT a -- the one", "FROM t"]
    assert laid_out("select a -- x\n+ b from t", "sqlite").splitlines()[1].strip() == "+ b"
