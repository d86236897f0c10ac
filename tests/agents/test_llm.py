"""The calling of chat models, with the real client against a real server on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from agents.budget import Budget, TurnLimits
from agents.llm import ChatModels, ModelSettings, Price
from agents.llm.breaker import Breaker
from agents.llm.failures import retry_after
from agents.llm.models import Message
from agents.reasoners.base import BudgetSpent, ModelRefused, ModelUnavailable
from tests.fakes.llm_server import FAULTS, FakeLlm, Fault, FaultKind, Script

Opener = Callable[..., ChatModels]
SAY: tuple[Message, ...] = (("system", "Be short."), ("human", "How are you?"))


def settings(url: str, **changes: object) -> ModelSettings:
    values: dict[str, object] = {
        "provider": "compatible",
        "strong": "fake",
        "base_url": url,
        "deadline": 2.0,
        "silence": 0.4,
        "prices": {"fake": Price(prompt=1.0, completion=10.0)},
    }
    return ModelSettings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    """`ChatModels`, closed after the test."""
    made: list[ChatModels] = []

    def make(model_settings: ModelSettings, **options: Any) -> ChatModels:
        made.append(ChatModels(model_settings, **options))
        return made[-1]

    yield make
    for models in made:
        await models.close()


class Naps:
    """Sleeps by noting that it did."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_an_answer_arrives_counted_and_priced(opened: Opener) -> None:
    async with FakeLlm(["Fine, thanks."]) as llm:
        budget = Budget()
        reply = await opened(settings(llm.url)).call("strong", SAY, budget)
    assert reply.text == "Fine, thanks."
    assert (reply.prompt_tokens, reply.completion_tokens) == (5, 4)
    assert reply.cost_usd == pytest.approx((5 * 1 + 4 * 10) / 1e6)
    usage = budget.usage()
    assert (usage.llm_calls, usage.prompt_tokens, usage.completion_tokens) == (1, 5, 4)
    assert llm.requests[0].body["temperature"] == 0
    assert llm.requests[0].body["model"] == "fake"


async def test_tiers_name_their_models(opened: Opener) -> None:
    models = opened(settings("http://127.0.0.1:9/v1", fast="small"))
    assert (models.model("fast"), models.model("strong")) == ("small", "fake")
    assert opened(settings("http://127.0.0.1:9/v1")).model("fast") == "fake"


@pytest.mark.parametrize("kind", FAULTS)
async def test_every_fault_ends_typed_and_in_time(kind: FaultKind, opened: Opener) -> None:
    async with FakeLlm([Fault(kind)]) as llm:
        models = opened(settings(llm.url), sleep=Naps())
        began = time.monotonic()
        with pytest.raises((ModelUnavailable, ModelRefused)) as caught:
            await models.call("strong", SAY, Budget())
        assert time.monotonic() - began < 4
    assert isinstance(caught.value, ModelRefused) == (kind in ("400", "401"))
    assert "fault" not in str(caught.value), "the provider's own words stay in the log"


@pytest.mark.parametrize("kind", [k for k in FAULTS if k not in ("400", "401")])
async def test_a_passing_fault_is_retried(kind: FaultKind, opened: Opener) -> None:
    script: Script = [Fault(kind), "Here I am."]
    async with FakeLlm(script) as llm:
        naps = Naps()
        patient = settings(llm.url, silence=1.5, deadline=10.0)
        reply = await opened(patient, sleep=naps).call("strong", SAY, Budget())
    assert (reply.text, reply.attempts, len(naps.seconds)) == ("Here I am.", 2, 1)


@pytest.mark.parametrize("after", range(4))
async def test_a_stream_cut_anywhere_is_never_taken_for_an_answer(after: int, opened: Opener) -> None:
    async with FakeLlm([Fault("cut", after_chunks=after), "whole"]) as llm:
        patient = settings(llm.url, silence=2.0, deadline=10.0)
        reply = await opened(patient, sleep=Naps()).call("strong", SAY, Budget())
    assert reply.text == "whole"


