"""The application: every route under `/api`, the socket, and the built front end."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from backend import status
from backend.chat import endpoints as chat
from backend.datasources import endpoints as datasources
from backend.errors import Problem
from backend.feedback import endpoints as feedback
from backend.knowledge import endpoints as knowledge
from backend.projects import endpoints as projects
from backend.results import endpoints as results
from backend.reviews import endpoints as reviews
from backend.settings import Settings
from backend.users import endpoints as users

VERSION = "0.1.0"


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="DataChat",
        version=VERSION,
        generate_unique_id_function=operation_name,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(api_router())
    return app


def operation_name(route: APIRoute) -> str:
    return route.name


def api_router() -> APIRouter:
    router = APIRouter(
        prefix="/api", responses={"default": {"model": Problem, "description": "What went wrong"}}
    )
    for part in (users, chat, projects, datasources, feedback, reviews, knowledge, results, status):
        router.include_router(part.router, tags=[part.__name__.removesuffix(".endpoints").rpartition(".")[2]])
    return router
