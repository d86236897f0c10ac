"""What the guard costs: a usual statement by itself, one that comes with eight parser killers, and each killer."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter, sleep

from connectors.errors import QueryRejected
from connectors.sql.admission.deciders import decide, warm
from connectors.sql.policy import EVERYTHING
from tests.connectors.sql.corpus_schema import DIALECTS, corpus
from tests.connectors.sql.test_guard_killers import KILLERS, slow

MEDIAN_MS = 5.0
KILLER_SECONDS = 2.0


def milliseconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    with suppress(QueryRejected):
        work()
    return (perf_counter() - started) * 1000


def ask(sql: str, dialect: str) -> Callable[[], object]:
    return lambda: decide(sql, dialect, EVERYTHING, rewrite=False)


def main() -> int:
    warm()
    failed = False
    for dialect in DIALECTS:
        times = sorted(milliseconds(ask(item["sql"], dialect)) for item in corpus("ordinary", dialect))
        median, slowest = statistics.median(times), times[int(len(times) * 0.99)]
        failed |= median > MEDIAN_MS
        print(
            f"{dialect}: {len(times)} ordinary statements, median {median:.2f} ms, 99 of 100 under {slowest:.1f} ms"
        )
    worst = max(milliseconds(ask(sql, dialect)) for sql in KILLERS.values() for dialect in DIALECTS)
    alone = milliseconds(ask(slow(30), "postgres"))
    failed |= max(worst, alone) > KILLER_SECONDS * 1000
    print(f"parser killers: the slowest of {len(KILLERS) + 1} refused in {max(worst, alone):.0f} ms")
    with ThreadPoolExecutor(8) as threads:
        killers = [threads.submit(milliseconds, ask(slow(30 + n), "postgres")) for n in range(8)]
        sleep(0.05)
        waited = milliseconds(ask("SELECT count(*) FROM ships", "postgres"))
        slowest = max(killer.result() for killer in killers)
    failed |= max(waited, slowest) > KILLER_SECONDS * 1000
    print(
        f"with eight killers at once: a usual statement {waited:.0f} ms, the slowest killer {slowest:.0f} ms"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
