"""Where a server keeps its sample company, and how it gets there."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def sample_path(data_dir: Path) -> Path:
    return data_dir / "sample" / "company.sqlite"


async def build_sample(path: Path) -> None:
    """Write the sample when it is not there. In a process of its own: it computes for seconds."""
    if await asyncio.to_thread(path.exists):
        return
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.sample", str(path), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        if await process.wait() != 0:
            log.error("sample_failed", code=process.returncode)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
