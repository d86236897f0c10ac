"""DuckDB's errors, as its child process reports them, in the words a person needs."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    FailureKind,
    QueryCancelled,
    QueryRejected,
    SourceInvalid,
    SourceMissing,
)  # fmt: skip

_KINDS = {
    "ParserException": FailureKind.syntax,
    "CatalogException": FailureKind.schema,
    "BinderException": FailureKind.schema,
    "PermissionException": FailureKind.permission,
    "OutOfMemoryException": FailureKind.resource,
    "MemoryError": FailureKind.resource,
    "ConversionException": FailureKind.data,
    "OutOfRangeException": FailureKind.data,
    "InvalidInputException": FailureKind.data,
    "DataError": FailureKind.data,
    "TypeMismatchException": FailureKind.data,
    "ConstraintException": FailureKind.data,
    "NotImplementedException": FailureKind.schema,
}


def query_error(answer: Mapping[str, str]) -> ConnectorError:
    kind, text = answer["error"], answer["message"]
    if kind == "InterruptException" or "INTERRUPT" in text:
        return QueryCancelled("The query was stopped.")
    if _KINDS.get(kind) is FailureKind.resource or "Out of Memory" in text or "std::bad_alloc" in text:
        return QueryRejected(
            "The query needs more memory than it may use. Narrow it or let it group earlier.",
            kind=FailureKind.resource,
        )
    if "read-only mode" in text:
        return QueryRejected("DuckDB refused it: only reading is allowed.", kind=FailureKind.permission)
    return QueryRejected(_first_line(text), kind=_KINDS.get(kind, FailureKind.other))


def source_error(answer: Mapping[str, str], name: str) -> ConnectorError:
    """Why a file cannot be opened."""
    text = answer["message"]
    if "Could not set lock" in text or "Conflicting lock" in text:
        return EngineUnavailable(
            f"{name} is open for writing in another program. Close it there, or try again later."
        )
    if "ermission" in text or "does not exist" in text:
        return SourceMissing(f"{name} cannot be opened. Check that the server may read it.")
    if "version" in text:
        return SourceInvalid(f"{name} was written by another version of DuckDB that cannot be read here.")
    return SourceInvalid(f"{name} is not a DuckDB database, or it is damaged.")


def _first_line(text: str) -> str:
    """Without the class in front, the repeated statement and the advice to the administrator."""
    line = text.partition("\n\nLINE ")[0].partition("\n\nPossible solutions")[0].strip()
    head, colon, rest = line.partition(" Error: ")
    return rest if colon and len(head) < 30 else line
