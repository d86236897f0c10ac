"""Statements made up by a grammar over three small tables, for tests that must hold for any statement.

A statement is made from a list of choices, so the same list with one choice changed is a near neighbour of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from connectors.base import Column, ForeignKey, Schema, Table, TypeFamily

T = TypeVar("T")
Sources = Sequence[tuple[str, str]]
"""(alias, table) of everything in scope."""

_FAMILIES = {
    "INTEGER": TypeFamily.integer,
    "REAL": TypeFamily.decimal,
    "TEXT": TypeFamily.text,
    "DATE": TypeFamily.date,
}
_TABLES = {
    "people": {"id": "INTEGER", "name": "TEXT", "land": "TEXT", "age": "INTEGER"},
    "trips": {
        "id": "INTEGER", "person_id": "INTEGER", "fare": "REAL", "seats": "INTEGER", "day": "DATE", "kind": "TEXT"
    },
    "bags": {"id": "INTEGER", "trip_id": "INTEGER", "tag": "TEXT", "weight": "INTEGER"},
}  # fmt: skip
_KEYS = {"trips": ("person_id", "people"), "bags": ("trip_id", "trips")}
_NUMBERS = {
    "people": ["id", "age"],
    "trips": ["id", "person_id", "fare", "seats"],
    "bags": ["id", "trip_id", "weight"],
}
_TEXTS = {"people": ["name", "land"], "trips": ["kind"], "bags": ["tag"]}
_VALUES = {"name": "abcA", "land": "xyz", "kind": "pq", "tag": "stu"}
_PARTNERS = {"people": ("id", "trips", "person_id"), "trips": ("id", "bags", "trip_id"), "bags": ("trip_id", "trips", "id")}  # fmt: skip


def schema() -> Schema:
    return Schema(
        tuple(
            Table(
                name,
                tuple(Column(c, t, _FAMILIES[t], nullable=c != "id", primary_key=c == "id") for c, t in columns.items()),
                foreign_keys=(ForeignKey((_KEYS[name][0],), _KEYS[name][1], ("id",)),) if name in _KEYS else (),
            )
            for name, columns in _TABLES.items()
        )
    )  # fmt: skip


def database(seed: int) -> sqlite3.Connection:
    """Few rows, many NULLs, keys without a partner, and values that tie."""
    random = Random(seed)
    made = sqlite3.connect(":memory:", check_same_thread=False)
    cells: dict[str, Sequence[object]] = {
        "age": range(1, 6),
        "person_id": range(1, 11),
        "fare": [0.5, 1, 2, 2.5, 3],
        "seats": range(6),
        "day": [
            f"{year}-{month:02d}-{day:02d}" for year in (2023, 2024) for month in (1, 2, 3) for day in (1, 2)
        ],
        "trip_id": range(1, 18),
        "weight": range(5),
        **_VALUES,
    }
    for (name, columns), count in zip(_TABLES.items(), (8, 15, 21), strict=True):
        made.execute(
            f"CREATE TABLE {name} ("
            + ", ".join(f"{c} {t}" for c, t in columns.items())
            + ", PRIMARY KEY (id))"
        )
        for number in range(1, count + 1):
            row = [
                number if c == "id" else None if random.random() < 0.15 else random.choice(cells[c])
                for c in columns
            ]
            made.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
    return made


class Maker:
    """Makes one statement; `choices` are used up first and then continued at random."""

    def __init__(self, choices: Sequence[int], random: Random) -> None:
        self.choices = list(choices)
        self._random = random
        self._used = 0

    @property
    def used(self) -> list[int]:
        return self.choices[: self._used]

    def statement(self) -> str:
        sql, outputs = self._select()
        if self._chance(10):
            other, theirs = self._select()
            if len(theirs) == len(outputs):
                return f"{sql} {self._pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'])} {other}"
        keys = list(dict.fromkeys(self._pick(outputs) for _ in range(1 + self._number(2))))
        keys = [key for key in keys if not key.replace(".", "").isdigit()]
        if not keys or not self._chance(40):
            return sql
        sql += " ORDER BY " + ", ".join(key + self._pick(["", " DESC"]) for key in keys)
        if self._chance(50):
            # Ties at the cut would make the rows a matter of luck.
            places = ", ".join(str(place + 1) for place in range(len(outputs)))
            sql += f", {places} LIMIT {1 + self._number(4)}"
        return sql

    def _number(self, below: int) -> int:
        if self._used == len(self.choices):
            self.choices.append(self._random.randrange(1 << 30))
        self._used += 1
        return self.choices[self._used - 1] % below

    def _pick(self, options: Sequence[T]) -> T:
        return options[self._number(len(options))]

    def _chance(self, percent: int) -> bool:
        return self._number(100) < percent

    def _column(self, sources: Sources, columns: dict[str, list[str]] | None = None) -> tuple[str, str]:
        alias, table = self._pick(sources)
        name = self._pick(list(_TABLES[table]) if columns is None else columns[table])
        return f"{alias}.{name}", name

    def _literal(self) -> str:
        return self._pick(["0", "1", "2", "3", "4", "5", "0.5", "2.5"])

    def _expression(self, sources: Sources, depth: int = 2) -> str:
        kind = self._number(10)
        if kind == 5:
            return self._literal()
        if kind == 6 and depth:
            left, right = self._expression(sources, depth - 1), self._expression(sources, depth - 1)
            return f"({left} {self._pick(['+', '-', '*', '/'])} {right})"
        if kind == 7 and depth:
            return f"coalesce({self._expression(sources, depth - 1)}, {self._literal()})"
        if kind == 8 and depth:
            otherwise = f" ELSE {self._literal()}" if self._chance(60) else ""
            condition = self._condition(sources, depth - 1)
            return f"CASE WHEN {condition} THEN {self._expression(sources, 0)}{otherwise} END"
        if kind == 9 and depth:
            return f"{self._pick(['abs', 'round'])}({self._expression(sources, depth - 1)})"
        return self._column(sources, _NUMBERS)[0]

    def _condition(self, sources: Sources, depth: int = 2) -> str:
        kind = self._number(14 if depth else 9)
        if kind < 3:
            right = self._pick([self._literal(), self._column(sources, _NUMBERS)[0]])
            return f"{self._expression(sources, min(depth, 1))} {self._pick(['=', '<>', '<', '<=', '>', '>='])} {right}"
        if kind < 5:
            column, name = self._column(sources, _TEXTS)
            return f"{column} {self._pick(['=', '<>', '>', '<='])} '{self._pick(_VALUES[name])}'"
        if kind == 5:
            return f"{self._column(sources)[0]} IS {self._pick(['', 'NOT '])}NULL"
        if kind == 6:
            column, name = self._column(sources, _TEXTS)
            values = [f"'{self._pick(_VALUES[name])}'" for _ in range(1 + self._number(3))]
            return (
                f"{column} {self._not()}IN ({', '.join([*values, *(['NULL'] if self._chance(10) else [])])})"
            )
        if kind == 7:
            low, high = self._literal(), self._literal()
            return f"{self._column(sources, _NUMBERS)[0]} {self._not()}BETWEEN {low} AND {high}"
        if kind == 8:
            return f"{self._column(sources, _TEXTS)[0]} {self._not()}LIKE '{self._pick(['a%', '%a', 'A', '_', '%'])}'"
        return self._nested(kind, sources, depth - 1)

    def _nested(self, kind: int, sources: Sources, depth: int) -> str:
        if kind == 9:
            return f"({self._condition(sources, depth)} {self._pick(['OR', 'AND'])} {self._condition(sources, depth)})"
        if kind == 10:
            return f"NOT ({self._condition(sources, depth)})"
        if kind == 11 and any(table == "trips" for _, table in sources):
            day = next(f"{alias}.day" for alias, table in sources if table == "trips")
            year = self._pick(["2023", "2024"])
            return self._pick(
                [
                    f"strftime('%Y', {day}) = '{year}'",
                    f"{day} >= '{year}-02-01'",
                    f"{day} BETWEEN '{year}-01-01' AND '{year}-12-31'",
                ]
            )
        alias, table = self._pick(sources)
        if kind == 12:
            function, column = self._pick(["avg", "max", "min", "sum"]), self._pick(_NUMBERS[table])
            left = self._column(sources, _NUMBERS)[0]
            return f"{left} {self._pick(['>', '<=', '='])} (SELECT {function}({column}) FROM {table})"
        own, other, theirs = _PARTNERS[table]
        if self._chance(50):
            where = f" WHERE {self._condition([(other, other)], 0)}" if self._chance(60) else ""
            return f"{alias}.{own} {self._not()}IN (SELECT {theirs} FROM {other}{where})"
        more = f" AND {self._condition([('z', other)], 0)}" if self._chance(50) else ""
        return f"{self._not()}EXISTS (SELECT 1 FROM {other} AS z WHERE z.{theirs} = {alias}.{own}{more})"

    def _not(self) -> str:
        return self._pick(["", "NOT "])

    def _aggregate(self, sources: Sources) -> str:
        kind = self._number(9)
        if kind < 2:
            return "count(*)"
        if kind < 4:
            return f"count({self._pick(['', 'DISTINCT '])}{self._column(sources)[0]})"
        return f"{self._pick(['sum', 'sum', 'avg', 'min', 'max'])}({self._expression(sources, 1)})"

    def _from(self) -> tuple[str, Sources]:
        join, other = self._pick(["JOIN", "JOIN", "LEFT JOIN"]), self._pick(["JOIN", "LEFT JOIN"])
        people, trips, bags = ("people", "people"), ("trips", "trips"), ("bags", "bags")
        to_trips = f"people {join} trips ON trips.person_id = people.id"
        kind = self._number(9)
        if kind == 0:
            table = self._pick(["people", "trips", "bags"])
            return table, [(table, table)]
        if kind < 4:
            return to_trips, [people, trips]
        if kind == 4:
            more = f" AND bags.weight > {self._literal()}" if self._chance(30) else ""
            return f"trips {join} bags ON bags.trip_id = trips.id{more}", [trips, bags]
        if kind == 5:
            return f"{to_trips} {other} bags ON bags.trip_id = trips.id", [people, trips, bags]
        if kind == 6:
            more = " AND a.id < b.id" if self._chance(50) else ""
            return f"trips AS a JOIN trips AS b ON a.person_id = b.person_id{more}", [
                ("a", "trips"),
                ("b", "trips"),
            ]
        if kind == 7:
            where = f" WHERE {self._condition([trips], 1)}" if self._chance(40) else ""
            inner = (
                f"SELECT person_id AS id, {self._aggregate([trips])} AS age, max(kind) AS name, min(kind) AS land"
                f" FROM trips{where} GROUP BY person_id"
            )
            return f"({inner}) AS d", [("d", "people")]
        return f"bags {other} trips ON bags.trip_id = trips.id", [bags, trips]

    def _select(self) -> tuple[str, list[str]]:
        tables, sources = self._from()
        conditions = [self._condition(sources) for _ in range(self._pick([0, 0, 1, 1, 2]))]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if self._chance(50):
            return self._grouped(f"FROM {tables}{where}", sources)
        shown = [
            self._pick([self._column(sources)[0], self._expression(sources, 1)])
            for _ in range(1 + self._number(3))
        ]
        shown = list(dict.fromkeys(shown))
        return (
            f"SELECT {'DISTINCT ' if self._chance(20) else ''}{', '.join(shown)} FROM {tables}{where}",
            shown,
        )

    def _grouped(self, rest: str, sources: Sources) -> tuple[str, list[str]]:
        month = [f"strftime('%Y-%m', {alias}.day)" for alias, table in sources if table == "trips"]
        keys = [self._pick([self._column(sources)[0], *month]) for _ in range(self._number(3))]
        keys = list(dict.fromkeys(keys))
        shown = [*keys, *(self._aggregate(sources) for _ in range(1 + self._number(2)))]
        sql = f"SELECT {', '.join(shown)} {rest}"
        if keys:
            sql += f" GROUP BY {', '.join(keys)}"
            if self._chance(25):
                sql += f" HAVING {self._aggregate(sources)} {self._pick(['>', '<=', '='])} {self._literal()}"
        return sql, shown
