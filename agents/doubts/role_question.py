"""Asks which way is meant when a table leads to another by several keys and the question names none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.checks.base import Rewrite, Statement
from agents.checks.roles import ROLE, following, open_role
from agents.deps import OpenSource
from agents.doubts.offers import rewritten
from agents.events import ClarificationAsked, ClarificationOption
from agents.plan import Plan
from knowledge.text import split_identifier


def role_question(
    drafts: Sequence[Statement], plan: Plan, sources: Mapping[str, OpenSource]
) -> tuple[ClarificationAsked, dict[str, Plan]] | None:
    """The question, and the plan that each of its options stands for; None when no role is open."""
    for draft in drafts:
        if draft.reading is None or draft.joins is None:
            continue
        roles = open_role(draft.reading, draft)
        if roles is None:
            continue
        source = sources[draft.step.source_id]
        plans = {roles.used: plan}
        for other in roles.others:
            rewrite = Rewrite("", "", following(draft.reading, roles, other))
            changed = rewritten(plan, draft.step, rewrite, source)
            if changed is not None:
                plans[other] = changed
        if len(plans) < 2:
            continue
        options = tuple(
            ClarificationOption(id=key, label=_words(key), detail=f"{roles.table.name}.{key}")
            for key in plans
        )
        question = (
            f"{roles.table.name} refers to {roles.target.name} in {len(plans)} ways. Which one do you mean?"
        )
        asked = ClarificationAsked(
            clarification_id=roles.id, question=question, options=options, allow_text=False
        )
        return asked, plans
    return None


def is_role(clarification_id: str) -> bool:
    return clarification_id.startswith(ROLE)


def _words(key: str) -> str:
    """`ship_address_id` → "ship address"."""
    words = [word for word in split_identifier(key) if word != "id"]
    return " ".join(words) or key
