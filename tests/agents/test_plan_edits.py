"""An edit of the plan card changes what it says and nothing else: in the plan, in the diff, in the statement."""

from __future__ import annotations

from typing import Any

import pytest

from agents.back_translation import back_translate
from agents.conformance import conform
from agents.plan import Plan, PlanQuery, PlanStep
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.diff import plan_changes
from agents.plans.reading import plan_query_of
from connectors.base import Column, Schema, Table, TypeFamily
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql

TEXT, NUMBER = TypeFamily.text, TypeFamily.decimal
SCHEMA = Schema(
    (
        Table("city", (Column("id", "INTEGER", TypeFamily.integer, False, True), Column("name", "TEXT", TEXT), Column("land", "TEXT", TEXT))),
        Table(
            "visit",
            (
                Column("id", "INTEGER", TypeFamily.integer, False, True), Column("city_id", "INTEGER", TypeFamily.integer),
                Column("fee", "REAL", NUMBER), Column("tip", "REAL", NUMBER), Column("day", "DATE", TypeFamily.date),
            ),
        ),
    )
)  # fmt: skip
SQL = (
    "SELECT c.land, SUM(v.fee) AS income, COUNT(*) AS visits FROM visit AS v LEFT JOIN city AS c ON v.city_id = c.id "
    "WHERE v.fee > 5 AND c.name IN ('Oslo', 'Rome') GROUP BY c.land ORDER BY income DESC LIMIT 3"
)
EDITS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    # where: what it becomes; path of the change; before and after as the person sees them; what the statement then says
    "another limit": ({"limit": 10}, "limit", "3 → 10", "LIMIT 10"),
    "no limit": ({"limit": None}, "limit", "3 → ", "DESC"),
    "another value": ({"filters.0.values": [7]}, "filters.f4.values", "5 → 7", "v.fee > 7"),
    "another comparison": ({"filters.0.operator": ">="}, "filters.f4.operator", "> → >=", "v.fee >= 5"),
    "another column": ({"filters.0.column": {"table": "v", "column": "tip"}}, "filters.f4.column", "v.fee → v.tip", "v.tip > 5"),
    "a city more": ({"filters.1.values": ["Oslo", "Rome", "Bern"]}, "filters.f5.values", "Oslo, Rome → Oslo, Rome, Bern", "'Bern'"),
    "another number": ({"measures.0.function": "avg"}, "measures.m2.function", "sum → avg", "AVG(v.fee)"),
    "another grain": ({"dimensions.0.column": {"table": "c", "column": "name"}}, "dimensions.d1.column", "c.land → c.name", "GROUP BY c.name"),
    "the other direction": ({"order.0.descending": False}, "order", "income descending → income ascending", "ORDER BY SUM(v.fee)\n"),
    "only with a city": ({"joins.0.kind": "inner"}, "joins", "v.city_id = c.id, also without a partner → v.city_id = c.id", "\nJOIN city"),
    "rows once": ({"distinct": True}, "distinct", "no → yes", "SELECT DISTINCT"),
    "a hidden number": ({"measures.1.shown": False}, "measures.m3.shown", "yes → no", "income\nFROM"),
}  # fmt: skip


def _plan(query: PlanQuery) -> Plan:
    return Plan(question="q", steps=(PlanStep(id="s1", source_id="a", source_name="A", query=query),))


def _query() -> PlanQuery:
    return plan_query_of(from_sql(SQL, "sqlite", SCHEMA), SCHEMA, "sqlite")


def _edited(query: PlanQuery, changes: dict[str, Any]) -> PlanQuery:
    data = query.model_dump(mode="json")
    for path, value in changes.items():
        *way, last = path.split(".")
        part: Any = data
        for key in way:
            part = part[int(key)] if key.isdigit() else part[key]
        part[last] = value
    return PlanQuery.model_validate(data)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_only_what_it_says(name: str) -> None:
    changes, path, said, statement = EDITS[name]
    query = _query()
    edited = _edited(query, changes)
    (change,) = plan_changes(_plan(query), _plan(edited))
    assert change.path == f"steps.s1.query.{path}"
    assert f"{change.before} → {change.after}" == said
    before, after = (to_sql(reading_of(q, "sqlite", SCHEMA), "sqlite") for q in (query, edited))
    assert statement in after, after
    assert statement not in before or name == "no limit"
    kept = set(before.splitlines()) & set(after.splitlines())
    assert len(kept) >= len(before.splitlines()) - 2, (before, after)
    points = conform(query, from_sql(after, "sqlite", SCHEMA), "sqlite", SCHEMA)
    assert any(point.verdict != "kept" for point in points)
    assert all(
        p.verdict == "kept" for p in conform(edited, from_sql(after, "sqlite", SCHEMA), "sqlite", SCHEMA)
    )


def test_taking_a_filter_away_and_adding_one() -> None:
    query = _query()
    fewer = query.model_copy(update={"filters": query.filters[:1]})
    (gone,) = plan_changes(_plan(query), _plan(fewer))
    assert (gone.path, gone.before, gone.after) == ("steps.s1.query.filters.f5", "c.name in Oslo, Rome", "")
    (back,) = plan_changes(_plan(fewer), _plan(query))
    assert (back.before, back.after) == ("", "c.name in Oslo, Rome")
    assert "Oslo" not in back_translate(reading_of(fewer, "sqlite", SCHEMA), SCHEMA)


def test_an_edit_that_contradicts_the_plan_is_told() -> None:
    query = _query()
    with pytest.raises(CannotPlan, match="does not read x"):
        reading_of(_edited(query, {"filters.0.column": {"table": "x", "column": "fee"}}), "sqlite", SCHEMA)
    with pytest.raises(CannotPlan, match="ordered by m9"):
        reading_of(_edited(query, {"order.0.by": "m9"}), "sqlite", SCHEMA)
    with pytest.raises(CannotPlan, match="needs one value"):
        reading_of(_edited(query, {"filters.0.values": []}), "sqlite", SCHEMA)
