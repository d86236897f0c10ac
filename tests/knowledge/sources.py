"""Small real databases for the tests of this floor."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.base import Column, Connector, ForeignKey, Table, TypeFamily
from connectors.registry import open_connector

CLUB = """
CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, founded_year INTEGER);
CREATE TABLE player (
    id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, phone TEXT, team_id INTEGER REFERENCES team (id),
    position TEXT, is_captain INTEGER, height REAL, joined_on TEXT, captain_id INTEGER REFERENCES player (id), notes TEXT);
CREATE TABLE match (
    id INTEGER PRIMARY KEY, home_team_id INTEGER REFERENCES team (id), away_team_id INTEGER REFERENCES team (id),
    played_on DATE, home_goals INTEGER, away_goals INTEGER, status TEXT);
CREATE TABLE ticket (id INTEGER PRIMARY KEY, match_id INTEGER, seat_code TEXT, price REAL);
CREATE VIEW goals AS SELECT id AS match_id, home_goals + away_goals AS total FROM match;
"""
CITIES = ["Porto", "São Tomé", "Lisbon", "Faro", "Braga", " Évora"]


def build_club(path: Path, players: int = 120) -> None:
    """Teams, players, matches and tickets; the keys of `ticket` are not declared."""
    with sqlite3.connect(path) as database:
        database.executescript(CLUB)
        database.executemany(
            "INSERT INTO team VALUES (?, ?, ?, ?)",
            [(n + 1, f"{city.strip()} United", city, 1900 + n) for n, city in enumerate(CITIES)],
        )
        database.executemany(
            "INSERT INTO player VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    n,
                    f"First{n % 40}",
                    f"Last{n}",
                    f"player{n}@example.org",
                    f"+351 21 555 {n:04d}",
                    1 + n % 6,
                    ["keeper", "defender", "forward"][n % 3],
                    n % 2,
                    1.6 + n % 40 / 100,
                    f"20{10 + n % 10}-03-{1 + n % 28:02d}",
                    None if n < 7 else 1 + n % 6,
                    "A long remark about how this player trains, travels and rests. " * 2,
                )
                for n in range(1, players + 1)
            ],
        )
        database.executemany(
            "INSERT INTO match VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    n,
                    1 + n % 6,
                    1 + (n + 1) % 6,
                    f"2024-{1 + n % 12:02d}-11",
                    n % 4,
                    n % 3,
                    "played" if n % 9 else None,
                )
                for n in range(1, 61)
            ],
        )
        database.executemany(
            "INSERT INTO ticket VALUES (?, ?, ?, ?)",
            [(n, 1 + n % 60, f"A-{n:03d}", 9.5 + n % 3) for n in range(1, 301)],
        )
    database.close()


@asynccontextmanager
async def opened(engine: str, path: Path) -> AsyncIterator[Connector]:
    connector = await open_connector(engine, {"path": str(path)})
    try:
        yield connector
    finally:
        await connector.close()


def table(name: str, *columns: str, key: str = "", refers: dict[str, str] | None = None) -> Table:
    """`table("orders", "id", "note:text", key="id", refers={"customer_id": "customers.id"})`; integers unless said."""
    made = []
    for column in columns:
        column_name, _, family = column.partition(":")
        made.append(
            Column(
                column_name,
                family or "integer",
                TypeFamily(family or "integer"),
                primary_key=column_name in key.split(","),
            )
        )
    keys = tuple(
        ForeignKey((column,), target.split(".")[0], (target.split(".")[1],))
        for column, target in (refers or {}).items()
    )
    return Table(name, tuple(made), foreign_keys=keys)
