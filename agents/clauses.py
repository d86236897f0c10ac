"""What a reading asks of its rows, and how it sorts them, as English clauses."""

from __future__ import annotations

import re

from agents.nouns import listed, many
from agents.phrases import Phrases
from connectors.base import TypeFamily
from connectors.sql.reading import (
    And,
    Between,
    ColumnRef,
    Comparison,
    Exists,
    Expression,
    In,
    IsNull,
    Join,
    Literal,
    Not,
    Or,
    Order,
    Predicate,
    Subquery,
)
from connectors.sql.readings.expressions import has_aggregate

_NUMBERS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_MOMENTS = {
    "=": "is",
    "!=": "is not",
    "<": "is before",
    "<=": "is on or before",
    ">": "is after",
    ">=": "is on or after",
}
_COLUMNS = {"=": "equals", "!=": "differs from"}
_MOMENT = re.compile(r"^\d{4}-\d{2}(-\d{2}.*)?$")


class Clauses(Phrases):
    def predicate(self, predicate: Predicate) -> str:
        match predicate:
            case Comparison():
                return self._comparison(predicate)
            case Between(value=value, low=low, high=high, negated=negated):
                said = "is not between" if negated else "is between"
                return f"{self.the(value)} {said} {self.the(low)} and {self.the(high)}"
            case In(value=value, options=Subquery(query=query), negated=negated):
                return f"{self.the(value)} is {'not ' if negated else ''}among {self.the(Subquery(query))}"
            case In(value=value, options=options, negated=negated):
                values = [self.the(option) for option in options] if isinstance(options, tuple) else []
                neither = "not " if len(values) < 2 else "neither "
                return f"{self.the(value)} is {neither if negated else ''}{listed(values, 'nor' if negated else 'or')}"
            case IsNull(value=value, negated=negated):
                return f"{self.the(value)} is {'not ' if negated else ''}empty"
            case Exists():
                return self._exists(predicate)
            case And(parts=parts):
                return listed(self._parts(parts))
            case Or(parts=parts):
                return self._either(parts)
            case Not(part=part):
                return f"it is not so that {self.predicate(part)}"
        return self.noun(predicate)

    def _parts(self, parts: tuple[Predicate, ...]) -> list[str]:
        """One clause each; a subject that was just named is not named again."""
        said: list[str] = []
        before = ""
        for part in parts:
            clause = self.predicate(part)
            subject = self.the(part.left) if isinstance(part, Comparison) else ""
            mixed = isinstance(part, Or) and len(parts) > 1
            clause = f"({clause})" if mixed else clause
            repeated = bool(subject) and subject == before and clause.startswith(f"{subject} ")
            said.append(clause.removeprefix(f"{subject} ") if repeated else clause)
            before = subject
        return said

    def _either(self, parts: tuple[Predicate, ...]) -> str:
        """`x = 1 OR x = 2` names x once."""
        equal = [part for part in parts if isinstance(part, Comparison) and part.operator == "="]
        if len(equal) == len(parts) and len({part.left for part in equal}) == 1:
            return f"{self.the(equal[0].left)} is {listed([self.the(part.right) for part in equal], 'or')}"
        return listed([self.predicate(part) for part in parts], "or")

    def _comparison(self, node: Comparison) -> str:
        left, operator, right = node.left, node.operator, node.right
        if operator in ("like", "not like", "ilike", "not ilike"):
            return f"{self.the(left)} {self._pattern(operator, right)}"
        moment = (
            self.is_moment(left)
            or self.is_moment(right)
            or (
                isinstance(right, Literal)
                and isinstance(right.value, str)
                and bool(_MOMENT.match(right.value))
            )
        )
        words = (_MOMENTS if moment else _NUMBERS).get(operator) or {"is": "is", "is not": "is not"}[operator]
        if isinstance(right, ColumnRef):
            words = _COLUMNS.get(operator, words)
        return f"{self.the(left)} {words} {self.the(right)}"

    def _pattern(self, operator: str, right: Expression) -> str:
        negated = operator.startswith("not ")
        text = right.value if isinstance(right, Literal) else None
        inner = text.strip("%") if isinstance(text, str) else ""
        if not isinstance(text, str) or not inner or set("%_") & set(inner):
            return f"{'does not look' if negated else 'looks'} like {self.the(right)}"
        verb = (
            "contain"
            if text[0] == text[-1] == "%"
            else "end with"
            if text[0] == "%"
            else "start with"
            if text[-1] == "%"
            else "be"
        )
        if verb == "be":
            return f"{'is not' if negated else 'is'} '{inner}'"
        first, _, rest = verb.partition(" ")
        said = f"does not {verb}" if negated else f"{first}s {rest}".strip()
        return f"{said} '{inner}'"

    def _exists(self, node: Exists) -> str:
        inner = self.inside(node.query)
        source = node.query.source
        there = f"there is {'no' if node.negated else 'a'} "
        if (
            source is None
            or not source.table
            or node.query.joins
            or node.query.group_by
            or node.query.set_operations
        ):
            return f"{there}row in [{self.describe(node.query)}]"
        inner.alone = False
        where = f" where {inner.predicate(node.query.where)}" if node.query.where is not None else ""
        noun = inner.role(source.alias)
        there = there.replace(" a ", " an ") if noun[:1] in "aeiou" else there
        return f"{there}{noun}{where}"

    def order(self, order: Order) -> str:
        empty = {"first": ", empty ones first", "last": ", empty ones last", "default": ""}[order.nulls]
        return f"{self.the(order.expression)}{self.direction(order)}{empty}"

    def direction(self, order: Order) -> str:
        """Which end comes first, as far as it is known what is sorted."""
        what, down = order.expression, order.descending
        if self.is_moment(what):
            return ", newest first" if down else ", oldest first"
        if self.is_number(what):
            return ", highest first" if down else ", lowest first"
        if self.family(what) is TypeFamily.text:
            return " from Z to A" if down else " from A to Z"
        return " in descending order" if down else " in ascending order"

    def is_number(self, expression: Expression) -> bool:
        family = self.family(expression)
        if has_aggregate(expression):
            return not self.is_moment(expression)
        return family is not None and family.is_number

    def join(self, join: Join) -> str:
        """How one more source is attached, for a list of points."""
        role = self.role(join.source.alias)
        on = [f"{self.the(left)} equals {self.the(right)}" for left, right in join.keys]
        if join.condition is not None:
            on.append(self.predicate(join.condition))
        where = f" where {listed(on)}" if on else ""
        match join.kind:
            case "semi":
                return f"only with a {role}{where}"
            case "anti":
                return f"only without a {role}{where}"
            case "cross":
                return f"combined with every {role}"
        kept = {"left": ", also rows without one", "right": f", also {many(role)} without a partner",
                "full": ", also rows of either side without a partner"}.get(join.kind, "")  # fmt: skip
        return f"together with the {role}{where}{kept}" if on else f"combined with every {role}{kept}"
