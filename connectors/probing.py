"""The steps a person sees when a source is tested, the same for every engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from connectors.base import ProbeReport, ProbeStep, Schema
from connectors.errors import ConnectorError
from connectors.server_settings import ServerSettings

READ_ONLY_ACCOUNT = "Every query runs read-only, yet this account may do more than read: better use one that may only SELECT. Make it with: "


async def probe_file(
    name: str, protection: str, schema: Callable[[], Awaitable[Schema]], engine: str
) -> ProbeReport:
    steps = (ProbeStep("reach", True, name), ProbeStep("read only", True, protection))
    listed = await _list_tables(
        schema,
        when_empty="The file is a database without tables.",
        when_refused=f"Choose a file that {engine} can open.",
    )
    return ProbeReport((*steps, listed))


async def probe_server(
    settings: ServerSettings,
    protection: str,
    reading_account: str,
    may_write: Callable[[], Awaitable[bool]],
    schema: Callable[[], Awaitable[Schema]],
) -> ProbeReport:
    """`reading_account` are the statements that make an account which may only read."""
    steps = [ProbeStep("reach", True, settings.place), ProbeStep("sign in", True, settings.user)]
    try:
        hint = READ_ONLY_ACCOUNT + reading_account if await may_write() else ""
    except ConnectorError as error:
        return ProbeReport((*steps, ProbeStep("read only", False, str(error))))
    steps.append(ProbeStep("read only", True, protection, hint))
    listed = await _list_tables(
        schema,
        when_empty="The account may read no table. Grant it SELECT on the tables that people may ask about.",
    )
    return ProbeReport((*steps, listed))


async def _list_tables(
    schema: Callable[[], Awaitable[Schema]], *, when_empty: str, when_refused: str = ""
) -> ProbeStep:
    try:
        tables = (await schema()).tables
    except ConnectorError as error:
        return ProbeStep("list tables", False, str(error), when_refused)
    return ProbeStep(
        "list tables", bool(tables), f"{len(tables)} tables and views", "" if tables else when_empty
    )
