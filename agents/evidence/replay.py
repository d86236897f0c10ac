"""Runs the statements of a receipt again and says what changed since, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

from agents.evidence.receipt import VERSION, is_intact
from agents.fingerprints import RowDigest, sha256
from connectors.base import Connector, Limits, Schema
from connectors.errors import ConnectorError
from connectors.sql import guard
from connectors.sql.policy import ReadPolicy
from knowledge.fingerprint import source_fingerprint, table_fingerprints

Verdict = Literal["same", "changed", "not_run"]


class ReceiptUnusable(ValueError):
    """It was changed after it was written, or is no receipt at all."""


@dataclass(frozen=True, slots=True)
class StepReplay:
    """One statement, run again."""

    step: str
    source_name: str
    verdict: Verdict
    rows_then: int
    rows_now: int | None
    reasons: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class _Findings:
    reasons: list[str] = field(default_factory=list)
    rows: int | None = None
    same_rows: bool = False


def check_receipt(receipt: Any) -> Mapping[str, Any]:
    """The receipt itself. Raises `ReceiptUnusable`."""
    if not isinstance(receipt, dict) or "sha256" not in receipt or not isinstance(receipt.get("steps"), list):
        raise ReceiptUnusable("This is not a receipt of DataChat.")
    if not is_intact(receipt):
        raise ReceiptUnusable(
            "This receipt was changed after it was written: its contents do not match its hash."
        )
    if receipt.get("version") != VERSION:
        raise ReceiptUnusable(
            f"This receipt has the form {receipt.get('version')}; this program knows {VERSION}."
        )
    if any(sha256(str(step.get("sql"))) != step.get("sql_sha256") for step in receipt["steps"]):
        raise ReceiptUnusable("A statement of this receipt is not the one that its hash names.")
    return receipt


def changed_versions(receipt: Mapping[str, Any], versions: Mapping[str, str]) -> tuple[str, ...]:
    then: Mapping[str, str] = receipt.get("versions", {})
    names = [name for name in then if name in versions and then[name] != versions[name]]
    return tuple(f"{name} was {then[name]} and is {versions[name]}." for name in names)


async def replay_step(step: Mapping[str, Any], connector: Connector, limits: Limits) -> StepReplay:
    """Run one statement again, through the guard like any other. A source that fails is a finding, not an error."""
    found = _Findings()
    try:
        schema = await connector.schema()
        found.reasons += _schema_reasons(step, schema)
        await _run(step, connector, schema, limits, found)
    except ConnectorError as error:
        found.reasons.append(f"It did not run: {error}")
    if found.rows is None:
        verdict: Verdict = "not_run"
    else:
        verdict = "same" if found.same_rows else "changed"
        if not found.same_rows:
            found.reasons.append(_row_reason(step["rows"], found.rows, step["truncated"]))
    return StepReplay(
        step["step"], step["source_name"], verdict, step["rows"], found.rows, tuple(found.reasons)
    )


async def _run(
    step: Mapping[str, Any], connector: Connector, schema: Schema, limits: Limits, found: _Findings
) -> None:
    capabilities = connector.capabilities
    tables = frozenset(table.full_name.lower() for table in schema.tables)
    policy = ReadPolicy(tables=tables, default_schema=capabilities.default_schema)
    safe = await asyncio.to_thread(guard.admit, step["sql"], capabilities, policy)
    digest, rows = RowDigest(), 0
    async with aclosing(cast("Any", connector.stream(safe, limits))) as batches:
        async for batch in batches:
            digest.add(batch.rows)
            rows += len(batch.rows)
    found.rows, found.same_rows = rows, digest.text == step["rows_digest"]


def _schema_reasons(step: Mapping[str, Any], schema: Schema) -> list[str]:
    now = source_fingerprint(table_fingerprints(schema))
    if not step["schema_fingerprint"] or now == step["schema_fingerprint"]:
        return []
    gone = sorted(name for name in _sources_of(step) if not _has(schema, name))
    if gone:
        return [f"The source's tables changed: {', '.join(gone)} {'is' if len(gone) == 1 else 'are'} gone."]
    return [
        "The definition of a table in the source changed; every column that this answer used is still there."
    ]


def _sources_of(step: Mapping[str, Any]) -> set[str]:
    columns = step["columns"] if isinstance(step["columns"], list) else []
    return {name for column in columns if isinstance(column, dict) for name in column.get("lineage", ())}


def _has(schema: Schema, name: str) -> bool:
    table_name, _, column = name.rpartition(".")
    table = schema.table(table_name)
    return table is not None and table.column(column) is not None


def _row_reason(then: int, now: int, cut: bool) -> str:
    if then != now:
        return f"The data changed: {then:,} rows then, {now:,} rows now."
    if cut:
        return "Only the first rows were kept then, so other rows among them need not mean that the data changed."
    return "The data changed: as many rows as then, with other values."
