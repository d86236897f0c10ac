"""Random SELECTs that try to confuse names: CTEs called like tables, aliases called like CTEs, nested WITH,
set operations, correlated sub-queries. Every statement is made of a seed, so a failure can be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

TABLES = {
    "ships": ("id", "name", "flag"),
    "crew": ("id", "name", "ship_id"),
    "voyages": ("id", "port_to", "ship_id"),
    "secrets": ("name", "value"),
}
"""Tables of the fleet, with some of their columns."""


@dataclass
class Statements:
    """Makes statements for one dialect out of a random source."""

    random: Random
    dialect: str = "sqlite"
    depth: int = 3
    _ctes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def statement(self) -> str:
        self._ctes = []
        return self._query(self.depth)

    def _text(self, expression: str) -> str:
        """Engines with strict types compare texts with texts only."""
        return f"CAST({expression} AS varchar)" if self.dialect in ("duckdb", "postgres") else expression

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _query(self, depth: int) -> str:
        """A SELECT or a set operation, perhaps with CTEs in front; one column named `c`."""
        kept = list(self._ctes)
        clause = self._with(depth - 1) if depth > 0 and self._chance(0.45) else ""
        body = self._select(depth)
        while depth > 0 and self._chance(0.25):
            right = self._select(depth - 1)
            if self.dialect != "sqlite" and self._chance(0.2):
                right = f"({right} UNION {self._select(depth - 1)})"
            body += f" {self.random.choice(self._unions())} {right}"
        self._ctes = kept
        return clause + body

    def _unions(self) -> list[str]:
        by_name = ["UNION BY NAME", "UNION ALL BY NAME"] if self.dialect == "duckdb" else []
        return ["UNION", "UNION ALL", "UNION", "UNION ALL", "EXCEPT", "INTERSECT", *by_name]

    def _with(self, depth: int) -> str:
        made: list[tuple[str, str]] = []
        recursive = self._chance(0.25)
        for _ in range(self.random.randint(1, 2)):
            name = self.random.choice([*TABLES, "x", "y"])
            if any(name == other for other, _ in made):
                continue
            if recursive:
                self._ctes.append((name, ("c",)))
            made.append((name, self._query(depth)))
            self._ctes.append((name, ("c",)))
        parts = ", ".join(f"{self._named(name)} AS ({query})" for name, query in made)
        return f"WITH {'RECURSIVE ' if recursive else ''}{parts} "

    def _named(self, name: str) -> str:
        spellings = [name, name, name.upper(), f"`{name}`" if self.dialect == "mysql" else f'"{name}"']
        if self.dialect != "mysql":
            spellings.append(f'"{name.upper()}"')
        return self.random.choice(spellings)

    def _source(self, depth: int, taken: set[str]) -> tuple[str, str, tuple[str, ...]]:
        """(text, alias, columns) of one source of FROM."""
        if depth > 0 and self._chance(0.25):
            alias = self._alias(taken)
            return f"({self._query(depth - 1)}) AS {alias}", alias, ("c",)
        name, columns = self.random.choice([*TABLES.items(), *self._ctes])
        known = dict(reversed(self._ctes)).get(name, columns)
        text = self._named(name)
        if self._chance(0.15) and name in TABLES:
            text, known = self._qualified(name), TABLES[name]
        if name in taken or self._chance(0.5):
            alias = self._alias(taken)
            return f"{text} AS {alias}", alias, known
        taken.add(name)
        return text, name, known

    def _qualified(self, name: str) -> str:
        return {"postgres": f"public.{name}", "mysql": name}.get(self.dialect, f"main.{name}")

    def _alias(self, taken: set[str]) -> str:
        free = [name for name in ("a", "b", "x", "ships", "secrets", "crew") if name not in taken]
        alias = self.random.choice(free)
        taken.add(alias)
        return alias

    def _select(self, depth: int) -> str:
        taken: set[str] = set()
        text, alias, columns = self._source(depth, taken)
        scope = [(alias, columns)]
        if self._chance(0.4):
            other, second, more = self._source(depth, taken)
            scope.append((second, more))
            text += self._join(other, scope)
        where = f" WHERE {self._condition(depth, scope)}" if self._chance(0.6) else ""
        return f"SELECT {self._item(depth, scope)} AS c FROM {text}{where}"

    def _join(self, other: str, scope: list[tuple[str, tuple[str, ...]]]) -> str:
        (first, left), (second, right) = scope
        shared = sorted(set(left) & set(right))
        kind = self.random.choice([" JOIN ", " LEFT JOIN "])
        if shared and self._chance(0.3):
            return f"{kind}{other} USING ({shared[0]})"
        return f"{kind}{other} ON {self._text(f'{first}.{left[0]}')} = {self._text(f'{second}.{right[0]}')}"

    def _item(self, depth: int, scope: list[tuple[str, tuple[str, ...]]]) -> str:
        alias, columns = self.random.choice(scope)
        column = self._text(f"{alias}.{self.random.choice(columns)}")
        if depth > 0 and self._chance(0.25):
            return f"(SELECT max(c) FROM ({self._query(depth - 1)}) AS m)"
        return self.random.choice(
            [column, column, f"max({column})", f"upper({column})", self._text("count(*)"), f"min({column})"]
        )

    def _condition(self, depth: int, scope: list[tuple[str, tuple[str, ...]]]) -> str:
        alias, columns = self.random.choice(scope)
        column = self._text(f"{alias}.{self.random.choice(columns)}")
        if depth > 0 and self._chance(0.5):
            query = self._query(depth - 1)
            return self.random.choice(
                [
                    f"{column} IN ({query})",
                    f"EXISTS ({query})",
                    f"{column} NOT IN ({query})",
                    f"{column} = ({query} LIMIT 1)" if "UNION" not in query else f"EXISTS ({query})",
                ]
            )
        return self.random.choice([f"{column} IS NOT NULL", f"{column} <> 'secrets'", f"{column} > '0'"])
