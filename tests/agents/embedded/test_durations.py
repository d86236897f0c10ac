"""The days between two dates come out the same on every engine, survive the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.plans.compile import reading_of
from agents.plans.reading import plan_query_of
from agents.reasoners.embedded.analytic.durations import days_between
from connectors.base import Column, Connector, Limits, Schema, Table, TypeFamily
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.reading import ColumnRef, Function, Output, Reading, Source
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from tests.agents.ferry import in_duckdb, in_mariadb, in_postgres, in_sqlite
from tests.servers import DatabaseServer

_DIALECTS = ("sqlite", "mysql", "postgres", "duckdb", "bigquery", "snowflake", "trino")


def _reading(dialect: str, *, exact: bool) -> Reading:
    days = days_between(ColumnRef("t", "a"), ColumnRef("t", "b"), dialect, exact=exact)
    return Reading((Output(Function("avg", (days,)), "average_days"),), source=Source("t", "t"))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("dialect", _DIALECTS)
def test_a_plan_keeps_them(dialect: str, exact: bool) -> None:
    columns = tuple(Column(name, "DATE", TypeFamily.date) for name in ("a", "b"))
    schema = Schema((Table("t", columns),))
    wanted = to_sql(_reading(dialect, exact=exact), dialect)
    query = plan_query_of(from_sql(wanted, dialect, schema), schema, dialect)
    assert to_sql(reading_of(query, dialect, schema), dialect) == wanted


async def test_engines_agree(
    tmp_path: Path, postgres_server: DatabaseServer, mariadb_server: DatabaseServer
) -> None:
    places = [
        in_sqlite(tmp_path),
        in_duckdb(tmp_path),
        in_postgres(postgres_server),
        in_mariadb(mariadb_server),
    ]
    for place in places:
        connector = await open_connector(place.engine, place.config)
        for exact, end, days in ((False, "2026-03-09", 10.0), (True, "2026-03-09 12:00:00", 10.5)):
            assert await _days(connector, end, exact=exact) == pytest.approx(days), place.engine
        await connector.close()


async def _days(connector: Connector, end: str, *, exact: bool) -> float:
    dialect = connector.capabilities.dialect
    kind = (
        "TEXT"
        if dialect == "sqlite"
        else "DATE"
        if not exact
        else "DATETIME"
        if dialect == "mysql"
        else "TIMESTAMP"
    )
    rows = f"(SELECT CAST('2026-02-27' AS {kind}) AS a, CAST('{end}' AS {kind}) AS b) AS t"
    sql = to_sql(_reading(dialect, exact=exact), dialect).removesuffix("t") + rows
    result = await connector.run(guard.admit(sql, connector.capabilities, EVERYTHING), Limits())
    return float(str(result.rows[0][0]))
