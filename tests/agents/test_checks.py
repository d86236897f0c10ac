"""Every check finds what it is there for, and lets sound statements pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agents.budget import TurnLimits
from agents.checks import RESULT_CHECKS, STATEMENT_CHECKS, check_result, check_statement, first_failure
from agents.checks.base import Outcome, Statement
from agents.events import ConformancePoint
from agents.plan import PlanStep
from agents.plans.reading import plan_query_of
from connectors.base import (
    Capabilities,
    Column,
    CostEstimate,
    ForeignKey,
    JsonValue,
    QueryResult,
    ResultColumn,
    Schema,
    Table,
    TypeFamily,
)
from connectors.errors import FailureKind, QueryRejected
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.readings.parse import from_sql
from knowledge.base import ColumnKey, ColumnKind, ColumnProfile

INTEGER, TEXT = TypeFamily.integer, TypeFamily.text
SCHEMA = Schema(
    (
        Table(
            "shop", (Column("id", "INTEGER", INTEGER, primary_key=True), Column("rent", "INTEGER", INTEGER))
        ),
        Table(
            "sale",
            (
                Column("id", "INTEGER", INTEGER, primary_key=True),
                Column("shop_id", "INTEGER", INTEGER),
                Column("price", "INTEGER", INTEGER),
            ),
            foreign_keys=(ForeignKey(("shop_id",), "shop", ("id",)),),
        ),
    )
)
PROFILES: dict[ColumnKey, ColumnProfile] = {
    ("sale", "shop_id"): ColumnProfile(ColumnKind.id, rows=100, distinct=7, nulls=4),
    ("sale", "price"): ColumnProfile(ColumnKind.measure, rows=100, distinct=50, nulls=0, min=1, max=90),
}
CAPABILITIES = Capabilities(
    engine="SQLite",
    dialect="sqlite",
    read_only_enforced=True,
    can_cancel=True,
    can_explain=True,
    lists_read_tables=True,
)


def statement(sql: str) -> Statement:
    reading = from_sql(sql, "sqlite", SCHEMA)
    step = PlanStep(id="s1", source_id="a", source_name="A", query=plan_query_of(reading, SCHEMA, "sqlite"))
    safe = guard.admit(sql, CAPABILITIES, EVERYTHING)
    return Statement(sql, step, "llm", "sqlite", SCHEMA, PROFILES, TurnLimits(), safe=safe, reading=reading)


def verdict(found: Statement, name: str) -> tuple[str, str]:
    (check,) = [check for check in check_statement(found) if check.name == name]
    return check.verdict, check.detail


def test_checks_are_named_once_and_titled() -> None:
    names = [check.name for check in STATEMENT_CHECKS] + [check.name for check in RESULT_CHECKS]
    titles = {check.title for check in STATEMENT_CHECKS} | {check.title for check in RESULT_CHECKS}
    assert len(set(names)) == len(names) == len(titles)


@pytest.mark.parametrize(
    ("kind", "rule", "failed"),
    [
        (FailureKind.syntax, "parse", "parses"),
        (FailureKind.permission, "root", "read_only"),
        (FailureKind.permission, "table", "permitted"),
    ],
)
def test_a_refusal_fails_exactly_one_check(kind: FailureKind, rule: str, failed: str) -> None:
    found = replace(
        statement("SELECT id FROM shop"), safe=None, refusal=QueryRejected("no", kind=kind, rule=rule)
    )
    verdicts = {check.name: check.verdict for check in check_statement(found)}
    assert [name for name, what in verdicts.items() if what == "failed"] == [failed]
    assert verdicts["conforms"] == "skipped"


def test_the_engine_must_agree_about_the_tables() -> None:
    found = replace(statement("SELECT id FROM shop"), engine_tables=frozenset({"shop", "sale"}))
    assert verdict(found, "permitted")[0] == "failed"
    assert verdict(replace(found, engine_tables=frozenset({"main.shop"})), "permitted")[0] == "passed"


@pytest.mark.parametrize(
    ("sql", "name", "said"),
    [
        ("SELECT SUM(shop.rent) FROM shop JOIN sale ON sale.shop_id = shop.id", "fan_out", "once for each matching row of sale"),
        ("SELECT sale.id FROM sale JOIN shop ON sale.shop_id = shop.id", "lost_rows", "4 of 100 rows of sale have no match in shop"),
        ("SELECT shop.id FROM shop CROSS JOIN sale", "crossed", "combined with every row"),
        ("SELECT id FROM shop WHERE id NOT IN (SELECT shop_id FROM sale)", "null_keys", "finds no row"),
    ],
)  # fmt: skip
def test_unsound_joins_warn(sql: str, name: str, said: str) -> None:
    what, detail = verdict(statement(sql), name)
    assert (what, said in detail) == ("warning", True), detail


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT SUM(sale.price) FROM shop LEFT JOIN sale ON sale.shop_id = shop.id",
        "SELECT COUNT(DISTINCT shop.id) FROM shop LEFT JOIN sale ON sale.shop_id = shop.id",
        "SELECT id FROM shop WHERE id NOT IN (SELECT shop_id FROM sale WHERE shop_id IS NOT NULL)",
    ],
)
def test_sound_joins_pass(sql: str) -> None:
    for name in ("crossed", "fan_out", "lost_rows", "null_keys"):
        assert verdict(statement(sql), name)[0] in ("passed", "skipped"), name


def test_cost_is_bounded_by_rows_and_bytes() -> None:
    found = statement("SELECT id FROM shop")
    assert verdict(found, "cost")[0] == "skipped"
    assert verdict(replace(found, estimate=CostEstimate(rows=10)), "cost")[0] == "passed"
    assert verdict(replace(found, estimate=CostEstimate(rows=1e12)), "cost")[0] == "failed"
    assert verdict(replace(found, estimate=CostEstimate(bytes=1e15)), "cost")[0] == "failed"
    assert verdict(replace(found, estimate_refusal="no such function"), "cost") == (
        "failed",
        "no such function",
    )


def test_a_broken_promise_fails_and_says_which() -> None:
    found = statement("SELECT id FROM shop")
    point = ConformancePoint(
        part="limit", promise="The first 3 rows", verdict="different", detail="No limit."
    )
    assert verdict(replace(found, points=(point,)), "conforms") == ("failed", "No limit.")
    assert verdict(replace(found, points=(point,), origin="reviewer"), "conforms")[0] == "warning"
    assert first_failure(check_statement(replace(found, reading=None))) is not None


def outcome(
    sql: str, rows: Sequence[Sequence[JsonValue]], truncated: bool = False
) -> dict[str, tuple[str, str]]:
    columns = tuple(ResultColumn(f"c{i}", "INTEGER", INTEGER) for i in range(len(rows[0]) if rows else 1))
    found = Outcome(statement(sql), QueryResult(columns, rows, truncated), len(rows))
    return {check.name: (check.verdict, check.detail) for check in check_result(found)}


def test_odd_results_warn() -> None:
    average = "SELECT AVG(price) FROM sale"
    assert "No rows" in outcome("SELECT id FROM shop", [])["plausible"][1]
    assert "no value in any row" in outcome(average, [[None]])["plausible"][1]
    assert "33%" in outcome("SELECT id FROM shop", [[1], [2], [None]])["plausible"][1]
    assert "first 2 rows" in outcome("SELECT id FROM shop", [[1], [2]], truncated=True)["plausible"][1]
    sound = outcome(average, [[45]])
    assert sound["plausible"] == sound["profile"] == ("passed", "")
    assert outcome(average, [[500]])["profile"][0] == "warning"


def test_a_group_without_a_name_is_no_gap() -> None:
    sql = "SELECT shop_id, COUNT(*) FROM sale GROUP BY shop_id"
    assert outcome(sql, [[1, 5], [None, 2]])["plausible"][0] == "passed"
