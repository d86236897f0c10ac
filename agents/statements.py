"""Everything that is found out about a statement before it runs, and the statement a plan compiles to.

The one place where the turn meets the guard, the readings and the engine's EXPLAIN.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from agents.back_translation import back_translate
from agents.budget import Budget
from agents.checks import check_statement, first_failure
from agents.checks.base import Statement
from agents.conformance import conform
from agents.deps import OpenSource
from agents.events import CheckResult
from agents.plan import PlanStep
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.reading import plan_query_of
from agents.state import Candidate, Origin
from connectors.errors import ConnectorError, QueryRejected, UnsupportedByEngine
from connectors.sql.lineage import output_lineage, unknown_names
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and when."""

    question: str = ""
    """With what the person answered since."""
    today: date = date.max
    answered: frozenset[str] = frozenset()
    """Ids of the clarifications that the person answered."""
    settled: bool = False
    """The person wrote the plan; nothing in it was guessed."""


NOTHING_ASKED = Asked()


def inspect(
    sql: str, step: PlanStep, origin: Origin, source: OpenSource, budget: Budget, asked: Asked = NOTHING_ASKED
) -> Statement:
    """What the text itself, the schema and the plan say about a statement. Asks the source nothing."""
    statement = unread(sql, step, origin, source, budget, asked)
    try:
        safe = source.admit(sql)
    except QueryRejected as refusal:
        return replace(statement, refusal=refusal)
    statement = replace(statement, safe=safe)
    try:
        reading = from_sql(sql, statement.dialect, statement.schema)
    except NotReadable:
        return statement
    return replace(
        statement,
        reading=reading,
        unknown_names=unknown_names(sql, statement.dialect, statement.schema),
        points=conform(step.query, reading, statement.dialect, statement.schema),
        back_translation=back_translate(reading, statement.schema),
        lineage=output_lineage(reading, statement.schema),
    )


def unread(
    sql: str, step: PlanStep, origin: Origin, source: OpenSource, budget: Budget, asked: Asked = NOTHING_ASKED
) -> Statement:
    """A statement of which nothing has been found out."""
    return Statement(
        sql=sql,
        step=step,
        origin=origin,
        dialect=source.capabilities.dialect,
        schema=source.knowledge.schema,
        profiles=source.knowledge.profiles,
        limits=budget.limits,
        question=asked.question,
        answered=asked.answered,
        settled=asked.settled,
        today=asked.today,
        joins=source.knowledge.joins,
        values=source.knowledge.values,
    )


def as_plan(statement: Statement) -> dict[str, Any]:
    """How the statement reads, in the words of a plan; empty when it has no such form."""
    try:
        reading = from_sql(statement.sql, statement.dialect, statement.schema)
        query = plan_query_of(reading, statement.schema, statement.dialect)
    except (NotReadable, CannotPlan):
        return {}
    return query.model_dump(mode="json", exclude_defaults=True)


async def ask_engine(statement: Statement, source: OpenSource, budget: Budget) -> Statement:
    """Adds what the engine foretells. An engine that is away says so; one that cannot tell is not asked."""
    if statement.safe is None:
        return statement
    if source.capabilities.can_explain:
        budget.count_statement()
        safe = statement.safe
        try:
            statement = replace(statement, estimate=await source.connector.explain(safe))
        except QueryRejected as error:
            told = source.discreet(error, statement.sql, safe)
            return replace(statement, estimate_refusal=str(told))
        except UnsupportedByEngine:
            pass
    if source.capabilities.lists_read_tables and statement.safe is not None:
        with suppress(QueryRejected, UnsupportedByEngine):  # it refused to look; running will say why
            tables = await source.connector.tables_read(statement.safe)
            statement = replace(statement, engine_tables=tables)
    return statement


def compiled(step: PlanStep, source: OpenSource) -> str | None:
    """The statement that the plan itself says, or None when it cannot be compiled."""
    try:
        reading = reading_of(step.query, source.capabilities.dialect, source.knowledge.schema)
        return to_sql(reading, source.capabilities.dialect)
    except (CannotPlan, NotReadable):
        return None


def settle(
    step: PlanStep, candidates: Iterable[Candidate], source: OpenSource, budget: Budget, asked: Asked
) -> tuple[list[Candidate], Statement | None, CheckResult]:
    """Statements to try, the compiled one last, from the first that keeps the plan; what that one is; or why the best one does not.

    Those after the first are checked when they are needed.
    """
    options = list(candidates)
    own = compiled(step, source)
    if own is not None:
        options.append(Candidate(sql=own, origin="embedded"))
    kept: list[Candidate] = []
    first: Statement | None = None
    failures: list[CheckResult] = []
    nothing = CheckResult(
        name="compiles",
        title="Can be written as SQL",
        verdict="failed",
        detail="The plan could not be turned into a statement.",
    )
    for option in options:
        if any(option["sql"] == other["sql"] for other in kept):
            continue
        if first is not None:
            kept.append(option)
            continue
        statement = inspect(option["sql"], step, option["origin"], source, budget, asked)
        failure = first_failure(check_statement(statement))
        if failure is None:
            kept.append(option)
            first = statement
        else:
            failures.append(failure)
    return kept, first, next(iter(failures), nothing)


def problem_of(checks: tuple[CheckResult, ...]) -> str:
    """What a repair has to mend, from the checks that failed."""
    return " ".join(f"{check.title}: {check.detail}" for check in checks if check.verdict == "failed")


def engine_problem(error: ConnectorError) -> str:
    return f"The database refused the statement: {error}"
