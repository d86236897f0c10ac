"""What a person says to a waiting turn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from agents.events import EventModel
from agents.plan import Plan

Waiting = Literal["clarification", "confirmation", "review"]


class ClarifyAnswer(EventModel):
    kind: Literal["clarify"] = "clarify"
    clarification_id: str
    option_id: str | None = None
    text: str = ""


class ConfirmAnswer(EventModel):
    kind: Literal["confirm"] = "confirm"
    revision: int
    by: str = ""
    """Id of the person; kept in the receipt."""


class ReviseAnswer(EventModel):
    """Change the plan: by a whole edited plan, in words, or by an option of one assumption."""

    kind: Literal["revise"] = "revise"
    revision: int
    plan: Plan | None = None
    words: str = ""
    assumption_id: str = ""
    option_id: str = ""


class RejectAnswer(EventModel):
    kind: Literal["reject"] = "reject"
    reason: str = ""


class ReviewAnswer(EventModel):
    kind: Literal["review"] = "review"
    review_id: str
    decision: Literal["approved", "corrected", "rejected"]
    sql: str = ""
    """With `corrected`: the reviewer's statement; it passes the same checks as any other."""
    note: str = ""
    by: str = ""


PlanAnswer = Annotated[ConfirmAnswer | ReviseAnswer | RejectAnswer, Discriminator("kind")]
Answer = ClarifyAnswer | ConfirmAnswer | ReviseAnswer | RejectAnswer | ReviewAnswer

PLAN_ANSWER: TypeAdapter[ConfirmAnswer | ReviseAnswer | RejectAnswer] = TypeAdapter(PlanAnswer)

WAITS_FOR: dict[type[EventModel], Waiting] = {
    ClarifyAnswer: "clarification",
    ConfirmAnswer: "confirmation",
    ReviseAnswer: "confirmation",
    RejectAnswer: "confirmation",
    ReviewAnswer: "review",
}
