"""What a reading computes, as English nouns."""

from __future__ import annotations

from abc import ABC, abstractmethod

from agents.nouns import listed, many, name_words
from agents.vocabulary import Vocabulary
from connectors.base import TypeFamily
from connectors.sql.reading import (
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    DateBucket,
    DatePart,
    Expression,
    Function,
    Literal,
    Order,
    Predicate,
    Raw,
    Reading,
    Star,
    Subquery,
    Window,
)
from connectors.sql.readings.expressions import has_aggregate, has_subtotals
from connectors.sql.readings.rewriting import columns_of

_AGGREGATES = {
    "sum": "total {}", "avg": "average {}", "median": "median {}", "stddev": "standard deviation of the {}",
    "variance": "variance of the {}", "group_concat": "list of {}",
}  # fmt: skip
_FUNCTIONS = {
    "lower": "{} in lower case", "upper": "{} in capitals", "length": "length of the {}", "abs": "{} without its sign",
    "trim": "{} without outer blanks", "round": "{} rounded", "row_number": "row number", "rank": "rank",
    "dense_rank": "rank", "lag": "previous {}", "lead": "next {}", "ntile": "share of equal size",
    "first_value": "first {}", "last_value": "last {}", "count": "number of rows",
}  # fmt: skip
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "//": "divided by", "%": "modulo", "||": "followed by"}  # fmt: skip
_CASTS = {"integer": "as a whole number", "int": "as a whole number", "text": "as text", "date": "as a date"}


