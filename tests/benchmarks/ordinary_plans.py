"""What becomes of the guard's ordinary corpus in a plan, per dialect.

usage: python -m tests.benchmarks.ordinary_plans [--show]

Each statement should be read, get a plan, conform to it, and conform again once it is rebuilt from it.
"""

from __future__ import annotations

import argparse
import logging
import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from agents.conformance import conform
from agents.plan import PlanQuery
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.reading import plan_query_of
from connectors.base import Schema
from connectors.sql.dialects import DIALECTS
from connectors.sql.reading import Reading
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable
from connectors.sqlite_schema import read
from tests.connectors.sql.corpus_schema import corpus, statements

STEPS = ("read", "planned", "conforms", "rebuilt conforms")


@dataclass
class Outcome:
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(what went wrong, the statement)."""


def fleet_schema() -> Schema:
    connection = sqlite3.connect(":memory:")
    try:
        for statement in statements("sqlite"):
            connection.execute(statement)
        return read(connection)
    finally:
        connection.close()


def through_plans(dialect: str, schema: Schema) -> Outcome:
    outcome = Outcome()
    for item in corpus("ordinary", dialect):
        outcome.counts["statements"] += 1
        reached = _reached(item["sql"], dialect, schema)
        outcome.counts.update(STEPS[:reached])
        if reached < len(STEPS):
            outcome.failed.append((f"not {STEPS[reached]}", item["sql"]))
    return outcome


def _reached(sql: str, dialect: str, schema: Schema) -> int:
    """How many of the steps a statement gets through."""
    try:
        reading = from_sql(sql, dialect, schema)
    except NotReadable:
        return 0
    try:
        plan = PlanQuery.model_validate_json(plan_query_of(reading, schema, dialect).model_dump_json())
        again = to_sql(reading_of(plan, dialect, schema), dialect)
    except CannotPlan:
        return 1
    if not kept(plan, reading, dialect, schema):
        return 2
    try:
        return 4 if kept(plan, from_sql(again, dialect, schema), dialect, schema) else 3
    except NotReadable:
        return 3


def kept(plan: PlanQuery, reading: Reading, dialect: str, schema: Schema) -> bool:
    return all(point.verdict == "kept" for point in conform(plan, reading, dialect, schema))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print what fails")
    show = parser.parse_args().show
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    schema = fleet_schema()
    print(f"{'':12}{'statements':>11}" + "".join(f"{step:>18}" for step in STEPS))
    for dialect in DIALECTS:
        outcome = through_plans(dialect, schema)
        print(f"{dialect:12}" + "".join(f"{outcome.counts[s]:>{w}}" for s, w in zip(("statements", *STEPS), (11, 18, 18, 18, 18), strict=True)))  # fmt: skip
        for what, sql in outcome.failed if show else ():
            print(f"   {what}: {sql}")


if __name__ == "__main__":
    main()
