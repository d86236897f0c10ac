"""What the checks may know of the question behind a statement."""

from __future__ import annotations

from agents.deps import TurnDeps
from agents.plan import Plan
from agents.state import TurnState
from agents.statements import Asked

EDITED = "You edited the plan."


def asked_of(state: TurnState, deps: TurnDeps, plan: Plan) -> Asked:
    answers = state.get("answers", {})
    return Asked(
        question=" ".join((plan.question, *(answer.replace("_", " ") for answer in answers.values()))),
        today=deps.today,
        answered=frozenset(answers),
        settled=EDITED in state["verdict"]["reasons"],
    )
