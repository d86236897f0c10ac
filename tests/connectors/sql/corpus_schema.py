"""The fleet that the guard's corpora speak about, for each of the four engines.

`ledger` and `secrets` are bystanders: no statement of the corpora may change or show them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

DIALECTS = ("postgres", "mysql", "sqlite", "duckdb")
FOLDER = Path(__file__).parent / "corpus"


class Item(TypedDict):
    id: str
    dialects: list[str]
    why: str
    sql: str


def corpus(name: str, dialect: str) -> list[Item]:
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    items: list[Item] = [json.loads(line) for line in lines]
    return [item for item in items if dialect in item["dialects"]]


_JSON = {"postgres": "jsonb", "mysql": "json", "sqlite": "text", "duckdb": "json"}
_TEXT = {"postgres": "text", "mysql": "varchar(60)", "sqlite": "text", "duckdb": "varchar"}


def statements(dialect: str) -> list[str]:
    """CREATE and INSERT statements, one each."""
    text, documents = _TEXT[dialect], _JSON[dialect]
    mark = "`" if dialect == "mysql" else '"'
    made = [
        f"CREATE TABLE ships (id integer PRIMARY KEY, name {text}, flag {text}, built integer, tons decimal(12, 2), launched date, active boolean, details {documents})",
        f"CREATE TABLE crew (id integer PRIMARY KEY, ship_id integer, boss integer, name {text}, role {text}, joined timestamp)",
        f"CREATE TABLE voyages (id integer PRIMARY KEY, ship_id integer, port_to {text}, departed timestamp, arrived timestamp NULL, cargo_tons decimal(12, 2), fuel_tons decimal(12, 2))",
        f"CREATE TABLE {mark}port calls{mark} ({mark}call no{mark} integer PRIMARY KEY, {mark}from{mark} {text}, {mark}größe{mark} integer)",
        f"CREATE TABLE ledger (id integer PRIMARY KEY, note {text})",
        f"CREATE TABLE secrets (name {text}, value {text})",
        "CREATE VIEW busy_ships AS SELECT ship_id, count(*) AS n FROM voyages GROUP BY ship_id",
    ]
    owner = json.dumps({"owner": "Nord", "ports": ["Bergen", "Oslo"], "size": {"length": 120}})
    made += [
        f"INSERT INTO ships VALUES (1, 'Mara', 'NO', 1999, 1500.5, '1999-05-01', true, '{owner}'), (2, 'Aster', 'GR', 1975, 900, '1975-03-02', false, '{owner}'), (3, 'Zea', 'NO', 2011, 40, '2011-07-09', true, '{owner}')",
        "INSERT INTO crew VALUES (1, 1, NULL, 'Ines', 'captain', '2020-01-01 08:00:00'), (2, 1, 1, 'Odd', 'cook', '2021-01-01 08:00:00'), (3, 2, 1, 'Thea', 'captain', '2022-01-01 08:00:00')",
        "INSERT INTO voyages VALUES (1, 1, 'Oslo', '2024-01-05 10:00:00', '2024-01-09 10:00:00', 10, 2), (2, 1, 'Bergen', '2024-02-05 10:00:00', NULL, 20, 3), (3, 2, 'Piraeus', '2024-02-07 10:00:00', '2024-02-08 10:00:00', 5, 1)",
        f"INSERT INTO {mark}port calls{mark} VALUES (1, 'Bergen', 7), (2, 'Oslo', 9)",
        "INSERT INTO ledger VALUES (1, 'opened'), (2, 'checked')",
        "INSERT INTO secrets VALUES ('token', 'marker-5512')",
    ]
    if dialect == "sqlite":
        made += [
            "CREATE VIRTUAL TABLE logbook USING fts5(title, body)",
            "INSERT INTO logbook VALUES ('storm', 'a storm off the harbour'), ('calm', 'nothing seen')",
        ]
    return made
