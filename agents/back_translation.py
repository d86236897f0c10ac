"""A statement read back in English, from its own reading: what a person checks against what they meant."""

from __future__ import annotations

from agents.clauses import Clauses
from agents.nouns import capital, listed, many
from connectors.base import Schema
from connectors.sql.reading import (
    ColumnRef,
    Comparison,
    Expression,
    IsNull,
    Join,
    Order,
    Reading,
    Source,
    Star,
)
from connectors.sql.readings.expressions import has_aggregate

_SETS = {
    "union": "Added to that, each row once:",
    "intersect": "Keeps only what this gives as well:",
    "except": "Leaves out what this gives:",
}


def back_translate(reading: Reading, schema: Schema | None = None) -> str:
    """One paragraph. Every table, condition, grouping, order and limit of the reading is in it.

    Args:
        schema: tells dates, texts and numbers apart, and keys from other columns; names must do without it.
    """
    return Voice(reading, schema).paragraph()


class Voice(Clauses):
    """Words for one reading; table names are left out where there is only one table."""

    def describe(self, query: Reading) -> str:
        paragraph = Voice(query, self.schema, self).paragraph()
        return paragraph[:1].lower() + paragraph[1:-1]

    @property
    def tables(self) -> dict[str, str]:
        """A name for each source that no other one has."""
        used = [source.table for source in self.reading.sources]
        return {
            source.alias: source.alias if used.count(source.table) > 1 else source.table or source.alias
            for source in self.reading.sources
        }

    def expression(self, expression: Expression) -> str:
        return self.the(expression)

    def paragraph(self) -> str:
        return " ".join(self.sentences())

    def sentences(self) -> list[str]:
        reading = self.reading
        said = [f"{self.opening()}."]
        said += self._derived()
        said += self._matched()
        if reading.where is not None and not self._where_in_opening():
            said.append(f"Includes only {self.rows()} where {self.predicate(reading.where)}.")
        if reading.having is not None:
            said.append(f"Keeps only {self._groups()} where {self.predicate(reading.having)}.")
        if reading.qualify is not None:
            said.append(f"Of these, keeps only rows where {self.predicate(reading.qualify)}.")
        if reading.distinct_on:
            said.append(f"Keeps the first row for each {listed(list(map(self.noun, reading.distinct_on)))}.")
        for operation in reading.set_operations:
            opening = (
                "Added to that:"
                if operation.all and operation.operator == "union"
                else _SETS[operation.operator]
            )
            said.append(f"{opening} {Voice(operation.query, self.schema).paragraph()}")
        said += self._sorted()
        said += [f"Also says “{part.sql}”." for part in reading.ending]
        return said

    # --- what is shown ----------------------------------------------------------------------------------------------

    def opening(self) -> str:
        reading = self.reading
        shown = [output.expression for output in reading.outputs]
        of = f" of {'the' if self._where_in_opening() else 'all'} {self.rows()}" if self._of_rows() else ""
        where = (
            f" where {self.predicate(reading.where)}" if reading.where and self._where_in_opening() else ""
        )
        if not shown:
            return capital(f"{self.rows()}{where}")
        if reading.group_by:
            numbers = [self.the(e) for e in shown if e not in reading.group_by]
            each = listed(list(dict.fromkeys(map(self.group, reading.group_by))))
            if numbers:
                of = "" if numbers[-1].endswith(self.rows()) else of
                return capital(f"{listed(numbers)}{of} for each {each}{where}")
            return capital(f"each different {each}{of}{where}")
        if all(map(has_aggregate, shown)):
            counted = len(shown) == 1 and self.noun(shown[0]).endswith(self.rows())
            return capital(f"{listed(list(map(self.the, shown)))}{'' if counted else of}{where}")
        if reading.distinct:
            return capital(f"each different {listed(list(map(self.noun, shown)))}{of}{where}")
        every = f" of {'each' if where or not of else 'every'} {self._one_row()}" if of else ""
        return capital(f"{listed(list(map(self.the, shown)))}{every}{where}")

    def _one_row(self) -> str:
        return self.role(self.reading.sources[0].alias)

    def _of_rows(self) -> bool:
        """With one table its name belongs to the first sentence; joins name theirs."""
        return len(self.reading.sources) == 1 and self.reading.sources[0].raw is None

    def _where_in_opening(self) -> bool:
        """One short condition on one table stands beside what is shown."""
        return (
            self._of_rows()
            and isinstance(self.reading.where, Comparison | IsNull)
            and not self.reading.group_by
        )

    def _groups(self) -> str:
        if len(self.reading.group_by) == 1:
            return many(self.group(self.reading.group_by[0]))
        return "groups"

    # --- where it comes from ------------------------------------------------------------------------------------------

    def _derived(self) -> list[str]:
        """Sources that are queries of their own, or kept as text."""
        said = []
        for source in self.reading.sources:
            if source.query is not None:
                name = self.roles[source.alias]
                said.append(
                    f"Each {name} is a row of this: [{Voice(source.query, self.schema, self).paragraph()}]"
                )
            elif source.raw is not None:
                said.append(f"Rows come from {self.noun(source.raw)}.")
        return said

    def _matched(self) -> list[str]:
        """Inner joins over keys in one sentence, each other join in its own."""
        reading = self.reading
        if not reading.joins or reading.source is None:
            return []
        plain = [join for join in reading.joins if self._by_keys(join)]
        said = []
        if plain:
            others = listed([f"their {many(self.roles[join.source.alias])}" for join in plain])
            keys = "key" if len(plain) == 1 else "keys"
            said.append(
                f"{capital(many(self._name(reading.source)))} are matched with {others} by their {keys}."
            )
        return said + [f"{capital(self._other_join(join))}." for join in reading.joins if join not in plain]

    def _name(self, source: Source) -> str:
        return self.roles[source.alias]

    def _by_keys(self, join: Join) -> bool:
        """Whether it only follows keys: declared ones, or columns that are named like keys."""
        return (
            join.kind == "inner"
            and join.condition is None
            and len(join.keys) == 1
            and all(map(self._looks_key, join.keys[0]))
        )

    def _looks_key(self, column: ColumnRef) -> bool:
        return self._is_key(column) or self.noun(column).endswith(("ID", " code", " key"))

    def _other_join(self, join: Join) -> str:
        role, rows = self.roles[join.source.alias], many(self.roles[join.source.alias])
        on = [f"{self.the(left)} equals {self.the(right)}" for left, right in join.keys]
        keyed = bool(on) and all(self._looks_key(side) for pair in join.keys for side in pair)
        on = ["their keys are equal"] if keyed and len(on) == 1 else on
        on += [self.predicate(join.condition)] if join.condition is not None else []
        where = f" where {listed(on)}" if on else ""
        before = listed(
            [
                many(self.roles[s.alias])
                for s in self.reading.sources[: self.reading.sources.index(join.source)]
            ]
        )
        match join.kind:
            case "semi":
                return f"only {before} with a {role}{where} are kept"
            case "anti":
                return f"only {before} without any {role}{where} are kept"
            case "left":
                return f"{before} are matched with {rows}{where}; those without any stay"
            case "right":
                return f"{before} are matched with {rows}{where}; {rows} without any match stay"
            case "full":
                return f"{before} are matched with {rows}{where}; rows of both sides without a match stay"
        return (
            f"{before} are matched with {rows}{where}"
            if on
            else f"every row of the {before} is combined with every {role}"
        )

    # --- order ----------------------------------------------------------------------------------------------------

    def _sorted(self) -> list[str]:
        reading = self.reading
        skipped = f", after leaving out {reading.offset:,}" if reading.offset else ""
        if reading.limit is not None and len(reading.order_by) == 1 and not reading.offset:
            superlative = self._superlative(reading.order_by[0])
            if superlative:
                which = "the one" if reading.limit == 1 else f"the {reading.limit:,}"
                return [f"Shows only {which} with {superlative}."]
        said = []
        if reading.order_by:
            said.append(f"Sorted by {listed(list(map(self.order, reading.order_by)))}.")
        if reading.limit is not None:
            rows = "first row" if reading.limit == 1 else f"first {reading.limit:,} rows"
            said.append(f"Shows only the {rows}{skipped}.")
        elif skipped:
            said.append(f"Shows all rows{skipped}.")
        return said

    def _superlative(self, order: Order) -> str:
        """ "the highest total", for the few that are shown."""
        what = order.expression
        if order.nulls != "default" or isinstance(what, Star):
            return ""
        if self.is_moment(what):
            return f"the {'latest' if order.descending else 'earliest'} {self.noun(what)}"
        if self.is_number(what):
            return f"the {'highest' if order.descending else 'lowest'} {self.noun(what)}"
        return ""
