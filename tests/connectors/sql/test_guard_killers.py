"""Short texts that keep a parser busy, or kill it: refused in time, and the usual statement does not wait for them."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.errors import QueryRejected
from connectors.sql.admission import decider_child
from connectors.sql.admission.deciders import decide, warm
from connectors.sql.admission.decision import decision
from connectors.sql.policy import EVERYTHING
from tests.connectors.sql.corpus_schema import DIALECTS

SECONDS = 6.0
"""Three times what a refusal may take: this machine runs other tests meanwhile."""


def nested(opening: str, middle: str, closing: str, depth: int) -> str:
    return opening * depth + middle + closing * depth


KILLERS = {
    "parentheses": "SELECT " + nested("(", "1", ")", 9_000),
    "open parentheses": "SELECT " + "(" * 9_000,
    "brackets": "SELECT " + "[" * 9_000,
    "timestamps": "SELECT " + nested("TIMESTAMP (", "1", ")", 30),
    "dates": "SELECT " + nested("DATE(", "1", ")", 35),
    "maps of maps": f"SELECT CAST(1 AS {nested('MAP(INT, ', 'INT', ')', 30)})",
    "arrays": "SELECT " + nested("ARRAY[", "1", "]", 30),
    "arrays of arrays": "SELECT 1::INT" + "[]" * 1_900,
    "subscripts": "SELECT a" + "[1]" * 1_300,
    "sub-queries": nested("SELECT * FROM (", "SELECT 1", ")", 45),
    "cases": "SELECT " + nested("CASE WHEN 1 THEN ", "1", " END", 300),
    "nots": "SELECT " + "NOT " * 2_000 + "1",
    "joins": "SELECT * FROM a" + " JOIN b" * 200,
    "cross joins": "SELECT * FROM a" + ", b" * 1_900,
    "unions": "SELECT 1" + " UNION SELECT 1" * 1_500,
    "a long IN list": f"SELECT * FROM a WHERE b IN ({', '.join('1' for _ in range(9_000))})",
    "sums": "SELECT 1" + " + 1" * 9_000,
    "a huge text": f"SELECT '{'x' * 10_000_000}'",
    "an open text": "SELECT '" + "x" * 15_000,
    "an open name": 'SELECT "' + "x" * 15_000,
    "an open comment": "SELECT 1 /*" + "x" * 15_000,
    "comments in comments": "SELECT 1 " + "/*" * 5_000,
    "dollars": "SELECT " + "$" * 15_000,
    "NUL": "SELECT 1\0",
    "many NULs": "\0" * 15_000,
    "text that turns direction": "SELECT 1 \u202e",
    "half a character": "SELECT '\ud800'",
    "byte order marks": "\ufeff" * 100 + "SELECT 1",
    "templates": "SELECT " + "{{" * 5_000,
    "selects": "SELECT " * 2_500,
    "a window in a window": "SELECT " + nested("sum(1) OVER (ORDER BY ", "1", ")", 60),
    "a deep pivot": nested("PIVOT (", "a", " ON b)", 60),
}


def refused(sql: str, dialect: str) -> str:
    """The rule; an admitted text fails the test."""
    with pytest.raises(QueryRejected) as refusal:
        decide(sql, dialect, EVERYTHING, rewrite=False)
    return refusal.value.rule


@pytest.mark.parametrize("killer", KILLERS.values(), ids=KILLERS)
def test_a_killer_is_refused_in_time(killer: str) -> None:
    warm()
    for dialect in DIALECTS:
        started = time.monotonic()
        assert refused(killer, dialect)
        assert time.monotonic() - started < SECONDS
    assert decide("SELECT 1", "sqlite", EVERYTHING, rewrite=False) == ("SELECT 1", frozenset())


def slow(depth: int) -> str:
    """What the looks at the text let through to the parser, which would read it for hours."""
    return "SELECT " + nested("IF[", "1", "]", depth)


def test_killers_at_once_do_not_starve_an_ordinary_statement() -> None:
    """How long it waits is for the benchmark; here it must be admitted while eight killers are read."""
    warm()
    with ThreadPoolExecutor(8) as threads:
        killers = [threads.submit(refused, slow(30 + place), "postgres") for place in range(8)]
        time.sleep(0.05)
        for _ in range(20):
            assert decide("SELECT count(*) FROM ships", "postgres", EVERYTHING, rewrite=False)
        assert {killer.result() for killer in killers} == {"parse-time"}


def test_lost_processes_are_replaced() -> None:
    """A decider that dies, and the mother of all deciders, cost nobody an answer."""
    from connectors.sql.admission.deciders import _deciders

    warm()
    mother = _deciders._mother._process
    assert mother is not None
    os.kill(mother.pid, 9)
    mother.wait()
    for lane in (_deciders._first, _deciders._second):
        lane.stop()
    assert decide("SELECT 1", "sqlite", EVERYTHING, rewrite=False) == ("SELECT 1", frozenset())


def test_what_the_guard_does_not_understand_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise StopIteration

    assert decision("SELECT 1", "sqlite", EVERYTHING, rewrite=False)
    monkeypatch.setattr(decider_child, "decision", broken)
    assert decider_child._answer("SELECT 1", "sqlite", EVERYTHING, False)["rule"] == "unread-StopIteration"
