"""`datachat user`: people, sign-in links and tokens, for whoever has the server's files."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from backend.auth.people import ensure_owner, make_api_token, make_link_token
from backend.auth.repository import PersonRepository
from backend.commands.common import complain, open_services, settings_for
from backend.commands.serve import link
from backend.errors import AppError, NotFound
from backend.settings import Settings
from backend.users.schemas import PersonCreate
from backend.users.service import add


def run(arguments: Namespace) -> int:
    try:
        print(asyncio.run(_make(arguments, settings_for(arguments))))
    except AppError as error:
        return complain(error)
    return 0


async def _make(arguments: Namespace, settings: Settings) -> str:
    async with open_services(settings) as services, services.database.writing() as session:
        owner = await ensure_owner(session)
        if arguments.action == "add":
            body = PersonCreate(name=arguments.name, role=arguments.role)
            return link(settings, (await add(session, owner.id, body))[1])
        if arguments.action == "token":
            return await make_api_token(session, owner, arguments.name, arguments.days)
        user = await PersonRepository(session).by_name(arguments.name)
        if user is None:
            raise NotFound(f"Nobody is called “{arguments.name}”.")
        return link(settings, await make_link_token(session, user))
