"""Which words, not known to the source, tell what happened rather than what it happened to."""

from __future__ import annotations

import re

from knowledge.lexicon import load

_DEEDS = ("verbs", "selling", "spending", "taking")
_FORM = re.compile(r".*[aeiouy].*(ed|ing)")
"""The ending of a verb after a syllable of its own: neither "red" nor "king" has one."""


def is_verb_form(word: str) -> bool:
    return _FORM.fullmatch(word) is not None


def is_deed(word: str) -> bool:
    """A form of a verb, also of one that is not formed by rule."""
    lexicon = load()
    known = word in lexicon.irregular or word in lexicon.fillers
    return is_verb_form(word) or known or any(word in lexicon.business[group] for group in _DEEDS)
