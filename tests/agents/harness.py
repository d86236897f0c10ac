"""A small shop in SQLite and everything a turn needs around it, kept in memory."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, Ran, ReviewRequestData, TurnDeps, TurnSettings
from agents.events import AgentEvent
from agents.plan import Plan, PlanStep
from agents.plans.derivation import derive_plan
from agents.reasoners.base import PreviousTurn, Proposal, Reasoner, Refusal, Summary, Thinking, Thought
from agents.reasoners.choice import Reasoners, Wanted
from agents.turn import Outcome, TurnRun
from connectors.base import Connector, QueryResult, ResultColumn, RowBatch
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING, ReadPolicy
from knowledge.base import PatternMatch, SchemaHit, SourceKnowledge
from knowledge.join_graph import SchemaJoinGraph
from knowledge.key_inference import key_edges
from knowledge.value_index import ColumnValues, StoredValueIndex

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id),
                     placed_on DATE NOT NULL, status TEXT NOT NULL, amount REAL NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price REAL NOT NULL);
CREATE TABLE order_lines (order_id INTEGER REFERENCES orders(id), product_id INTEGER REFERENCES products(id),
                          quantity INTEGER NOT NULL, PRIMARY KEY (order_id, product_id));
"""
COUNTRIES = ("Norway", "Chile", "Japan")
BY_COUNTRY = (
    "SELECT c.country, SUM(o.amount) AS revenue FROM orders AS o"
    " JOIN customers AS c ON c.id = o.customer_id GROUP BY c.country"
)
SLOW = (
    "SELECT COUNT(*) AS n FROM orders AS a, orders AS b, orders AS c, orders AS d"
    " WHERE a.amount < b.amount AND b.amount < c.amount AND c.amount < d.amount"
)
"""Minutes of work with a thousand orders."""


def make_shop(path: Path, orders: int = 60) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript(SHOP)
        connection.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?)",
            [(i, f"Customer {i}", COUNTRIES[i % 3], f"c{i}@example.org") for i in range(1, 13)],
        )
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
            [
                (
                    i,
                    i % 12 + 1,
                    f"2024-{i % 12 + 1:02}-{i % 27 + 1:02}",
                    ("paid", "open")[i % 4 == 0],
                    i * 10.5,
                )
                for i in range(1, orders + 1)
            ],
        )
        connection.executemany(
            "INSERT INTO products VALUES (?, ?, ?)", [(i, f"Product {i}", i * 2.5) for i in range(1, 9)]
        )
        connection.executemany(
            "INSERT INTO order_lines VALUES (?, ?, ?)",
            [(i, i % 8 + 1, i % 5 + 1) for i in range(1, orders + 1)]
            + [(i, (i + 3) % 8 + 1, 1) for i in range(1, orders + 1)],
        )
    connection.close()
    return path


@dataclass
class StillRetriever:
    """Finds the patterns it was given, and no schema hits."""

    found: Sequence[PatternMatch] = ()

    async def schema(self, question: str, limit: int = 30) -> Sequence[SchemaHit]:
        return ()

    async def patterns(self, question: str, limit: int = 5) -> Sequence[PatternMatch]:
        return self.found


async def open_shop(
    path: Path, policy: ReadPolicy = EVERYTHING, patterns: Sequence[PatternMatch] = ()
) -> OpenSource:
    connector: Connector = await open_connector("sqlite", {"path": str(path)})
    schema = await connector.schema()
    countries = ColumnValues("customers", "country", tuple((name, 4) for name in COUNTRIES), True)
    knowledge = SourceKnowledge(
        source_id="shop",
        source_name="Shop",
        dialect="sqlite",
        schema=schema,
        profiles={},
        values=StoredValueIndex([countries]),
        joins=SchemaJoinGraph(key_edges(schema)),
        retriever=StillRetriever(patterns),
        fingerprint="f1",
    )
    return OpenSource("shop", "Shop", connector, knowledge, policy)


