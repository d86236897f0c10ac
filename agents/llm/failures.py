"""Reads a client library's exception: can waiting help, and how long?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

REFUSALS: Mapping[int, str] = {
    400: "The language model refused the request.",
    401: "The language model's provider refused the API key.",
    402: "The account at the language model's provider has no credit left.",
    403: "The language model's provider does not allow this account to use the model.",
    404: "The language model's provider does not know this model or address.",
    413: "The request was too long for the language model.",
    422: "The language model refused the request.",
}
"""HTTP answers that stay the same however often one asks. The provider's own words stay in the log: they may quote the prompt."""


@dataclass(frozen=True, slots=True)
class Failure:
    message: str
    final: bool
    """Asking again will not help."""
    wait: float | None = None
    """Seconds the provider wants to be left alone."""


def read_failure(error: Exception) -> Failure:
    """`status_code` and `response.headers` are the same in OpenAI's and Anthropic's libraries."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        if status in REFUSALS:
            return Failure(REFUSALS[status], final=True)
        wait = retry_after(getattr(getattr(error, "response", None), "headers", None))
        if status == 429:
            return Failure("The language model's provider is busy (too many requests).", False, wait)
        return Failure(f"The language model's provider answered with an error ({status}).", False, wait)
    if "timeout" in type(error).__name__.lower():
        return Failure("The language model did not answer in time.", final=False)
    if "connection" in type(error).__name__.lower() or isinstance(error, OSError):
        return Failure("The language model's provider cannot be reached.", final=False)
    return Failure("The language model's answer broke off or could not be read.", final=False)


def retry_after(headers: Mapping[str, str] | None, now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header, which may be a number or a date."""
    text = headers.get("retry-after", "").strip() if headers is not None else ""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
