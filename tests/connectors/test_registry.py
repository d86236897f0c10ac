"""Engines by name, the forms they ask for, and what `--source` means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector
from connectors.errors import SourceInvalid
from connectors.registry import ENGINES, open_connector, parse_url, probe
from tests.servers import DatabaseServer, free_port


@pytest.mark.parametrize(
    ("target", "engine", "config"),
    [
        ("shop.sqlite", "sqlite", {"path": "shop.sqlite"}),
        ("/data/shop.db", "sqlite", {"path": "/data/shop.db"}),
        ("sqlite:///data/shop.db", "sqlite", {"path": "/data/shop.db"}),
        ("shop.duckdb", "duckdb", {"path": "shop.duckdb"}),
        ("/data/*.parquet", "duckdb", {"path": "/data/*.parquet"}),
        ("sales.csv", "duckdb", {"path": "sales.csv"}),
        ("postgresql://ann:p%40ss@db.example:5433/shop", "postgres", {"host": "db.example", "port": 5433, "database": "shop", "user": "ann", "password": "p@ss"}),
        ("postgres://ann@db/shop", "postgres", {"host": "db", "database": "shop", "user": "ann", "password": ""}),
        ("mariadb://ann:x@[::1]/shop", "mysql", {"host": "::1", "database": "shop", "user": "ann", "password": "x"}),
    ],
)  # fmt: skip
def test_a_target_names_an_engine_and_its_settings(target: str, engine: str, config: dict[str, Any]) -> None:
    assert parse_url(target) == (engine, config)


@pytest.mark.parametrize(
    "target",
    ["postgres://h/db?options=-c%20x=y", "mysql://h/db?local_infile=1", "mysql://h:port/db", "oracle://h/db", "notes.txt", "sqlite:///a.db?mode=rwc"],
)  # fmt: skip
def test_other_targets_are_refused(target: str) -> None:
    with pytest.raises(SourceInvalid):
        parse_url(target)


def test_a_folder_and_a_database_without_suffix_are_recognised(tmp_path: Path) -> None:
    (tmp_path / "shop").write_bytes(b"SQLite format 3\0")
    assert parse_url(str(tmp_path))[0] == "duckdb"
    assert parse_url(str(tmp_path / "shop"))[0] == "sqlite"


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_declares_itself(name: str) -> None:
    """Form fields without secrets in the open, and a class with all that the contract lets one call."""
    engine = ENGINES[name]
    assert engine.settings and all(setting.title for setting in engine.settings)
    assert all(setting.secret == (setting.kind == "password") for setting in engine.settings)
    module, _, cls = engine.implementation.partition(":")
    implementation = getattr(__import__(module, fromlist=[cls]), cls)
    wanted = {name for name, what in vars(Connector).items() if callable(what) and not name.startswith("_")}
    assert {"schema", "close"} <= wanted
    assert not {name for name in wanted if not callable(getattr(implementation, name, None))}


def test_drivers_are_imported_on_demand() -> None:
    code = "import connectors.registry, sys; print([m for m in ('psycopg', 'pymysql', 'duckdb', 'openpyxl') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


async def test_unknown_engines_and_settings_are_refused() -> None:
    with pytest.raises(SourceInvalid, match="no engine"):
        await open_connector("oracle", {})
    with pytest.raises(SourceInvalid, match="no setting pathh"):
        await open_connector("sqlite", {"pathh": "x"})
    with pytest.raises(SourceInvalid, match="missing"):
        await open_connector("sqlite", {})


async def test_a_probe_says_how_far_it_came(postgres_server: DatabaseServer, tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "host": postgres_server.host, "port": postgres_server.port, "database": postgres_server.database(),
        "user": postgres_server.user, "password": postgres_server.password,
    }  # fmt: skip
    unreachable = await probe("postgres", {**config, "port": free_port()})
    assert [(step.name, step.ok) for step in unreachable.steps] == [("reach", False)]
    refused = await probe("postgres", {**config, "password": "canary"})
    assert [(step.name, step.ok) for step in refused.steps] == [("reach", True), ("sign in", False)]
    missing = await probe("postgres", {**config, "database": "nothing"})
    assert [step.ok for step in missing.steps][-1] is False and "nothing" in missing.steps[-1].detail
    invalid = await probe("postgres", {"host": ""})
    assert [(step.name, step.ok) for step in invalid.steps] == [("settings", False)]
    empty = await probe("postgres", config)
    assert [(step.name, step.ok) for step in empty.steps] == [
        ("reach", True), ("sign in", True), ("read only", True), ("list tables", False),
    ]  # fmt: skip
    gone = await probe("sqlite", {"path": str(tmp_path / "x.sqlite")})
    assert [(step.name, step.ok) for step in gone.steps] == [("reach", False)]
    for report in (unreachable, refused, missing, invalid, empty, gone):
        assert not report.ok and report.steps[-1].hint and "canary" not in repr(report)
