"""Plausible statements with wrong answers: each is told to the person, with the answer that was meant one click away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from langgraph.checkpoint.memory import InMemorySaver

from agents.budget import Budget
from agents.deps import OpenSource, TurnDeps, TurnSettings
from agents.events import (
    AgentEvent,
    AnswerReady,
    ChartChosen,
    CheckResult,
    ClarificationAsked,
    EventModel,
    PlanProposed,
    ResultReady,
    ReviewRequested,
)
from agents.plans.derivation import derive_plan
from agents.reasoners.base import Proposal, Thinking
from agents.reasoners.choice import Reasoners
from agents.replies import Answer, ClarifyAnswer, ConfirmAnswer, ReviewAnswer, ReviseAnswer
from agents.same_result import same_result
from agents.turn import TurnRunner
from tests.agents.ferry import (
    ENGINES,
    FLAWS,
    in_duckdb,
    in_mariadb,
    in_postgres,
    in_sqlite,
    open_ferry,
    statement_of,
)
from tests.agents.harness import Desk, Scripted, play
from tests.servers import DatabaseServer

Event = TypeVar("Event", bound=EventModel)


@dataclass
class Naive(Scripted):
    """Writes one statement and believes in it."""

    question: str = ""

    def propose(self, sql: str, thinking: Thinking) -> Proposal:
        plan = derive_plan(sql, next(iter(thinking.sources.values())), self.question)
        return Proposal(plan, {"s1": sql}, self.confidence, "embedded", "checked")


@dataclass
class Chat:
    """One turn about one flaw, played step by step."""

    source: OpenSource
    flaw: dict[str, Any]
    settings: TurnSettings = field(default_factory=TurnSettings)
    confidence: float = 0.9

    def __post_init__(self) -> None:
        self.desk = desk = Desk(self.source)
        sql = statement_of(self.flaw, self.source.capabilities.dialect)
        self.runner = TurnRunner(InMemorySaver())
        self.deps = TurnDeps(
            sources={self.source.id: self.source},
            reasoners=Reasoners(
                "auto", Naive([sql], confidence=self.confidence, question=self.flaw["question"]), None
            ),
            budget=Budget(),
            results=desk.results,
            receipts=desk.receipts,
            reviews=desk.reviews,
            today=date(2026, 11, 12),
            settings=self.settings,
        )

    async def ask(self) -> list[AgentEvent]:
        return (await play(self.runner.start("t1", self.flaw["question"], self.deps)))[0]

    async def say(self, answer: Answer) -> list[AgentEvent]:
        return (await play(self.runner.resume("t1", answer, self.deps)))[0]


def only(events: list[AgentEvent], kind: type[Event]) -> Event:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def warned(checks: tuple[CheckResult, ...]) -> dict[str, str]:
    return {check.name: check.detail for check in checks if check.verdict == "warning"}


def same(rows: list[Any], events: list[AgentEvent]) -> bool:
    return same_result(rows, only(events, ResultReady).rows, ordered=False)


def cases(*kinds: str) -> list[Any]:
    """Of every engine; a flaw is of a kind when it has that key."""
    return [
        pytest.param(engine, flaw, id=f"{engine}-{flaw['check']}-{flaw['question']}")
        for engine in ENGINES
        for flaw in FLAWS
        if engine in flaw.get("engines", ENGINES) and ("asks" if "asks" in flaw else "tells") in kinds
    ]


@pytest_asyncio.fixture(scope="module")
async def sources(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: DatabaseServer, mariadb_server: DatabaseServer
) -> AsyncIterator[dict[str, OpenSource]]:
    folder = tmp_path_factory.mktemp("ferry")
    places = [in_sqlite(folder), in_duckdb(folder), in_postgres(postgres_server), in_mariadb(mariadb_server)]
    opened = {place.engine: await open_ferry(place) for place in places}
    yield opened
    for source in opened.values():
        await source.connector.close()


@pytest.mark.parametrize(("engine", "flaw"), cases("tells"))
async def test_a_wrong_answer_says_what_is_wrong_with_it(
    engine: str, flaw: dict[str, Any], sources: dict[str, OpenSource]
) -> None:
    chat = Chat(sources[engine], flaw)
    proposed = only(await chat.ask(), PlanProposed)
    if "takes" in flaw:
        assert flaw["says"] in warned(proposed.checks)[flaw["check"]]
        assert proposed.confidence_label == "check_this"
    events = await chat.say(ConfirmAnswer(revision=1))
    answered = only(events, AnswerReady)
    assert same(flaw["naive"], events), only(events, ResultReady).rows
    assert flaw["says"] in warned(answered.checks)[flaw["check"]]
    assert any(flaw["says"] in warning for warning in answered.warnings)
    assert answered.confidence_label == ("checked" if flaw["check"] == "unfinished" else "check_this")
    assert only(events, ChartChosen).spec.unfinished == flaw.get("unfinished", "")


@pytest.mark.parametrize(("engine", "flaw"), [case for case in cases("tells") if "takes" in case.values[1]])
async def test_one_click_gives_the_answer_that_was_meant(
    engine: str, flaw: dict[str, Any], sources: dict[str, OpenSource]
) -> None:
    chat = Chat(sources[engine], flaw)
    naive = only(await chat.ask(), PlanProposed)
    (offer,) = [
        offer for offer in naive.offers if offer.label == flaw["takes"] and offer.check == flaw["check"]
    ]
    changed = only(await chat.say(ReviseAnswer(revision=1, plan=offer.plan)), PlanProposed)
    assert changed.sql != naive.sql
    assert flaw["check"] not in warned(changed.checks)
    events = await chat.say(ConfirmAnswer(revision=2))
    assert same(flaw["right"], events), only(events, ResultReady).rows


@pytest.mark.parametrize(("engine", "flaw"), cases("asks"))
async def test_which_of_two_ways_is_meant_is_asked(
    engine: str, flaw: dict[str, Any], sources: dict[str, OpenSource]
) -> None:
    for takes, rows in ((flaw["takes"], flaw["right"]), (flaw["asks"][0], flaw["naive"])):
        chat = Chat(sources[engine], flaw)
        asked = only(await chat.ask(), ClarificationAsked)
        assert asked.question == flaw["says"]
        labels = {option.label: option.id for option in asked.options}
        assert list(labels) == flaw["asks"]
        answer = ClarifyAnswer(clarification_id=asked.clarification_id, option_id=labels[takes])
        proposed = only(await chat.say(answer), PlanProposed)
        assert flaw["check"] not in warned(proposed.checks)
        assert same(rows, await chat.say(ConfirmAnswer(revision=1)))


async def test_a_question_that_names_the_way_is_not_asked_back(sources: dict[str, OpenSource]) -> None:
    (flaw,) = [flaw for flaw in FLAWS if "asks" in flaw]
    chat = Chat(sources["sqlite"], {**flaw, "question": "How many voyages sailed per month?"})
    assert same(flaw["naive"], await _confirmed(chat))


async def _confirmed(chat: Chat) -> list[AgentEvent]:
    only(await chat.ask(), PlanProposed)
    return await chat.say(ConfirmAnswer(revision=1))


SOUND = {"question": "What is the total fare?", "sql": "SELECT SUM(b.fare) AS total FROM bookings AS b"}


async def test_a_doubt_makes_a_project_ask_that_runs_what_is_sure(sources: dict[str, OpenSource]) -> None:
    settings = TurnSettings(confirmation="when_unsure")
    sound = await Chat(sources["sqlite"], SOUND, settings).ask()
    assert only(sound, AnswerReady).confidence_label == "checked"
    doubted = await Chat(sources["sqlite"], FLAWS[0], settings).ask()
    assert only(doubted, PlanProposed).awaits_confirmation
    assert not [event for event in doubted if isinstance(event, ResultReady)]


async def test_a_doubt_sends_an_answer_to_review_that_would_have_been_sure_enough(
    sources: dict[str, OpenSource],
) -> None:
    settings = TurnSettings(confirmation="never", review_below=0.94)
    sound = Chat(sources["sqlite"], SOUND, settings, confidence=0.95)
    assert only(await sound.ask(), AnswerReady).confidence > 0.94
    doubted = Chat(sources["sqlite"], FLAWS[0], settings, confidence=0.95)
    requested = only(await doubted.ask(), ReviewRequested)
    kept = doubted.desk.reviews.kept[requested.review_id]
    assert FLAWS[0]["says"] in kept.reason
    assert any(check.name == "fan_out" and check.verdict == "warning" for check in kept.checks)
    answer = ReviewAnswer(review_id=requested.review_id, decision="approved", by="somebody")
    assert only(await doubted.say(answer), AnswerReady).confidence_label == "verified"
