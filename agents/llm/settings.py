"""Which model answers, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ProviderName = Literal["openai", "anthropic", "groq", "openrouter", "ollama", "compatible"]

PROVIDERS: Mapping[ProviderName, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "groq": "https://api.groq.com/openai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "ollama": "http://127.0.0.1:11434/v1",
    "compatible": "",
}
"""Where each provider listens unless `ModelSettings.base_url` says otherwise. All but Anthropic speak OpenAI's protocol."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class ModelSettings:
    provider: ProviderName
    strong: str
    """Name of the model that writes SQL."""
    fast: str = ""
    """Name of the model for small tasks; the strong one when empty."""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    deadline: float = 60.0
    """Seconds for one call with all its retries."""
    silence: float = 25.0
    """Seconds without a single piece of the answer before the attempt is given up."""
    attempts: int = 3
    answer_tokens: int = 2_000
    answer_chars: int = 60_000
    """A longer answer is not read to its end."""
    breaker_failures: int = 3
    """Failed calls in a row after which the provider is left alone …"""
    breaker_seconds: float = 30.0
    """… for so long."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By model name; without one, cost stays unknown."""

    @property
    def url(self) -> str:
        return self.base_url or PROVIDERS[self.provider]