async def test_nobody_listens(opened: Opener) -> None:
    async with FakeLlm() as llm:
        url = llm.url
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await opened(settings(url), sleep=Naps()).call("strong", SAY, Budget())


async def test_retry_after_is_honoured_within_the_deadline(opened: Opener) -> None:
    async with FakeLlm([Fault("429", retry_after="1"), "later"]) as llm:
        naps = Naps()
        await opened(settings(llm.url), sleep=naps).call("strong", SAY, Budget())
    assert naps.seconds[0] >= 1.0


async def test_retry_after_beyond_the_deadline_gives_up_at_once(opened: Opener) -> None:
    async with FakeLlm([Fault("429", retry_after="600"), "too late"]) as llm:
        naps = Naps()
        with pytest.raises(ModelUnavailable, match="busy"):
            await opened(settings(llm.url), sleep=naps).call("strong", SAY, Budget())
    assert naps.seconds == []
    assert len(llm.requests) == 1


def test_retry_after_reads_seconds_and_dates() -> None:
    now = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
    assert retry_after({"retry-after": "7"}) == 7.0
    assert (
        retry_after({"retry-after": format_datetime(now + timedelta(seconds=30), usegmt=True)}, now) == 30.0
    )
    assert retry_after({"retry-after": format_datetime(now - timedelta(days=1), usegmt=True)}, now) == 0.0
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None
    assert retry_after(None) is None


async def test_the_breaker_leaves_a_failing_provider_alone_and_tries_again_later(opened: Opener) -> None:
    now = 0.0
    async with FakeLlm([Fault("400")] * 3 + ["well again"]) as llm:
        models = opened(settings(llm.url, breaker_seconds=30.0), clock=lambda: now)
        for _ in range(3):
            with pytest.raises(ModelRefused):
                await models.call("strong", SAY, Budget())
        assert not models.healthy
        with pytest.raises(ModelUnavailable, match="left alone"):
            await models.call("strong", SAY, Budget())
        assert len(llm.requests) == 3
        now = 31.0
        assert models.healthy
        assert (await models.call("strong", SAY, Budget())).text == "well again"


def test_one_failure_after_the_pause_opens_the_breaker_again() -> None:
    now = 0.0
    breaker = Breaker(2, 10.0, lambda: now)
    breaker.failed()
    assert not breaker.open
    breaker.failed()
    assert breaker.open
    now = 11.0
    assert not breaker.open
    breaker.failed()
    assert breaker.open
    breaker.succeeded()
    assert not breaker.open


async def test_budgets_stop_calls_before_they_are_made(opened: Opener) -> None:
    async with FakeLlm(["fine"]) as llm:
        models = opened(settings(llm.url))
        budget = Budget(TurnLimits(llm_calls=1))
        await models.call("strong", SAY, budget)
        with pytest.raises(BudgetSpent, match="calls"):
            await models.call("strong", SAY, budget)
        with pytest.raises(BudgetSpent, match="tokens"):
            await models.call("strong", SAY, Budget(TurnLimits(tokens=0)))
    assert len(llm.requests) == 1


async def test_check_says_whether_the_model_is_offered(opened: Opener) -> None:
    async with FakeLlm(models=("fake", "other")) as llm:
        health = await opened(settings(llm.url)).check()
        assert (health.ok, health.models) == (True, ("fake", "other"))
        missing = await opened(settings(llm.url, strong="nope")).check()
        assert not missing.ok
        assert "nope" in missing.message
        assert llm.requests == [], "a check costs no tokens"
    gone = await opened(settings(llm.url)).check()
    assert not gone.ok
    assert "cannot be reached" in gone.message


def test_the_key_is_never_printed() -> None:
    assert "sesame" not in repr(settings("http://x/v1", api_key="sesame"))
