"""Statements broken on purpose, one small change each, for finding out whether the change is noticed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from connectors.base import Schema, Table

_OTHER_AGGREGATE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Sum: exp.Avg, exp.Avg: exp.Sum, exp.Min: exp.Max, exp.Max: exp.Min, exp.Count: exp.Max,
}  # fmt: skip


def mutants(tree: exp.Expr, schema: Schema, dialect: str) -> Iterator[tuple[str, str]]:
    """(kind, SQL) of every statement that differs from `tree` in one place and in what it means."""
    original = tree.sql(dialect=dialect)
    for kind, changed in _all(tree, schema):
        text = changed.sql(dialect=dialect)
        if text != original:
            yield kind, text


def _all(tree: exp.Expr, schema: Schema) -> Iterator[tuple[str, exp.Expr]]:
    for index, node in enumerate(list(tree.walk())):
        copy = tree.copy()
        same = list(copy.walk())[index]
        match node:
            case exp.Literal() if isinstance(node.parent, exp.Predicate | exp.Between | exp.In):
                same.replace(_other_literal(node))
                yield "changed literal", copy
            case exp.Limit():
                same.set("expression", _other_literal(node.expression))
                yield "changed limit", copy
            case exp.Where():
                same.pop()
                yield "dropped filter", copy
            case exp.And() if node.find_ancestor(exp.Where, exp.Having, exp.Join):
                same.replace(same.args["this"])
                yield "dropped filter", copy
            case exp.Having():
                same.pop()
                yield "dropped filter", copy
            case exp.Distinct() if isinstance(node.parent, exp.Select):
                same.pop()
                yield "removed DISTINCT", copy
            case exp.Distinct() if isinstance(node.parent, exp.Count):
                same.replace(same.expressions[0])
                yield "removed DISTINCT", copy
            case exp.Ordered():
                same.set("desc", not node.args.get("desc"))
                same.set("nulls_first", None)
                yield "flipped order", copy
            case exp.Sum() | exp.Avg() | exp.Min() | exp.Max():
                same.replace(_OTHER_AGGREGATE[type(node)](this=same.this))
                yield "other aggregate", copy
            case exp.Count() if isinstance(node.this, exp.Column):
                same.replace(exp.Max(this=same.this))
                yield "other aggregate", copy
            case exp.Rollup() | exp.Cube() | exp.GroupingSets() if node.expressions:
                same.set("expressions", same.expressions[1:])
                yield "changed grouping", copy
            case exp.LimitOptions():
                same.set("with_ties", not node.args.get("with_ties"))
                same.set("percent", None)
                yield "changed end", copy
            case exp.SetOperation():
                same.set("distinct", not node.args.get("distinct"))
                yield "changed set operation", copy
            case exp.Unnest() | exp.Explode() if node.find_ancestor(exp.From, exp.Join):
                for literal in list(same.find_all(exp.Literal))[:1]:
                    literal.replace(_other_literal(literal))
                    yield "changed source", copy
            case exp.WindowSpec():
                same.set("start", "UNBOUNDED" if node.args.get("start") != "UNBOUNDED" else "CURRENT ROW")
                yield "changed frame", copy
            case exp.PivotAlias() | exp.Pivot() if node.find(exp.Sum, exp.Max):
                for total in list(same.find_all(exp.Sum, exp.Max))[:1]:
                    total.replace(_OTHER_AGGREGATE[type(total)](this=total.this))
                    yield "other aggregate of a pivot", copy
            case exp.Column():
                other = _other_column(node, schema)
                if other is not None:
                    same.this.set("this", other)
                    in_join = node.find_ancestor(exp.Join, exp.Select)
                    yield ("wrong join key" if isinstance(in_join, exp.Join) else "wrong column"), copy


def _other_literal(node: exp.Expr) -> exp.Expr:
    if node.args.get("is_string"):
        return exp.Literal.string(node.name.rstrip("%") + "_x")
    return exp.Literal.number(float(node.name) + 1 if "." in node.name else int(node.name) + 1)


def _other_column(column: exp.Column, schema: Schema) -> str | None:
    """Another column of the same table; None when the table is not certain."""
    table = _table_of(column, schema)
    if table is None or table.column(column.name) is None:
        return None
    names = [c.name for c in table.columns if c.name.lower() != column.name.lower()]
    return names[0] if names else None


def _table_of(column: exp.Column, schema: Schema) -> Table | None:
    select = column.find_ancestor(exp.Select)
    if select is None:
        return None
    tables = [t for t in select.find_all(exp.Table) if t.find_ancestor(exp.Select) is select]
    if column.table:
        tables = [t for t in tables if t.alias_or_name.lower() == column.table.lower()]
    return schema.table(tables[0].name) if len(tables) == 1 else None
