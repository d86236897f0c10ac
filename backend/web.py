"""The outermost layer: which requests may enter, how large they may be, and the headers every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import AppError, Invalid, NotAllowed, NotFound, TooLarge, TooMany, problem_for
from backend.limits import Buckets
from backend.settings import ServerSettings

BODY_BYTES = 512_000
"""Of an ordinary request; uploads have their own limit."""
UPLOAD_PATH = "/api/datasources/upload"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def cookie_name(port: int, *, secure: bool) -> str:
    """Browsers share cookies between the ports of a host, so two servers on one machine need two names."""
    return "__Host-datachat" if secure else f"datachat_{port}"


class Addresses:
    """By which names the server may be called, and which pages may call it."""

    def __init__(self, settings: ServerSettings) -> None:
        self.public = urlsplit(settings.public_url)
        self.secure = self.public.scheme == "https"
        bound = () if settings.host in ("0.0.0.0", "::") else (settings.host,)
        public = (self.public.hostname,) if self.public.hostname else ()
        names: Iterable[str] = ("127.0.0.1", "localhost", "::1", *bound, *public, *settings.allowed_hosts)
        self._hosts = frozenset(name.lower() for name in names)

    def knows_host(self, host: str) -> bool:
        """Refuses names that somebody else's DNS points here (DNS rebinding)."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name.lower() in self._hosts

    def same_origin(self, origin: str, host: str) -> bool:
        if self.public.netloc and origin == f"{self.public.scheme}://{self.public.netloc}":
            return True
        return origin in (f"http://{host}", f"https://{host}")


class Shield:
    """Plain ASGI, in front of everything else, HTTP and socket alike."""

    def __init__(self, app: ASGIApp, *, addresses: Addresses, upload_bytes: int) -> None:
        self._app = app
        self._addresses = addresses
        self._upload_bytes = upload_bytes
        self._requests = Buckets(per_second=50, burst=300)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal is not None:
                await receive()
                await send({"type": "websocket.close", "code": 4403, "reason": str(refusal)[:120]})
            else:
                await self._app(scope, receive, send)
            return
        guarded = _with_headers(send, api=scope["path"].startswith("/api"), secure=self._addresses.secure)
        if refusal is not None:
            await problem_response(refusal)(scope, receive, guarded)
            return
        limit = self._upload_bytes if scope["path"] == UPLOAD_PATH else BODY_BYTES
        await self._app(scope, _Counted(receive, limit), guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> AppError | None:
        host = headers.get("host", "")
        if not self._addresses.knows_host(host):
            return NotAllowed(
                "The server does not answer to this host name. Add it to DATACHAT_SERVER__ALLOWED_HOSTS."
            )
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            return NotFound("There is nothing here.")
        origin = headers.get("origin")
        socket = scope["type"] == "websocket"
        if origin and (socket or scope["method"] not in SAFE_METHODS):
            if not self._addresses.same_origin(origin, host):
                return NotAllowed("Requests from other sites are refused.")
        elif headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and (
            socket or scope["method"] not in SAFE_METHODS
        ):
            return NotAllowed("Requests from other sites are refused.")
        if not self._requests.take(_caller(scope)):
            return TooMany("Too many requests. Wait a moment and try again.")
        return None if socket else self._unfit_body(scope, headers)

    def _unfit_body(self, scope: Scope, headers: Headers) -> AppError | None:
        if scope["method"] in SAFE_METHODS:
            return None
        upload = scope["path"] == UPLOAD_PATH
        length = headers.get("content-length", "0")
        if not length.isdigit():
            return Invalid("The Content-Length header is not a number.")
        if int(length) > (self._upload_bytes if upload else BODY_BYTES):
            return too_large(self._upload_bytes if upload else BODY_BYTES)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and kind != ("multipart/form-data" if upload else "application/json"):
            return Invalid("Send JSON with the Content-Type application/json.")
        return None


class _Counted:
    """Counts the bytes of a body as they come, whatever its headers promised."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._seen = receive, limit, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self._limit:
                raise too_large(self._limit)
        return message


def too_large(limit: int) -> TooLarge:
    amount = f"{limit / 1_000_000:g} MB" if limit >= 1_000_000 else f"{limit // 1000} kB"
    return TooLarge(f"This is more than the {amount} the server takes at once.")


def problem_response(error: BaseException) -> JSONResponse:
    problem, status = problem_for(error)
    headers = {"Retry-After": "1"} if status in (429, 503) else None
    return JSONResponse(problem.model_dump(mode="json"), status_code=status, headers=headers)


def _with_headers(send: Send, *, api: bool, secure: bool) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            if api:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return wrapped


def _caller(scope: Scope) -> str:
    client = scope.get("client")
    if not client:
        return "?"
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return "?"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
