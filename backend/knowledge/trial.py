"""A statement tried before it counts for anything: guarded, checked, read-only, few rows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.reviews.schemas import SqlTrial
from connectors.base import Limits, QueryResult
from connectors.errors import FailureKind, QueryRejected

if TYPE_CHECKING:
    from agents.checks.base import Statement
    from backend.knowledge.uses import Uses
    from knowledge.base import GlossaryTerm, SourceKnowledge

LIMITS = Limits(rows=50, bytes=2_000_000, seconds=15, cell_bytes=10_000)


@dataclass(frozen=True, slots=True)
class Trial:
    statement: Statement
    result: QueryResult
    uses: Uses
    knowledge: SourceKnowledge

    def teaches(self, question: str) -> GlossaryTerm | None:
        """The word of the question that the source does not know, as the statement explains it."""
        from agents.learning import learned_term

        return learned_term(question, self.statement.sql, self.knowledge)

    def view(self) -> SqlTrial:
        from agents.checks import check_statement

        return SqlTrial(
            columns=[column.name for column in self.result.columns],
            rows=[list(row) for row in self.result.rows],
            truncated=self.result.truncated,
            back_translation=self.statement.back_translation,
            checks=list(check_statement(self.statement)),
        )


async def try_sql(library: Library, row: DatasourceRow, reader_id: str, sql: str) -> Trial:
    """As one reader may run it. Raises `QueryRejected` when the guard, the schema or the engine says no, and other `ConnectorError`s."""
    from agents.budget import Budget
    from agents.plan import PlanQuery, PlanStep
    from agents.plans.derivation import CannotDerive, derive_query
    from agents.statements import inspect
    from backend.knowledge.uses import uses_of

    source = await library.open(row, reader_id)
    knowledge = source.knowledge
    await asyncio.to_thread(source.admit, sql)  # before anything parses it
    try:
        query = derive_query(sql, knowledge)
    except (CannotDerive, QueryRejected):
        query = PlanQuery(tables=())
    step = PlanStep(id="trial", source_id=row.id, source_name=row.name, query=query)
    statement = await asyncio.to_thread(inspect, sql, step, "person", source, Budget())
    if statement.safe is None:
        raise statement.refusal or QueryRejected("This statement cannot be allowed.")
    if statement.unknown_names:
        raise QueryRejected(" ".join(statement.unknown_names), kind=FailureKind.schema)
    try:
        result = await source.connector.run(statement.safe, LIMITS)
    except QueryRejected as error:
        raise source.discreet(error, sql, statement.safe) from None
    return Trial(statement, result, uses_of(sql, knowledge.dialect, knowledge.schema), knowledge)
