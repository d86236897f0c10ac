"""Serves the built front end: hashed files for ever, every other path as the page itself."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "static", HERE.parent / "frontend" / "dist")
"""In a wheel, and in a checkout."""


KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
"""Files that the build compresses beside themselves: a third of their size crosses the network."""


class HashedFiles(StaticFiles):
    """The name of a file changes with its content, so it may be kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        kind = KINDS.get(Path(path).suffix)
        small = kind is not None and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if small and self.lookup_path(f"{path}.gz")[1] is not None:
            response = await super().get_response(f"{path}.gz", scope)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = kind or ""
        else:
            response = await super().get_response(path, scope)
        if kind is not None:
            response.headers["Vary"] = "Accept-Encoding"
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def site_folder() -> Path | None:
    return next((folder.resolve() for folder in FOLDERS if (folder / "index.html").is_file()), None)


def mount_site(app: FastAPI) -> None:
    folder = site_folder()
    if folder is not None and (folder / "assets").is_dir():
        app.mount("/assets", HashedFiles(directory=folder / "assets"))

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(request: Request, path: str) -> Response:
        if path == "api" or path.startswith(("api/", "assets/", "auth/")):
            raise HTTPException(404)
        if folder is None:
            return PlainTextResponse("The front end is not built. Run “make setup”.", status_code=503)
        file = (folder / path).resolve()
        if path and file.is_relative_to(folder) and file.is_file():
            return FileResponse(file, headers={"Cache-Control": "no-cache"})
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})
