"""What several commands need."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from backend.errors import problem_for
from backend.settings import Settings

if TYPE_CHECKING:
    from backend.services import Services


def settings_for(arguments: Namespace) -> Settings:
    """From the environment, with what the command line says on top. Raises `SystemExit` with a clear sentence."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "DATACHAT_" + "__".join(str(part) for part in first["loc"]).upper().removeprefix("DATACHAT_")
        raise SystemExit(f"The setting {name} cannot be used: {first['msg']}.") from None
    given = {name: getattr(arguments, name, None) for name in ("host", "port")}
    server = settings.server.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    changes: dict[str, Any] = {"server": server}
    if getattr(arguments, "data_dir", None) is not None:
        changes["data_dir"] = arguments.data_dir
    return settings.model_copy(update=changes)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The server's parts without a server: its tables are there, nothing runs in the background."""
    from backend.services import Services

    services = Services(settings)
    try:
        await services.migrate()
        yield services
    finally:
        await services.close()


def complain(error: BaseException) -> int:
    """Say on standard error what went wrong, in the words a person needs."""
    problem, _ = problem_for(error)
    print(problem.message, file=sys.stderr)
    return 1
