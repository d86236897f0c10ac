"""`datachat serve`: the server, and the one link that signs its owner in."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import socket
import sys
import traceback
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from backend.commands.common import settings_for
from backend.settings import Settings

if TYPE_CHECKING:
    import uvicorn

PORTS_TO_TRY = 20
FRAME_BYTES = 256_000
STOP_SECONDS = 20


def run(arguments: Namespace) -> int:
    settings = settings_for(arguments)
    try:
        listener, port = _listen(settings.server.host, settings.server.port, exact=arguments.port is not None)
    except OSError as error:
        print(
            f"Cannot listen on {settings.server.host}:{settings.server.port}: {error.strerror}.",
            file=sys.stderr,
        )
        print("Choose another port with --port.", file=sys.stderr)
        return 1
    settings = settings.model_copy(update={"server": settings.server.model_copy(update={"port": port})})
    try:
        with listener, _only_server(settings):
            return _serve(settings, listener)
    except OSError as error:
        print(f"Cannot use {error.filename or settings.data_dir}: {error.strerror}.", file=sys.stderr)
        return 1
    except _AlreadyRunning:
        print(
            f"Another server already uses {settings.data_dir}. Stop it, or use PostgreSQL.", file=sys.stderr
        )
        return 1


def _serve(settings: Settings, listener: socket.socket) -> int:
    import uvicorn

    from backend.app import create_app
    from backend.commands.start_trouble import StartTrouble

    trouble = StartTrouble()
    app = create_app(settings)
    trouble.watch(app)
    from backend.chat.pacing import PacedWebSockets

    config = uvicorn.Config(
        app,
        log_level="warning",
        ws=PacedWebSockets,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=bool(settings.server.public_url),
    )
    server = _server(config, settings)
    try:
        server.run(sockets=[listener])
    except SystemExit:  # so a failed start ends
        if trouble.error is None:
            raise
        print(trouble.told() or "".join(traceback.format_exception(trouble.error)), file=sys.stderr)
    return 0 if server.started else 1


def _server(config: uvicorn.Config, settings: Settings) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            uvicorn_log = logging.getLogger("uvicorn.error")
            uvicorn_log.setLevel(logging.CRITICAL)  # why a start failed is told once, in words
            await super().startup(sockets)
            uvicorn_log.setLevel(logging.WARNING)
            if self.started:
                await _print_link(config, settings)

    return Server(config)


async def _print_link(config: uvicorn.Config, settings: Settings) -> None:
    from backend.auth.people import ensure_owner, make_link_token

    services = config.app.state.services  # type: ignore[union-attr]
    async with services.database.writing() as session:
        token = await make_link_token(session, await ensure_owner(session))
    print(f"DataChat is ready: {link(settings, token)}", flush=True)


def link(settings: Settings, token: str) -> str:
    """Where a one-time token signs its owner in."""
    host = "127.0.0.1" if settings.server.host in ("0.0.0.0", "::", "") else settings.server.host
    name = f"[{host}]" if ":" in host else host
    base = settings.server.public_url.rstrip("/") or f"http://{name}:{settings.server.port}"
    return f"{base}/auth/link?token={token}"


def _listen(host: str, port: int, *, exact: bool) -> tuple[socket.socket, int]:
    """A bound socket: of the wanted port, or, when nobody insisted on it, of the next free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if exact else range(port, port + PORTS_TO_TRY):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError:
            listener.close()
            if exact or candidate == port + PORTS_TO_TRY - 1:
                raise
            continue
        return listener, candidate
    raise OSError("no port to try")


class _AlreadyRunning(Exception):
    pass


@contextlib.contextmanager
def _only_server(settings: Settings) -> Iterator[None]:
    """One process per SQLite database: it takes every unfinished turn for its own."""
    if settings.database_url.get_secret_value().startswith("postgres"):
        yield
        return
    folder = Path(settings.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _AlreadyRunning from None
        yield
