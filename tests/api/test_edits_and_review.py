"""Changing a plan is no way around a reviewer: what is sent is judged by what is left of the evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.client import Client, Json, command, last, types
from tests.api.conftest import Start
from tests.api.test_attack_plans import QUESTION, revise, settled

_SURE_ENOUGH = 0.8
_TOTAL = {"id": "m", "function": "sum", "column": {"table": "customers", "column": "id"}}


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        path = f"/api/projects/{client.project_id}"
        limits = (await client.get(path))["limits"] | {"review_below": _SURE_ENOUGH}
        await client.send("PATCH", path, 200, json={"limits": limits})
        yield client


def _ids(turn: Json) -> Json:
    return {"chat_id": turn["chat_id"], "turn_id": turn["turn_id"]}


async def _confirmed(owner: Client, turn: Json, revision: int) -> Json:
    await owner.obey(command("confirm", **_ids(turn), revision=revision))
    return await settled(owner, turn["chat_id"])


async def test_a_plan_that_was_written_anew_goes_to_review(owner: Client) -> None:
    turn = await owner.ask(QUESTION, auto_confirm=False)
    assert last(turn, "plan.proposed")["plan"]["confidence"] >= _SURE_ENOUGH
    told = last(await revise(owner, turn, dimensions=[], measures=[_TOTAL]), "plan.proposed")
    assert told["plan"]["confidence"] < _SURE_ENOUGH
    assert "review.requested" in types(await _confirmed(owner, turn, 2))


async def test_a_plan_that_was_shown_as_it_is_runs(owner: Client) -> None:
    """Sent back unchanged, or changed back, it is the plan that was proposed."""
    turn = await owner.ask(QUESTION, auto_confirm=False)
    await revise(owner, turn, dimensions=[], measures=[_TOTAL])
    told = last(await revise(owner, turn, revision=2), "plan.proposed")
    assert told["plan"]["confidence"] >= _SURE_ENOUGH
    answered = await _confirmed(owner, turn, 3)
    assert "review.requested" not in types(answered) and "answer.ready" in types(answered)


async def test_words_make_an_unsure_plan_no_surer(owner: Client) -> None:
    turn = await owner.ask("How many splendid customers are there per country?", auto_confirm=False)
    if "clarification.asked" in types(turn):
        asked = last(turn, "clarification.asked")
        answer = {"clarification_id": asked["clarification_id"], "option_id": "without"}
        await owner.obey(command("clarify", **_ids(turn), **answer))
        turn = {**await settled(owner, turn["chat_id"]), **_ids(turn)}
    first = last(turn, "plan.proposed")["plan"]["confidence"]
    assert first < _SURE_ENOUGH
    for revision, words in ((1, "only those in Chile"), (2, "How many customers are there?")):
        await owner.obey(command("revise", **_ids(turn), revision=revision, words=words))
        told = last(await settled(owner, turn["chat_id"]), "plan.proposed")
        assert told["revision"] == revision + 1
        assert told["plan"]["confidence"] <= first + 0.02, words
    assert "review.requested" in types(await _confirmed(owner, turn, 3))
