"""The language model of this server, if one is configured; imported with its first use."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from backend.settings import LlmSettings
from backend.status_schemas import ProvidersStatus, ProviderStatus

if TYPE_CHECKING:
    from agents.llm import ChatModels

CHECK_SECONDS = 60.0
"""How long the answer of a health check is believed."""


class LanguageModels:
    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._models: ChatModels | None = None
        self._checked: tuple[float, ProviderStatus] | None = None

    @property
    def configured(self) -> bool:
        return self._settings.provider != "none" and bool(self._settings.model)

    def get(self) -> ChatModels | None:
        """One for the whole process: it knows when its provider is not worth trying."""
        if self._settings.provider == "none" or not self._settings.model:
            return None
        if self._models is None:
            from agents.llm import ChatModels, ModelSettings

            self._models = ChatModels(
                ModelSettings(
                    provider=self._settings.provider,
                    strong=self._settings.model,
                    fast=self._settings.fast_model,
                    base_url=self._settings.base_url,
                    api_key=self._settings.api_key.get_secret_value(),
                    deadline=self._settings.seconds,
                )
            )
        return self._models

    async def status(self) -> ProvidersStatus:
        embedded = ProviderStatus(
            name="embedded", configured=True, healthy=True, detail="Always there; needs no key."
        )
        if not self.configured:
            return ProvidersStatus(active="embedded", providers=[embedded])
        provider = await self._check()
        return ProvidersStatus(
            active="llm" if provider.healthy else "embedded", providers=[embedded, provider]
        )

    async def _check(self) -> ProviderStatus:
        moment = time.monotonic()
        if self._checked is not None and moment - self._checked[0] < CHECK_SECONDS:
            return self._checked[1]
        models = self.get()
        if models is None:
            raise RuntimeError("no language model is configured")
        health = await models.check()
        status = ProviderStatus(
            name=self._settings.provider,
            configured=True,
            healthy=health.ok,
            model=self._settings.model,
            detail=health.message,
        )
        self._checked = (moment, status)
        return status
