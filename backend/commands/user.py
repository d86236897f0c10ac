"""`datachat user`: sign-in links and tokens, for whoever has the server's files."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from backend.auth.people import ensure_owner, make_api_token, make_link_token
from backend.commands.common import open_services, settings_for
from backend.commands.serve import link
from backend.settings import Settings


def run(arguments: Namespace) -> int:
    print(asyncio.run(_make(arguments, settings_for(arguments))))
    return 0


async def _make(arguments: Namespace, settings: Settings) -> str:
    async with open_services(settings) as services, services.database.writing() as session:
        owner = await ensure_owner(session)
        if arguments.action == "token":
            return await make_api_token(session, owner, arguments.name, arguments.days)
        return link(settings, await make_link_token(session, owner))
