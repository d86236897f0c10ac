"""Sources that are wrong, missing, empty or enormous: told in clear words where the person is, nothing leaked."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.agents.harness import BY_COUNTRY
from tests.api.client import Client, last
from tests.servers import DatabaseServer, free_port

PASSWORD = "c4nary-word"


async def tried(client: Client, engine: str, config: dict[str, Any]) -> tuple[list[str], Any]:
    """The steps that worked, and the one that did not."""
    report = await client.post("/api/datasources/test", {"engine": engine, "config": config})
    assert not report["ok"]
    assert PASSWORD not in str(report)
    *good, bad = report["steps"]
    assert all(step["ok"] for step in good)
    assert not bad["ok"] and bad["detail"] and bad["hint"]
    return [step["name"] for step in good], bad


async def test_a_wrong_password(client: Client, postgres_server: DatabaseServer) -> None:
    pg = postgres_server
    config = {"host": pg.host, "port": pg.port, "user": pg.user, "password": PASSWORD, "database": "postgres"}
    good, bad = await tried(client, "postgres", config)
    assert (good, bad["name"]) == (["reach"], "sign in")


async def test_a_database_that_is_not_there(client: Client, postgres_server: DatabaseServer) -> None:
    pg = postgres_server
    config = {
        "host": pg.host,
        "port": pg.port,
        "user": pg.user,
        "password": pg.password,
        "database": "nowhere",
    }
    good, bad = await tried(client, "postgres", config)
    assert (good, bad["name"]) == (["reach", "sign in"], "database")


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
async def test_a_host_that_does_not_answer(client: Client, engine: str) -> None:
    config = {
        "host": "127.0.0.1", "port": free_port(), "user": "reader", "password": PASSWORD, "database": "shop",
    }  # fmt: skip
    good, bad = await tried(client, engine, config)
    assert (good, bad["name"]) == ([], "reach")


@pytest.mark.parametrize(
    ("engine", "name"), [("sqlite", "gone.sqlite"), ("duckdb", "gone.csv"), ("sqlite", "text.sqlite")]
)
async def test_a_file_that_is_missing_or_something_else(
    client: Client, tmp_path: Path, engine: str, name: str
) -> None:
    (tmp_path / "text.sqlite").write_text("Dear reader, this is a letter and not a database. " * 50)
    await tried(client, engine, {"path": str(tmp_path / name)})
    body = {"name": "Gone", "engine": engine, "config": {"path": str(tmp_path / name)}}
    made = await client.post("/api/datasources", body | {"project_id": client.project_id}, 201)
    source = await client.indexed(made["id"])
    assert source["index_state"] == "failed"
    assert source["problem"]["message"]
    turn = await client.ask("How many orders are there?")
    failed = turn["events"][-1]["event"]
    assert failed["type"] == "turn.failed"
    assert "Gone" in failed["problem"]["message"], failed


async def test_a_database_without_tables(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    sqlite3.connect(path).executescript("CREATE TABLE t (x); DROP TABLE t;").close()
    source = await client.add_shop(path, "Empty")
    assert source["tables"] == 0
    turn = await client.ask("How many orders are there?")
    ended = turn["events"][-1]["event"]
    said = " ".join(str(envelope["event"]) for envelope in turn["events"])
    assert ended["type"] in ("turn.finished", "turn.failed")
    assert "no tables" in said.lower(), said


async def test_a_table_with_five_hundred_columns(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "wide.sqlite"
    names = ", ".join(f"reading_{number} REAL" for number in range(499))
    database = sqlite3.connect(path)
    with database:
        database.execute(f"CREATE TABLE stations (city TEXT, {names})")
        for city in ("Oslo", "Lima", "Oslo"):
            database.execute(f"INSERT INTO stations VALUES (?{', 1.5' * 499})", (city,))
    database.close()
    await client.add_shop(path, "Wide")
    turn = await client.ask("How many stations are in each city?")
    assert sorted(last(turn, "result.ready")["rows"]) == [["Lima", 1], ["Oslo", 2]]


@pytest.mark.parametrize(
    "sql",
    [f"{BY_COUNTRY}; DELETE FROM orders", "DELETE FROM orders", "SELECT * FROM sqlite_master", "SELEC 1"],
)
async def test_statements_that_may_not_run_are_refused_with_a_reason(
    shop_client: Client, shop: Path, sql: str
) -> None:
    body = {
        "project_id": shop_client.project_id,
        "source_id": shop_client.source["id"],
        "question": "revenue by country",
        "sql": sql,
    }
    problem = await shop_client.post("/api/knowledge/patterns", body, 422)
    assert problem["message"] and problem["code"] != "internal"
    database = sqlite3.connect(shop)
    assert database.execute("SELECT count(*) FROM orders").fetchone() == (60,)
    database.close()
