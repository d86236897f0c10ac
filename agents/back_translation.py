"""A statement read back in English, from its own reading: what a person checks against what they meant."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sql.reading import (
    And,
    Arithmetic,
    Between,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Exists,
    Expression,
    Function,
    In,
    IsNull,
    Join,
    Literal,
    Not,
    Or,
    Order,
    Predicate,
    Raw,
    Reading,
    Source,
    Star,
    Subquery,
)
from connectors.sql.reading_expressions import has_aggregate

AGGREGATE_WORDS = {
    "sum": "the total of {}",
    "avg": "the average of {}",
    "min": "the smallest {}",
    "max": "the largest {}",
    "median": "the median of {}",
    "stddev": "the standard deviation of {}",
    "variance": "the variance of {}",
    "group_concat": "all values of {} in one text",
}
OPERATOR_WORDS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "like": "looks like",
    "not like": "does not look like",
    "ilike": "looks like (any case)",
    "not ilike": "does not look like (any case)",
    "is": "is",
    "is not": "is not",
}
SET_WORDS = {
    "union": "Adds the rows of this query",
    "intersect": "Keeps only rows that this query also gives",
    "except": "Takes away the rows that this query gives",
}
ARITHMETIC_WORDS = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    "/": "divided by",
    "//": "divided (without remainder) by",
    "%": "modulo",
    "||": "followed by",
}


def back_translate(reading: Reading) -> str:
    """One paragraph. Every table, condition, grouping, order and limit of the reading is in it."""
    return " ".join(Voice(reading).sentences())


class Voice:
    """Words for one reading; table names are left out where there is only one table."""

    def __init__(self, reading: Reading, outer: Voice | None = None) -> None:
        self.reading = reading
        self.alone = len(reading.sources) == 1 and outer is None
        named = outer.tables if outer is not None else {}
        repeated = [source.table for source in reading.sources]
        self.tables: dict[str, str] = {
            **named,
            **{
                s.alias: s.alias if repeated.count(s.table) > 1 else s.table or s.alias
                for s in reading.sources
            },
        }

    def sentences(self) -> list[str]:
        reading = self.reading
        said = [f"{self.opening()}."]
        said += [f"{_capital(self.join(join))}." for join in reading.joins]
        if reading.where is not None:
            said.append(f"Only rows where {self.predicate(reading.where)}.")
        if reading.having is not None:
            said.append(f"Only groups where {self.predicate(reading.having)}.")
        if reading.qualify is not None:
            said.append(f"Of these only where {self.predicate(reading.qualify)}.")
        for operation in reading.set_operations:
            inner = " ".join(Voice(operation.query).sentences())
            kept = ", duplicates included" if operation.all else ""
            said.append(f"{SET_WORDS[operation.operator]}{kept}: {inner}")
        if reading.order_by:
            said.append(f"Sorted by {_listed([self.order(order) for order in reading.order_by])}.")
        if reading.limit is not None:
            skipped = f", after leaving out {reading.offset:,}" if reading.offset else ""
            rows = "row" if reading.limit == 1 else f"{reading.limit:,} rows"
            said.append(f"Only the first {rows}{skipped}.")
        return said

    def opening(self) -> str:
        reading = self.reading
        outputs = [self.expression(output.expression) for output in reading.outputs]
        source = self.source(reading.source) if reading.source is not None else ""
        of = f" from {source}" if source else ""
        groups = [self.expression(expression) for expression in reading.group_by]
        if groups:
            shown = [output for output in outputs if output not in groups]
            what = f"shows {_listed(shown)}" if shown else "shows the group"
            hidden = "" if set(groups) <= set(outputs) else " (not all of it shown)"
            return f"For each {_listed(groups)}{hidden}{of}, {what}"
        if outputs and all(has_aggregate(output.expression) for output in reading.outputs):
            return f"Computes {_listed(outputs)}{of}"
        different = "different " if reading.distinct else ""
        return f"Lists {different}{_listed(outputs)}{of}"

    def source(self, source: Source) -> str:
        if source.query is not None:
            return f"the result of [{' '.join(Voice(source.query).sentences())}]"
        if source.raw is not None:
            return f"“{source.raw.sql}”"
        same = self.tables[source.alias] == source.table or not source.table
        return source.table if same else f"{source.table} (as {source.alias})"

    def join(self, join: Join) -> str:
        name = self.source(join.source)
        on = [f"{self.expression(left)} = {self.expression(right)}" for left, right in join.keys]
        if join.condition is not None:
            on.append(self.predicate(join.condition))
        where = f" where {_listed(on)}" if on else ""
        match join.kind:
            case "inner":
                return f"together with {name}{where}" if on else f"combined with every row of {name}"
            case "left":
                return f"together with {name}{where}, also rows that have none"
            case "right":
                return f"together with {name}{where}, also its rows that have no partner"
            case "full":
                return f"together with {name}{where}, also the rows of both sides without a partner"
            case "cross":
                return f"combined with every row of {name}"
            case "semi":
                return f"only with a partner in {name}{where}"
            case "anti":
                return f"only without a partner in {name}{where}"

    def order(self, order: Order) -> str:
        direction = "largest first" if order.descending else "smallest first"
        return f"{self.expression(order.expression)}, {direction}"

    def expression(self, expression: Expression) -> str:
        match expression:
            case ColumnRef(table=table, name=name):
                return name if self.alone or not table else f"{self.tables.get(table, table)}.{name}"
            case Literal():
                return _literal(expression)
            case Star(table=table):
                return f"all columns of {self.tables.get(table, table)}" if table else "all columns"
            case Function():
                return self.function(expression)
            case Arithmetic(operator=operator, left=left, right=right):
                return f"({self.expression(left)} {ARITHMETIC_WORDS[operator]} {self.expression(right)})"
            case DateBucket(grain=grain, value=value):
                return f"{self.expression(value)} by {grain}"
            case DatePart(part=part, value=value):
                return f"the {part} of {self.expression(value)}"
            case Case():
                return self.case(expression)
            case Cast(value=value, type=type_name):
                return f"{self.expression(value)} as {type_name.lower()}"
            case Subquery(query=query):
                return f"[{' '.join(Voice(query, self).sentences())}]"
            case Raw(sql=sql):
                return f"“{sql}”"

    def function(self, function: Function) -> str:
        args = [self.expression(arg) for arg in function.args]
        window = ""
        if function.window is not None:
            parts = [self.expression(e) for e in function.window.partition_by]
            sorts = [self.order(o) for o in function.window.order_by]
            window = f" within each {_listed(parts)}" if parts else " over all rows"
            window += f", sorted by {_listed(sorts)}" if sorts else ""
        if function.name == "count":
            if not args or isinstance(function.args[0], Star):
                return f"the number of rows{window}"
            return f"the number of {'different ' if function.distinct else ''}{_listed(args)}{window}"
        words = AGGREGATE_WORDS.get(function.name)
        if words is None:
            return (
                f"{function.name.replace('_', ' ')} of {_listed(args)}{window}"
                if args
                else f"{function.name}{window}"
            )
        inner = f"different {_listed(args)}" if function.distinct else _listed(args)
        return words.format(inner) + window

    def case(self, case: Case) -> str:
        said = [f"{self.expression(value)} if {self.predicate(test)}" for test, value in case.branches]
        otherwise = f", else {self.expression(case.otherwise)}" if case.otherwise is not None else ""
        return f"({'; '.join(said)}{otherwise})"

    def predicate(self, predicate: Predicate) -> str:
        match predicate:
            case Comparison(left=left, operator=operator, right=right):
                return f"{self.expression(left)} {OPERATOR_WORDS[operator]} {self.expression(right)}"
            case Between(value=value, low=low, high=high, negated=negated):
                between = "is not between" if negated else "is between"
                return (
                    f"{self.expression(value)} {between} {self.expression(low)} and {self.expression(high)}"
                )
            case In(value=value, options=options, negated=negated):
                among = "is not" if negated else "is"
                if isinstance(options, Subquery):
                    return f"{self.expression(value)} {among} among {self.expression(options)}"
                values = _listed([self.expression(option) for option in options], "or")
                return f"{self.expression(value)} {among} one of {values}"
            case IsNull(value=value, negated=negated):
                return f"{self.expression(value)} {'has a value' if negated else 'has no value'}"
            case Exists(query=query, negated=negated):
                there = "there is no row in" if negated else "there is a row in"
                return f"{there} [{' '.join(Voice(query, self).sentences())}]"
            case And(parts=parts):
                return _listed([self.predicate(part) for part in parts])
            case Or(parts=parts):
                return f"({_listed([self.predicate(part) for part in parts], 'or')})"
            case Not(part=part):
                return f"not ({self.predicate(part)})"
            case Raw(sql=sql):
                return f"“{sql}”"


def _literal(literal: Literal) -> str:
    if literal.value is None:
        return "nothing"
    if isinstance(literal.value, bool):
        return "true" if literal.value else "false"
    if isinstance(literal.value, str) and literal.kind == "text":
        return f"'{literal.value}'"
    return str(literal.value)


def _listed(parts: Sequence[str], word: str = "and") -> str:
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
