"""Asks which way is meant when a query can reach something in several ways and the question names none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.checks.base import Rewrite, Statement
from agents.checks.roles import open_role
from agents.deps import OpenSource
from agents.doubts.offers import rewritten
from agents.events import ClarificationAsked, ClarificationOption
from agents.plan import Plan


def role_question(
    drafts: Sequence[Statement], plan: Plan, sources: Mapping[str, OpenSource]
) -> tuple[ClarificationAsked, dict[str, Plan]] | None:
    """The question, and the plan that each of its options stands for; None when no role is open."""
    for draft in drafts:
        roles = open_role(draft)
        if roles is None:
            continue
        source = sources[draft.step.source_id]
        plans = {roles.used.id: plan}
        for other in roles.others:
            changed = rewritten(plan, draft.step, Rewrite("", "", other.reading), source)
            if changed is not None:
                plans[other.id] = changed
        if len(plans) < 2:
            continue
        options = tuple(
            ClarificationOption(id=way.id, label=way.label, detail=way.detail)
            for way in roles.ways
            if way.id in plans
        )
        asked = ClarificationAsked(
            clarification_id=roles.id, question=roles.question, options=options, allow_text=False
        )
        return asked, plans
    return None
