"""What MySQL's and MariaDB's error numbers mean for a person."""

from __future__ import annotations

import pymysql

from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    FailureKind,
    QueryCancelled,
    QueryRejected,
    UnsupportedByEngine,
)
from connectors.limits import timed_out
from connectors.server_settings import ServerSettings

_KINDS = {
    FailureKind.permission: (1044, 1142, 1143, 1227, 1290, 1370, 1792),
    FailureKind.syntax: (1064, 1149),
    FailureKind.schema: (1051, 1052, 1054, 1055, 1066, 1109, 1111, 1140, 1146, 1305, 1630),
    FailureKind.resource: (1038, 1104, 1114, 1206),
}
_KIND_OF = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
_OUT_OF_TIME = (1969, 3024)
_KILLED = (1317, 1927)
_CONNECTION_LOST = (0, 2006, 2013, 2055)
_MAY_NOT_EXPLAIN = 1345
"""The account may read a view, but not the tables behind it."""


def connect_error(error: Exception, settings: ServerSettings) -> ConnectorError:
    number = _number(error)
    if number in (1044, 1045, 1130, 1698):
        return settings.sign_in_refused()
    if number == 1049:
        return settings.no_database()
    if number in (1040, 1203, 1226):
        return settings.full()
    if "certificate" in str(error).lower():
        return settings.not_trusted()
    if number == 2026:
        return settings.no_encryption()
    if "name or service not known" in str(error).lower() or "getaddrinfo" in str(error).lower():
        return settings.unknown_host()
    return settings.unreachable()


def query_error(error: Exception, seconds: float) -> ConnectorError:
    number = _number(error)
    text = str(error.args[1]) if len(error.args) > 1 else "The statement was refused."
    if number in _OUT_OF_TIME:
        return timed_out(seconds)
    if number in _KILLED:
        return QueryCancelled("The query was stopped.")
    if number == _MAY_NOT_EXPLAIN:
        return UnsupportedByEngine("The account may not look behind a view, so the engine foretells nothing.")
    if number in _CONNECTION_LOST and not isinstance(error, pymysql.ProgrammingError | ValueError):
        return EngineUnavailable("The connection to the database was lost. Try again.")
    kind = _KIND_OF.get(number, FailureKind.data)
    if kind is FailureKind.syntax:
        text = text.partition("; check")[0] or text
    return QueryRejected(text, kind=kind)


def _number(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
