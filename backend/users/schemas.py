"""Who is signed in."""

from __future__ import annotations

from typing import Literal

from backend.schemas import ApiModel

Role = Literal["viewer", "analyst", "reviewer", "admin"]


class Me(ApiModel):
    id: str
    name: str
    role: Role
    csrf_token: str
    """Sent back in the `X-CSRF-Token` header with every change."""
    default_project_id: str | None
