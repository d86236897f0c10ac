"""What PostgreSQL's error codes mean for a person (PostgreSQL manual, appendix A)."""

from __future__ import annotations

import psycopg

from connectors.errors import ConnectorError, EngineUnavailable, FailureKind, QueryCancelled, QueryRejected
from connectors.limits import timed_out
from connectors.server_settings import ServerSettings

_CANCELLED = "57014"
_KINDS: tuple[tuple[tuple[str, ...], FailureKind], ...] = (
    (("42501", "25", "0A", "2F"), FailureKind.permission),
    (("42601",), FailureKind.syntax),
    (("42",), FailureKind.schema),
    (("21", "22", "40", "55", "HV"), FailureKind.data),
    (("53", "54"), FailureKind.resource),
)
"""By the first characters of the code; the first line that fits counts."""


def connect_error(error: Exception, settings: ServerSettings) -> ConnectorError:
    """libpq gives no code for a refused connection, so its text is looked at as well."""
    text, state = str(error).lower(), getattr(error, "sqlstate", None) or ""
    if state == "3D000" or ("database" in text and "does not exist" in text):
        return settings.no_database()
    if (
        state.startswith("28")
        or "authentication failed" in text
        or "no password supplied" in text
        or ("role" in text and "does not exist" in text)
    ):
        return settings.sign_in_refused()
    if "certificate" in text:
        return settings.not_trusted()
    if "ssl" in text:
        return settings.no_encryption()
    if "too many connections" in text or "too many clients" in text or "remaining connection slots" in text:
        return settings.full()
    if "could not translate" in text or "resolve" in text or "name or service" in text:
        return settings.unknown_host()
    return settings.unreachable()


def query_error(error: Exception, seconds: float) -> ConnectorError:
    state = getattr(error, "sqlstate", None) or ""
    diagnostic = getattr(error, "diag", None)
    text = (getattr(diagnostic, "message_primary", None) or "PostgreSQL refused the statement.").strip()
    if state == _CANCELLED:
        return timed_out(seconds) if "statement timeout" in text else QueryCancelled("The query was stopped.")
    for starts, kind in _KINDS:
        if state.startswith(starts):
            return QueryRejected(text, kind=kind)
    if state.startswith(("08", "57")) or (not state and isinstance(error, psycopg.OperationalError)):
        return EngineUnavailable("The connection to PostgreSQL was lost. Try again.")
    return QueryRejected(text, kind=FailureKind.other)
