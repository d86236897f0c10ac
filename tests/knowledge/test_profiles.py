from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.base import Column, Connector, JsonValue, Table, TypeFamily
from knowledge.base import ColumnKind, ColumnProfile
from knowledge.column_kinds import Look, PersonalKind, judge_kind, personal_kind
from knowledge.profiles import ProfileBudget, TableProfile, ValuePolicy, profile_table
from tests.knowledge.sources import build_club, opened

TIGHT = ProfileBudget(sample_rows=50, sample_cells=2_000)


async def profiled(
    connector: Connector,
    name: str,
    policy: ValuePolicy = ValuePolicy.names,
    budget: ProfileBudget | None = None,
) -> TableProfile:
    schema = await connector.schema()
    table = schema.table(name)
    assert table is not None
    keys = {column for key in table.foreign_keys for column in key.columns}
    return await profile_table(connector, table, policy=policy, budget=budget, keys=keys)


@pytest.fixture
def club(tmp_path: Path) -> Path:
    build_club(tmp_path / "club.sqlite")
    return tmp_path / "club.sqlite"


async def test_kinds_of_a_real_table(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        columns = (await profiled(connector, "player")).columns
    assert {name: profile.kind.value for name, profile in columns.items()} == {
        "id": "id",
        "first_name": "name",
        "last_name": "name",
        "email": "code",
        "phone": "code",
        "team_id": "id",
        "position": "category",
        "is_captain": "flag",
        "height": "measure",
        "joined_on": "date",
        "captain_id": "id",
        "notes": "text",
    }


@pytest.mark.parametrize("budget", [None, TIGHT], ids=["from the sample", "counted by the engine"])
async def test_figures_are_exact_either_way(club: Path, budget: ProfileBudget | None) -> None:
    async with opened("sqlite", club) as connector:
        profile = await profiled(connector, "player", budget=budget)
    position, captain, height = (profile.columns[name] for name in ("position", "captain_id", "height"))
    assert profile.rows == 120
    assert (position.rows, position.distinct, position.nulls, position.sampled) == (120, 3, 0, False)
    assert dict(position.top_values) == {"keeper": 40, "defender": 40, "forward": 40}
    assert (captain.nulls, captain.min, captain.max) == (6, 1, 6)
    assert height.min == pytest.approx(1.6)
    names = {kept.column: len(kept.values) for kept in profile.values}
    assert names == {"first_name": 40, "last_name": 120, "position": 3}


async def test_a_part_of_a_huge_table_is_said_to_be_one(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        table = (await connector.schema()).table("player")
        assert table is not None
        huge = Table(table.name, table.columns, row_estimate=50_000_000)
        budget = ProfileBudget(sample_rows=50, sample_cells=2_000, bounded_rows=60)
        profile = await profile_table(connector, huge, budget=budget)
    assert profile.rows == 50_000_000
    assert profile.columns["position"].sampled
    assert profile.columns["position"].rows is None
    kept = next(kept for kept in profile.values if kept.column == "position")
    assert not kept.complete


@pytest.mark.parametrize(
    ("policy", "kept", "top", "smallest"),
    [
        (ValuePolicy.none, set(), False, False),
        (ValuePolicy.impersonal, {"position"}, True, True),
        (ValuePolicy.names, {"position", "first_name", "last_name"}, True, True),
        (ValuePolicy.all, {"position", "first_name", "last_name", "email", "phone"}, True, True),
    ],
)
async def test_what_is_kept_of_values(
    club: Path, policy: ValuePolicy, kept: set[str], top: bool, smallest: bool
) -> None:
    async with opened("sqlite", club) as connector:
        profile = await profiled(connector, "player", policy)
    assert {values.column for values in profile.values} == kept
    assert bool(profile.columns["position"].top_values) is top
    assert (profile.columns["height"].min is not None) is smallest
    personal = {name for name, column in profile.columns.items() if column.personal}
    assert personal == {"first_name", "last_name", "email", "phone"}
    if policy is not ValuePolicy.all:
        assert "example.org" not in repr(profile)
        assert not profile.columns["first_name"].top_values


async def test_untyped_columns_take_their_type_from_their_values(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        profile = await profiled(connector, "goals")
    assert profile.families["total"] is TypeFamily.integer
    assert profile.columns["total"].kind is ColumnKind.measure
    assert profile.columns["total"].max == 5


async def test_a_broken_view_is_a_problem_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript("CREATE TABLE a (x TEXT); CREATE VIEW v AS SELECT x FROM a;")
    database.close()
    async with opened("sqlite", path) as connector:
        table = (await connector.schema()).table("v")
        assert table is not None
        gone = Table("gone", table.columns)
        profile = await profile_table(connector, gone)
    assert profile.problem
    assert profile.columns["x"].rows is None


async def test_odd_names_and_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript('CREATE TABLE "Order ""Details" ("unit price" REAL, "select" TEXT, "é" TEXT)')
    database.close()
    async with opened("sqlite", path) as connector:
        profile = await profiled(connector, 'Order "Details')
    assert profile.problem == ""
    assert profile.rows == 0
    assert profile.columns["select"].distinct == 0


async def test_a_wide_table_is_counted_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "wide.sqlite"
    names = [f"c{n}" for n in range(300)]
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE wide ({', '.join(f'{name} INTEGER' for name in names)})")
        row = f"({', '.join('?' * 300)})"
        database.executemany(f"INSERT INTO wide VALUES {row}", [[n] * 300 for n in range(900)])
    database.close()
    async with opened("sqlite", path) as connector:
        profile = await profiled(connector, "wide")
    assert profile.rows == 900
    assert {column.distinct for column in profile.columns.values()} == {900}


async def test_duckdb_files_are_profiled_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(
        "sale_id,region,amount,sold_on,note\n"
        + "".join(
            f"{n},{['North', 'South'][n % 2]},{n / 4},2025-01-{1 + n % 28:02d},n{n}\n" for n in range(400)
        )
    )
    async with opened("duckdb", tmp_path / "sales.csv") as connector:
        name = (await connector.schema()).tables[0].full_name
        small, counted = await profiled(connector, name), await profiled(connector, name, budget=TIGHT)
    for profile in (small, counted):
        columns: Mapping[str, ColumnProfile] = profile.columns
        assert profile.rows == 400
        assert columns["region"].kind is ColumnKind.category
        assert dict(columns["region"].top_values) == {"North": 200, "South": 200}
        assert (columns["sold_on"].kind, columns["sold_on"].min) == (ColumnKind.date, "2025-01-01")
        assert columns["amount"].max == pytest.approx(99.75)


def kind(name: str, family: str, *sample: JsonValue, key: bool = False, rows: int = 0) -> str:
    look = Look(sample, rows or len(sample), len(set(map(str, sample))))
    return judge_kind(Column(name, family, TypeFamily(family)), look, is_key=key).value


def test_kinds_from_names_types_and_values() -> None:
    assert kind("release_year", "integer", 1999, 2004) == "date"
    assert kind("year", "integer", 3, 7) == "measure"
    assert kind("custkey", "integer", 1, 2, 3) == "id"
    assert kind("zip", "text", "01234", "99999") == "code"
    assert kind("wifi", "text", "Y", "N", "Y") == "flag"
    assert kind("when", "text", "2024-01-02", "2024-02-03 10:00:00") == "date"
    assert kind("price", "text", "10.50", "3", "7") == "measure"
    assert kind("iso", "text", "DE", "FR", key=True) == "code"
    assert kind("payload", "json", {"a": 1}) == "other"
    assert kind("discount", "decimal", 0, 0, 0, 2.5) == "measure"
    assert kind("job_title", "text", *["Clerk", "Cook"] * 30) == "category"
    assert kind("title", "text", *(f"Book {n}" for n in range(30))) == "name"


@pytest.mark.parametrize(
    ("table", "column", "sample", "expected"),
    [
        ("orders", "ref", ["a@b.org", "c.d@e.co.uk"], PersonalKind.contact),
        ("orders", "ref", ["4111 1111 1111 1111", "5500-0000-0000-0004"], PersonalKind.contact),
        ("orders", "ref", ["4111 1111 1111 1112", "5500-0000-0000-0005"], None),
        ("orders", "contact_no", ["+49 30 1234567", "(030) 765-4321"], PersonalKind.contact),
        ("orders", "ref", ["2024-01-02", "2024-01-03"], None),
        ("customers", "name", ["Ann Lee"], PersonalKind.name),
        ("products", "name", ["Lamp"], None),
        ("person", "date_of_birth", [], PersonalKind.contact),
        ("orders", "email_sent", [], PersonalKind.contact),
    ],
)
def test_personal_data_is_recognised(
    table: str, column: str, sample: list[str], expected: PersonalKind | None
) -> None:
    made = Column(column, "text", TypeFamily.text)
    assert personal_kind(Table(table, (made,)), made, Look(sample)) is expected