@dataclass
class MemoryResults:
    kept: dict[str, QueryResult] = field(default_factory=dict)
    saves: list[str] = field(default_factory=list)
    folder: Path | None = None
    """Where results outlive the process, when they have to."""

    async def save(self, result_id: str, turn_id: str, ran: Ran, batches: AsyncIterator[RowBatch]) -> None:
        columns: tuple[ResultColumn, ...] = ()
        rows: list[Any] = []
        cut_by: str | None = None
        async for batch in batches:
            columns, cut_by = batch.columns, batch.cut_by or cut_by
            rows += batch.rows
        self.kept[result_id] = QueryResult(columns, rows, cut_by is not None, cut_by)
        self.saves.append(result_id)
        if self.folder is not None:
            (self.folder / f"{result_id}.pickle").write_bytes(pickle.dumps(self.kept[result_id]))

    async def load(self, result_id: str, rows: int) -> QueryResult:
        if self.folder is not None:
            stored: QueryResult = pickle.loads((self.folder / f"{result_id}.pickle").read_bytes())
            return stored
        return self.kept[result_id]


@dataclass
class MemoryReceipts:
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def save(self, receipt_id: str, turn_id: str, receipt: Mapping[str, Any]) -> None:
        self.kept[receipt_id] = receipt


@dataclass
class MemoryReviews:
    kept: dict[str, ReviewRequestData] = field(default_factory=dict)

    async def request(self, review_id: str, turn_id: str, request: ReviewRequestData) -> None:
        self.kept.setdefault(review_id, request)


@dataclass
class Scripted:
    """A reasoner that proposes the statements it is given, one per call, the last one for ever."""

    statements: Sequence[str | Thought | Exception]
    repairs: Sequence[str] = ()
    confidence: float = 0.9
    name: Literal["embedded", "llm"] = "embedded"
    asked: list[Thinking] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def think(self, thinking: Thinking) -> Thought:
        entry = self.statements[min(len(self.asked), len(self.statements) - 1)]
        self.asked.append(thinking)
        if isinstance(entry, Exception):
            raise entry
        return self.propose(entry, thinking) if isinstance(entry, str) else entry

    def propose(self, sql: str, thinking: Thinking) -> Proposal:
        knowledge = next(iter(thinking.sources.values()))
        plan = derive_plan(sql, knowledge, thinking.question)
        return Proposal(plan, {"s1": sql}, self.confidence, "embedded", "checked")

    async def revise(self, thinking: Thinking, plan: Plan, words: str) -> Thought:
        if not words.startswith("SELECT"):
            return Refusal("not_understood", f"“{words}” changes nothing I know of.")
        return self.propose(words, thinking)

    async def write_sql(self, thinking: Thinking, plan: Plan, step: PlanStep) -> Sequence[str]:
        return ()

    async def repair(
        self, thinking: Thinking, plan: Plan, step: PlanStep, sql: str, problem: str
    ) -> str | None:
        self.problems.append(problem)
        number = len(self.problems) - 1
        return self.repairs[number] if number < len(self.repairs) else None

    async def summarise(self, thinking: Thinking, plan: Plan, results: Sequence[QueryResult]) -> Summary:
        return Summary("There are {{rows}} rows.")


@dataclass
class Desk:
    """The stores of a test, and the making of deps around them."""

    source: OpenSource
    results: MemoryResults = field(default_factory=MemoryResults)
    receipts: MemoryReceipts = field(default_factory=MemoryReceipts)
    reviews: MemoryReviews = field(default_factory=MemoryReviews)

    def deps(
        self,
        reasoner: Reasoner | None = None,
        *,
        llm: Reasoner | None = None,
        wanted: Wanted = "auto",
        settings: TurnSettings | None = None,
        limits: TurnLimits | None = None,
        budget: Budget | None = None,
        history: Sequence[PreviousTurn] = (),
        sources: Mapping[str, OpenSource] | None = None,
    ) -> TurnDeps:
        return TurnDeps(
            sources={"shop": self.source} if sources is None else sources,
            reasoners=Reasoners(wanted, reasoner, llm),
            budget=budget or Budget(limits or TurnLimits()),
            results=self.results,
            receipts=self.receipts,
            reviews=self.reviews,
            today=date(2024, 12, 15),
            settings=settings or TurnSettings(),
            history=history,
            versions={"datachat": "test"},
        )


async def play(run: TurnRun) -> tuple[list[AgentEvent], Outcome]:
    events = [item.event async for item in run]
    assert run.outcome is not None
    return events, run.outcome


def types(events: Sequence[AgentEvent]) -> list[str]:
    return [event.type for event in events]
