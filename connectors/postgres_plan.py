"""What PostgreSQL's plan foretells: how many rows are handled, how much is read, and about how long it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import CostEstimate

SECONDS_PER_COST = 5e-6
"""A sequential scan of a million short rows costs about 17,000 and takes some 80 ms on ordinary hardware."""
_WHOLE = frozenset({"Seq Scan", "Sample Scan"})
"""Scans that look at rows which their filter then drops, so that the plan's own count says too little."""

Sizes = Mapping[str, tuple[float, float]]
"""schema.table → rows and bytes, as the last ANALYZE found them."""


def relations(plan: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_name(node) for node, _ in _steps(plan) if "Relation Name" in node)


def foretold(plan: Mapping[str, Any], sizes: Sizes) -> CostEstimate:
    """Rows of the widest step, bytes of all scans."""
    rows, size = 0.0, 0.0
    for node, times in _steps(plan):
        handled, read = _handled(node, sizes)
        rows, size = max(rows, handled * times), size + read * times
    cost = float(plan.get("Total Cost", 0))
    return CostEstimate(
        rows=rows, bytes=size, seconds=cost * SECONDS_PER_COST, engine_cost=cost, text=json.dumps(plan)
    )


def _steps(node: Mapping[str, Any], times: float = 1.0) -> Iterator[tuple[Mapping[str, Any], float]]:
    """Each node, and how often it is expected to be worked through."""
    yield node, times
    outer = 1.0
    for part in node.get("Plans", ()):
        relation = part.get("Parent Relationship")
        again = 1.0
        if relation == "Inner" and node.get("Node Type") == "Nested Loop":
            again = outer
        elif relation == "SubPlan" and not str(part.get("Subplan Name", "")).startswith("CTE"):
            again = _rows(node)
        yield from _steps(part, times * max(again, 1.0))
        if relation == "Outer":
            outer = _rows(part)


def _handled(node: Mapping[str, Any], sizes: Sizes) -> tuple[float, float]:
    """(rows, bytes) of one pass; bytes are those of stored tables only."""
    rows = _rows(node)
    if "Relation Name" not in node:
        return rows, 0.0
    stored, size = sizes.get(_name(node), (0.0, 0.0))
    if node.get("Node Type") in _WHOLE and stored > 0:
        return max(rows, stored), size
    return rows, rows * float(node.get("Plan Width", 0))


def _rows(node: Mapping[str, Any]) -> float:
    return float(node.get("Plan Rows", 0))


def _name(node: Mapping[str, Any]) -> str:
    return f"{node.get('Schema', 'public')}.{node['Relation Name']}"
