"""Database files whose own contents are the attack: views, macros, triggers, virtual tables, names."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import pytest

from tests.api.client import Client, Json, last
from tests.api.conftest import Start

ODD = 'x"; DROP TABLE people; --'
PEOPLE = "CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob');"
IN_SQLITE = (
    PEOPLE
    + """
CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
CREATE VIEW bomb AS SELECT hex(zeroblob(500000000)) AS b;
CREATE VIEW broken AS SELECT * FROM nowhere;
CREATE TRIGGER greedy AFTER INSERT ON people BEGIN DELETE FROM people; END;
CREATE VIRTUAL TABLE docs USING fts5(body);
CREATE TABLE "x""; DROP TABLE people; --"(a TEXT, "b`c]d" TEXT);
"""
)
IN_DUCKDB = (
    PEOPLE
    + """
CREATE MACRO peek(f) AS (SELECT content FROM read_text(f));
CREATE VIEW outside AS SELECT peek('{secret}') AS content;
CREATE TABLE "x""; DROP TABLE people; --"(a TEXT, "b`c]d" TEXT);
"""
)


@pytest.fixture
async def owner(start: Start) -> AsyncIterator[Client]:
    async with start() as client:
        yield client


async def _asked(owner: Client, engine: str, file: Path) -> dict[str, Json]:
    """What the pages of each table answer, after the file was indexed and a question was asked of it."""
    body = {"name": "Evil", "engine": engine, "config": {"path": str(file)}, "project_id": owner.project_id}
    made = await owner.post("/api/datasources", body, 201)
    owner.source = await owner.indexed(made["id"])
    assert owner.source["index_state"] == "ready", owner.source
    turn = await owner.ask("How many people are there?")
    assert last(turn, "result.ready")["rows"] == [[2]]
    told = {}
    for table in ("people", "endless", "bomb", "outside", ODD):
        path = f"/api/datasources/{made['id']}/preview"
        answer = await owner.http.get(path, params={"table": table})
        assert answer.status_code < 500 and len(answer.content) < 3_000_000, (table, answer.status_code)
        told[table] = dict(answer.json())
    return told


async def test_a_hostile_sqlite_file(owner: Client, tmp_path: Path) -> None:
    file = tmp_path / "evil.sqlite"
    with sqlite3.connect(file) as database:
        database.executescript(IN_SQLITE)
    database.close()
    before = file.read_bytes()
    told = await _asked(owner, "sqlite", file)
    assert len(told["endless"]["rows"]) == 50 and told["bomb"]["code"] == "query_rejected"
    assert told[ODD]["columns"] == ["a", "b`c]d"]
    assert file.read_bytes() == before


async def test_a_hostile_duckdb_file(owner: Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("c4nary")
    file = tmp_path / "evil.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute(IN_DUCKDB.format(secret=secret))
    before = file.read_bytes()
    told = await _asked(owner, "duckdb", file)
    assert "c4nary" not in str(told)
    assert told["outside"]["code"] in ("query_rejected", "not_found")
    assert told[ODD]["columns"] == ["a", "b`c]d"]
    assert file.read_bytes() == before
