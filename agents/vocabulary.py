"""What the sources, columns and rows of a reading are called in English."""

from __future__ import annotations

from agents.nouns import is_moment, is_wordy, many, name_words, one, table_words
from connectors.base import Column, Schema, TypeFamily
from connectors.sql.reading import (
    ColumnRef,
    DateBucket,
    Expression,
    Function,
    Reading,
    Source,
)

_ORDINALS = ("", "other ", "third ", "fourth ", "fifth ", "sixth ")


class Vocabulary:
    """Names seen from one reading; those of enclosing readings come from `outer`."""

    def __init__(
        self, reading: Reading, schema: Schema | None = None, outer: Vocabulary | None = None
    ) -> None:
        self.reading = reading
        self.schema = schema
        self.outer = outer
        self.alone = len(reading.sources) == 1 and outer is None
        self.roles = {source.alias: self._role(source) for source in reading.sources}

    def _role(self, source: Source) -> str:
        """What one row of the source is called."""
        if not source.table:
            return one(name_words(source.alias)) if is_wordy(source.alias) else "partial result"
        alike = [s.alias for s in self.reading.sources if s.table.lower() == source.table.lower()]
        plain = source.alias.lower() == source.table.lower()
        if len(alike) > 1 and is_wordy(source.alias) and not plain:
            return one(name_words(source.alias))
        before = "other " if self._outside(source) else ""
        number = alike.index(source.alias)
        place = _ORDINALS[number] if number < len(_ORDINALS) else f"{number + 1}th "
        return f"{place or before}{one(table_words(source.table))}"

    def _outside(self, source: Source) -> bool:
        outer = self.outer
        return outer is not None and any(
            s.table.lower() == source.table.lower() for s in outer.reading.sources
        )

    def role(self, alias: str) -> str:
        if alias in self.roles:
            return self.roles[alias]
        return self.outer.role(alias) if self.outer is not None else one(name_words(alias))

    def _column(self, column: ColumnRef) -> Column | None:
        source = next((s for s in self.reading.sources if s.alias == column.table), None)
        if source is None:
            return self.outer._column(column) if self.outer is not None else None
        table = self.schema.table(source.table) if self.schema is not None and source.table else None
        return table.column(column.name) if table is not None else None

    def family(self, expression: Expression) -> TypeFamily | None:
        found = self._column(expression) if isinstance(expression, ColumnRef) else None
        return found.family if found is not None else None

    def is_moment(self, expression: Expression) -> bool:
        if isinstance(expression, Function) and expression.name in ("min", "max") and expression.args:
            return self.is_moment(expression.args[0])
        if isinstance(expression, ColumnRef):
            return is_moment(expression.name, self.family(expression))
        return isinstance(expression, DateBucket)

    def _column_noun(self, column: ColumnRef) -> str:
        words = name_words(column.name)
        if self.is_moment(column) and words.endswith((" at", " on")):
            words = f"{words[:-3]} {'time' if words.endswith(' at') else 'date'}"
        if self.alone or not column.table:
            return words
        role = self.role(column.table)
        own = role.split(" ")[-1]
        if words == own and role == own:
            return words
        return f"{role} {words.removeprefix(f'{own} ')}"

    def rows(self) -> str:
        """What a row is: the table's name, or with joins the name of the only table that no other one looks up."""
        return many(self._row()) if self._row() else "rows"

    def _row(self) -> str:
        sources = self.reading.sources
        if len(sources) == 1:
            return self.roles[sources[0].alias]
        if any(join.kind not in ("inner", "semi", "anti") for join in self.reading.joins):
            return ""
        looked_up = {
            side.table
            for join in self.reading.joins
            for pair in join.keys
            for side in pair
            if self._is_key(side)
        }
        rest = [source.alias for source in sources if source.alias not in looked_up]
        return self.roles[rest[0]] if len(rest) == 1 and self.schema is not None else ""

    def _is_key(self, column: ColumnRef) -> bool:
        found = self._column(column)
        source = next((s for s in self.reading.sources if s.alias == column.table), None)
        table = (
            self.schema.table(source.table) if self.schema is not None and source and source.table else None
        )
        return found is not None and table is not None and tuple(table.primary_key) == (found.name,)
