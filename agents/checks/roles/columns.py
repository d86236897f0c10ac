"""Columns of one kind in different tables mean different things: the country of the customer, of the delivery, of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agents.checks.base import Statement
from agents.checks.roles.tree import Path, Tree, paths_from, redirected, tree_of, used_of
from agents.checks.roles.way import ROLE, Roles, Way, listed, name_words, words_of
from agents.checks.walk import nodes
from connectors.base import TypeFamily
from connectors.sql.reading import ColumnRef, Comparison, In, Literal, Reading
from knowledge.text import stems

_FARTHEST = 4
_PLAIN = frozenset(
    {"name", "titl", "type", "descript", "code", "number", "statu", "categori", "comment", "note"}
)
"""Stems of columns that every table has, and that say nothing without it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A column that may be meant, and how far it lies from the rows that the query is about."""

    path: Path
    name: str
    far: int


def roles_of_columns(reading: Reading, statement: Statement) -> Iterator[Roles]:
    tree = tree_of(reading, statement)
    if tree is None or statement.joins is None:
        return
    for column in dict.fromkeys(c for c in reading.group_by if isinstance(c, ColumnRef)):
        yield from _open(tree, column, (), statement)
    for column, values in _limited(reading):
        yield from _open(tree, column, values, statement)


def _limited(reading: Reading) -> Iterator[tuple[ColumnRef, tuple[str, ...]]]:
    for node in nodes(reading.where):
        match node:
            case Comparison(ColumnRef() as column, "=" | "!=", Literal(str() as value, "text")):
                yield column, (value,)
            case In(ColumnRef() as column, tuple() as options):
                told = tuple(str(o.value) for o in options if isinstance(o, Literal) and o.kind == "text")
                if told:
                    yield column, told


def _open(tree: Tree, column: ColumnRef, values: Sequence[str], statement: Statement) -> Iterator[Roles]:
    """A group's column must be called what was asked for; a value must be stored in every column that may be meant."""
    path = tree.paths.get(column.table)
    if path is None or (used_of(tree, column.table) != [column] and path):
        return
    kind = name_words(column.name) - _PLAIN
    said = kind & set(stems(statement.question))
    core = said if not values else kind
    if not core:
        return
    places = list(_places(tree, core, values, statement))
    used = next((p for p in places if p.path == path and p.name == column.name), None)
    if used is None or (values and used.far == 0):
        return
    reach = used.far + (1 if values else 0)
    if not any(p.far <= reach for p in places if p is not used):
        return
    others = sorted((p for p in places if p is not used), key=lambda p: (p.far, len(p.path)))
    what = " ".join(word for word in words_of(column.name).split() if name_words(word) & core)
    yield Roles(
        f"{ROLE}{tree.table}:{what.replace(' ', '_')}",
        f"Which {what} do you mean?",
        _way(tree, used, column, True),
        tuple(_way(tree, other, column, other.far <= reach) for other in others),
        core,
    )


def _places(
    tree: Tree, core: Collection[str], values: Sequence[str], statement: Statement
) -> Iterator[_Place]:
    """One for each table, by the shortest way to it, nearest first; what is called more than was asked for lies farther."""
    assert statement.joins is not None
    seen = set()
    for path in paths_from(statement.joins, tree.table, _FARTHEST):
        name = path[-1].right_table if path else tree.table
        table = statement.schema.table(name)
        if table is None or name in seen:
            continue
        seen.add(name)
        own = name_words(table.name)
        for column in table.columns:
            called = name_words(column.name)
            shares = bool(called & set(core)) if values else called >= set(core)
            if (
                column.family is not TypeFamily.text
                or not shares
                or not _holds(name, column.name, values, statement)
            ):
                continue
            yield _Place(path, column.name, len(path) + (0 if values or called <= own | set(core) else 1))


def _holds(table: str, column: str, values: Sequence[str], statement: Statement) -> bool:
    index = statement.values
    return all(
        index is not None and any(match.value == value for match in index.nearest(table, column, value))
        for value in values
    )


def _way(tree: Tree, place: _Place, column: ColumnRef, near: bool) -> Way:
    names = [edge.right_table.rpartition(".")[2] for edge in place.path]
    table, called = tree.table.rpartition(".")[2], words_of(place.name)
    plain = name_words(place.name) <= name_words(column.name)
    return Way(
        ".".join([*names, place.name]),
        f"{called} of {words_of((names or [table])[-1])}" if plain else called,
        f"{listed([table, *names])}: {place.name}",
        name_words(*names, place.name),
        redirected(tree, {column: (place.path, place.name)}),
        near,
    )
