"""One table reached over different tables means different things: the store of the customer, and that of the staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.checks.base import Statement
from agents.checks.roles.tree import Path, Tree, paths_from, redirected, tree_of, used_of
from agents.checks.roles.way import ROLE, Roles, Way, listed, name_words, words_of
from connectors.sql.reading import ColumnRef, Reading


def roles_of_paths(reading: Reading, statement: Statement) -> Iterator[Roles]:
    """Where another way to what is used is at most as long as the one taken. A shorter way is no guess: it is nearer."""
    tree = tree_of(reading, statement)
    if tree is None or statement.joins is None:
        return
    for alias, path in tree.paths.items():
        moved = used_of(tree, alias)
        if len(path) < 2 or not moved or any(_is_begun(tree, alias, other) for other in tree.paths):
            continue
        rivals = [
            other
            for other in paths_from(statement.joins, tree.table, len(path))
            if other and other[-1].right_table == path[-1].right_table
        ]
        if path not in rivals or len(rivals) < 2:
            continue
        ways = [_way(tree, each, moved, rivals) for each in [path, *(r for r in rivals if r != path)]]
        target = path[-1].right_table.rpartition(".")[2]
        distinct = {way.label: way for way in reversed(ways)}
        others = tuple(way for way in distinct.values() if way.label != ways[0].label)[::-1]
        if others:
            asked = f"Which {words_of(target)} do you mean?"
            yield Roles(f"{ROLE}{tree.table}>{target}", asked, ways[0], others, name_words(target))


def _is_begun(tree: Tree, alias: str, other: str) -> bool:
    """Whether the way to an alias begins with the way to another one that is used as well, and so is not open by itself."""
    path, before = tree.paths[alias], tree.paths[other]
    return 1 < len(before) < len(path) and path[: len(before)] == before and bool(used_of(tree, other))


def _way(tree: Tree, path: Path, moved: Sequence[ColumnRef], rivals: Sequence[Path]) -> Way:
    names = [edge.right_table.rpartition(".")[2] for edge in path]
    common = set.intersection(*({edge.right_table for edge in rival} for rival in rivals))
    own = [n for n, edge in zip(names, path, strict=True) if edge.right_table not in common]
    keys = [edge.left_columns[0] for edge in path if edge.right_table in common]
    mark = own[-1] if own else keys[0]
    return Way(
        ".".join(own) or mark,
        f"{words_of(names[-1])} of {words_of(mark)}",
        listed([tree.table.rpartition(".")[2], *names]),
        name_words(*own, *(() if own else keys)),
        redirected(tree, {column: (path, column.name) for column in moved}),
    )
