"""One factory per protocol. A client library is imported when its provider is first used, never before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from agents.llm.settings import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PAYLOAD_ERRORS: tuple[type[Exception], ...] = (
    ValueError,  # broken JSON and broken UTF-8 too
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OSError,
)
"""What the client libraries let through when an answer is not what the protocol says."""


@dataclass(frozen=True, slots=True)
class Provider:
    chat: Callable[[str], BaseChatModel]
    """A chat model by its name."""
    models: Callable[[], Awaitable[list[str]]]
    """Names of the models the provider offers."""
    errors: tuple[type[Exception], ...]
    close: Callable[[], Awaitable[None]]
    """Lets go of the connections."""


def open_provider(settings: ModelSettings) -> Provider:
    """Blocks for the import of the client library: call it in a thread."""
    return _anthropic(settings) if settings.provider == "anthropic" else _openai(settings)


def _openai(settings: ModelSettings) -> Provider:
    import httpx2
    from langchain_openai import ChatOpenAI
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient, OpenAIError

    key = settings.api_key or "none"
    http = DefaultAsyncHttpxClient(timeout=settings.silence)
    client = AsyncOpenAI(base_url=settings.url, api_key=key, http_client=http, timeout=5.0, max_retries=0)

    def chat(model: str) -> BaseChatModel:
        return ChatOpenAI(
            model_name=model,
            openai_api_base=settings.url,
            openai_api_key=SecretStr(key),
            temperature=0,
            request_timeout=settings.silence,
            max_retries=0,
            max_tokens=settings.answer_tokens,
            stream_usage=True,
            http_async_client=http,
        )

    async def models() -> list[str]:
        return [model.id async for model in client.models.list()]

    return Provider(chat, models, (OpenAIError, httpx2.HTTPError, *PAYLOAD_ERRORS), http.aclose)


def _anthropic(settings: ModelSettings) -> Provider:
    import httpx2
    from anthropic import AnthropicError, AsyncAnthropic
    from langchain_anthropic import ChatAnthropic

    key = settings.api_key or "none"
    client = AsyncAnthropic(base_url=settings.url, api_key=key, timeout=5.0, max_retries=0)

    def chat(model: str) -> BaseChatModel:
        return ChatAnthropic(
            model=model,
            anthropic_api_url=settings.url,
            anthropic_api_key=SecretStr(key),
            temperature=0,
            default_request_timeout=settings.silence,
            max_retries=0,
            max_tokens=settings.answer_tokens,
        )

    async def models() -> list[str]:
        return [model.id async for model in client.models.list()]

    return Provider(chat, models, (AnthropicError, httpx2.HTTPError, *PAYLOAD_ERRORS), client.close)
