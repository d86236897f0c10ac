"""Every engine's own types, from the engine to JSON."""

from __future__ import annotations

import json

import pytest

from connectors.base import Connector, Limits, TypeFamily
from tests.connectors.harness import Harness, safe

F = TypeFamily
Case = tuple[str, object, TypeFamily]

POSTGRES: list[Case] = [
    ("1::smallint", 1, F.integer),
    ("9007199254740993::bigint", "9007199254740993", F.integer),
    ("1.10::numeric(10,2)", 1.1, F.decimal),
    ("123456789012345678.90::numeric", "123456789012345678.90", F.decimal),
    ("'NaN'::numeric", "NaN", F.decimal),
    ("'-Infinity'::float8", "-Infinity", F.decimal),
    ("0.1::float4", 0.1, F.decimal),
    ("true", True, F.boolean),
    ("'2024-02-29'::date", "2024-02-29", F.date),
    ("'infinity'::date", "infinity", F.date),
    ("'0044-03-15 BC'::date", "0044-03-15 BC", F.date),
    ("'2024-01-02 03:04:05.6'::timestamp", "2024-01-02T03:04:05.6", F.timestamp),
    ("'2024-01-02 03:04:05+00'::timestamptz AT TIME ZONE 'UTC'", "2024-01-02T03:04:05", F.timestamp),
    ("'24:00'::time", "24:00:00", F.time),
    ("'1 year 2 mons 3 days'::interval", "P1Y2M3D", F.interval),
    ("'\\x00ff'::bytea", {"$bytes": 2, "hex": "00ff"}, F.binary),
    ("'6f1bde43-5a1c-4b0c-9c6e-2d7a44a0f1d2'::uuid", "6f1bde43-5a1c-4b0c-9c6e-2d7a44a0f1d2", F.text),
    ("'10.0.0.1/8'::inet", "10.0.0.1/8", F.text),
    ("ARRAY[1, NULL, 3]", [1, None, 3], F.json),
    ('\'{"a": [1.10, null], "n": 12345678901234567890.5}\'::jsonb', {"a": [1.1, None], "n": "12345678901234567890.5"}, F.json),
    ("int4range(1, 5)", "[1,5)", F.other),
    ("ROW(1, 'a')", ["1", "a"], F.json),
    ("NULL::text", None, F.text),
    ("'Zürich'::varchar(20)", "Zürich", F.text),
    ("'sad'::mood", "sad", F.text),
    ("5::positive", 5, F.integer),
]  # fmt: skip

MARIADB: list[Case] = [
    ("CAST(9007199254740993 AS SIGNED)", "9007199254740993", F.integer),
    ("CAST(18446744073709551615 AS UNSIGNED)", "18446744073709551615", F.integer),
    ("CAST(1.10 AS DECIMAL(10,2))", 1.1, F.decimal),
    ("CAST('123456789012345678.90' AS DECIMAL(30,2))", "123456789012345678.90", F.decimal),
    ("1e0 / 4", 0.25, F.decimal),
    ("DATE '2024-02-29'", "2024-02-29", F.date),
    ("CAST('0000-00-00' AS DATE)", "0000-00-00", F.date),
    ("TIMESTAMP '2024-01-02 03:04:05'", "2024-01-02T03:04:05", F.timestamp),
    ("CAST('-200:10:11' AS TIME)", "-200:10:11", F.time),
    ("x'00ff'", {"$bytes": 2, "hex": "00ff"}, F.binary),
    ("CAST(NULL AS CHAR)", None, F.text),
    ("_utf8mb4'Zürich 😀'", "Zürich 😀", F.text),
    ("b'101'", {"$bytes": 1, "hex": "05"}, F.binary),
]

DUCKDB: list[Case] = [
    (
        "170141183460469231731687303715884105727::HUGEINT",
        "170141183460469231731687303715884105727",
        F.integer,
    ),
    ("1.10::DECIMAL(10,2)", 1.1, F.decimal),
    ("123456789012345678.90::DECIMAL(30,2)", "123456789012345678.90", F.decimal),
    ("'nan'::DOUBLE", "NaN", F.decimal),
    ("true", True, F.boolean),
    ("DATE '2024-02-29'", "2024-02-29", F.date),
    ("TIMESTAMP '2024-01-02 03:04:05.6'", "2024-01-02T03:04:05.600000", F.timestamp),
    ("TIMESTAMPTZ '2024-01-02 03:04:05+00'", "2024-01-02T03:04:05+00:00", F.timestamp),
    ("TIME '10:11:12'", "10:11:12", F.time),
    ("INTERVAL '3 days 2 hours'", "P3DT2H", F.interval),
    ("'\\x00\\xFF'::BLOB", {"$bytes": 2, "hex": "00ff"}, F.binary),
    ("'6f1bde43-5a1c-4b0c-9c6e-2d7a44a0f1d2'::UUID", "6f1bde43-5a1c-4b0c-9c6e-2d7a44a0f1d2", F.text),
    ("[1, NULL, 3]", [1, None, 3], F.json),
    ("{'a': 1, 'b': [DATE '2024-01-01']}", {"a": 1, "b": ["2024-01-01"]}, F.json),
    ("MAP {1: 'x'}", {"1": "x"}, F.json),
    ("NULL::VARCHAR", None, F.text),
    ("'a' || chr(0) || 'b'", "a\u2400b", F.text),
]

SQLITE: list[Case] = [
    ("9007199254740993", "9007199254740993", F.integer),
    ("1.5", 1.5, F.decimal),
    ("9e999", "Infinity", F.decimal),
    ("x'00ff'", {"$bytes": 2, "hex": "00ff"}, F.binary),
    ("'2024-02-29'", "2024-02-29", F.date),
    ("'2024-02-29 10:11:12'", "2024-02-29 10:11:12", F.timestamp),
    ("'2024-02-30x'", "2024-02-30x", F.text),
    ("'a' || char(0) || 'b'", "a\u2400b", F.text),
    ("CAST(x'ff' AS TEXT)", "\ufffd", F.text),
    ("NULL", None, F.other),
]

CASES = {"postgres": POSTGRES, "mysql": MARIADB, "duckdb": DUCKDB, "sqlite": SQLITE}


async def test_every_type(engine: Harness, source: Connector) -> None:
    wrong = []
    for expression, value, family in CASES[engine.engine]:
        result = await source.run(safe(f"SELECT {expression} AS v", source.capabilities.dialect), Limits())
        got = (result.rows[0][0], result.columns[0].family)
        if got != (value, family):
            wrong.append((expression, got))
        json.dumps(result.rows, allow_nan=False)
    assert wrong == []


async def test_a_wider_value_later_on_widens_the_family(engine: Harness, source: Connector) -> None:
    if engine.engine != "sqlite":
        pytest.skip("columns have types")
    statement = "SELECT CASE WHEN id < 2000 THEN id ELSE id + 0.5 END AS v, CASE WHEN id < 2000 THEN 1 ELSE 'x' END AS w FROM books ORDER BY id"
    result = await source.run(safe(statement, "sqlite"), Limits())
    assert [column.family for column in result.columns] == [F.decimal, F.other]
