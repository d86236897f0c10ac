"""An inner join leaves out rows whose key is empty or finds no partner; a probe counts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.checks.base import SKIPPED, Finding, Probe, Rewrite, Statement
from agents.checks.join_paths import Step, beyond, refers, rooted, steps, unique
from agents.checks.walk import aliases, source_table
from connectors.base import Table
from connectors.sql.reading import Function, Join, Output, Reading, Star
from connectors.sql.readings.joins import conjunction, conjuncts

TITLE = "No row is left out unseen"
WORTH_SAYING = 0.001
"""Share of the rows below which a loss changes no figure that is read to three digits."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows of `child` that the join to `parent` leaves out."""

    step: Step
    child: Table
    parent: Table

    @property
    def name(self) -> str:
        return f"lost:{self.step.near[0].table}.{self.step.near[0].name}"


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None or not reading.joins:
        return SKIPPED
    details, rewrites = [], []
    counted: dict[str, int] = {}
    for loss in _losses(reading, statement):
        lost, rows = _count(loss, statement)
        counted[f"{loss.child.name}.{loss.step.near[0].name}"] = lost
        if not lost or lost < rows * WORTH_SAYING:
            continue
        have, are = ("has", "is") if lost == 1 else ("have", "are")
        details.append(
            f"{lost:,} of {rows:,} rows of {loss.child.name} {have} no match in {loss.parent.name} and {are} left out."
        )
        rewrite = _kept(reading, loss)
        rewrites += [rewrite] if rewrite is not None else []
    if details:
        return Finding("warning", " ".join(details), {"lost": counted}, tuple(rewrites))
    return Finding("passed", evidence={"lost": counted} if counted else {})


def probes(statement: Statement) -> Iterator[Probe]:
    """Rows of the child that the statement's own conditions let through, and how many of them find a partner."""
    reading = statement.reading
    if reading is None:
        return
    for loss in _losses(reading, statement):
        here = loss.step.near[0].table
        sources = {source.alias: source for source in reading.sources}
        join = Join(sources[loss.step.alias], "left", tuple(zip(loss.step.near, loss.step.far, strict=True)))
        own = [part for part in conjuncts(reading.where) if aliases(part) == {here}]
        yield Probe(
            loss.name,
            Reading(
                outputs=(
                    Output(Function("count", (Star(),)), "rows"),
                    Output(Function("count", (loss.step.far[0],)), "kept"),
                ),
                source=sources[here],
                joins=(join,),
                where=conjunction(own),
            ),
        )


def _count(loss: Loss, statement: Statement) -> tuple[int, int]:
    """(rows left out, rows)"""
    counts = statement.figures.get(loss.name)
    if counts is not None:
        return int(counts["rows"] - counts["kept"]), int(counts["rows"])
    profile = statement.profiles.get((loss.child.full_name, loss.step.near[0].name))
    if profile is None or profile.sampled:
        return 0, 0
    return profile.nulls or 0, profile.rows or 0


def _losses(reading: Reading, statement: Statement) -> Iterator[Loss]:
    """Keys whose join may leave rows out, except where a condition beyond the join asks for a partner anyway."""
    inner = {join.source.alias for join in reading.joins if join.kind == "inner"}
    first = reading.source.alias if reading.source is not None else ""
    for here in (source.alias for source in reading.sources):
        child = source_table(here, reading, statement.schema)
        for step in steps(reading, here):
            parent = source_table(step.alias, reading, statement.schema)
            if child is None or parent is None or not ({here, step.alias} - {first} <= inner):
                continue
            if not refers(child, step, statement) or not unique(
                parent, [c.name for c in step.far], statement
            ):
                continue
            far = beyond(reading, step)
            if here in far or any(aliases(part) & far for part in conjuncts(reading.where)):
                continue
            yield Loss(step, child, parent)


def _kept(reading: Reading, loss: Loss) -> Rewrite | None:
    """The same with those rows kept, under an empty name."""
    here = loss.step.near[0].table
    joins = rooted(reading, here, frozenset(source.alias for source in reading.sources))
    if joins is None or any(not source.table for source in reading.sources):
        return None
    far = beyond(reading, loss.step)
    kept = tuple(replace(join, kind="left") if join.source.alias in far else join for join in joins)
    source = next(source for source in reading.sources if source.alias == here)
    return Rewrite(
        f"Keep the rows without {loss.parent.name}",
        "They appear under an empty name.",
        replace(reading, source=source, joins=kept),
    )
