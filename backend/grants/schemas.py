"""Grants over REST."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from backend.schemas import ApiModel

SUBJECT = r"^(everyone|role:(viewer|analyst|reviewer|admin)|user:[0-9a-zA-Z_-]{1,64})$"
Subject = Annotated[str, StringConstraints(pattern=SUBJECT)]
SqlPart = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class TableGrant(ApiModel):
    """How one table may be read."""

    columns: list[Name] | None = None
    """Null: all of them."""
    filter: SqlPart = ""
    """The SQL condition, over the table's own columns, that rows must meet to be seen."""
    masks: dict[Name, SqlPart] = {}
    """By column, the SQL expression that is shown in its place."""


class GrantWrite(ApiModel):
    tables: Annotated[dict[Name, TableGrant], Field(max_length=5000)] | None
    """Null: every table, as it is."""


class Grant(GrantWrite):
    subject: str
    name: str
    """Of the person or the role, for people to read."""
