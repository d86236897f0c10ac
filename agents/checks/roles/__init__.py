"""What can be reached in several ways means several things, and a question that names no way leaves it open."""

from __future__ import annotations

from collections.abc import Iterator

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.roles.columns import roles_of_columns
from agents.checks.roles.keys import roles_of_keys
from agents.checks.roles.paths import roles_of_paths
from agents.checks.roles.way import ROLE, Roles, Way

__all__ = ["ROLE", "SAME", "TITLE", "Roles", "Way", "check", "open_role", "open_roles"]

TITLE = "The role of each table is settled"
SAME = "same:"
"""Begins the names of the figures that say which ways bring back the same rows."""


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None or statement.joins is None:
        return SKIPPED
    roles = open_role(statement)
    if roles is None:
        return PASSED if reading.joins else SKIPPED
    ways = ", ".join(way.label for way in roles.ways)
    detail = f"The question leaves open which way is meant ({ways}); this one takes the {roles.used.label}."
    rewrites = tuple(
        Rewrite(f"Take the {other.label}", f"Instead of the {roles.used.label}.", other.reading)
        for other in roles.others
    )
    evidence = {"used": roles.used.detail, "others": [other.detail for other in roles.others]}
    return Finding("warning", detail, evidence, rewrites)


def open_role(statement: Statement) -> Roles | None:
    """The first that neither the question nor the person settled."""
    return next(open_roles(statement), None)


def open_roles(statement: Statement) -> Iterator[Roles]:
    """Ways that were found to bring back the same rows are no choice."""
    if statement.settled or statement.reading is None or statement.joins is None:
        return
    for find in (roles_of_keys, roles_of_paths, roles_of_columns):
        for roles in find(statement.reading, statement):
            if roles.id in statement.answered or roles.is_settled(statement.question):
                continue
            same = statement.figures.get(SAME + roles.id, {})
            others = tuple(other for other in roles.others if not same.get(other.id))
            if any(other.near for other in others):
                yield Roles(roles.id, roles.question, roles.used, others, roles.shared)
