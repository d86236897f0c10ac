"""CSV and TSV files into a DuckDB table, keeping what type guessing would lose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from connectors import landing_numbers
from connectors.landing_text import check_width, has_names, readable, table_inside

WHOLE_FILE_BYTES = 256 << 20
"""Up to this size types are guessed from every row, so a late odd value makes a text column and loses no row."""
SAMPLE_ROWS = 500_000
MAX_PROBLEMS = 20
NO_VALUE = ["", "NULL", "null", "\\N"]
_SLASHED = "^([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{2,4}"
_LEADING_ZERO = "^[+-]?0[0-9]"
_PLAIN_DECIMAL = "^[+-]?[0-9]{1,12}([.][0-9]{1,4})?$"


def load(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, Any]:
    """Create table `name`; returns how many lines were rejected and why, and what was read otherwise than it stands."""
    with readable(path) as (file, encoding):
        options = _options(path, file, encoding)
        columns = _columns(connection, file, options)
        check_width(len(columns))
        if len(columns) == 1 and (inside := table_inside(file, encoding)) and "delim" not in options:
            options |= {"delim": inside[0], "skip": inside[1]}
            columns = _columns(connection, file, options)
        if not has_names(columns):
            options |= {"header": False, "names": [f"column_{place + 1}" for place in range(len(columns))]}
            columns = _columns(connection, file, options)
        types = {**columns, **_kept_exact(connection, file, options, columns)}
        table = '"' + name.replace('"', '""') + '"'
        final = {**options, "types": types, "store_rejects": True, "rejects_limit": 0}
        final.pop("ignore_errors")
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {_reader(file, final)}")  # noqa: S608 - quoted name, escaped options
        rejected, problems = _rejected(connection)
        connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
        notes = _unclear_dates(connection, file, options, types)
        notes += landing_numbers.settle(connection, table, _separator(connection, file, options))
    return {"rejected_lines": rejected, "problems": (problems + notes)[:MAX_PROBLEMS]}


def _options(path: Path, file: Path, encoding: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "header": True,
        "sample_size": -1 if file.stat().st_size <= WHOLE_FILE_BYTES else SAMPLE_ROWS,
        "encoding": encoding,
        "ignore_errors": True,
        "nullstr": NO_VALUE,
    }
    return options | {"delim": "\t"} if path.suffix.lower() == ".tsv" else options


def _separator(connection: duckdb.DuckDBPyConnection, file: Path, options: dict[str, Any]) -> str:
    if "delim" in options:
        return str(options["delim"])
    asked = f"{_literal(str(file))}, encoding = {_literal(options['encoding'])}, ignore_errors = true"
    found = connection.execute(f"SELECT Delimiter FROM sniff_csv({asked})").fetchone()  # noqa: S608 - escaped
    return str(found[0]) if found else ","


def _unclear_dates(
    connection: duckdb.DuckDBPyConnection, file: Path, options: dict[str, Any], types: dict[str, str]
) -> list[str]:
    """Columns of dates like 01/02/2024 in which no value shows whether the day or the month comes first."""
    notes = []
    for column in (name for name, kind in types.items() if kind.startswith(("DATE", "TIMESTAMP"))):
        quoted = '"' + column.replace('"', '""') + '"'
        text, dates = (
            _reader(file, {**options, "all_varchar": True}),
            _reader(file, {**options, "types": types}),
        )
        found = connection.execute(
            f"SELECT min({quoted}), bool_and(CAST(regexp_extract({quoted}, '{_SLASHED}', 1) AS int) <= 12"  # noqa: S608 - quoted, escaped
            f" AND CAST(regexp_extract({quoted}, '{_SLASHED}', 2) AS int) <= 12) FROM {text}"
            f" WHERE regexp_matches({quoted}, '{_SLASHED}')"
        ).fetchone()
        if found and found[0] is not None and found[1]:
            first = connection.execute(f"SELECT min({quoted})::date FROM {dates}").fetchone()  # noqa: S608 - quoted, escaped
            read = f", the earliest as {first[0]}" if first else ""
            notes.append(
                f"column {column}: whether 01/02 is a day in February or in January cannot be seen; the dates were read one way{read}"
            )
    return notes


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


def _rejected(connection: duckdb.DuckDBPyConnection) -> tuple[int, list[str]]:
    """How many lines, and why; the structural reason of a line says more than the value that did not fit because of it."""
    (count,) = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone() or (0,)
    # A message repeats the line and every option, so only those that will be told leave the database.
    errors = connection.execute(
        "SELECT line, error_type, coalesce(column_name, ''), error_message FROM reject_errors"
        " WHERE line IN (SELECT DISTINCT line FROM reject_errors ORDER BY line LIMIT ?)"
        " ORDER BY line, error_type = 'CAST'",
        [MAX_PROBLEMS],
    ).fetchall()
    reasons: dict[int, str] = {}
    for line, kind, column, message in errors:
        if line not in reasons:
            reasons[line] = _reason(kind, column, message)
    return count, [f"line {line}: {reason}" for line, reason in reasons.items()]


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
