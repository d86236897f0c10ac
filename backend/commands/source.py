"""`datachat source`: add, test and index data sources without a browser."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from pathlib import PurePath
from typing import Any

from backend.auth.people import ensure_owner
from backend.commands.common import complain, open_services, settings_for
from backend.datasources import service
from backend.datasources.repository import DatasourceRepository
from backend.datasources.schemas import DatasourceCreate
from backend.errors import AppError
from backend.projects.service import default_project_id
from backend.services import Services
from connectors.errors import ConnectorError
from connectors.registry import parse_url


def run(arguments: Namespace) -> int:
    actions = {"add": _add, "test": _test, "index": _index}
    try:
        return asyncio.run(actions[arguments.action](arguments))
    except (AppError, ConnectorError) as error:
        return complain(error)


async def _add(arguments: Namespace) -> int:
    engine, config = parse_url(arguments.target)
    async with open_services(settings_for(arguments)) as services:
        async with services.database.writing() as session:
            owner = await ensure_owner(session)
            project_id = await default_project_id(session, owner.id)
            name = arguments.name or _name(engine, config)
            body = DatasourceCreate(name=name, engine=engine, config=config, project_id=project_id)
            row = await service.create(session, services.pool, owner.id, body)
        return await _index_now(services, row.id)


async def _test(arguments: Namespace) -> int:
    from backend.datasources.pool import open_source

    connector = await open_source(*parse_url(arguments.target))
    try:
        report = await connector.test()
    finally:
        await connector.close()
    for step in report.steps:
        hint = f" ({step.hint})" if step.hint and not step.ok else ""
        print(f"{'ok  ' if step.ok else 'FAIL'} {step.name}: {step.detail}{hint}")
    return 0 if report.ok else 1


async def _index(arguments: Namespace) -> int:
    async with open_services(settings_for(arguments)) as services:
        async with services.database.reading() as session:
            owner_id = await _owner_id(services)
            rows = await DatasourceRepository(session).all(owner_id)
        found = [row for row in rows if arguments.name in (row.id, row.name)]
        if len(found) != 1:
            print(f"{len(found)} sources are called “{arguments.name}”.", file=sys.stderr)
            return 1
        return await _index_now(services, found[0].id)


async def _owner_id(services: Services) -> str:
    async with services.database.writing() as session:
        return (await ensure_owner(session)).id


async def _index_now(services: Services, source_id: str) -> int:
    await services.indexer.index(source_id)
    async with services.database.reading() as session:
        row = await DatasourceRepository(session).by_id(source_id)
    if row is None or row.index_state != "ready":
        message = row.problem["message"] if row is not None and row.problem else "Indexing failed."
        print(message, file=sys.stderr)
        return 1
    print(f"{row.name}: {row.tables} tables indexed.")
    return 0


def _name(engine: str, config: dict[str, Any]) -> str:
    return str(config.get("database") or PurePath(str(config.get("path", engine))).stem or engine)[:100]
