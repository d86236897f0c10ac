"""How well statements are held to plans: readings, round trips, and statements broken on purpose.

usage: python -m tests.benchmarks.plan_contract [questions.json] [--databases DIR] [--limit N] [--show N]

`questions.json` is a list of `{db_id, query}`; DIR holds `ID/ID.sqlite`. Of the statements that run:
how many are read, how many come back from their plan with the same rows and conform to it, how many
broken ones are caught per kind, and what admitting and reading cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlglot

from agents.conformance import conform
from agents.plan import PlanQuery
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.reading import plan_query_of
from agents.same_result import is_ordered, same_result
from connectors.base import Schema
from connectors.errors import QueryRejected
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.reading import Order, Reading, Star
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable
from connectors.sqlite import SqliteConnector
from tests.benchmarks._mutations import mutants
from tests.benchmarks._sqlite_rows import rows_of

QUESTIONS = Path("../shared/data/spider/train.json")
DIALECT = "sqlite"


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    """Mutants that keep the plan and give the same rows."""
    seconds: list[float] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, text: str) -> None:
        self.counts[what] += 1
        self.examples.setdefault(what, []).append(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS)
    parser.add_argument("--databases", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="only the first N different statements")
    parser.add_argument("--show", type=int, default=0, help="print N examples of every failure")
    options = parser.parse_args()
    if not options.questions.exists():
        print(f"skipped: {options.questions} is not there")
        return 0
    databases = options.databases or options.questions.parent / "database"
    items = json.loads(options.questions.read_text())
    pairs = list(dict.fromkeys((item["db_id"], item["query"]) for item in items))
    tally = Tally()
    for name, statements in _by_database(pairs[: options.limit or None]):
        path = databases / name / f"{name}.sqlite"
        if path.exists():
            schema = asyncio.run(_schema(path))
            for sql in statements:
                _statement(path, schema, sql, tally)
    _report(tally, options.show)
    return 0


def _by_database(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = {}
    for name, sql in pairs:
        grouped.setdefault(name, []).append(sql)
    yield from grouped.items()


async def _schema(path: Path) -> Schema:
    connector = await open_connector("sqlite", {"path": str(path)})
    try:
        return await connector.schema()
    finally:
        await connector.close()


def _statement(path: Path, schema: Schema, sql: str, tally: Tally) -> None:
    wanted = rows_of(path, sql)
    if wanted is None:
        return
    tally.counts["run"] += 1
    started = time.perf_counter()
    try:
        guard.admit(sql, SqliteConnector.capabilities, EVERYTHING)
    except QueryRejected as refusal:
        tally.note("refused", f"{refusal}: {sql}")
    try:
        reading = from_sql(sql, DIALECT, schema)
    except NotReadable as error:
        tally.note("unread", f"{error}: {sql}")
        return
    tally.seconds.append(time.perf_counter() - started)
    tally.counts["read"] += 1
    if not _same(path, sql, wanted, to_sql(reading, DIALECT)):
        tally.note("reading changes rows", sql + "\n      " + to_sql(reading, DIALECT))
    try:
        plan = plan_query_of(reading, schema, DIALECT)
        again = reading_of(plan, DIALECT, schema)
    except CannotPlan as error:
        tally.note("no plan", f"{error}: {sql}")
        return
    tally.counts["planned"] += 1
    _round_trip(path, schema, sql, wanted, plan, reading, again, tally)
    if _kept(plan, reading, schema):
        _mutations(path, schema, sql, plan, tally)


def _round_trip(
    path: Path, schema: Schema, sql: str, wanted: list[tuple[object, ...]], plan: PlanQuery,
    reading: Reading, again: Reading, tally: Tally,
) -> None:  # fmt: skip
    rebuilt = to_sql(again, DIALECT)
    if _same(path, sql, wanted, rebuilt):
        tally.counts["same rows"] += 1
        tally.counts["same rows but for ties"] += 1
    elif _same_but_for_ties(path, reading, again):
        tally.counts["same rows but for ties"] += 1
        tally.note("ties fall otherwise", f"{sql}\n      {rebuilt}")
    else:
        tally.note("plan changes rows", f"{sql}\n      {rebuilt}")
    if _kept(plan, from_sql(rebuilt, DIALECT, schema), schema):
        tally.counts["rebuilt conforms"] += 1
    else:
        tally.note("rebuilt does not conform", f"{sql}\n      {rebuilt}")
    if _kept(plan, reading, schema):
        tally.counts["original conforms"] += 1
    else:
        tally.note("original does not conform", f"{sql}\n      {rebuilt}")
    if plan_query_of(again, schema, DIALECT) == plan:
        tally.counts["stable"] += 1
    else:
        tally.note("not stable", f"{sql}\n      {rebuilt}")


def _mutations(path: Path, schema: Schema, sql: str, plan: PlanQuery, tally: Tally) -> None:
    """A mutant that the schema proves to mean the same (DISTINCT over keys) is no miss; one with other rows is."""
    for kind, mutant in mutants(sqlglot.parse_one(sql, read=DIALECT), schema, DIALECT):
        tally.tried[kind] += 1
        if not _kept(plan, from_sql(mutant, DIALECT, schema), schema):
            tally.caught[kind] += 1
        elif _same(path, sql, rows_of(path, sql) or [], mutant):
            tally.same[kind] += 1
            tally.note(f"kept, same rows: {kind}", f"{sql}\n      {mutant}")
        else:
            tally.note(f"missed {kind}", f"{sql}\n      {mutant}")


def _kept(plan: PlanQuery, reading: Reading, schema: Schema) -> bool:
    return all(point.verdict == "kept" for point in conform(plan, reading, DIALECT, schema))


def _same(path: Path, sql: str, wanted: list[tuple[object, ...]], other: str) -> bool:
    found = rows_of(path, other)
    return found is not None and same_result(wanted, found, is_ordered(sql))


def _same_but_for_ties(path: Path, reading: Reading, again: Reading) -> bool:
    """Whether both give the same rows in the same order once rows of equal rank are put in a fixed order."""
    left, right = (rows_of(path, to_sql(_without_ties(each), DIALECT)) for each in (reading, again))
    return left is not None and right is not None and same_result(left, right, True)


def _without_ties(reading: Reading) -> Reading:
    last = tuple(
        Order(output.expression) for output in reading.outputs if not isinstance(output.expression, Star)
    )
    return (
        replace(reading, order_by=(*reading.order_by, *last))
        if reading.order_by or reading.limit
        else reading
    )


def _report(tally: Tally, show: int) -> None:
    run = tally.counts["run"] or 1
    print(f"{'statements that run':28}{tally.counts['run']:6}")
    for name in (
        "read",
        "planned",
        "same rows",
        "same rows but for ties",
        "rebuilt conforms",
        "original conforms",
        "stable",
    ):
        print(f"{name:28}{tally.counts[name]:6}  {tally.counts[name] / run:7.2%}")
    for kind in sorted(tally.tried):
        other = tally.tried[kind] - tally.same[kind]
        share = tally.caught[kind] / other if other else 1.0
        print(
            f"caught: {kind:20}{tally.caught[kind]:6} of {other:6}  {share:7.2%}"
            f"  ({tally.same[kind]} more mean the same)"
        )
    if tally.seconds:
        milliseconds = [second * 1000 for second in tally.seconds]
        p95 = sorted(milliseconds)[int(len(milliseconds) * 0.95)]
        print(f"guard and reading: p50 {statistics.median(milliseconds):.2f} ms, p95 {p95:.2f} ms")
    for what, texts in tally.examples.items():
        print(f"{what}: {len(texts)}")
        for text in texts[:show]:
            print(f"   - {text}")


if __name__ == "__main__":
    sys.exit(main())
