"""`datachat ask` on the ferry line: the embedded reasoner itself falls into the traps, and the checks say so."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.agents.ferry import in_sqlite


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(in_sqlite(tmp_path_factory.mktemp("ask")).config["path"])


def ask(question: str, ferry: str, *more: str) -> str:
    command = [
        sys.executable,
        "-m",
        "backend.cli",
        "ask",
        question,
        "--source",
        ferry,
        "--yes",
        "--reasoner",
        "embedded",
    ]
    done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_an_answer_comes_with_what_is_wrong_with_it(ferry: str) -> None:
    said = ask("total fare by port", ferry)
    assert "Check this:" in said
    assert "2 of 8 rows of bookings have no match in voyages and are left out." in said
    assert "The parts add up to 750; all rows of bookings together make 1,140." in said


def test_the_same_for_programs(ferry: str) -> None:
    reply: dict[str, Any] = json.loads(ask("What is the average fare?", ferry, "--json"))
    assert (reply["rows"], reply["label"], reply["warnings"]) == ([[142.5]], "checked", [])
    assert {check["verdict"] for check in reply["checks"]} <= {"passed", "skipped"}
    assert {"plausible", "unfinished", "second"} <= {check["name"] for check in reply["checks"]}


def test_which_calendar_day_is_meant_is_asked(ferry: str) -> None:
    assert "Which one do you mean? (landed day; sailed day)" in ask("How many voyages per month?", ferry)


def test_another_spelling_of_a_value_is_told(tmp_path: Path) -> None:
    file = str(tmp_path / "jobs.sqlite")
    with sqlite3.connect(file) as jobs:
        jobs.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT)")
        states = ["cancelled"] * 4 + ["canceled"] * 2 + ["finished"] * 6
        jobs.executemany("INSERT INTO jobs (status) VALUES (?)", [(state,) for state in states])
    jobs.close()
    said = ask("How many jobs are cancelled?", file)
    assert "jobs.status also holds “canceled” beside “cancelled”." in said
