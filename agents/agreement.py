"""Whether two proposals would give the same answer, judged from their statements' readings."""

from __future__ import annotations

from agents.plans.derivation import CannotDerive, read
from agents.reasoners.base import Proposal, Thinking
from connectors.sql.readings.settled import settled_form
from knowledge.base import SourceKnowledge


def agree(first: Proposal, second: Proposal, thinking: Thinking) -> bool:
    """Same sources, and for every step a statement with the same canonical reading."""
    ours, theirs = first.plan.steps, second.plan.steps
    if [step.source_id for step in ours] != [step.source_id for step in theirs]:
        return False
    for mine, other in zip(ours, theirs, strict=True):
        left, right = first.sql.get(mine.id), second.sql.get(other.id)
        knowledge = thinking.sources.get(mine.source_id)
        if left is None or right is None or knowledge is None:
            return False
        if not same_meaning(left, right, knowledge):
            return False
    return True


def same_meaning(left: str, right: str, knowledge: SourceKnowledge) -> bool:
    if left == right:
        return True
    try:
        forms = [settled_form(read(sql, knowledge), knowledge.schema) for sql in (left, right)]
    except CannotDerive:
        return False
    return forms[0] == forms[1]
