"""Health and the state of the reasoners."""

from __future__ import annotations

from typing import Literal

from backend.schemas import ApiModel


class Health(ApiModel):
    status: Literal["ok"]
    version: str


class Readiness(ApiModel):
    ready: bool
    metadata: bool
    """The metadata database answers."""
    checkpoints: bool
    vectors: Literal["ready", "rebuilding", "off"]
    redis: Literal["ok", "down", "unused"]


class ProviderStatus(ApiModel):
    name: str
    """"embedded", "openai", "anthropic" …"""
    configured: bool
    healthy: bool
    model: str = ""
    detail: str = ""


class ProvidersStatus(ApiModel):
    active: Literal["embedded", "llm"]
    """Who answers the next question where the project says `auto`."""
    providers: list[ProviderStatus]
