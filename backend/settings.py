"""Every setting of the server, read once from `DATACHAT_…` variables or `.env` and then passed down as values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "DATACHAT_"


class Area(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Area):
    """Where the server listens and by which names it may be called."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    """Address people use when a proxy stands in front, for example `https://chat.example.org`; makes cookies `Secure`."""
    allowed_hosts: tuple[str, ...] = ()
    """Further host names that requests may name, besides the loopback ones and `public_url`'s."""
    takeover_seconds: float = Field(default=10, ge=1)
    """Of several server processes, another takes up a turn when its own was silent for so long."""


class AuthSettings(Area):
    """How long people stay signed in."""

    idle_hours: float = Field(default=72, gt=0)
    """A session unused for so long ends."""
    absolute_days: float = Field(default=30, gt=0)
    """A session this old ends."""


class LlmSettings(Area):
    """The language model, if there is one; without it the built-in reasoner answers."""

    provider: Literal["none", "anthropic", "openai", "groq", "openrouter", "ollama", "compatible"] = "none"
    model: str = ""
    """Writes plans and SQL."""
    fast_model: str = ""
    """Routes and summarises; empty: the same model."""
    base_url: str = ""
    """Of an OpenAI-compatible server."""
    api_key: SecretStr = SecretStr("")
    seconds: float = Field(default=60, gt=0, le=600)
    """Longest wait for one call."""


class KnowledgeSettings(Area):
    """How questions and schemas become vectors, and where these are searched."""

    embedder: Literal["lexical", "sentence-transformers", "ollama", "openai"] = "lexical"
    model: str = ""
    """Of the embedder, where it has several."""
    dimension: int = Field(default=0, ge=0, le=16_384)
    """Numbers in a vector of that model; 0: of the embedder's usual model."""
    base_url: str = ""
    api_key: SecretStr = SecretStr("")
    chroma_url: str = ""
    """A Chroma server; empty: the embedded one, in `data_dir`."""


class StorageSettings(Area):
    """Limits of what people bring in and how long results are kept."""

    upload_mb: int = Field(default=200, ge=1, le=100_000)
    """Largest upload, all its files together."""
    result_days: float = Field(default=7, gt=0)
    """A stored result is deleted after so long."""


class Settings(BaseSettings):
    """All of it. Nested names are joined with two underscores: `DATACHAT_LLM__PROVIDER=openai`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_file=".env", extra="forbid", frozen=True
    )

    data_dir: Path = Path("data")
    """Holds everything the server writes: metadata, results, uploads."""
    database_url: SecretStr = SecretStr("")
    """`postgresql://user:password@host/database` for the metadata; empty: a SQLite file in `data_dir`."""
    redis_url: SecretStr = SecretStr("")
    """Carries events and jobs between several server processes; empty: one process."""
    secret_key: SecretStr = SecretStr("")
    """Seals stored credentials: 32 random bytes in URL-safe base64; several, joined by commas, while keys change: the first seals, all unseal. Empty: the key in `key_file`."""
    key_file: str = ""
    """Holds the key that is made on first run; empty: `datachat/secret.key` in the user's configuration folder, so that a copy of `data_dir` opens no credentials."""
    cache_dir: str = ""
    """Files that the command line opens are loaded to here; empty: the user's cache folder."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sample: bool = True
    """Add the sample company on first run."""
    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    llm: LlmSettings = LlmSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    storage: StorageSettings = StorageSettings()


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """`DATACHAT_…` variables that mean nothing; pydantic ignores them silently, so a typing error would go unseen."""
    known = {name.lower() for name in _names(Settings)}
    found = os.environ if environment is None else environment
    return sorted(
        name for name in found if name.upper().startswith(PREFIX) and name[len(PREFIX) :].lower() not in known
    )


def _names(model: type[BaseModel], prefix: str = "") -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        names.append(prefix + name)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += _names(kind, f"{prefix}{name}__")
    return names
