"""What a business question limits its rows to, and the columns it asks for, as parts of a draft."""

from __future__ import annotations

from agents.reasoners.embedded.analytic.conditions import Conditions
from agents.reasoners.embedded.analytic.presence import having
from agents.reasoners.embedded.analytic.terms import Terms
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Term


class Clauses(Terms):
    """Settles conditions and shown columns; raises `Unsettled` when one has no place."""

    def _columns_of(self, subject: str) -> list[Term]:
        """The columns that were asked for; all must be the subject's own."""
        found: list[Col] = []
        for chunk in self.said.shown:
            column = self._shown(chunk, subject)
            if (column is None or column.table != subject) and chunk.text.lower() in ("name", "names"):
                found += self.roles.names(subject)
            elif column is not None:
                found.append(column)
        if len(found) < len(self.said.shown) or any(column.table != subject for column in found):
            raise Unsettled("columns")
        if len(set(found)) < len(found):
            raise Unsettled("the same column twice")
        return [Term(column) for column in found]

    def _shown(self, chunk: Chunk, subject: str) -> Col | None:
        if chunk.gradables:
            graded = self.places.graded(chunk.gradables, subject)
            return graded[0] if graded is not None else None
        return self.places.column(chunk, [subject])

    def _conditions(self, base: str) -> tuple[list[Clause], list[Clause]]:
        conditions = Conditions(self.places, base, self.spoken, names_asked=not self.said.shown)
        where: list[Clause] = []
        have: list[Clause] = []
        for limit in self.said.limits:
            if limit.kind == "groups":
                have.append(having(limit))
            else:
                where += [clause for clause in conditions.clauses(limit) if clause not in where]
        dated = [limit.of for limit in self.said.limits if limit.kind == "period" and limit.of is not None]
        for chunk in self.said.others:
            if chunk in dated and conditions.is_below(self.places.table(chunk)):
                continue
            if (present := self._presence(base, chunk)) is not None:
                where.append((present,))
        _check_apart(where)
        self.assumed += conditions.assumed
        self.dated = self.dated or conditions.dated
        return where, have

    def _presence(self, base: str, chunk: Chunk) -> Condition | None:
        """That rows of a table named on the way belong to a row of `base`; None when that goes without saying."""
        table = self.tied(self.places.table(chunk), chunk.text)
        return Conditions(self.places, base, self.spoken).present(table) if table not in self.used else None

    def key_of(self, table: str) -> Col:
        return Conditions(self.places, table, ()).key(table)

    def _asked_of(self, base: str, where: list[Clause]) -> int:
        """How many of the last clauses a share is asked of; what other tables say is asked of the rows of `base` themselves."""
        said = self.said
        asked = sum(self._presence(base, chunk) is not None for chunk in said.others)
        if not asked and said.limits:
            asked = len(Conditions(self.places, base, self.spoken).clauses(said.limits[-1]))
        for position in range(len(where) - asked, len(where)):
            columns = [condition.term.column for condition in where[position]]
            if any(column is None or column.table != base for column in columns):
                key = Term(self.key_of(base))
                inner = Draft((key,), (where[position],), tables=(base,))
                where[position] = (Condition(key, "in", query=inner),)
        return asked


def _check_apart(where: list[Clause]) -> None:
    """Two different values of one column are no condition on one row."""
    seen: dict[Col, Condition] = {}
    for clause in where:
        condition = clause[0]
        if condition.operator == "=" and condition.term.column is not None and condition.other is None:
            if condition.term.column in seen and seen[condition.term.column] != condition:
                raise Unsettled("two values of one column")
            seen[condition.term.column] = condition
