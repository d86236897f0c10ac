"""Asks what a word means that nothing in the source is called, before an answer leaves it out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.events import ClarificationAsked, ClarificationOption
from agents.plan import WordLink
from agents.reasoners.base import Proposal
from knowledge.lexicon import load

WORD = "word:"
"""How the ids of such clarifications begin; the word follows."""
WITHOUT = "without"
"""The option to go on without the word."""
SURE_ENOUGH = 0.7
"""From here on most answers are right although a word of theirs is not understood; it is shown, and nobody is asked."""
_VERBAL = ("ed", "ing", "ly")


def word_question(proposal: Proposal, answers: Mapping[str, str]) -> ClarificationAsked | None:
    """The question about the first such word; what is proposed goes on without it.

    A name that is not known, or a condition that nothing can tell, was said to leave something out, so it is asked
    about however sure the rest is.
    """
    links = proposal.plan.links
    named = [link for link in links if link.start and link.words[:1].isupper()]
    unasked = things(links) if proposal.confidence < SURE_ENOUGH else _conditions(links)
    unknown = things(named) or unasked
    if not unknown or proposal.origin != "embedded":
        return None
    if any(answer.startswith(WORD) for answer in answers):
        return None
    return ClarificationAsked(
        clarification_id=f"{WORD}{unknown[0]}",
        question=asking(unknown[0]),
        options=(ClarificationOption(id=WITHOUT, label=f"Answer without “{unknown[0]}”"),),
    )


def asking(word: str) -> str:
    if word.lower() in load().business["late"]:
        return f"Nothing here tells by when it was due, so I can't say what is “{word}”. What should count?"
    return f"I don't know what “{word}” means here. Can you say it in words of the data?"


def things(links: Sequence[WordLink]) -> list[str]:
    """Words not understood that are more than a form of a verb."""
    unknown = (link.words for link in links if link.kind == "unknown")
    return [word for word in unknown if not word.lower().endswith(_VERBAL)]


def _conditions(links: Sequence[WordLink]) -> list[str]:
    """Unknown words that can only have been said to leave something out."""
    return [
        link.words
        for link in links
        if link.kind == "unknown" and link.words.lower() in load().business["late"]
    ]


def explained(question: str, answers: Mapping[str, str]) -> str:
    """The question with every word that was explained replaced by what was said instead."""
    for asked, said in answers.items():
        if asked.startswith(WORD) and said and said != WITHOUT:
            word = re.compile(rf"(?<!\w){re.escape(asked.removeprefix(WORD))}(?!\w)", re.IGNORECASE)
            question = said.join(word.split(question))
    return question
