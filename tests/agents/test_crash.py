"""A killed process loses no turn: what was stored by key is completed, and nothing is doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.replies import ConfirmAnswer
from agents.turn import TurnRunner
from tests.agents.harness import BY_COUNTRY, Desk, MemoryResults, Scripted, make_shop, open_shop
from tests.test_repository import ROOT

COUNTED = {"usage.counted"}
"""Tells seconds, so it differs between runs."""


def crash(folder: Path, kill_at: int, *, confirm: bool = False) -> list[str]:
    """Runs the child until it kills itself; the keys it stored."""
    log = folder / "log.txt"
    names = [str(folder / "shop.sqlite"), str(folder / "turns.sqlite"), str(log), str(kill_at)]
    command = [sys.executable, "-m", "tests.agents.crash_child", *names, *(["confirm"] if confirm else [])]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=60)
    assert done.returncode == -9, done.stderr.decode()
    return log.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a process was killed while its plan waited for a person."""
    folder = tmp_path_factory.mktemp("waiting")
    make_shop(folder / "shop.sqlite")
    crash(folder, 5)
    (folder / "log.txt").unlink()
    return folder


@pytest.mark.parametrize("kill_at", [4])
async def test_killed_before_the_plan_it_goes_on_to_the_plan(tmp_path: Path, kill_at: int) -> None:
    make_shop(tmp_path / "shop.sqlite")
    before = crash(tmp_path, kill_at)
    keys, status = await go_on(tmp_path)
    assert status == "waiting"
    assert types_once([*before, *keys]) == [
        "stage.started", "question.understood", "stage.started", "plan.proposed",
    ]  # fmt: skip


@pytest.mark.parametrize("kill_at", [2, 8, 10])
async def test_killed_after_the_confirmation_it_goes_on_to_the_answer(
    waiting: Path, tmp_path: Path, kill_at: int
) -> None:
    shutil.copytree(waiting, tmp_path, dirs_exist_ok=True)
    before = crash(tmp_path, kill_at, confirm=True)
    keys, status = await go_on(tmp_path)
    assert status == "answered"
    seen = types_once([*before, *keys])
    assert seen.count("result.ready") >= 1
    assert seen[-1] == "answer.ready"
    assert seen.count("plan.confirmed") == seen.count("answer.ready") == seen.count("sql.drafted") == 1


async def test_a_waiting_plan_survives_and_can_be_confirmed(waiting: Path, tmp_path: Path) -> None:
    shutil.copytree(waiting, tmp_path, dirs_exist_ok=True)
    desk = Desk(await open_shop(tmp_path / "shop.sqlite"))
    reasoner = Scripted([BY_COUNTRY])
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "turns.sqlite")) as saver:
        runner = TurnRunner(saver)
        waits = await runner.waiting_for("t")
        assert waits is not None
        assert (waits.what, waits.id) == ("confirmation", "1")
        run = runner.resume("t", ConfirmAnswer(revision=1), desk.deps(reasoner))
        async for _ in run:
            pass
        assert run.outcome is not None
        assert run.outcome.status == "answered"
        assert reasoner.asked == [], "the plan that was confirmed is the one that runs"
        await runner.forget("t")
        assert await runner.waiting_for("t") is None
    await desk.source.connector.close()


async def test_starting_twice_is_one_turn(tmp_path: Path) -> None:
    desk = Desk(await open_shop(make_shop(tmp_path / "shop.sqlite")))
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "turns.sqlite")) as saver:
        runner = TurnRunner(saver)
        deps = desk.deps(Scripted([BY_COUNTRY]))
        first = {
            item.key async for item in runner.start("t", "Revenue?", deps) if item.event.type not in COUNTED
        }
        second = {
            item.key async for item in runner.start("t", "Revenue?", deps) if item.event.type not in COUNTED
        }
    assert first
    assert second == set(), "a waiting turn says nothing twice"
    await desk.source.connector.close()


async def test_a_result_is_stored_under_one_id_however_often_it_runs(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop.sqlite")
    ids = []
    for number in (1, 2):
        desk = Desk(await open_shop(tmp_path / "shop.sqlite"), results=MemoryResults())
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / f"turns{number}.sqlite")) as saver:
            runner = TurnRunner(saver)
            deps = desk.deps(Scripted([BY_COUNTRY]))
            for run in (
                runner.start("t", "Revenue?", deps),
                runner.resume("t", ConfirmAnswer(revision=1), deps),
            ):
                async for _ in run:
                    pass
        ids += desk.results.saves
        await desk.source.connector.close()
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def go_on(folder: Path) -> tuple[list[str], str]:
    """What a new process adds."""
    desk = Desk(await open_shop(folder / "shop.sqlite"), results=MemoryResults(folder=folder))
    async with AsyncSqliteSaver.from_conn_string(str(folder / "turns.sqlite")) as saver:
        runner = TurnRunner(saver)
        run = runner.continue_("t", desk.deps(Scripted([BY_COUNTRY])))
        lines = [f"{item.key} {item.event.type}" async for item in run]
        assert run.outcome is not None
    await desk.source.connector.close()
    return lines, run.outcome.status


def types_once(lines: list[str]) -> list[str]:
    """Event types as a store with a unique key keeps them."""
    kept = dict.fromkeys(lines)
    return [line.split(" ", 1)[1] for line in kept if line.split(" ", 1)[1] not in COUNTED]
