"""Plays one turn and kills its own process at the n-th event, as a power cut would.

usage: python -m tests.agents.crash_child SHOP TURNS LOG KILL_AT [confirm]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.replies import ConfirmAnswer
from agents.turn import TurnRunner
from tests.agents.harness import BY_COUNTRY, Desk, MemoryResults, Scripted, open_shop


async def main(shop: Path, turns: Path, log: Path, kill_at: int, confirm: bool) -> None:
    desk = Desk(await open_shop(shop), results=MemoryResults(folder=shop.parent))
    deps = desk.deps(Scripted([BY_COUNTRY]))
    async with AsyncSqliteSaver.from_conn_string(str(turns)) as saver:
        runner = TurnRunner(saver)
        if confirm:
            run = runner.resume("t", ConfirmAnswer(revision=1), deps)
        else:
            run = runner.start("t", "Revenue by country?", deps)
        count = 0
        with log.open("a", encoding="utf-8") as file:
            async for item in run:
                file.write(f"{item.key} {item.event.type}\n")
                file.flush()
                os.fsync(file.fileno())
                count += 1
                if count == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
    await desk.source.connector.close()


if __name__ == "__main__":
    shop, turns, log, kill_at, *rest = sys.argv[1:]
    asyncio.run(main(Path(shop), Path(turns), Path(log), int(kill_at), bool(rest)))
