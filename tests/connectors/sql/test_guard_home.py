"""Names with the connection's own database in front are read; another database's never are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import Capabilities, Column, Limits, Schema, Table, TypeFamily
from connectors.errors import ConnectorError, QueryRejected
from connectors.sql.guard import admit, restrict
from connectors.sql.lineage import unknown_names
from connectors.sql.policy import ReadPolicy
from connectors.sql.readings.parse import from_sql
from tests.connectors.fleet import fleet_of

HOMES = {
    "postgres": ("shop", "public"), "mysql": (None, "shop"), "duckdb": ("shop", "main"), "sqlite": (None, "main"),
}  # fmt: skip
COLUMNS = tuple(Column(name, "text", TypeFamily.text) for name in ("id", "name", "flag"))
SHIPS = ReadPolicy(tables=frozenset({"ships"}))


def at(dialect: str, catalog: str | None = None, schema: str | None = None) -> Capabilities:
    home = HOMES[dialect]
    return Capabilities(
        engine=dialect, dialect=dialect, read_only_enforced=False, can_cancel=False, can_explain=False, lists_read_tables=False,
        catalog=catalog or home[0], default_schema=schema or home[1],
    )  # fmt: skip


def schema_at(dialect: str) -> Schema:
    return Schema((Table("ships", COLUMNS), Table("crew", COLUMNS)), at(dialect).home)


def policy_at(dialect: str) -> ReadPolicy:
    return ReadPolicy(
        tables=frozenset({"ships"}), default_schema=at(dialect).default_schema, schema=schema_at(dialect)
    )


OWN = [
    ("postgres", "SELECT name FROM shop.public.ships"),
    ("postgres", "SELECT s.name FROM SHOP.Public.Ships s WHERE s.id IN (SELECT id FROM \"shop\".public.ships)"),
    ("postgres", "SELECT shop.public.ships.name FROM shop.public.ships"),
    ("postgres", "WITH shop AS (SELECT 1 AS x) SELECT name FROM shop.public.ships, shop"),
    ("mysql", "SELECT name FROM shop.ships"),
    ("mysql", "SELECT shop.ships.name FROM `shop`.ships"),
    ("sqlite", "SELECT main.ships.name FROM main.ships"),
    ("duckdb", "SELECT name FROM shop.main.ships"),
    ("duckdb", "SELECT name FROM SHOP.ships"),
    ("duckdb", 'FROM "Shop".ships SELECT shop.ships.name'),
    ("duckdb", "SELECT shop.main.ships.name FROM shop.main.ships"),
    ("duckdb", "WITH shop AS (SELECT 1 AS x) SELECT name FROM shop.ships, shop"),
]  # fmt: skip
ANOTHER = [
    ("postgres", "SELECT name FROM other.public.ships"),
    ("postgres", 'SELECT name FROM "Shop".public.ships'),
    ("postgres", 'SELECT name FROM "shop.public".ships'),
    ("postgres", 'SELECT name FROM shop."PUBLIC".ships'),
    ("postgres", 'SELECT name FROM "PUBLIC".ships'),
    ("postgres", "SELECT name FROM shop.hr.ships"),
    ("postgres", "SELECT name FROM shop.ships"),
    ("postgres", "SELECT rolname FROM shop.pg_catalog.pg_roles"),
    ("postgres", "SELECT * FROM shop.public.secrets"),
    ("postgres", "WITH secrets AS (SELECT 1) SELECT * FROM shop.public.secrets"),
    ("postgres", "WITH shop AS (SELECT 1 AS x) SELECT * FROM shop.public.secrets"),
    ("mysql", "SELECT name FROM other.ships"),
    ("mysql", "SELECT name FROM SHOP.ships"),
    ("mysql", "SELECT name FROM `shop.ships`"),
    ("mysql", "SELECT * FROM shop.secrets"),
    ("mysql", "WITH secrets AS (SELECT 1) SELECT * FROM shop.secrets"),
    ("mysql", "SELECT * FROM shop.shop.ships"),
    ("sqlite", "SELECT * FROM temp.ships"),
    ("sqlite", "SELECT * FROM main.main.ships"),
    ("sqlite", "SELECT * FROM main.secrets"),
    ("sqlite", "WITH secrets AS (SELECT 1) SELECT * FROM main.secrets"),
    ("duckdb", "SELECT name FROM other.main.ships"),
    ("duckdb", "SELECT name FROM other.ships"),
    ("duckdb", 'SELECT name FROM "shop.main".ships'),
    ("duckdb", 'SELECT name FROM "shop.ships"'),
    ("duckdb", "SELECT name FROM shop.hr.ships"),
    ("duckdb", "SELECT name FROM shop.shop.ships"),
    ("duckdb", "SELECT * FROM shop.secrets"),
    ("duckdb", "WITH secrets AS (SELECT 1 AS x) SELECT * FROM shop.secrets"),
    ("duckdb", "WITH shop AS (SELECT 1 AS x) SELECT * FROM shop.main.secrets"),
    ("duckdb", "SELECT * FROM shop.sqlite_master"),
    ("duckdb", "SELECT * FROM shop.information_schema.tables"),
    ("duckdb", "SELECT * FROM system.main.duckdb_settings"),
]


@pytest.mark.parametrize(("dialect", "sql"), OWN)
def test_the_own_name_changes_nothing(dialect: str, sql: str) -> None:
    policy = policy_at(dialect)
    assert {name.rpartition(".")[2] for name in admit(sql, at(dialect), policy).tables} == {"ships"}
    assert unknown_names(sql, dialect, schema_at(dialect)) == ()
    reading = from_sql("SELECT name FROM ships", dialect, schema_at(dialect))
    if "," not in sql and " IN " not in sql:
        assert from_sql(sql, dialect, schema_at(dialect)) == reading


@pytest.mark.parametrize(("dialect", "sql"), ANOTHER)
def test_no_other_name_is_taken_for_it(dialect: str, sql: str) -> None:
    with pytest.raises(QueryRejected):
        admit(sql, at(dialect), policy_at(dialect))


def test_without_a_connection_no_database_is_known() -> None:
    nowhere = Capabilities(
        engine="", dialect="postgres", read_only_enforced=False, can_cancel=False, can_explain=False, lists_read_tables=False
    )  # fmt: skip
    with pytest.raises(QueryRejected):
        admit("SELECT name FROM shop.public.ships", nowhere, SHIPS)


def test_a_file_is_no_table_of_the_database_of_its_name() -> None:
    with pytest.raises(QueryRejected):
        admit("SELECT * FROM shop.csv", at("duckdb"), ReadPolicy(default_schema="main"))


@pytest.mark.parametrize(("dialect", "sql"), OWN)
def test_filters_and_masks_are_put_behind_it(dialect: str, sql: str) -> None:
    policy = replace(
        policy_at(dialect), row_filters={"ships": "flag = 'NO'"}, masks={"ships": {"name": "'hidden'"}}
    )
    text = restrict(sql, at(dialect), policy).text
    assert text.count("flag = 'NO'") == sql.lower().count("from ships") + sql.lower().count(".ships") - (
        ".ships.name" in sql
    )
    assert "'hidden'" in text


@pytest.mark.parametrize("dialect", HOMES)
async def test_on_the_engines(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """What the guard takes for the own database is that for the engine, and the bystander stays unseen."""
    async with fleet_of(dialect, tmp_path, request) as fleet:
        source, schema = fleet.source, await fleet.source.schema()
        home = source.capabilities.home
        mark = "`" if dialect == "mysql" else '"'
        quoted = [f"{mark}{name}{mark}" for name in home]
        policy = ReadPolicy(
            tables=frozenset({"ships"}), default_schema=source.capabilities.default_schema, schema=schema,
            row_filters={"ships": "flag = 'NO'"},
        )  # fmt: skip
        names = [".".join(quoted), home[-1], quoted[0] if dialect == "duckdb" else home[-1]]
        for name in names:
            safe = restrict(f"SELECT name FROM {name}.ships ORDER BY 1", source.capabilities, policy)
            assert [row[0] for row in (await source.run(safe, Limits())).rows] == ["Mara", "Zea"]
            read = await source.tables_read(safe)
            assert {table.rpartition(".")[2] for table in read} == {"ships"}
            assert unknown_names(f"SELECT name FROM {name}.ships", dialect, schema) == ()
        bystander = f"{mark}{Path(fleet.bystander).stem}{mark}"
        another = f"{bystander}.public.ships" if dialect == "postgres" else f"{bystander}.ships"
        with pytest.raises((QueryRejected, ConnectorError)):
            restrict(f"SELECT name FROM {another}", source.capabilities, policy)


HIDDEN = [
    ("postgres", "SELECT shop.public.ships.flag FROM shop.public.ships"),
    ("postgres", "SELECT shop.public.ships.* FROM shop.public.ships"),
    ("postgres", "SELECT name FROM shop.public.ships WHERE shop.public.ships.flag = 'x'"),
    ("mysql", "SELECT shop.ships.flag FROM shop.ships"),
    ("duckdb", "SELECT shop.ships.flag FROM shop.ships"),
    ("duckdb", "SELECT shop.ships.flag.upper() FROM shop.ships"),
    ("duckdb", "SELECT main.ships FROM main.ships"),
    ("duckdb", "SELECT shop.ships FROM shop.ships"),
    ("duckdb", "SELECT shop.main.ships FROM shop.main.ships"),
]


@pytest.mark.parametrize(("dialect", "sql"), HIDDEN)
def test_hidden_columns_stay_hidden_behind_it(dialect: str, sql: str) -> None:
    policy = replace(policy_at(dialect), columns={"ships": frozenset({"id", "name"})})
    with pytest.raises(QueryRejected):
        admit(sql, at(dialect), policy)
