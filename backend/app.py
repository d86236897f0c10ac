"""The application: every route under `/api`, the socket, and the built front end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from agents.reasoners.base import AgentError
from backend import status
from backend.auth import endpoints as auth
from backend.chat import endpoints as chat
from backend.chat import socket
from backend.datasources import endpoints as datasources
from backend.errors import (
    INTERNAL,
    AppError,
    ErrorCode,
    Problem,
    invalid_input,
)
from backend.feedback import endpoints as feedback
from backend.first_run import prepare
from backend.grants import endpoints as grants
from backend.knowledge import endpoints as knowledge
from backend.logs import configure_logging
from backend.preload import preloaded
from backend.projects import endpoints as projects
from backend.results import endpoints as results
from backend.reviews import endpoints as reviews
from backend.services import Services
from backend.settings import Settings, unknown_variables
from backend.site import mount_site
from backend.users import endpoints as users
from backend.version import VERSION
from backend.web import Addresses, Shield, problem_response
from connectors.errors import ConnectorError
from knowledge.base import KnowledgeError

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="DataChat",
        version=VERSION,
        generate_unique_id_function=operation_name,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.include_router(api_router())
    app.include_router(socket.router)
    app.include_router(auth.router)
    mount_site(app)
    for error in (AppError, AgentError, KnowledgeError, ConnectorError):
        app.add_exception_handler(error, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unknown_error)
    upload_bytes = settings.storage.upload_mb * 1_000_000
    app.add_middleware(Shield, addresses=Addresses(settings.server), upload_bytes=upload_bytes)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    configure_logging(settings.log_level)
    for name in unknown_variables():
        log.warning("unknown_setting", name=name, hint="It has no effect. See the settings in the README.")
    services = Services(settings)
    app.state.services = services
    try:
        await services.start()
        await prepare(services)
        services.warm_up()
        yield
    finally:
        await services.stop()


def operation_name(route: APIRoute) -> str:
    return route.name


def api_router() -> APIRouter:
    router = APIRouter(
        prefix="/api", responses={"default": {"model": Problem, "description": "What went wrong"}}
    )
    for part in (users, chat, projects, datasources, grants, feedback, reviews, knowledge, results, status):
        tag = part.__name__.removesuffix(".endpoints").rpartition(".")[2]
        waits = [Depends(preloaded)] if part in (grants, feedback, reviews, knowledge, results) else []
        router.include_router(part.router, tags=[tag], dependencies=waits)
    return router


async def _known_error(_request: Request, error: Exception) -> Response:
    return problem_response(error)


async def _unknown_error(_request: Request, _error: Exception) -> Response:
    """The server logs the error itself; the client learns nothing of it."""
    return JSONResponse(INTERNAL.model_dump(mode="json"), status_code=500)


async def _invalid_request(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return JSONResponse(invalid_input(error.errors()).model_dump(mode="json"), status_code=422)


async def _http_error(_request: Request, error: Exception) -> Response:
    """What the framework itself refuses, in our one shape."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, AppError):
        return problem_response(error.__cause__)
    code = {401: ErrorCode.not_signed_in, 403: ErrorCode.not_allowed, 404: ErrorCode.not_found}.get(
        error.status_code, ErrorCode.invalid
    )
    message = "There is nothing here." if code is ErrorCode.not_found else f"{error.detail}."
    problem = Problem(code=code, message=message)
    return JSONResponse(problem.model_dump(mode="json"), status_code=error.status_code, headers=error.headers)
