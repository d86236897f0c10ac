"""Calls a chat model: two tiers, bounded retries inside one deadline, a circuit breaker, and a count of what it cost."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from agents.budget import Budget
from agents.llm.breaker import Breaker
from agents.llm.failures import Failure, read_failure
from agents.llm.providers import Provider, open_provider
from agents.llm.settings import ModelSettings
from agents.reasoners.base import ModelRefused, ModelUnavailable

Tier = Literal["fast", "strong"]
Message = tuple[Literal["system", "human", "ai"], str]
MIN_ATTEMPT_SECONDS = 0.5
"""An attempt with less time than this left is not worth its tokens."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelReply:
    text: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float
    attempts: int


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """For the status page."""

    provider: str
    model: str
    ok: bool
    message: str = ""
    models: tuple[str, ...] = ()
    seconds: float = 0.0


class ChatModels:
    """The project's models. One per process and provider account, so that turns share the breaker and the connections."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        opener: Callable[[ModelSettings], Provider] = open_provider,
    ) -> None:
        self.settings = settings
        self._sleep = sleep
        self._clock = clock
        self._opener = opener
        self._provider: Provider | None = None
        self._opening = asyncio.Lock()
        self._chats: dict[str, Any] = {}
        self._breaker = Breaker(settings.breaker_failures, settings.breaker_seconds, clock)

    @property
    def healthy(self) -> bool:
        """False while the breaker keeps calls away."""
        return not self._breaker.open

    def model(self, tier: Tier) -> str:
        return self.settings.fast or self.settings.strong if tier == "fast" else self.settings.strong

    async def call(self, tier: Tier, messages: Sequence[Message], budget: Budget) -> ModelReply:
        """One answer. Raises `ModelUnavailable`, `ModelRefused` or `BudgetSpent`; never takes longer than the deadline."""
        if self._breaker.open:
            raise ModelUnavailable("The language model failed several times and is left alone for a moment.")
        provider = await self._open()
        began = self._clock()
        until = began + min(self.settings.deadline, budget.seconds_left)
        failure = Failure("The language model did not answer in time.", final=False)
        for attempt in range(1, self.settings.attempts + 1):
            left = until - self._clock()
            if left < MIN_ATTEMPT_SECONDS:
                break
            budget.count_call()
            try:
                async with asyncio.timeout(left):
                    reply = await self._attempt(provider, self.model(tier), messages)
            except TimeoutError:
                failure = Failure("The language model did not answer in time.", final=False)
            except provider.errors as error:
                failure = read_failure(error)
                _log.warning("model call failed: %s (%s)", failure.message, type(error).__name__)
            else:
                self._breaker.succeeded()
                budget.add_tokens(reply.prompt_tokens, reply.completion_tokens, reply.cost_usd, reply.model)
                return replace(reply, seconds=self._clock() - began, attempts=attempt)
            if failure.final:
                break
            if attempt < self.settings.attempts and not await self._pause(failure, attempt, until):
                break
        self._breaker.failed()
        raise ModelRefused(failure.message) if failure.final else ModelUnavailable(failure.message)

    async def check(self) -> ProviderHealth:
        """Whether the provider answers and offers the model; costs nothing."""
        provider = await self._open()
        began = self._clock()
        name, model = self.settings.provider, self.settings.strong
        try:
            async with asyncio.timeout(6.0):
                models = tuple(await provider.models())
        except TimeoutError:
            return ProviderHealth(name, model, False, "The language model's provider did not answer in time.")
        except provider.errors as error:
            return ProviderHealth(name, model, False, read_failure(error).message)
        known = not models or model in models
        message = "" if known else f"The provider does not list the model {model}."
        return ProviderHealth(name, model, known, message, models, self._clock() - began)

    async def close(self) -> None:
        """Let go of the connections; the next call opens them anew."""
        async with self._opening:
            provider, self._provider = self._provider, None
            self._chats.clear()
        if provider is not None:
            await provider.close()

    async def __aenter__(self) -> ChatModels:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _open(self) -> Provider:
        async with self._opening:
            if self._provider is None:
                self._provider = await asyncio.to_thread(self._opener, self.settings)
            return self._provider

    async def _pause(self, failure: Failure, attempt: int, until: float) -> bool:
        """Wait before the next attempt; False when the deadline would pass meanwhile."""
        backoff = min(8.0, 0.4 * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5)
        wait = max(failure.wait or 0.0, backoff)
        if self._clock() + wait + MIN_ATTEMPT_SECONDS > until:
            return False
        await self._sleep(wait)
        return True

    async def _attempt(self, provider: Provider, model: str, messages: Sequence[Message]) -> ModelReply:
        chat = self._chats.get(model)
        if chat is None:
            chat = self._chats[model] = provider.chat(model)
        pieces: list[str] = []
        length = prompt = completion = 0
        chunks = cast(AsyncGenerator[Any, None], chat.astream(list(messages)))
        async with aclosing(chunks) as stream:
            while True:
                try:
                    async with asyncio.timeout(self.settings.silence):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    break
                text = str(chunk.text)
                pieces.append(text)
                length += len(text)
                if length > self.settings.answer_chars:
                    raise ValueError("the answer is too long")
                if usage := chunk.usage_metadata:
                    prompt += usage["input_tokens"]
                    completion += usage["output_tokens"]
        answer = "".join(pieces)
        if not answer.strip():
            raise ValueError("the answer is empty")
        prompt = prompt or sum(len(text) for _, text in messages) // 4
        completion = completion or len(answer) // 4
        cost = self._cost(model, prompt, completion)
        return ModelReply(answer, model, prompt, completion, cost, 0.0, 1)

    def _cost(self, model: str, prompt: int, completion: int) -> float | None:
        price = self.settings.prices.get(model)
        if price is None:
            return None
        return (prompt * price.prompt + completion * price.completion) / 1_000_000
