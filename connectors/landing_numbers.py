"""Numbers that offices write as text: 1.234,56, 1 234,56 and 1,234.56, (12.00), 5 %, 9 EUR, with NA between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb

NOTHING = "^(NA|N/A|n/a|#N/A|#NV|nan|NaN|none|None|-|–|—)$"
"""What stands for a missing value in a column of numbers; in a column of texts it stays, NA is a country."""
SIGNS = r"[$€£¥%]|\b(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|CAD|AUD)\b"
MOST_DIGITS = 15
ALMOST, FEWEST_ALMOST = 0.9, 5
"""From this share of numbers among so many different values on, the rest of a text column is worth a word."""
_BLANKS = "[ \u00a0\u202f’'']"
"""What groups digits beside the other sign; a quotation mark is doubled, as it stands in a literal."""
_POINT = "^[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)?$"
_COMMA = "^[+-]?([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?$"
_GROUPED = f"^[+-]?[0-9]{{1,3}}({_BLANKS}[0-9]{{3}})+([.,][0-9]+)?$"
_CODE = "^[+-]?0[0-9]"
"""Leading zeros: a postcode, no number."""


class _Column(NamedTuple):
    name: str
    text: str
    """SQL of its value without sign and blanks; NULL where nothing is meant."""


def settle(connection: duckdb.DuckDBPyConnection, table: str, separator: str) -> list[str]:
    """Turn text columns that hold nothing but numbers into numbers; says for each how it was read.

    `table` is quoted. In a file separated by commas, a comma inside a number groups its digits.
    """
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    columns = [_column(str(name)) for name, kind, *_ in described if kind == "VARCHAR"]
    notes = []
    for column in columns:
        decimal = _decimal_sign(connection, table, column, separator)
        if decimal is not None:
            notes.append(_convert(connection, table, column, decimal))
        else:
            notes += _almost(connection, table, column)
    return notes


def _almost(connection: duckdb.DuckDBPyConnection, table: str, column: _Column) -> list[str]:
    """A column of numbers that a few values keep from being one; a person can mend those."""
    number = f"regexp_matches(t, '{_POINT}') OR regexp_matches(t, '{_COMMA}')"
    found = connection.execute(
        f"SELECT count(t), count(t) FILTER ({number}), min(v) FILTER (NOT ({number})), bool_or(regexp_matches(t, '{_CODE}')),"  # noqa: S608 - quoted names, constants
        f" count(DISTINCT t) FROM (SELECT {column.text} AS t, {column.name} AS v FROM {table} WHERE {column.name} IS NOT NULL)"
    ).fetchone()
    assert found is not None
    count, numbers, example, codes, different = found
    if codes or example is None or different < FEWEST_ALMOST or numbers < ALMOST * count:
        return []
    odd = count - numbers
    said = "1 value is no number" if odd == 1 else f"{odd} values are no numbers"
    return [f"column {column.name[1:-1]}: it stays text, because {said}: {str(example)[:40]}"]


def _column(name: str) -> _Column:
    quoted = '"' + name.replace('"', '""') + '"'
    edges = f"^{_BLANKS}+|{_BLANKS}+$"
    bare = f"regexp_replace(regexp_replace({quoted}, '{SIGNS}', ''), '{edges}', '', 'g')"
    signed = f"regexp_replace(regexp_replace({bare}, '^[(](.*)[)]$|^([^-].*)-$', '-\\1\\2'), '^([+-]){_BLANKS}+', '\\1')"
    plain = f"CASE WHEN regexp_matches({signed}, '{_GROUPED}') THEN regexp_replace({signed}, '{_BLANKS}', '', 'g') ELSE {signed} END"
    return _Column(quoted, f"CASE WHEN NOT regexp_matches({bare}, '{NOTHING}') THEN {plain} END")


def _decimal_sign(
    connection: duckdb.DuckDBPyConnection, table: str, column: _Column, separator: str
) -> str | None:
    """Which sign stands before the fraction; None when the column is no number.

    Blanks between digits and brackets around them are part of numbers only beside a sign or a fraction: 12 345 may be a code.
    """
    found = connection.execute(
        f"SELECT count(t), bool_and(regexp_matches(t, '{_POINT}')), bool_and(regexp_matches(t, '{_COMMA}')),"  # noqa: S608 - quoted names, constants
        f" bool_or(contains(t, ',')), bool_or(regexp_matches(t, '{_CODE}')),"
        f" max(length(regexp_replace(t, '[^0-9]', '', 'g'))), count(DISTINCT regexp_extract(v, '{SIGNS}')),"
        f" bool_or(regexp_matches(v, '{SIGNS}') OR regexp_matches(t, '[.,][0-9]{{1,2}}$')),"
        f" bool_or(regexp_matches(v, '^{_BLANKS}*[(]') OR regexp_matches(v, '[0-9]{_BLANKS}[0-9]|[0-9]-'))"
        f" FROM (SELECT {column.text} AS t, {column.name} AS v FROM {table} WHERE {column.name} IS NOT NULL)"
    ).fetchone()
    assert found is not None
    count, point, comma, commas, codes, digits, signs, amounts, odd = found
    if not count or codes or digits > MOST_DIGITS or signs > 1 or (odd and not amounts):
        return None
    if comma and commas and separator != ",":
        return ","
    return "." if point else None


def _convert(connection: duckdb.DuckDBPyConnection, table: str, column: _Column, decimal: str) -> str:
    grouping = "," if decimal == "." else "."
    plain = f"replace(replace({column.text}, '{grouping}', ''), '{decimal}', '.')"
    shown: Any = connection.execute(
        f"SELECT max_by({column.name}, length({column.name})), max(length(regexp_extract({plain}, '[.]([0-9]+)$', 1))),"  # noqa: S608 - quoted names, constants
        f" any_value(regexp_extract({column.name}, '{SIGNS}')) FROM {table} WHERE {column.text} IS NOT NULL"
    ).fetchone()
    example, fraction, sign = shown
    kind = f"DECIMAL(18, {fraction})" if fraction else "BIGINT"
    connection.execute(f"ALTER TABLE {table} ALTER {column.name} TYPE {kind} USING CAST({plain} AS {kind})")
    if sign:
        connection.execute(f"COMMENT ON COLUMN {table}.{column.name} IS 'in {sign}'")
    if sign or grouping in example or decimal == ",":
        return f"column {column.name[1:-1]}: texts like {example} were read as numbers"
    return f"column {column.name[1:-1]}: NA and the like were read as no value"
