"""How long the server takes from its command to healthy, on first and on later starts, and what it holds in memory then."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.servers import free_port

STARTS = 5


def start(data: Path) -> tuple[float, int]:
    """(seconds to a healthy answer, resident kB)."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "backend.cli", "serve", "--port", str(port), "--data-dir", str(data)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=1) as answer:
                    if json.load(answer)["status"] == "ok":
                        break
            except OSError:
                time.sleep(0.01)
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return seconds, int(found.group(1)) if found else 0
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    baseline = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import fastapi, langgraph.graph, sqlalchemy"], check=True)
        baseline.append(time.perf_counter() - began)
    with tempfile.TemporaryDirectory() as folder:
        first, _ = start(Path(folder))
        later = [start(Path(folder)) for _ in range(STARTS)]
    seconds = statistics.median(s for s, _ in later)
    base = statistics.median(baseline)
    print(f"first start to healthy   {first:.2f} s")
    print(
        f"later starts to healthy  {seconds:.2f} s ({seconds / base:.1f} × importing fastapi, langgraph and sqlalchemy: {base:.2f} s)"
    )
    print(f"memory at rest           {statistics.median(kb for _, kb in later) / 1000:.0f} MB")


if __name__ == "__main__":
    main()
