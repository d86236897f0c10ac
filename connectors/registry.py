"""Which engines there are, what their forms ask for, and how to open one. Drivers are imported on demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from connectors.base import Connector, ProbeReport, ProbeStep
from connectors.errors import ConnectorError, SignInRefused, SourceInvalid, SourceMissing

FILE_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")
SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")


@dataclass(frozen=True, slots=True)
class Setting:
    """One typed input of an engine's form."""

    name: str
    title: str
    kind: Literal["text", "number", "password", "path", "boolean", "choice"] = "text"
    required: bool = False
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def secret(self) -> bool:
        return self.kind == "password"


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    title: str
    implementation: str
    """"module:Class"."""
    settings: tuple[Setting, ...]
    upload_suffixes: tuple[str, ...] = ()


def _server(port: int, encryption: tuple[str, ...]) -> tuple[Setting, ...]:
    return (
        Setting("host", "Host", required=True, default="localhost"),
        Setting("port", "Port", "number", default=port),
        Setting("database", "Database", required=True),
        Setting("user", "User", required=True, help="An account that may only read."),
        Setting("password", "Password", "password"),
        Setting("encryption", "Encryption", "choice", default=encryption[0], choices=encryption),
    )


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(
            "sqlite",
            "SQLite",
            "connectors.sqlite:SqliteConnector",
            (Setting("path", "File", "path", required=True, help="Path on the server, for example /data/shop.sqlite"),),
        ),
        Engine(
            "duckdb",
            "Files and DuckDB",
            "connectors.duckdb:DuckDbConnector",
            (
                Setting(
                    "path",
                    "File, folder or pattern",
                    "path",
                    required=True,
                    help="A .duckdb file, a CSV, Parquet, JSON or Excel file, a folder of them, or a pattern such as /data/*.parquet",
                ),
            ),
            upload_suffixes=FILE_SUFFIXES,
        ),
        Engine(
            "postgres",
            "PostgreSQL",
            "connectors.postgres:PostgresConnector",
            (*_server(5432, ("prefer", "require", "verify-full", "disable")), Setting("schemas", "Schemas", help="Comma-separated; empty for all")),
        ),
        Engine(
            "mysql",
            "MySQL or MariaDB",
            "connectors.mysql:MySqlConnector",
            _server(3306, ("prefer", "verify-full", "disable")),
        ),
    )
}  # fmt: skip


def engine(name: str) -> Engine:
    """Raises `SourceInvalid` for an engine that does not exist here."""
    found = ENGINES.get(name)
    if found is None:
        raise SourceInvalid(f"There is no engine “{name}”. Choose one of: {', '.join(ENGINES)}.")
    return found


async def open_connector(name: str, config: Mapping[str, Any]) -> Connector:
    """Import the engine's driver and connect.

    Raises: `SourceInvalid`, `SourceMissing`, `SignInRefused` or `EngineUnavailable`.
    """
    chosen = engine(name)
    unknown = sorted(set(config) - {setting.name for setting in chosen.settings})
    if unknown:
        raise SourceInvalid(f"{chosen.title} has no setting {', '.join(unknown)}.")
    module, _, cls = chosen.implementation.partition(":")
    try:
        implementation = getattr(import_module(module), cls)
    except ImportError as error:
        raise SourceInvalid(f"The driver of {chosen.title} is not installed here.") from error
    opened: Connector = await implementation.open(dict(config))
    return opened


def parse_url(target: str) -> tuple[str, dict[str, Any]]:
    """What `--source` means: a path, or a database URL without options.

    >>> parse_url("shop.sqlite")
    ('sqlite', {'path': 'shop.sqlite'})

    Raises: `SourceInvalid`.
    """
    if not re.match(r"^[a-z][a-z0-9+]*://", target):
        return _from_path(target)
    parts = urlsplit(target)
    if parts.query or parts.fragment:
        raise SourceInvalid(
            "Options in a source URL are not accepted. Give user, password, host, port and database only, or a path."
        )
    scheme = parts.scheme.partition("+")[0]
    name = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}.get(
        scheme
    )
    if name is None:
        if scheme in ("sqlite", "duckdb"):
            return _from_path(
                unquote(target.split("://", 1)[1])
                if scheme == "duckdb"
                else unquote(parts.netloc + parts.path)
            )
        raise SourceInvalid(f"Unknown kind of source “{scheme}”. Use a path, postgresql://… or mysql://…")
    try:
        port = parts.port
    except ValueError as error:
        raise SourceInvalid("The port in the source URL is not a number.") from error
    config: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "database": unquote(parts.path.lstrip("/")),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
    if port:
        config["port"] = port
    return name, config


def _from_path(target: str) -> tuple[str, dict[str, Any]]:
    path = Path(target)
    if path.suffix.lower() in SQLITE_SUFFIXES:
        return "sqlite", {"path": target}
    if path.suffix.lower() in (".duckdb", ".ddb", *FILE_SUFFIXES) or path.is_dir() or "*" in target:
        return "duckdb", {"path": target}
    if path.is_file():
        with path.open("rb") as file:
            if file.read(15) == b"SQLite format 3":
                return "sqlite", {"path": target}
    raise SourceInvalid(
        f"{target} is not a kind of source that can be opened: give a database URL, a file or a folder."
    )


async def probe(name: str, config: Mapping[str, Any]) -> ProbeReport:
    """Try settings step by step: how far they lead, and what to do where they stop. Never raises a `ConnectorError`."""
    try:
        connector = await open_connector(name, config)
    except ConnectorError as error:
        return stopped_at(error, config)
    try:
        return await connector.test()
    finally:
        await connector.close()


def stopped_at(error: ConnectorError, config: Mapping[str, Any]) -> ProbeReport:
    """The steps up to the one at which opening a source failed."""
    reached = ProbeStep("reach", True)
    if isinstance(error, SignInRefused):
        hint = "Check user and password, and that the account may sign in from this server."
        return ProbeReport((reached, ProbeStep("sign in", False, str(error), hint)))
    if isinstance(error, SourceMissing) and "host" in config:
        hint = "Check the spelling of the database's name."
        return ProbeReport(
            (reached, ProbeStep("sign in", True), ProbeStep("database", False, str(error), hint))
        )
    if isinstance(error, SourceInvalid):
        return ProbeReport((ProbeStep("settings", False, str(error), "Correct the setting and test again."),))
    hint = "Check host and port, and that a firewall lets this server through."
    if "host" not in config:
        hint = "The path is one on the server. Check its spelling and that the server may read it."
    return ProbeReport((ProbeStep("reach", False, str(error), hint),))
