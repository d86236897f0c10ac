"""The second protocol: Anthropic's own client against a server that speaks Messages on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from agents.budget import Budget
from agents.llm import ChatModels, ModelSettings, Price
from agents.reasoners.base import ModelRefused, ModelUnavailable
from tests.agents.test_llm import SAY, Naps
from tests.fakes.anthropic_server import FakeAnthropic
from tests.fakes.llm_server import FAULTS, Fault, FaultKind


@pytest.fixture
async def llm() -> AsyncIterator[FakeAnthropic]:
    server = FakeAnthropic(["Fine, thanks."])
    async with server:
        yield server


def models_at(server: FakeAnthropic, naps: Naps | None = None, **changes: float) -> ChatModels:
    settings = ModelSettings(
        provider="anthropic",
        strong="fake",
        base_url=server.url,
        api_key="sk-test",
        deadline=changes.get("deadline", 2.0),
        silence=changes.get("silence", 0.4),
        prices={"fake": Price(prompt=1.0, completion=10.0)},
    )
    return ChatModels(settings, sleep=naps or Naps())


async def test_an_answer_arrives_counted_and_priced(llm: FakeAnthropic) -> None:
    budget = Budget()
    async with models_at(llm) as models:
        reply = await models.call("strong", SAY, budget)
    assert reply.text == "Fine, thanks."
    assert (reply.prompt_tokens, reply.completion_tokens) == (3, 4)
    assert reply.cost_usd == pytest.approx((3 * 1 + 4 * 10) / 1e6)
    assert budget.usage().llm_calls == 1
    (request,) = llm.requests
    assert request.body["system"] == "Be short."
    assert request.body["messages"] == [{"role": "user", "content": "How are you?"}]
    assert request.body["temperature"] == 0
    assert "sk-test" in request.headers.get("x-api-key", "") + request.headers.get("authorization", "")
    assert request.headers["anthropic-version"]


async def test_the_offered_models_are_listed(llm: FakeAnthropic) -> None:
    async with models_at(llm) as models:
        health = await models.check()
    assert (health.ok, health.models) == (True, ("fake",))


@pytest.mark.filterwarnings("ignore:Received unexpected tool")
@pytest.mark.parametrize("kind", FAULTS)
async def test_every_fault_ends_typed_and_in_time(kind: FaultKind, llm: FakeAnthropic) -> None:
    llm.script = [Fault(kind)]
    began = time.monotonic()
    async with models_at(llm) as models:
        with pytest.raises((ModelUnavailable, ModelRefused)) as caught:
            await models.call("strong", SAY, Budget())
    assert time.monotonic() - began < 4
    assert isinstance(caught.value, ModelRefused) == (kind in ("400", "401"))
    assert "fault" not in str(caught.value)


@pytest.mark.parametrize("kind", ["429", "503", "cut", "reset", "empty", "malformed_json"])
async def test_a_passing_fault_is_retried(kind: FaultKind, llm: FakeAnthropic) -> None:
    llm.script = [Fault(kind), "Here I am."]
    naps = Naps()
    async with models_at(llm, naps, silence=1.5, deadline=10.0) as models:
        reply = await models.call("strong", SAY, Budget())
    assert (reply.text, reply.attempts, len(naps.seconds)) == ("Here I am.", 2, 1)


@pytest.mark.parametrize("after", range(6))
async def test_a_stream_cut_anywhere_is_never_taken_for_an_answer(after: int, llm: FakeAnthropic) -> None:
    llm.script = [Fault("cut", after_chunks=after), "whole"]
    async with models_at(llm, silence=2.0, deadline=10.0) as models:
        reply = await models.call("strong", SAY, Budget())
    assert reply.text == "whole"
