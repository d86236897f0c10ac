"""What in an utterance leans on the turn before it, and the utterance with what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping

_THOSE = r"(?:them|these|those|they)"
_MARKS: Mapping[str, str] = {
    "plural": r"\b(?:they|them|these|those|their|theirs)\b",
    "possessive": r"\b(?:their|its|his|her|whose)\b",
    "single": r"\b(?:it|its|he|she|him|his|her|there|that one|this one|this|then)\b",
    "ones": r"\b(?:ones?)\b",
    "which": r"^\W*(?:(?:and|but|so|of (?:these|those|them)),? )*(?:which|who|what (?:are|is) the names?)\b",
    "which-thing": r"^\W*(?:(?:and|but|so|of (?:these|those|them)),? )*(?:who|which(?: ones?| of (?:them|these|those))?) "
    r"(?:is|are|was|were|has|have|had|do|does|did|can|[a-z]+ed|made|got|won|costs?)\b",
    "who": r"^\W*(?:and |so )?who\b",
    "among": rf"\b(?:of|from|among|out of|for|in) {_THOSE}\b|\bwhich (?:one|ones)\b",
    "only": r"\b(?:only|just)\b",
    "about": r"\b(?:what about|how about|instead|and for|same)\b",
    "also": r"\b(?:also|as well|too|along with|together with|add|include|additionally|in addition)\b",
    "and": r"^\W*(?:and|but|or|then|also)\b",
    "and-their": r"^\W*(?:and|plus|with) (?:their|its|his|her|the)\b",
    "how-many": r"\b(?:how many|count|number of)\b",
    "each": r"\b(?:each|per|every)\b",
    "sort": r"\b(?:sort|order|rank|arrange)\w*\b|\balphabetical|\b(?:ascending|descending)\b",
    "other": r"\b(?:others?|rest|remaining|not|except|without|never|none|no)\b|n't\b",
    "excludes": r"^\W*(?:and |but )?(?:not|without|except|exclud\w+|leave out|remove|drop|no)\b",
    "than-that": r"\b(?:than|above|below|over|under|exceed\w*) (?:that|this|it|the (?:average|mean))\b",
    "all": r"\b(?:all|any|every|overall|in total)\b",
    "most": r"\b(?:most|least|fewest)\b",
    "extreme": r"\b(?:highest|lowest|largest|smallest|biggest|greatest|longest|shortest|oldest|youngest|cheapest|best|worst|top|first|last|maximum|minimum)\b",
    "by": r"\bby\b",
    "named": r"\b(?:name|names|title|titles)\b",
    "that": r"\b(?:in|of|for|at|from|by|on|with|to|does|did|is|was|are|has) (?:that|this|these|those) \w+|\bthis \w+$",
    "of-which": r"^\W*(?:and )?(?:in|at|from|for|by|on|with|of|to) (?:which|what|whom|each|those|these)\b",
    "breaks-off": r"\b(?:is|are|was|were|has|have|had|do|does|did|can)(?: not|n't)?\W*$",
    "the": r"^\W*(?:who|what|which|where) (?:is|are|was|were) the\b",
    "asks": r"^\W*(?:show|list|find|give|tell|return|display|get|what|which|who|where|when|how|count|is|are|do|does)\b",
}
_PATTERNS = {name: re.compile(text, re.IGNORECASE) for name, text in _MARKS.items()}
_EMPTY_THERE = re.compile(
    r"\b(?:it is|is it|there (?:is|are|were|was)|(?:is|are|were|was) there)\b", re.IGNORECASE
)
_OPENING = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|now|then|also|please|what about|how about|great|thanks|thank you|good)\b[ ,.!]*)+",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(how many|the (?:total )?number of)\b(?=(?: of (?:them|those|these))?\W*(?:are there|exist|in total|$))", re.IGNORECASE)  # fmt: skip

_LAST_ONE = re.compile(r"(?<!\bthan)(?<!\bonly)(?<!\bleast)(?<!\bthe)(?<!\bhave)(?<!\bhas)(?<!\bhad) ones?(?=\W*$)", re.IGNORECASE)  # fmt: skip
"""The noun of "which is the smallest one?"."""
_BARE_WHICH = re.compile(
    r"^(which)(?= (?:is|are|was|were|has|have|had|do|does|did|can|[a-z]+ed|made|sold|got|won|cost|costs)\b)",
    re.IGNORECASE,
)


LEANING = frozenset(
    {
        "plural",
        "possessive",
        "single",
        "ones",
        "among",
        "only",
        "about",
        "also",
        "and",
        "sort",
        "than-that",
        "excludes",
        "that",
        "of-which",
    }
)
"""Marks of which a question by itself has none."""


def marks(question: str) -> frozenset[str]:
    """The kinds of words in a question by which people go on about what was answered before."""
    found = {name for name, pattern in _PATTERNS.items() if pattern.search(question)}
    if "single" in found and not _PATTERNS["single"].search(_EMPTY_THERE.sub(" ", question)):
        found.discard("single")
    words = len(question.split())
    return frozenset({*found, "short" if words <= 4 else "long" if words >= 9 else "middling"})


def completed(question: str, noun: str, named: bool) -> str:
    """The question with pronouns put in words and without an opening that only goes on.

    Args:
        noun: what the answer before is about, in the plural or the singular.
        named: whether the question itself names a table.
    """
    text = _OPENING.sub("", question).strip()
    text = _PATTERNS["excludes"].sub("", text).strip()
    text = re.sub(r"\beach(?=\W*$)", f"each {noun}", text, flags=re.I)
    text = re.sub(rf"\b(each|any|all|none|some|most|one) of {_THOSE}\b", rf"\1 {noun}", text, flags=re.I)
    text = re.sub(
        rf"^(?:of|from|among|out of) {_THOSE}(?: {re.escape(noun)})?\b,?", "", text, flags=re.I
    ).strip()
    text = re.sub(rf"\b(which|what) (?:ones?|of {_THOSE})\b", rf"\1 {noun}", text, flags=re.I)
    text = _BARE_WHICH.sub(rf"\1 {noun}", text)
    text = re.sub(rf"\bhow many of {_THOSE}\b", f"how many {noun}", text, flags=re.I)
    text = re.sub(r"\b(?:the|those|these) ones?\b", f"the {noun}", text, flags=re.I)
    text = _LAST_ONE.sub("", text)
    text = _COUNTED.sub(rf"\1 {noun}", text)
    owned = re.search(r"\b(?:their|its|his|her)\b", text, re.I) is not None
    text = re.sub(r"\b(?:their|its|his|her)\b", "the", text, flags=re.I)
    if named:
        text = re.sub(r"\b(?:those|these) (?=\w)", "the ", text, flags=re.I)
    text = re.sub(rf"\b(?:{_THOSE}|it|he|she|him)\b(?! (?:is|there)\b)", noun, text, flags=re.I)
    if owned and not named:
        text = f"{text.rstrip(' .?!')} of the {noun}?"
    return text
