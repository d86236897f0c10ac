"""Health, readiness, metrics and the state of the reasoners."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from backend.deps import SignedIn, need, services_of
from backend.status_schemas import Health, ProvidersStatus, Readiness
from backend.version import VERSION

router = APIRouter()


@router.get("/providers/status")
async def providers_status(request: Request, person: SignedIn) -> ProvidersStatus:
    return await services_of(request).models.status()


@router.get("/health")
async def health() -> Health:
    """The process is up; it asks nothing of anything else."""
    return Health(status="ok", version=VERSION)


@router.get("/ready")
async def ready(request: Request, response: Response) -> Readiness:
    """Whether questions can be answered now; 503 when not."""
    services = services_of(request)
    try:
        metadata = await services.database.answers()
    except (SQLAlchemyError, OSError):
        metadata = False
    linked = await services.hub.healthy()
    state = Readiness(
        ready=metadata and not services.checkpoints.failed,
        metadata=metadata,
        checkpoints=not services.checkpoints.failed,
        vectors=services.vectors.state,
        redis="unused" if linked is None else "ok" if linked else "down",
    )
    if not state.ready:
        response.status_code = 503
    return state


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, person: SignedIn) -> Response:
    """For Prometheus, which signs in with an administrator's API token."""
    need(person, "admin")
    return Response(
        services_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )
