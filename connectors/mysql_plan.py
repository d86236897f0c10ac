"""What MySQL's and MariaDB's EXPLAIN foretells: how many rows are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import CostEstimate

_AGAIN = ("DEPENDENT", "UNCACHEABLE")
"""Sub-queries that are worked through again for each row outside."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of EXPLAIN: a table, looked at once for each row of the lines of its SELECT above it."""

    select: int
    kind: str
    table: str
    rows: float | None
    share: float
    """Of those rows that its conditions let through."""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Step:
        rows, filtered = line.get("rows"), line.get("filtered")
        return cls(
            int(line["id"] or 0), str(line["select_type"]), str(line["table"]), None if rows is None else float(rows),
            1.0 if filtered is None else float(filtered) / 100,
        )  # fmt: skip


def foretold(steps: Sequence[Step]) -> CostEstimate:
    """The widest step of every SELECT, added up."""
    widest: dict[int, float] = {}
    passed: dict[int, float] = {}
    text = []
    for step in steps:
        again = passed.get(min(passed), 1.0) if passed and step.kind.startswith(_AGAIN) else 1.0
        looked = passed.get(step.select, again) * (step.rows or 1.0)
        widest[step.select] = max(widest.get(step.select, 0.0), looked)
        passed[step.select] = max(looked * step.share, 1.0)
        text.append(f"{step.table}: {'?' if step.rows is None else f'{step.rows:.0f}'} rows")
    known = any(step.rows is not None for step in steps)
    return CostEstimate(rows=sum(widest.values()) if known else None, text="\n".join(text))
