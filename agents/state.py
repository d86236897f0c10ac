"""What a turn remembers between its nodes: plain JSON-able data, small enough to checkpoint at every step.

Rows, connections and models never enter it; results are held by id. Every key is optional because
each node adds its own.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from agents.budget import SpentData

TurnKind = Literal["question"]
TurnStatus = Literal["working", "answered", "declined", "rejected"]
Origin = Literal["embedded", "llm", "pattern", "person", "reviewer"]
Json = dict[str, Any]
"""A Pydantic model after `model_dump(mode="json")`."""


class Candidate(TypedDict):
    """A statement that may be tried for a step."""

    sql: str
    origin: Origin


class Verdict(TypedDict):
    """How sure the turn is of its plan, and why."""

    confidence: float
    origin: Literal["embedded", "llm", "pattern"]
    label: Literal["verified", "checked", "check_this"]
    reasons: list[str]
    reasoner: str
    note: str


class Draft(TypedDict):
    """The statement in hand for the current step."""

    sql: str
    origin: Origin
    attempt: int
    sha256: str
    """Of the admitted bytes; empty until the guard let it pass."""
    lineage: list[list[str]]
    """Source columns of each output column."""
    approved: bool
    """Passed every check; only then may it run."""


class Grounds(TypedDict):
    """What the reasoner proposed last, by which a plan that was edited is judged."""

    plan: Json
    confidence: float


class StepResult(TypedDict):
    """What one step brought back; the rows are in the result store."""

    step: str
    source_id: str
    result_id: str
    sql: str
    sha256: str
    """Of the statement as it was shown, before row filters and masks."""
    restricted: bool
    """The reader's row filters or masks were put in."""
    origin: Origin
    columns: list[Json]
    row_count: int
    rows_digest: str
    """Of all the rows, whatever their order; see `RowDigest`."""
    truncated: bool
    cut_by: str | None
    seconds: float
    reading: Json
    checks: list[Json]
    conformance: list[Json]
    back_translation: str


class Confirmation(TypedDict):
    revision: int
    by: str
    """Id of the person; empty when the project's policy let it run."""
    statements: dict[str, str]
    """Step id → SHA-256 of the statement that was shown."""
    fingerprints: dict[str, str]
    """Source id → schema fingerprint at that moment."""


class TurnState(TypedDict, total=False):
    turn_id: str
    chat_id: str
    kind: TurnKind
    question: str
    started: str
    """ISO moment of the first node."""

    route: Literal[
        "think",
        "clarify",
        "plan",
        "confirm",
        "revise",
        "write",
        "check",
        "review",
        "wait",
        "run",
        "answer",
        "end",
    ]
    """Where the node that ran last says the turn goes next; the edges read it."""
    status: TurnStatus

    answers: dict[str, str]
    """Clarification or assumption id → option id or text."""
    clarification: Json
    """The `ClarificationAsked` that waits for an answer."""
    clarifications: int
    offered: dict[str, Json]
    """Option id of the clarification → the plan it stands for, where the plan itself was the question."""

    plan: Json
    proposed: Json
    """The plan as last shown; the next revision is compared with it."""
    first_plan: Json
    """The plan of the first revision, for the receipt."""
    grounds: Grounds
    remedies: list[str]
    """Digests of the steps of the plans that checks offered instead of the one shown."""
    revision: int
    changes: list[Json]
    verdict: Verdict
    """The reasoner's own."""
    judged: Verdict
    """After the checks."""
    awaits: bool
    """The proposed plan waits for a person."""
    request: Json
    """The `ReviseAnswer` in hand."""
    confirmation: Confirmation

    candidates: dict[str, list[Candidate]]
    """Step id → statements not tried yet, best first."""
    unsettled: str
    """Why no statement is settled for the plan that was confirmed."""
    step: int
    draft: Draft
    tried: list[str]
    """Texts tried for the current step."""
    problem: str
    """Why the last statement did not do; what a repair has to mend."""
    figures: dict[str, dict[str, dict[str, float]]]
    """SHA-256 of a statement → what its checks had counted, by probe."""
    checked: Json
    """The `ChecksFinished` of the statement in hand."""
    review: Json
    """The `ReviewRequested`, later the `ReviewDecided`, of this turn."""
    results: list[StepResult]

    spent: SpentData
