"""The one error shape for people and programs, over HTTP and over the socket, and the one table that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from agents.reasoners.base import AgentError, AnswerOutOfDate, BudgetSpent, ModelRefused, ModelUnavailable
from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    QueryCancelled,
    QueryRejected,
    QueryTimedOut,
    SignInRefused,
    SourceInvalid,
    SourceMissing,
    UnsupportedByEngine,
)
from knowledge.base import IndexMissing, KnowledgeError


class ErrorCode(StrEnum):
    not_found = "not_found"
    conflict = "conflict"
    not_allowed = "not_allowed"
    not_signed_in = "not_signed_in"
    invalid = "invalid"
    too_large = "too_large"
    too_many = "too_many"
    query_rejected = "query_rejected"
    query_timed_out = "query_timed_out"
    query_cancelled = "query_cancelled"
    engine_unavailable = "engine_unavailable"
    sign_in_refused = "sign_in_refused"
    source_missing = "source_missing"
    source_invalid = "source_invalid"
    unsupported = "unsupported"
    model_unavailable = "model_unavailable"
    index_missing = "index_missing"
    budget_spent = "budget_spent"
    internal = "internal"


class Problem(BaseModel):
    """What went wrong, in a sentence that says what to do next."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    code: ErrorCode
    message: str
    retryable: bool = False
    field: str = ""
    """The input it is about, when it is about one."""


class AppError(Exception):
    """Root of what goes wrong on the top floor. The message is for a person."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotFound(AppError):
    """It does not exist, or this person may not know that it does."""


class Conflict(AppError):
    """The request was made for a state that has passed."""


class NotAllowed(AppError):
    """This person may not do it."""


class NotSignedIn(AppError):
    """Nobody is signed in, or the session has ended."""


class Invalid(AppError):
    """The input cannot be used as it is."""


class TooLarge(AppError):
    """The input is larger than the server takes."""


class TooMany(AppError):
    """Too many requests at once; later is fine."""


class ServerRestarted(AppError):
    """The server stopped in the middle and cannot go on from where it was."""


INTERNAL = Problem(
    code=ErrorCode.internal,
    message="Something went wrong on the server. The details are in its log; trying again may help.",
    retryable=True,
)

_TABLE: tuple[tuple[type[Exception], ErrorCode, int, bool], ...] = (
    (NotFound, ErrorCode.not_found, 404, False),
    (Conflict, ErrorCode.conflict, 409, False),
    (NotAllowed, ErrorCode.not_allowed, 403, False),
    (NotSignedIn, ErrorCode.not_signed_in, 401, False),
    (Invalid, ErrorCode.invalid, 422, False),
    (TooLarge, ErrorCode.too_large, 413, False),
    (TooMany, ErrorCode.too_many, 429, True),
    (ServerRestarted, ErrorCode.internal, 500, True),
    (QueryRejected, ErrorCode.query_rejected, 422, False),
    (QueryTimedOut, ErrorCode.query_timed_out, 504, True),
    (QueryCancelled, ErrorCode.query_cancelled, 409, True),
    (EngineUnavailable, ErrorCode.engine_unavailable, 503, True),
    (SignInRefused, ErrorCode.sign_in_refused, 422, False),
    (SourceMissing, ErrorCode.source_missing, 422, False),
    (SourceInvalid, ErrorCode.source_invalid, 422, False),
    (UnsupportedByEngine, ErrorCode.unsupported, 422, False),
    (IndexMissing, ErrorCode.index_missing, 409, True),
    (ModelUnavailable, ErrorCode.model_unavailable, 503, True),
    (ModelRefused, ErrorCode.model_unavailable, 502, False),
    (AnswerOutOfDate, ErrorCode.conflict, 409, False),
    (BudgetSpent, ErrorCode.budget_spent, 422, False),
    (AppError, ErrorCode.internal, 500, True),
    (AgentError, ErrorCode.internal, 500, True),
    (KnowledgeError, ErrorCode.internal, 500, True),
    (ConnectorError, ErrorCode.internal, 500, True),
)
"""First match wins, so a subclass stands before its base. What is not listed is `internal`."""

ROOTS: tuple[type[Exception], ...] = (AppError, AgentError, KnowledgeError, ConnectorError)
"""The roots of the four floors; every subclass of them must be found in the table (held by a test)."""


def problem_for(error: BaseException) -> tuple[Problem, int]:
    """What a client is told about `error`, and the HTTP status. Nothing unknown is ever quoted."""
    for kind, code, status, retryable in _TABLE:
        if isinstance(error, kind):
            message = str(error) or INTERNAL.message
            field = error.field if isinstance(error, AppError) else ""
            return Problem(code=code, message=message, retryable=retryable, field=field), status
    return INTERNAL, 500


def invalid_input(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The first thing wrong with an input, from pydantic's list, without repeating the input itself."""
    first = errors[0]
    parts = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    field = ".".join(parts)
    message = str(first["msg"]) if first["type"] != "value_error" else "This value cannot be used."
    return Problem(code=ErrorCode.invalid, message=f"{field}: {message}" if field else message, field=field)
