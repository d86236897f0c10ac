"""The exact words that a language model is asked with. A change of them is seen in the diff of the snapshots.

`WRITE_SNAPSHOTS=1 pytest tests/agents/test_prompts.py` writes them anew.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agents.budget import Budget
from agents.deps import OpenSource
from agents.llm import ChatModels, ModelSettings
from agents.plan import Plan
from agents.plans.derivation import derive_plan
from agents.reasoners.base import PreviousTurn, Thinking
from agents.reasoners.llm import LlmReasoner
from connectors.base import QueryResult, ResultColumn, TypeFamily
from knowledge.base import GlossaryTerm, Pattern, PatternMatch
from tests.agents.harness import BY_COUNTRY, StillRetriever, make_shop, open_shop
from tests.fakes.llm_server import FakeLlm, Request

SNAPSHOTS = Path(__file__).parent / "snapshots"
QUESTION = "What is the revenue in Norway by month?"
ANSWER = {"route": "plan", "restated": QUESTION, "source": "shop", "sql": BY_COUNTRY, "confidence": 0.8}
Ask = Callable[[LlmReasoner, Thinking, Plan], Awaitable[object]]


async def _summarise(llm: LlmReasoner, thinking: Thinking, plan: Plan) -> object:
    columns = (
        ResultColumn("country", "TEXT", TypeFamily.text),
        ResultColumn("revenue", "REAL", TypeFamily.decimal),
    )
    return await llm.summarise(
        thinking, plan, [QueryResult(columns, [("Norway", 6510.0), ("Chile", 6300.0)], False)]
    )


ASKED: dict[str, tuple[object, Ask]] = {
    "plan": (ANSWER, lambda llm, thinking, plan: llm.think(thinking)),
    "revise": (ANSWER, lambda llm, thinking, plan: llm.revise(thinking, plan, "only the best one")),
    "write_sql": (
        {"sql": BY_COUNTRY},
        lambda llm, thinking, plan: llm.write_sql(thinking, plan, plan.steps[0]),
    ),
    "repair": (
        {"sql": BY_COUNTRY},
        lambda llm, thinking, plan: llm.repair(thinking, plan, plan.steps[0], "SELECT x", "No column x."),
    ),
    "summarise": ({"text": "Norway leads with {{r0c1}}."}, _summarise),
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[OpenSource]:
    """With everything that a prompt can hold: a term, an instruction, an approved answer and a mistake."""
    good = Pattern("p1", "Revenue by country?", BY_COUNTRY, "shop")
    bad = replace(
        good,
        id="p2",
        sql="SELECT SUM(price) AS s FROM products",
        negative=True,
        note="Prices are no revenue.",
    )
    source = await open_shop(make_shop(tmp_path / "s.sqlite"))
    knowledge = replace(
        source.knowledge,
        retriever=StillRetriever([PatternMatch(good, 0.8), PatternMatch(bad, 0.7)]),
        glossary=(
            GlossaryTerm(
                "g1", "revenue", kind="metric", targets=("orders",), expression="SUM(orders.amount)"
            ),
        ),
        instructions=("Amounts are in euros.",),
        descriptions={"orders": "One row for each order, paid or not."},
    )
    yield replace(source, knowledge=knowledge)
    await source.connector.close()


@pytest.mark.parametrize("name", sorted(ASKED))
async def test_the_words_a_model_is_asked_with(name: str, shop: OpenSource) -> None:
    reply, ask = ASKED[name]
    plan = derive_plan(BY_COUNTRY, shop.knowledge, QUESTION)
    thinking = Thinking(
        question=QUESTION,
        sources={"shop": shop.knowledge},
        probers={},
        today=date(2024, 12, 15),
        history=(PreviousTurn("Revenue by country?", plan, (BY_COUNTRY,), ("country", "revenue"), 3),),
        instructions=("Answer for the board.",),
    )
    async with FakeLlm([reply]) as server:  # type: ignore[list-item]
        settings = ModelSettings("compatible", "fake", base_url=server.url, deadline=5.0, silence=2.0)
        async with ChatModels(settings) as models:
            await ask(LlmReasoner(models, Budget()), thinking, plan)
    (request,) = server.requests
    _compare(SNAPSHOTS / f"{name}.txt", _words(request))


def _words(request: Request) -> str:
    return "".join(f"===== {m['role']}\n{m['content']}\n" for m in request.body["messages"])


def _compare(path: Path, words: str) -> None:
    if os.environ.get("WRITE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(words, encoding="utf-8")
    assert words == path.read_text(encoding="utf-8")
