"""An approved answer to the same question, or to one that differs in literals only, is used before anybody thinks."""

from __future__ import annotations

from agents.plans.derivation import CannotDerive, derive_plan
from agents.reasoners.base import Proposal, Thinking
from connectors.sql.lineage import unknown_names
from knowledge.base import KnowledgeError, PatternMatch, SourceKnowledge
from knowledge.templates import adapt

APPROVED = 0.95
"""Confidence in a statement that a reviewer approved for this question and that still fits the schema."""


async def approved_answer(thinking: Thinking) -> Proposal | None:
    """A proposal from the best approved pattern, or None. A pattern that no longer fits is passed over."""
    if thinking.answers:
        return None
    for knowledge in thinking.sources.values():
        for match in await _matches(thinking.question, knowledge):
            proposal = _proposal(thinking, knowledge, match)
            if proposal is not None:
                return proposal
    return None


async def _matches(question: str, knowledge: SourceKnowledge) -> list[PatternMatch]:
    try:
        found = await knowledge.retriever.patterns(question)
    except KnowledgeError:
        return []
    return [match for match in found if match.pattern.status == "active" and not match.pattern.negative]


def _proposal(thinking: Thinking, knowledge: SourceKnowledge, match: PatternMatch) -> Proposal | None:
    pattern = match.pattern
    sql = adapt(pattern, thinking.question, knowledge.dialect, knowledge.values)
    if sql is None:
        return None
    try:
        plan = derive_plan(sql, knowledge, thinking.question)
    except CannotDerive:
        return None
    if unknown_names(sql, knowledge.dialect, knowledge.schema):
        return None
    plan = plan.model_copy(update={"knowledge": (pattern.id,), "confidence": APPROVED, "reasoner": "pattern"})
    return Proposal(
        plan=plan,
        sql={plan.steps[0].id: sql},
        confidence=APPROVED,
        origin="pattern",
        label="verified",
        reasons=(f"This question was answered before and approved: “{pattern.question}”.",),
    )
