"""The one error shape for people and programs, over HTTP and over the socket."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


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

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: ErrorCode
    message: str
    retryable: bool = False
    field: str = ""
    """The input it is about, when it is about one."""
