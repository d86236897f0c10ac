"""Two keys of one table into the same other table mean different things, and a question that names neither leaves it open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.join_paths import Step, steps
from agents.checks.walk import source_table
from connectors.base import Table
from connectors.sql.reading import ColumnRef, Reading
from knowledge.text import split_identifier, stem, stems

TITLE = "The role of each table is settled"
CUES = tuple(
    frozenset(stem(word) for word in line.split())
    for line in (
        "from source src origin depart departure departing departed start leave leaving",
        "to dest destination arrival arrive arriving arrived end",
        "home host", "away visitor visiting guest",
        "win won winner winning", "lose lost loser losing",
        "bill billing billed invoice", "ship shipping shipped deliver delivered delivery",
        "order ordered", "buy buyer bought purchase purchased", "sell seller sold",
        "send sender sent", "receive receiver received recipient",
        "manage manager supervisor supervise boss report", "create created creator open opened author",
        "close closed", "assign assigned assignee", "birth born", "death died", "parent child",
    )
)  # fmt: skip
"""Words that name the same role."""
ROLE = "role:"
"""How the ids of such clarifications begin."""


@dataclass(frozen=True, slots=True)
class Roles:
    """`table` reaches `target` by several keys; the statement uses `used`."""

    alias: str
    table: Table
    target: Table
    used: str
    others: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of the clarification that settles it."""
        return f"{ROLE}{self.table.name}>{self.target.name}"


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None or not reading.joins or statement.joins is None:
        return SKIPPED
    roles = open_role(reading, statement)
    if roles is None:
        return PASSED
    ways = ", ".join((roles.used, *roles.others))
    detail = (
        f"{roles.table.name} leads to {roles.target.name} in more than one way ({ways}); "
        f"this one follows {roles.used}."
    )
    rewrites = tuple(
        Rewrite(f"Follow {other}", f"Instead of {roles.used}.", following(reading, roles, other))
        for other in roles.others
    )
    evidence = {"table": roles.table.name, "target": roles.target.name, "used": roles.used}
    return Finding("warning", detail, {**evidence, "others": list(roles.others)}, rewrites)


def open_role(reading: Reading, statement: Statement) -> Roles | None:
    """The first role that neither the question nor the person settled."""
    if statement.settled:
        return None
    for roles in _roles(reading, statement):
        if roles.id not in statement.answered and not _named(roles, statement.question):
            return roles
    return None


def _roles(reading: Reading, statement: Statement) -> Iterator[Roles]:
    assert statement.joins is not None
    for source in reading.sources:
        table = source_table(source.alias, reading, statement.schema)
        if table is None:
            continue
        taken = {step.near[0].name.lower() for step in steps(reading, source.alias)}
        for step in steps(reading, source.alias):
            target = source_table(step.alias, reading, statement.schema)
            if target is None or len(step.near) != 1 or target.full_name == table.full_name:
                continue
            keys = _keys(table, target, step, statement)
            others = tuple(key for key in keys if key.lower() not in taken)
            if step.near[0].name.lower() in {key.lower() for key in keys} and others:
                yield Roles(source.alias, table, target, step.near[0].name, others)


def _keys(table: Table, target: Table, step: Step, statement: Statement) -> tuple[str, ...]:
    """Columns of `table` that refer to the same column of `target`."""
    assert statement.joins is not None
    found = [
        edge.left_columns[0]
        for edge in statement.joins.between(table.full_name, target.full_name)
        if edge.left_table.lower() in (table.full_name.lower(), table.name.lower())
        and len(edge.left_columns) == 1
        and edge.right_columns[0].lower() == step.far[0].name.lower()
    ]
    return tuple(dict.fromkeys(found))


def _named(roles: Roles, question: str) -> bool:
    """Whether the question's words choose between the keys."""
    said = set(stems(question))
    shared = set(stems(roles.target.name.replace("_", " ")))
    every = [_words(key) for key in (roles.used, *roles.others)]
    common = set.intersection(*every) | shared
    for words in every:
        own = words - common
        if own & said or any(cue & own and cue & said for cue in CUES):
            return True
    return False


def _words(key: str) -> set[str]:
    return {stem(word) for word in split_identifier(key)} - {"id"}


def following(reading: Reading, roles: Roles, other: str) -> Reading:
    old, new = ColumnRef(roles.alias, roles.used), ColumnRef(roles.alias, other)

    def put(column: ColumnRef) -> ColumnRef:
        return new if column == old else column

    joins = tuple(
        replace(join, keys=tuple((put(left), put(right)) for left, right in join.keys))
        for join in reading.joins
    )
    return replace(reading, joins=joins)
