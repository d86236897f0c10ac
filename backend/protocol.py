"""What crosses the chat socket: one envelope down, one closed union of commands up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field

from agents.events import AgentEvent, EventModel
from agents.plan import Plan
from backend.errors import Problem

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
MAX_QUESTION = 8_000
"""Characters of a question; a longer one is refused with a clear error."""


Text = Annotated[str, Field(max_length=MAX_QUESTION)]
Choice = Annotated[str, Field(max_length=300)]
"""Id of something that was offered."""


class TurnStarted(EventModel):
    type: Literal["turn.started"] = "turn.started"
    question: str
    kind: Literal["question"] = "question"
    author: str
    client_id: str


class TurnFinished(EventModel):
    type: Literal["turn.finished"] = "turn.finished"
    status: Literal["answered", "declined", "rejected", "cancelled"]
    seconds: float


class TurnFailed(EventModel):
    type: Literal["turn.failed"] = "turn.failed"
    problem: Problem


ServerEvent = Annotated[AgentEvent | TurnStarted | TurnFinished | TurnFailed, Discriminator("type")]


class Envelope(BaseModel):
    """`seq` counts up by one within a chat, so a client that reconnects can say where it stopped."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    type: Literal["event"] = "event"
    chat_id: str
    turn_id: str
    seq: int
    at: datetime
    event: ServerEvent


class CommandModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    client_id: Id
    """Made by the client; the same id again is the same command and changes nothing."""


class Subscribe(CommandModel):
    type: Literal["subscribe"]
    chat_id: Id
    after_seq: int = Field(default=0, ge=0, lt=2**63)


class Unsubscribe(CommandModel):
    type: Literal["unsubscribe"]
    chat_id: Id


class Ask(CommandModel):
    type: Literal["ask"]
    chat_id: Id
    question: str = Field(min_length=1)
    source_ids: tuple[Id, ...] = ()
    """Empty: any source of the project."""


class Confirm(CommandModel):
    type: Literal["confirm"]
    chat_id: Id
    turn_id: Id
    revision: int


class Revise(CommandModel):
    """Change the plan: by a whole edited plan, in words, or by an option of one assumption."""

    type: Literal["revise"]
    chat_id: Id
    turn_id: Id
    revision: int
    plan: Plan | None = None
    words: Text = ""
    assumption_id: Choice = ""
    option_id: Choice = ""


class Reject(CommandModel):
    type: Literal["reject"]
    chat_id: Id
    turn_id: Id
    reason: Text = ""


class Clarify(CommandModel):
    type: Literal["clarify"]
    chat_id: Id
    turn_id: Id
    clarification_id: Choice
    option_id: Choice | None = None
    text: Text = ""


class Cancel(CommandModel):
    type: Literal["cancel"]
    chat_id: Id
    turn_id: Id


class Ping(CommandModel):
    type: Literal["ping"]


ClientCommand = Annotated[
    Subscribe | Unsubscribe | Ask | Confirm | Revise | Reject | Clarify | Cancel | Ping, Discriminator("type")
]


class Accepted(BaseModel):
    """Answers every command; `problem` is set when it was refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    type: Literal["ack"] = "ack"
    client_id: str
    turn_id: str | None = None
    problem: Problem | None = None


class Pong(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    type: Literal["pong"] = "pong"
    client_id: str


class Replayed(BaseModel):
    """Ends the stored events of a subscription; what follows is live."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    type: Literal["replayed"] = "replayed"
    chat_id: str
    seq: int


class SourceProgress(BaseModel):
    """Live progress of indexing, sent to everybody who may see the source."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)

    type: Literal["source.progress"] = "source.progress"
    source_id: str
    phase: Literal["queued", "schema", "profiles", "values", "vectors", "done", "failed"]
    done: int
    total: int
    table: str = ""
    problem: Problem | None = None


ServerFrame = Annotated[Envelope | Accepted | Pong | Replayed | SourceProgress, Discriminator("type")]
