"""What one question may cost: the project's limits, and below them the person's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from backend.projects.schemas import ProjectLimits

if TYPE_CHECKING:
    from agents.budget import TurnLimits


def turn_limits(project: ProjectLimits, own: Mapping[str, float]) -> TurnLimits:
    """The lower of both for every limit that they share a name for; a person's limits cannot lift the project's."""
    from agents.budget import TurnLimits

    names = {field.name for field in fields(TurnLimits)}
    ceilings = {name: value for name, value in project.model_dump().items() if name in names}
    return TurnLimits(**{name: min(value, own.get(name, value)) for name, value in ceilings.items()})
