"""Who is signed in, and who else there is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.schemas import ApiModel

Role = Literal["viewer", "analyst", "reviewer", "admin"]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Me(ApiModel):
    id: str
    name: str
    role: Role
    csrf_token: str
    """Sent back in the `X-CSRF-Token` header with every change."""
    default_project_id: str | None


class PersonView(ApiModel):
    id: str
    name: str
    role: Role


class PersonLimits(ApiModel):
    """One person's own ceiling for one question; null leaves it to the project, which cannot lift it."""

    rows: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0)
    statements: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=0)
    scan_rows: int | None = Field(default=None, ge=1)
    """What the database may have to read for it, as the database itself foretells."""
    scan_bytes: int | None = Field(default=None, ge=1)
    scan_seconds: float | None = Field(default=None, gt=0)


class PersonDetail(PersonView):
    limits: PersonLimits


class PersonCreate(ApiModel):
    name: PersonName
    role: Role = "analyst"


class PersonCreated(ApiModel):
    person: PersonView
    link: str
    """Signs them in, once, within a day."""


class PersonUpdate(ApiModel):
    role: Role | None = None
    limits: PersonLimits | None = None
