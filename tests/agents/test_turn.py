"""Whole turns on a real SQLite database with a durable checkpointer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.budget import TurnLimits
from agents.deps import TurnSettings
from agents.events import (
    AgentEvent,
    AnswerReady,
    ChecksFinished,
    ClarificationOption,
    Declined,
    ExecutionStarted,
    PlanConfirmed,
    PlanProposed,
    ResultReady,
    ReviewRequested,
    SqlDrafted,
)
from agents.evidence.receipt import is_intact
from agents.fingerprints import sha256
from agents.plan import ColumnName, Filter
from agents.reasoners.base import (
    AnswerOutOfDate,
    BudgetSpent,
    DirectAnswer,
    Proposal,
    Question,
    Refusal,
    Thinking,
)
from agents.replies import ClarifyAnswer, ConfirmAnswer, RejectAnswer, ReviewAnswer, ReviseAnswer
from agents.turn import TurnRunner, ask_once
from connectors.sql.policy import ReadPolicy
from knowledge.base import Pattern, PatternMatch
from tests.agents.harness import BY_COUNTRY, Desk, Scripted, make_shop, open_shop, play, types


@dataclass
class Liar(Scripted):
    """Plans one thing and writes another."""

    lie: str = ""

    def propose(self, sql: str, thinking: Thinking) -> Proposal:
        return replace(super().propose(sql, thinking), sql={"s1": self.lie})


def proposed(events: Sequence[AgentEvent]) -> PlanProposed:
    return next(e for e in events if isinstance(e, PlanProposed))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    source = await open_shop(make_shop(tmp_path / "shop.sqlite"))
    yield Desk(source)
    await source.connector.close()


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[TurnRunner]:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "turns.sqlite")) as saver:
        yield TurnRunner(saver)


async def test_ask_confirm_answer(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    events, outcome = await play(runner.start("t1", "What is the revenue by country?", deps))
    assert types(events) == [
        "stage.started", "question.understood", "stage.started", "plan.proposed", "usage.counted",
    ]  # fmt: skip
    assert (outcome.status, outcome.waiting_for) == ("waiting", "confirmation")
    events, outcome = await play(runner.resume("t1", ConfirmAnswer(revision=1, by="mia"), deps))
    assert outcome.status == "answered"
    assert types(events) == [
        "plan.confirmed", "stage.started", "sql.drafted", "stage.started", "checks.finished", "stage.started",
        "execution.started", "result.ready", "stage.started", "chart.chosen", "answer.ready", "usage.counted",
    ]  # fmt: skip
    checked = next(e for e in events if isinstance(e, ChecksFinished))
    started = next(e for e in events if isinstance(e, ExecutionStarted))
    result = next(e for e in events if isinstance(e, ResultReady))
    answer = next(e for e in events if isinstance(e, AnswerReady))
    assert checked.passed
    assert all(point.verdict == "kept" for point in checked.conformance)
    assert checked.sha256 == started.sha256 == sha256(BY_COUNTRY)
    assert result.row_count == 3
    assert [c.lineage for c in result.columns] == [("customers.country",), ("orders.amount",)]
    assert "{{" not in answer.text
    receipt = desk.receipts.kept[answer.receipt_id]
    assert is_intact(receipt)
    assert receipt["plan"]["confirmed_by"] == "mia"
    assert receipt["steps"][0]["as_shown"]
    assert receipt["steps"][0]["sql_sha256"] == started.sha256


async def test_the_policy_can_confirm(desk: Desk) -> None:
    turn = await ask_once("What is the revenue by country?", desk.deps(Scripted([BY_COUNTRY])))
    assert turn.outcome.status == "answered"
    confirmed = next(e for e in turn.events if isinstance(e, PlanConfirmed))
    assert confirmed.by == "policy"


@pytest.mark.parametrize(("confidence", "waits"), [(0.95, False), (0.4, True)])
async def test_when_unsure_waits_only_then(
    desk: Desk, runner: TurnRunner, confidence: float, waits: bool
) -> None:
    settings = TurnSettings(confirmation="when_unsure")
    deps = desk.deps(Scripted([BY_COUNTRY], confidence=confidence), settings=settings)
    _, outcome = await play(runner.start("t", "Revenue by country?", deps))
    assert (outcome.status == "waiting") == waits


async def test_reject_ends_the_turn_and_nothing_ran(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    await play(runner.start("t", "Revenue?", deps))
    events, outcome = await play(runner.resume("t", RejectAnswer(reason="no"), deps))
    assert outcome.status == "rejected"
    assert types(events) == ["plan.rejected", "usage.counted"]
    assert desk.results.saves == []


async def test_an_edited_plan_is_compiled_and_is_what_runs(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    events, _ = await play(runner.start("t", "Revenue by country?", deps))
    plan = proposed(events).plan
    step = plan.steps[0]
    edited = step.query.model_copy(
        update={
            "filters": (
                Filter(
                    id="f1",
                    column=ColumnName(table=step.query.dimensions[0].column.table, column="country"),  # type: ignore[union-attr]
                    operator="=",
                    values=("Norway",),
                ),
            )
        }
    )
    plan = plan.model_copy(update={"steps": (step.model_copy(update={"query": edited}),)})
    events, outcome = await play(runner.resume("t", ReviseAnswer(revision=1, plan=plan), deps))
    second = proposed(events)
    assert (second.revision, outcome.waiting_for) == (2, "confirmation")
    assert any("Norway" in change.after for change in second.changes)
    assert "Norway" in second.sql[0]
    with pytest.raises(AnswerOutOfDate):
        await play(runner.resume("t", ConfirmAnswer(revision=1), deps))
    events, outcome = await play(runner.resume("t", ConfirmAnswer(revision=2), deps))
    result = next(e for e in events if isinstance(e, ResultReady))
    assert outcome.status == "answered"
    assert [row[0] for row in result.rows] == ["Norway"]
    drafted = next(e for e in events if isinstance(e, SqlDrafted))
    assert drafted.sql == second.sql[0], "what is shown is what runs"


async def test_a_plan_can_be_changed_in_words(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    await play(runner.start("t", "Revenue by country?", deps))
    words = "SELECT COUNT(*) AS n FROM orders"
    events, _ = await play(runner.resume("t", ReviseAnswer(revision=1, words=words), deps))
    assert proposed(events).revision == 2
    events, outcome = await play(runner.resume("t", ConfirmAnswer(revision=2), deps))
    assert outcome.status == "answered"
    assert next(e for e in events if isinstance(e, ResultReady)).rows == ((60,),)


async def test_an_assumption_is_switched_by_thinking_again(desk: Desk, runner: TurnRunner) -> None:
    reasoner = Scripted([BY_COUNTRY, "SELECT COUNT(*) AS n FROM customers"])
    deps = desk.deps(reasoner)
    await play(runner.start("t", "Revenue by country?", deps))
    answer = ReviseAnswer(revision=1, assumption_id="a1", option_id="gross")
    events, _ = await play(runner.resume("t", answer, deps))
    assert proposed(events).revision == 2
    assert reasoner.asked[-1].answers == {"a1": "gross"}


async def test_a_clarification_waits_and_then_counts(desk: Desk, runner: TurnRunner) -> None:
    option = ClarificationOption(id="sum", label="the sum")
    question = Question("c1", "Sum or number?", (option,))
    reasoner = Scripted([question, BY_COUNTRY])
    deps = desk.deps(reasoner)
    events, outcome = await play(runner.start("t", "Orders by country?", deps))
    assert types(events)[-2] == "clarification.asked"
    assert outcome.waiting_for == "clarification"
    with pytest.raises(AnswerOutOfDate):
        await play(runner.resume("t", ConfirmAnswer(revision=1), deps))
    events, outcome = await play(
        runner.resume("t", ClarifyAnswer(clarification_id="c1", option_id="sum"), deps)
    )
    assert types(events)[0] == "clarification.answered"
    assert outcome.waiting_for == "confirmation"
    assert reasoner.asked[-1].answers == {"c1": "sum"}


async def test_words_that_nobody_understands_leave_the_plan_as_it_was(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    first, _ = await play(runner.start("t", "Revenue?", deps))
    events, outcome = await play(runner.resume("t", ReviseAnswer(revision=1, words="make it nicer"), deps))
    assert outcome.status == "waiting", outcome
    before = proposed(first)
    again = proposed(events)
    assert (again.revision, again.changes, again.sql) == (2, (), before.sql)
    assert "make it nicer" in again.reasons[0]


async def test_endless_clarification_ends_in_words(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([Question("c", "Which?", ())]))
    _, outcome = await play(runner.start("t", "Hm?", deps))
    for _ in range(2):
        events, outcome = await play(runner.resume("t", ClarifyAnswer(clarification_id="c", text="x"), deps))
    assert outcome.status == "declined"
    assert "question.declined" in types(events)


async def test_no_source_and_refusals_decline(desk: Desk) -> None:
    turn = await ask_once("Anything?", desk.deps(Scripted([BY_COUNTRY]), sources={}))
    assert [e.reason for e in turn.events if isinstance(e, Declined)] == ["no_source"]
    turn = await ask_once("Delete all", desk.deps(Scripted([Refusal("writes_data", "I only read.")])))
    assert turn.outcome.status == "declined"
    turn = await ask_once("Hello", desk.deps(Scripted([DirectAnswer("Hello!")])))
    assert turn.outcome.status == "answered"


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM orders", "SELECT * FROM orders; SELECT 1", "SELECT name FROM sqlite_master", "SELEC 1"],
)
async def test_a_statement_the_guard_refuses_never_runs(desk: Desk, sql: str) -> None:
    """The proposal's plan counts orders; its statement does something else, so the plan's own statement runs."""
    reasoner = Liar(["SELECT COUNT(*) AS n FROM orders"], lie=sql)
    turn = await ask_once("How many orders?", desk.deps(reasoner))
    assert turn.outcome.status == "answered"
    ran = [e.sql for e in turn.events if isinstance(e, SqlDrafted)]
    assert sql not in ran
    assert next(e for e in turn.events if isinstance(e, ResultReady)).rows == ((60,),)


async def test_a_statement_that_breaks_the_plan_never_runs(desk: Desk) -> None:
    reasoner = Liar(["SELECT COUNT(*) AS n FROM orders"], lie="SELECT COUNT(*) AS n FROM orders WHERE id > 3")
    turn = await ask_once("How many orders?", desk.deps(reasoner))
    assert next(e for e in turn.events if isinstance(e, ResultReady)).rows == ((60,),)


async def test_a_table_without_permission_is_not_read(tmp_path: Path) -> None:
    source = await open_shop(make_shop(tmp_path / "s.sqlite"), ReadPolicy(tables=frozenset({"products"})))
    turn = await ask_once("Revenue?", Desk(source).deps(Scripted([BY_COUNTRY])))
    assert turn.outcome.status == "declined"
    assert [e.reason for e in turn.events if isinstance(e, Declined)] == ["not_permitted"]
    assert "result.ready" not in types(turn.events)
    await source.connector.close()


async def test_review_waits_and_a_correction_is_checked_again(desk: Desk, runner: TurnRunner) -> None:
    settings = TurnSettings(confirmation="never", review_below=0.99)
    deps = desk.deps(Scripted([BY_COUNTRY]), settings=settings)
    events, outcome = await play(runner.start("t", "Revenue by country?", deps))
    assert outcome.waiting_for == "review"
    requested = next(e for e in events if isinstance(e, ReviewRequested))
    assert desk.reviews.kept[requested.review_id].sql == BY_COUNTRY
    corrected = BY_COUNTRY + " HAVING SUM(o.amount) > 0"
    events, outcome = await play(
        runner.resume(
            "t",
            ReviewAnswer(review_id=requested.review_id, decision="corrected", sql=corrected, by="rev"),
            deps,
        )
    )
    assert outcome.status == "answered"
    answer = next(e for e in events if isinstance(e, AnswerReady))
    assert answer.confidence_label == "verified"
    assert next(e for e in events if isinstance(e, SqlDrafted)).origin == "reviewer"


async def test_a_reviewer_cannot_write_either(desk: Desk, runner: TurnRunner) -> None:
    settings = TurnSettings(confirmation="never", review_below=0.99)
    deps = desk.deps(Scripted([BY_COUNTRY]), settings=settings, limits=TurnLimits(repairs=0))
    events, _ = await play(runner.start("t", "Revenue by country?", deps))
    requested = next(e for e in events if isinstance(e, ReviewRequested))
    answer = ReviewAnswer(review_id=requested.review_id, decision="corrected", sql="DROP TABLE orders")
    events, _ = await play(runner.resume("t", answer, deps))
    assert not any(
        isinstance(e, ExecutionStarted) and e.sha256 == sha256("DROP TABLE orders") for e in events
    )
    rejected = [e for e in events if isinstance(e, ChecksFinished) and not e.passed]
    assert rejected


async def test_an_approved_pattern_answers_before_anybody_thinks(tmp_path: Path) -> None:
    pattern = Pattern("p1", "Revenue by country?", BY_COUNTRY, "shop")
    source = await open_shop(make_shop(tmp_path / "s.sqlite"), patterns=[PatternMatch(pattern, 1.0)])
    reasoner = Scripted(["SELECT COUNT(*) AS n FROM products"])
    turn = await ask_once("revenue by country", Desk(source).deps(reasoner))
    assert reasoner.asked == []
    assert proposed(turn.events).plan.knowledge == ("p1",)
    answer = next(e for e in turn.events if isinstance(e, AnswerReady))
    assert answer.confidence_label == "verified"
    await source.connector.close()


async def test_budgets_end_a_turn_with_a_clear_error(desk: Desk) -> None:
    turn = await ask_once("Revenue?", desk.deps(Scripted([BY_COUNTRY]), limits=TurnLimits(statements=0)))
    assert turn.outcome.status == "failed"
    assert isinstance(turn.outcome.error, BudgetSpent)


async def test_bugs_rise(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        await ask_once("Revenue?", desk.deps(Scripted([ZeroDivisionError()])))
