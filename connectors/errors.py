"""What can go wrong at a data source, in the words a person needs."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """Why a statement failed; decides whether repairing it can help."""

    syntax = "syntax"
    schema = "schema"
    """A table, column or function does not exist or has the wrong type."""
    permission = "permission"
    data = "data"
    """A value could not be converted, divided or cast."""
    resource = "resource"
    """Memory, disk or another limit of the engine."""
    other = "other"


class ConnectorError(Exception):
    """Root of everything a connector raises. The message is for a person and holds no credential."""


class QueryRejected(ConnectorError):
    """The guard or the engine refused the statement; another statement may succeed."""

    def __init__(self, message: str, *, kind: FailureKind = FailureKind.other, rule: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.rule = rule
        """Which guard rule refused it; empty when the engine did."""


class QueryTimedOut(ConnectorError):
    """The statement ran out of its time and was stopped in the engine."""


class QueryCancelled(ConnectorError):
    """A person or the server stopped the statement."""


class EngineUnavailable(ConnectorError):
    """The engine cannot be reached; the same statement may work later."""


class SignInRefused(ConnectorError):
    """The engine was reached but refused the account or its password."""


class SourceMissing(ConnectorError):
    """The file or database does not exist or cannot be read."""


class SourceInvalid(ConnectorError):
    """The settings of the source, or the contents of its file, cannot be used."""


class UnsupportedByEngine(ConnectorError):
    """The engine does not offer what was asked of it."""
