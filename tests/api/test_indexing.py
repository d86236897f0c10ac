"""Indexing from a person's side: a press of the button sees new values, and stale knowledge expires."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from backend.datasources.repository import DatasourceRepository
from tests.agents.harness import BY_COUNTRY
from tests.api.client import Client, last


def change(shop: Path, *statements: str) -> None:
    database = sqlite3.connect(shop)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


async def press_index(client: Client) -> Any:
    await client.post(f"/api/datasources/{client.source['id']}/index", status=202)
    return await client.indexed(client.source["id"])


async def country(client: Client) -> Any:
    schema = await client.get(f"/api/datasources/{client.source['id']}/schema")
    customers = next(table for table in schema["tables"] if table["name"] == "customers")
    return next(column for column in customers["columns"] if column["name"] == "country")


async def test_a_press_of_index_sees_new_values(shop_client: Client, shop: Path) -> None:
    change(shop, "UPDATE customers SET country = 'Iceland' WHERE id = 3")
    assert "Iceland" not in [value for value, _ in (await country(shop_client))["top_values"]]
    await press_index(shop_client)
    assert "Iceland" in [value for value, _ in (await country(shop_client))["top_values"]]
    turn = await shop_client.ask("How many customers are in Iceland?")
    assert last(turn, "result.ready")["rows"] == [[1]]


async def test_the_quiet_refresh_sees_new_tables_and_keeps_the_source_ready(
    shop_client: Client, shop: Path
) -> None:
    change(
        shop,
        "CREATE TABLE couriers (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO couriers VALUES (1, 'Ana')",
    )
    await shop_client.services.indexer.refresh(shop_client.source["id"])
    source = await shop_client.get(f"/api/datasources/{shop_client.source['id']}")
    assert (source["index_state"], source["tables"]) == ("ready", 5)


async def test_a_pattern_whose_column_went_expires_and_says_why(shop_client: Client, shop: Path) -> None:
    body = {
        "project_id": shop_client.project_id,
        "source_id": shop_client.source["id"],
        "question": "revenue by country",
        "sql": BY_COUNTRY,
    }
    pattern = await shop_client.post("/api/knowledge/patterns", body, 201)
    change(shop, "ALTER TABLE customers RENAME COLUMN country TO land")
    await press_index(shop_client)
    listed = await shop_client.get(f"/api/knowledge/patterns?project_id={shop_client.project_id}")
    (found,) = [item for item in listed["items"] if item["id"] == pattern["id"]]
    assert found["status"] == "expired"
    assert "customers.country" in found["note"]


@pytest.mark.parametrize("state", ["queued", "running"])
async def test_a_question_waits_for_the_index(shop_client: Client, shop: Path, state: str) -> None:
    """The turn says what it waits for, and goes on when the index is there."""
    async with shop_client.services.database.writing() as session:
        sources = DatasourceRepository(session)
        row = await sources.by_id(shop_client.source["id"])
        assert row is not None
        row.index_state = state
        await sources.drop_index(row.id)
    shop_client.services.library.forget(shop_client.source["id"])

    asking = asyncio.create_task(shop_client.ask("How many orders are there?"))
    await asyncio.sleep(0.5)
    assert not asking.done()
    await press_index(shop_client)
    turn = await asking
    stages = [e["event"] for e in turn["events"] if e["event"]["type"] == "stage.started"]
    assert any("Indexing" in stage.get("detail", "") for stage in stages), stages
    assert last(turn, "result.ready")["rows"] == [[60]]
