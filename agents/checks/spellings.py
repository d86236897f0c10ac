"""A condition names one spelling of a value that the column holds in several: “cancelled” leaves out “canceled”."""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz.distance import OSA

from agents.checks.base import SKIPPED, Finding, Rewrite, Statement
from agents.checks.literals import Named, matches_of, named_values
from agents.checks.walk import changed, stored
from connectors.sql.reading import ColumnRef, Comparison, In, Literal, Reading

TITLE = "Every spelling is included"
SHORTEST = 5
"""Letters from which one edit is a slip and not another word."""


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    named = named_values(reading, statement)
    said = {(item.table.full_name, item.column.name, item.value) for item in named}
    details, rewrites = [], []
    evidence: dict[str, list[str]] = {}
    for item in named:
        twins = [
            match.value
            for match in matches_of(item, statement)
            if are_twins(item.value, match.value)
            and (item.table.full_name, item.column.name, match.value) not in said
        ]
        if twins:
            listed = ", ".join(f"“{twin}”" for twin in twins)
            details.append(f"{item.table.name}.{item.column.name} also holds {listed} beside “{item.value}”.")
            evidence[f"{item.table.name}.{item.column.name} = {item.value}"] = twins
            rewrites.append(_with(reading, item, twins, statement))
    if not named:
        return SKIPPED
    if not details:
        return Finding("passed", evidence={"values": len(named)})
    return Finding("warning", " ".join(details), {"spellings": evidence}, tuple(rewrites))


def are_twins(one: str, other: str) -> bool:
    """Whether two stored values are most likely one value, spelled twice: by case, blanks, or one letter."""
    if one == other:
        return False
    left, right = ("".join(text.casefold().split()) for text in (one, other))
    if left == right:
        return True
    if min(len(left), len(right)) < SHORTEST or not (left + right).isalpha():
        return False
    # The plural or another ending is another word more often than a slip.
    return left[-2:] == right[-2:] and left[0] == right[0] and OSA.distance(left, right) == 1


def _with(reading: Reading, item: Named, twins: list[str], statement: Statement) -> Rewrite:
    def put(node: object) -> object:
        match node:
            case Comparison(ColumnRef() as column, "=" | "!=" as operator, Literal(item.value)):
                options = (node.right, *map(Literal, twins))
                found = In(column, options, negated=operator == "!=")
            case In(ColumnRef() as column, tuple() as options) if Literal(item.value) in options:
                found = replace(node, options=(*options, *map(Literal, twins)))
            case _:
                return node
        return found if stored(column, reading, statement.schema) == (item.table, item.column) else node

    listed = ", ".join(f"“{twin}”" for twin in twins)
    return Rewrite(f"Include {listed}", f"Together with “{item.value}”.", changed(reading, put))
