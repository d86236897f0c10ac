"""One turn on one screen: which node follows which.

A node is `(state, runtime) -> partial update`; it says in `route` where the turn goes next, and the edges
read only that. Nodes that wait for a person (`clarify`, `confirm`, `review`) do nothing before their
`interrupt()`, because a resumed node runs again from its top.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agents.answer import answer
from agents.confirm import clarify, confirm
from agents.deps import TurnDeps
from agents.executor import executor
from agents.orchestrator import orchestrator
from agents.planner import planner, revise
from agents.review import request_review, review
from agents.sql_agent import sql_agent
from agents.state import TurnState
from agents.validator import validator

TurnGraph = CompiledStateGraph[TurnState, TurnDeps, TurnState, TurnState]
Node = Callable[[TurnState, Runtime[TurnDeps]], Awaitable[TurnState]]

EDGES: dict[str, dict[str, str]] = {
    "orchestrator": {"plan": "planner", "clarify": "clarify", "end": END},
    "clarify": {"think": "orchestrator", "plan": "planner"},
    "planner": {"confirm": "confirm", "clarify": "clarify", "end": END},
    "confirm": {"write": "sql_agent", "revise": "revise", "end": END},
    "revise": {"plan": "planner", "think": "orchestrator", "clarify": "clarify", "end": END},
    "sql_agent": {"check": "validator"},
    "validator": {"run": "executor", "review": "request_review", "write": "sql_agent"},
    "request_review": {"wait": "review"},
    "review": {"run": "executor", "check": "validator", "end": END},
    "executor": {"answer": "answer", "write": "sql_agent"},
    "answer": {"end": END},
}
NODES: dict[str, Node] = {
    "orchestrator": orchestrator,
    "clarify": clarify,
    "planner": planner,
    "confirm": confirm,
    "revise": revise,
    "sql_agent": sql_agent,
    "validator": validator,
    "request_review": request_review,
    "review": review,
    "executor": executor,
    "answer": answer,
}


def build_graph(saver: BaseCheckpointSaver[str] | None = None) -> TurnGraph:
    graph: StateGraph[TurnState, TurnDeps, TurnState, TurnState] = StateGraph(
        TurnState, context_schema=TurnDeps
    )
    for name, node in NODES.items():
        graph.add_node(name, _counted(node))
    graph.add_edge(START, "orchestrator")
    for name, targets in EDGES.items():
        graph.add_conditional_edges(name, _route, targets)  # type: ignore[arg-type]
    return graph.compile(checkpointer=saver)


def _route(state: TurnState) -> str:
    return state["route"]


def _counted(node: Node) -> Any:
    """The node, with what the turn has used so far kept in the state, done when its events are stored."""

    @functools.wraps(node)
    async def run(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
        budget = runtime.context.budget
        budget.check_time()
        update = await node(state, runtime)
        update["spent"] = budget.dump()
        await runtime.context.delivery.settled()
        return update

    return run
