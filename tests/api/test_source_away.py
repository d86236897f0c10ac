"""A source that is away stops the questions about itself, and no other."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.api.client import Client, Json, command, last, types
from tests.api.conftest import Start

QUESTION = "How many customers are in each country?"


@pytest.fixture
def ferries(tmp_path: Path) -> Path:
    path = tmp_path / "ferries.sqlite"
    made = sqlite3.connect(path)
    with made:
        made.execute("CREATE TABLE ferries (id INTEGER PRIMARY KEY, harbour TEXT)")
        made.execute("INSERT INTO ferries (harbour) VALUES ('Moss'), ('Moss'), ('Bergen')")
    made.close()
    return path


async def test_the_others_are_still_asked(start: Start, shop: Path, ferries: Path) -> None:
    async with start() as client:
        away = await client.add_shop(ferries, "Ferries")
        await client.add_shop(shop)
        chat = await client.chat()
        waiting = await client.ask("How many ferries are in each harbour?", chat_id=chat, auto_confirm=False)
        assert last(waiting, "plan.proposed")["plan"]["steps"][0]["source_id"] == away["id"]
    ferries.unlink()
    async with start() as client:
        turn = await client.ask(QUESTION)
        answer = last(turn, "answer.ready")
        assert last(turn, "result.ready")["rows"]
        assert any("“Ferries” was left out: There is no file" in warning for warning in answer["warnings"])
        about_it = await client.ask("How many ferries are in each harbour?")
        assert "“Ferries” was left out" in str(about_it["events"])
        await _confirmed_too_late(client, chat, waiting)


async def _confirmed_too_late(client: Client, chat: str, waiting: Json) -> None:
    """A plan for the source that went away in between: its failure names the file, and nothing else breaks."""
    revision = last(waiting, "plan.proposed")["revision"]
    turn_id = waiting["events"][0]["turn_id"]
    await client.obey(command("confirm", chat_id=chat, turn_id=turn_id, revision=revision))
    failed = await client.ended(chat, "turn.failed")
    assert "There is no file" in last(failed, "turn.failed")["problem"]["message"]


async def test_where_none_can_be_opened_the_reason_is_told(start: Start, ferries: Path) -> None:
    async with start() as client:
        await client.add_shop(ferries, "Ferries")
    ferries.unlink()
    async with start() as client:
        turn = await client.ask("How many ferries are in each harbour?")
        assert types(turn)[-1] == "turn.failed"
        assert "There is no file" in last(turn, "turn.failed")["problem"]["message"]
