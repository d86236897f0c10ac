"""Rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FLOORS = ("backend", "agents", "knowledge", "connectors")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [p for p in tracked_files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in folders]


@pytest.mark.parametrize("floor", FLOORS)
def test_packages_are_ours(floor: str) -> None:
    """Generic names collide with other distributions; ours must win."""
    module = __import__(floor)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_no_tracked_file_names_a_registry() -> None:
    hosts = re.compile("|".join(("files[.]python" + "hosted", r"py" + r"pi[.]org", "registry[.]npm" + "js")))
    named = [
        p
        for p in tracked_files()
        if p.suffix not in {".png", ".npz", ".woff2"} and hosts.search(p.read_text("utf-8", "ignore"))
    ]
    assert named == []


def test_front_end_lock_is_complete() -> None:
    """npm leaves out optional platform packages it could not fetch without a word; `npm ci` then fails elsewhere."""

    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text("utf-8"))["packages"]
    names = {path.rpartition("node_modules/")[2] for path in packages}
    missing = {
        (path, wanted)
        for path, package in packages.items()
        for wanted in package.get("optionalDependencies", {})
        if wanted not in names
    }
    assert missing == set()
    assert not any("resolved" in package for package in packages.values())


def test_only_the_guard_makes_safe_sql() -> None:
    users = [p for p in python_files(*FLOORS) if "_GUARD_KEY" in p.read_text("utf-8")]
    assert {str(p.relative_to(ROOT)) for p in users} == {"connectors/base.py", "connectors/sql/guard.py"}


def test_queries_on_metadata_live_in_repositories() -> None:
    """A `select(` elsewhere would start from all rows instead of the visible ones."""
    strays = []
    for path in python_files("backend"):
        if path.name == "repository.py" or path.is_relative_to(ROOT / "backend" / "db"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "select":
                strays.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert strays == []


def test_the_server_has_one_catch_all() -> None:
    """`except Exception` hides bugs; ruff's BLE001 holds the rule, and every waiver must say why."""
    waivers = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in python_files(*FLOORS)
        for line in path.read_text("utf-8").splitlines()
        if "noqa: BLE001" in line and not re.search(r"noqa: BLE001 - \w+", line)
    ]
    assert waivers == []


def test_compose_file_is_sound() -> None:
    """No Docker engine runs where the tests do, so the file is held against our own rules."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    assert set(compose["services"]) >= {"app", "postgres", "redis"}
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "app"
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "publish on loopback only"
        for value in service.get("environment", {}).values():
            assert "password" not in value.lower() or "${" in value, "no password in the file"
