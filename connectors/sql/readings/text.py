"""Columns resolved in their scope, and pieces of SQL kept as text that is cut at its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from connectors.sql.grammar import reader
from connectors.sql.reading import (
    ColumnRef,
    Expression,
    Literal,
    Raw,
    Reading,
    Star,
    joined,
)
from connectors.sql.readings.scope import Cte, NoForm, Scope, folded, self_contained

Aliases = Mapping[str, Expression]
ReadQuery = Callable[[exp.Expr, Scope | None, dict[str, Cte]], Reading]
_MARK = "column_zq"
"""Stands around the number of a column while a text is cut; a plain name, so that no dialect quotes it."""
_WHOLE_ROWS = frozenset({"postgres", "duckdb", "bigquery"})
"""Dialects in which a source's own name means its whole row."""
ALIASES_IN_SELECT = frozenset({"duckdb", "snowflake"})
"""Dialects in which an output may use the alias of an earlier one."""
_ALIASES_IN_TEXTS = ALIASES_IN_SELECT | {"sqlite"}
"""Where an alias may also stand inside an expression, at least of ORDER BY."""
_PARTS_BY_DOT = frozenset({"bigquery", "trino"})
"""Dialects in which a dot also leads into a column."""


class Texts:
    """Reads names in one scope; what has no form of its own becomes `Raw`."""

    def __init__(self, dialect: str, scope: Scope, query: ReadQuery, ctes: dict[str, Cte]) -> None:
        self.dialect = dialect
        self.scope = scope
        self.query = query
        self.ctes = ctes
        self.aliases: Aliases = {}

    def _column(self, node: exp.Column) -> Expression:
        if isinstance(node.this, exp.Star):
            if any(node.this.args.values()) or (node.table and self.scope.alias(node.table) is None):
                return self.raw(node)
            return Star(self.scope.alias(node.table) or node.table)
        if node.args.get("join_mark"):
            raise NoForm("an outer join written (+)")
        name = folded(node.this, self.dialect)
        if node.table and self.scope.alias(node.table) is None:
            inside = self._part_of_column(node)
            if inside is not None:
                return inside
        if node.table:
            return self.scope.qualified(folded(node.args["table"], self.dialect), name)
        found = self.scope.bare(name)
        if found is not None:
            return found
        if name.lower() in self.aliases:
            return self.aliases[name.lower()]
        row = self.scope.alias(name)
        if row is not None and self.dialect in _WHOLE_ROWS:
            return ColumnRef(row, "")
        owner = self.scope.guess()
        if self.dialect == "sqlite" and node.this.args.get("quoted") and not self.scope.only_unknown():
            return Literal(name)
        return ColumnRef(owner, name)

    def _part_of_column(self, node: exp.Column) -> Raw | None:
        """`s.b.c` where `s` is a column, or a source with a column `b`, and the rest are its parts."""
        names = [node.args[part] for part in ("catalog", "db", "table", "this") if node.args.get(part)]
        first = folded(names[0], self.dialect)
        owner = self.scope.alias(first) is not None
        whole = (
            self.scope.qualified(first, folded(names[1], self.dialect)) if owner else self.scope.bare(first)
        )
        if whole is None and self.dialect in _PARTS_BY_DOT and self.scope.guess():
            whole = ColumnRef(self.scope.guess(), first)
        if not isinstance(whole, ColumnRef):
            return None
        path = "".join(f".{name.sql(dialect=self.dialect)}" for name in names[1 + owner :])
        return Raw((whole, path), self.dialect)

    def raw(self, node: exp.Expr) -> Raw:
        """The text, cut at the columns of the sources in scope."""
        return self._cut(node, self._outer_column)

    def source_raw(self, node: exp.Expr) -> Raw:
        """A whole source as text: only names with a qualifier can be columns of the sources around it."""
        return self._cut(node, lambda column: self._outer_column(column) if column.table else None)

    def _cut(self, node: exp.Expr, column_of: Callable[[exp.Column], ColumnRef | Raw | None]) -> Raw:
        inner = {
            t.alias_or_name.lower() for t in node.find_all(exp.Table, exp.Subquery, exp.UDTF, exp.Lateral)
        }
        inner_names = {
            str(name.name).lower() for part in node.find_all(exp.Lambda) for name in part.expressions
        }
        inner_names |= {str(c.expression.name).lower() for c in node.find_all(exp.Comprehension)}
        nested = node.find(exp.Query) is not None
        found: list[ColumnRef | Raw] = []

        def marked(part: exp.Expr) -> exp.Expr:
            if not isinstance(part, exp.Column) or isinstance(part.this, exp.Star):
                return part
            if part.find_ancestor(exp.Star) is not None or part.name.lower() in inner_names:
                return part
            own = (
                part.table.lower() in inner
                if part.table
                else nested and part.find_ancestor(exp.Query) is not None
            )
            column = None if own else column_of(part)
            if column is None:
                return part
            found.append(column)
            return exp.to_identifier(f"{_MARK}{len(found) - 1}{_MARK}")

        tree = self_contained(node, self.ctes).transform(marked)
        alias = tree.args.get("alias")
        if isinstance(alias, exp.TableAlias) and alias.this:
            found.append(ColumnRef(folded(alias.this, self.dialect), ""))
            alias.set("this", exp.to_identifier(f"{_MARK}{len(found) - 1}{_MARK}"))
        pieces = tree.sql(dialect=reader(self.dialect)).split(_MARK)
        parts: list[str | ColumnRef] = []
        for index, piece in enumerate(pieces):
            part = found[int(piece)] if index % 2 else piece
            parts += ["(", *part.parts, ")"] if isinstance(part, Raw) else [part]
        return Raw(
            joined(part for part in parts if part != ""),
            self.dialect,
            node.find(exp.AggFunc) is not None or any(isinstance(f, Raw) and f.has_aggregate for f in found),
        )

    def _outer_column(self, node: exp.Column) -> ColumnRef | Raw | None:
        """A column, or the text that an alias stands for."""
        if node.table and self.scope.alias(node.table) is None:
            return None
        found = self._column(node)
        reused = self.dialect in _ALIASES_IN_TEXTS
        return found if isinstance(found, ColumnRef) or (isinstance(found, Raw) and reused) else None
