"""CSV and TSV files into a DuckDB table, keeping what type guessing would lose."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

WHOLE_FILE_BYTES = 256 << 20
"""Up to this size types are guessed from every row, so a late odd value makes a text column and loses no row."""
SAMPLE_ROWS = 500_000
MAX_PROBLEMS = 20
NO_VALUE = ["", "NULL", "null", "\\N"]
_LEADING_ZERO = "^[+-]?0[0-9]"
_PLAIN_DECIMAL = "^[+-]?[0-9]{1,12}([.][0-9]{1,4})?$"


def load(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, Any]:
    """Create table `name`; returns how many lines were rejected and why."""
    sample = -1 if path.stat().st_size <= WHOLE_FILE_BYTES else SAMPLE_ROWS
    options: dict[str, Any] = {
        "header": True,
        "sample_size": sample,
        "encoding": _encoding(path),
        "ignore_errors": True,
        "nullstr": NO_VALUE,
    }
    if path.suffix.lower() == ".tsv":
        options["delim"] = "\t"
    columns = _columns(connection, path, options)
    types = {**columns, **_kept_exact(connection, path, options, columns)}
    target = '"' + name.replace('"', '""') + '"'
    final = {**options, "types": types, "store_rejects": True, "rejects_limit": 0}
    final.pop("ignore_errors")
    connection.execute(f"CREATE TABLE {target} AS SELECT * FROM {_reader(path, final)}")  # noqa: S608 - quoted name, escaped options
    report = _report(connection)
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return report


def _encoding(path: Path) -> str:
    """UTF-8 unless a byte order mark or the bytes themselves say otherwise."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(start)
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _columns(connection: duckdb.DuckDBPyConnection, path: Path, options: dict[str, Any]) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_reader(path, options)}").fetchall()  # noqa: S608 - escaped options
    return {column[0]: column[1] for column in described}


def _kept_exact(
    connection: duckdb.DuckDBPyConnection, path: Path, options: dict[str, Any], columns: dict[str, str]
) -> dict[str, str]:
    """Better types than the guessed ones: codes with leading zeros stay text, amounts become exact decimals."""
    asked = [name for name, guess in columns.items() if guess in ("BIGINT", "DOUBLE")]
    if not asked:
        return {}
    wanted = ", ".join(
        f"bool_or(regexp_matches({c}, '{_LEADING_ZERO}')), bool_and(regexp_matches({c}, '{_PLAIN_DECIMAL}')),"
        f" max(length(regexp_extract({c}, '^[+-]?([0-9]+)', 1))), max(length(regexp_extract({c}, '[.]([0-9]+)$', 1)))"
        for c in ('"' + name.replace('"', '""') + '"' for name in asked)
    )
    everything_text = {**options, "all_varchar": True}
    found = connection.execute(f"SELECT {wanted} FROM {_reader(path, everything_text)}").fetchone() or ()  # noqa: S608 - quoted names, constants
    better: dict[str, str] = {}
    for place, name in enumerate(asked):
        zeros, plain, whole, fraction = found[4 * place : 4 * place + 4]
        if columns[name] == "BIGINT" and zeros:
            better[name] = "VARCHAR"
        elif columns[name] == "DOUBLE" and plain and fraction:
            better[name] = f"DECIMAL({whole + fraction},{fraction})"
    return better


def _reader(path: Path, options: dict[str, Any]) -> str:
    given = ", ".join(f"{key} = {_literal(value)}" for key, value in options.items())
    return f"read_csv({_literal(str(path))}, {given})"


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    return "'" + str(value).replace("'", "''") + "'"


def _report(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Rejected lines; the structural reason of a line says more than the value that did not fit because of it."""
    errors = connection.execute(
        "SELECT line, error_type, coalesce(column_name, ''), error_message FROM reject_errors"
        " ORDER BY line, error_type = 'CAST'"
    ).fetchall()
    reasons: dict[int, str] = {}
    for line, kind, column, message in errors:
        if line not in reasons:
            reasons[line] = _reason(kind, column, message)
    problems = [f"line {line}: {reason}" for line, reason in list(reasons.items())[:MAX_PROBLEMS]]
    return {"rejected_lines": len(reasons), "problems": problems}


def _reason(kind: str, column: str, message: str) -> str:
    counts: Sequence[str] = re.findall(r"\d+", message)
    if kind in ("TOO MANY COLUMNS", "MISSING COLUMNS") and len(counts) == 2:
        return f"{counts[1]} fields where {counts[0]} were expected"
    if kind == "CAST":
        return f"column {column}: {message.partition('. ')[2] or message}"
    plain = {
        "UNQUOTED VALUE": "a quotation mark is not closed or stands inside a value",
        "LINE SIZE OVER MAXIMUM": "the line is too long",
        "INVALID ENCODING": "the text is not in the file's encoding",
    }
    return plain.get(kind, message)