class Phrases(Vocabulary, ABC):
    """Seen from the sources of one reading."""

    def group(self, key: Expression) -> str:
        """What a group is: a key that is not shown stands for the thing that it is the key of."""
        if has_subtotals(key) and isinstance(key, Raw):
            return f"group of “{key.sql}”, subtotals included"
        shown = any(output.expression == key for output in self.reading.outputs)
        if shown or not isinstance(key, ColumnRef) or self.alone:
            return self.noun(key)
        equal = {key} | {
            side for join in self.reading.joins for pair in join.keys if key in pair for side in pair
        }
        owners = [side for side in sorted(equal, key=repr) if self._is_key(side)]
        return self.role(owners[0].table) if owners else self.noun(key)

    # --- nouns ----------------------------------------------------------------------------------------------------

    def the(self, expression: Expression) -> str:
        """With its article, where it takes one."""
        bare = isinstance(expression, Literal | Star | Raw | Case) or (
            isinstance(expression, Arithmetic) and not self._percentage(expression)
        )
        noun = self.noun(expression)
        return noun if bare or noun.startswith(("the ", "“", "(", "[")) else f"the {noun}"

    def noun(self, expression: Expression) -> str:
        match expression:
            case ColumnRef(table=table, name=""):
                return self.role(table)
            case ColumnRef():
                return self._column_noun(expression)
            case Literal():
                return value_words(expression)
            case Star(table=table):
                return f"all details of the {self.role(table)}" if table else "all details"
            case Function():
                return self._function(expression)
            case Arithmetic():
                return self._arithmetic(expression)
            case DateBucket(grain=grain, value=value):
                return f"{grain} of {self.the(value)}"
            case DatePart(part=part, value=value):
                return f"{'day of the week' if part == 'weekday' else part} of {self.the(value)}"
            case Case():
                return self._case(expression)
            case Cast(value=value, type=kind):
                return f"{self.noun(value)} {_CASTS.get(kind.lower(), 'as a number')}"
            case Subquery(query=query):
                return self._nested(query)
            case Raw(parts=parts):
                said = (part if isinstance(part, str) else self.noun(part) for part in parts)
                return "today" if expression.sql.upper() == "CURRENT_DATE" else f"“{''.join(said)}”"

    def _function(self, call: Function) -> str:
        window = self._window(call.window) if call.window is not None else ""
        if call.name == "count":
            return self._count(call) + window
        if call.name in ("min", "max") and call.args:
            return f"{self._extreme(call.name, call.args[0])} {self.noun(call.args[0])}{window}"
        words = _AGGREGATES.get(call.name) or _FUNCTIONS.get(call.name)
        nouns = [self.noun(argument) for argument in call.args]
        if call.name == "sum" and isinstance(call.args[0], Case):
            return self._conditional(call.args[0], "total {}") + window
        if call.name == "sum" and call.window is not None and call.window.order_by:
            words = "running total of the {}"
        if call.name == "coalesce" and len(call.args) == 2:
            return f"{nouns[0]} (or {nouns[1]} where it is empty){window}"
        if words is not None:
            of = "of " if nouns and isinstance(call.args[0], Arithmetic) and words.endswith(" {}") else ""
            first = f"different {many(nouns[0])}" if call.distinct and nouns else nouns[0] if nouns else ""
            more = f" ({listed(nouns[1:])})" if len(nouns) > 1 else ""
            if call.name == "round" and more:
                more = f" to {nouns[1]} {'decimal' if nouns[1] == '1' else 'decimals'}"
            return words.format(of + first) + more + window
        name = name_words(call.name)
        return (f"{name} of {listed([self.the(a) for a in call.args])}" if nouns else name) + window

    def _extreme(self, name: str, argument: Expression) -> str:
        if self.is_moment(argument):
            return "earliest" if name == "min" else "latest"
        if self.family(argument) is TypeFamily.text:
            return "alphabetically first" if name == "min" else "alphabetically last"
        return "lowest" if name == "min" else "highest"

    def _count(self, call: Function) -> str:
        if not call.args or isinstance(call.args[0], Star):
            return f"number of {self.rows()}"
        argument = call.args[0]
        if isinstance(argument, Case):
            return self._conditional(argument, "number of {}")
        counted = listed([many(self.noun(a)) for a in call.args])
        if isinstance(argument, ColumnRef) and self._is_key(argument):
            counted = many(self.role(argument.table))
        return f"number of {'different ' if call.distinct else ''}{counted}"

    def _conditional(self, case: Case, words: str) -> str:
        """`SUM(CASE WHEN c THEN 1 ELSE 0 END)` counts the rows where c."""
        condition, value = case.branches[0]
        nothing = case.otherwise is None or (
            isinstance(case.otherwise, Literal) and case.otherwise.value in (0, None)
        )
        if len(case.branches) > 1 or not nothing:
            return words.format(self._case(case))
        where = self.predicate(condition)
        if isinstance(value, Literal) and value.value == 1:
            return f"number of {self.rows()} where {where}"
        return f"{words.format(self.noun(value))} where {where}"

    def _window(self, window: Window) -> str:
        said = ""
        if window.order_by:
            said += f" by {listed([self.order(order) for order in window.order_by])}"
        if window.partition_by:
            said += f" within each {listed([self.noun(e) for e in window.partition_by])}"
        frame = f" (“{window.frame.lower()}”)" if window.frame else ""
        return (said or " over all rows") + frame

    def _percentage(self, node: Arithmetic) -> tuple[Expression, Expression] | None:
        """(part, whole) of `100.0 * part / whole` and `part / whole * 100`."""
        match node:
            case Arithmetic(
                operator="/",
                left=Arithmetic(operator="*", left=Literal() as hundred, right=part),
                right=whole,
            ):
                pass
            case Arithmetic(
                operator="/",
                left=Arithmetic(operator="*", left=part, right=Literal() as hundred),
                right=whole,
            ):
                pass
            case Arithmetic(
                operator="*",
                left=Arithmetic(operator="/", left=part, right=whole),
                right=Literal() as hundred,
            ):
                pass
            case _:
                return None
        return (part, whole) if hundred.value in (100, 100.0) else None

    def _arithmetic(self, node: Arithmetic) -> str:
        percentage = self._percentage(node)
        if percentage is not None:
            return f"{self.noun(percentage[0])} as a percentage of {self.the(percentage[1])}"
        rest = ", without the remainder" if node.operator == "//" else ""
        return f"{self._side(node.left)} {_ARITHMETIC[node.operator]} {self._side(node.right)}{rest}"

    def _side(self, node: Expression) -> str:
        return f"({self.noun(node)})" if isinstance(node, Arithmetic) else self.the(node)

    def _case(self, case: Case) -> str:
        said = [f"{self.the(value)} if {self.predicate(test)}" for test, value in case.branches]
        otherwise = f", otherwise {self.the(case.otherwise)}" if case.otherwise is not None else ""
        return f"({'; '.join(said)}{otherwise})"

    def _nested(self, query: Reading) -> str:
        """A query as a noun, where it is simple enough; else in brackets, as sentences."""
        inner = self.inside(query)
        extra = (
            query.set_operations,
            query.having,
            query.qualify,
            query.limit,
            query.group_by,
            query.ending,
            query.joins,
        )
        plain = query.source is not None and bool(query.source.table) and len(query.outputs) == 1
        if not plain or any(extra):
            return f"[{self.describe(query)}]"
        shown = query.outputs[0].expression
        noun = inner.noun(shown)
        where = f" where {inner.predicate(query.where)}" if query.where is not None else ""
        whole = f" of {'the' if where else 'all'} {inner.rows()}"
        if has_aggregate(shown):
            return f"{noun}{where}" if noun.endswith(inner.rows()) else f"{noun}{whole}{where}"
        return f"{many(noun)}{whole}{where}"

    def inside(self, query: Reading) -> Phrases:
        """The same for a nested query, which names its tables only where it speaks of outer ones too."""
        inner = type(self)(query, self.schema, self)
        own = {source.alias for source in query.sources}
        apart = all(column.table in own for column in columns_of((query.where, query.having, query.outputs)))
        if apart:
            inner.outer = None
            inner.roles = {source.alias: inner._role(source) for source in query.sources}
        inner.alone = apart and len(own) == 1
        return inner

    @abstractmethod
    def describe(self, query: Reading) -> str:
        """A nested query in sentences."""

    @abstractmethod
    def predicate(self, predicate: Predicate) -> str:
        """A condition as a clause."""

    @abstractmethod
    def order(self, order: Order) -> str:
        """What rows are sorted by, and which end comes first."""


def value_words(literal: Literal) -> str:
    if literal.value is None:
        return "nothing"
    if isinstance(literal.value, bool):
        return "true" if literal.value else "false"
    if isinstance(literal.value, str) and literal.kind == "text":
        return f"'{literal.value}'"
    return (
        f"{literal.value:,}"
        if isinstance(literal.value, int) and abs(literal.value) >= 10_000
        else str(literal.value)
    )
