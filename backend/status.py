"""Health, readiness, metrics and the state of the reasoners."""

from __future__ import annotations

from fastapi import APIRouter, Response

from backend.errors import Conflict
from backend.status_schemas import Health, ProvidersStatus, Readiness

router = APIRouter()


@router.get("/providers/status")
async def providers_status() -> ProvidersStatus:
    raise Conflict("Not built yet.")


@router.get("/health")
async def health() -> Health:
    raise Conflict("Not built yet.")


@router.get("/ready")
async def ready() -> Readiness:
    raise Conflict("Not built yet.")


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    raise Conflict("Not built yet.")
