"""When to ask back, and how: one question about one thing, in a few short options; else an assumption that can be switched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from agents.events import ClarificationOption
from agents.plan import Assumption, AssumptionOption
from agents.reasoners.embedded.analytic.doers import PERSON
from agents.reasoners.embedded.differences import Difference, Slot, difference
from agents.reasoners.embedded.think import Ranked, Understanding

READING = "reading"
"""The id of the clarification, and of the assumption: which of the readings is meant."""
_MOST_OPTIONS = 4
_CLOSE = 1.0
"""Another reading is worth asking about when it scores at most so much less than the best one."""
_WORTH_SHOWING = 2.0
"""… and worth showing as a switch when it scores at most so much less."""
_NOUNS: Mapping[Slot, str] = {
    "column": "column", "date": "date", "table": "table", "value": "value", "computation": "figure", "path": "connection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that the question leaves open, and the readings that settle it one way or another."""

    slot: Slot
    words: str
    """The words of the question that are meant; empty when nothing was said about it."""
    items: tuple[tuple[Ranked, str], ...]
    """The best reading first, each with a short label."""
    close: bool
    """Whether another one is nearly as likely as the best."""


def option_id(item: Ranked) -> str:
    """The same for the same reading in every turn."""
    return f"reading-{sha256(item.sql.encode()).hexdigest()[:10]}"


def chosen(understood: Understanding, answer: str) -> Ranked | None:
    """The reading that an option stands for."""
    return next((item for item in understood.ranked if option_id(item) == answer), None)


def choice(understood: Understanding) -> Choice | None:
    """The one thing that the likeliest readings with other results disagree about."""
    best = understood.best
    if best is None:
        return None
    found: dict[tuple[Slot, str], list[tuple[Ranked, Difference]]] = {}
    for item in understood.others:
        if best.score - item.score > _WORTH_SHOWING:
            continue
        differs = difference(best.candidate.draft, item.candidate.draft, understood.linker)
        if differs is not None and (differs.slot != "table" or _of_people(best, differs.about)):
            found.setdefault((differs.slot, differs.about), []).append((item, differs))
    if not found:
        return None
    (slot, about), pairs = next(iter(found.items()))
    labels = {option_id(best): (best, pairs[0][1].ours)}
    for item, differs in pairs:
        if differs.theirs not in [label for _, label in labels.values()]:
            labels[option_id(item)] = (item, differs.theirs)
    if len(labels) < 2:
        return None
    close = best.score - pairs[0][0].score <= _CLOSE
    return Choice(slot, _words(understood, best, about), tuple(labels.values())[:_MOST_OPTIONS], close)


def _of_people(best: Ranked, about: str) -> bool:
    """Whether a table was said by a word for people, so that others may be meant."""
    return any(
        mention.how == PERSON and f"{mention.table}." == about
        for chunk in best.candidate.chunks
        for mention in chunk.mentions
    )


def _words(understood: Understanding, best: Ranked, about: str) -> str:
    """The words of the question that may mean the thing that is open."""
    for chunk in best.candidate.chunks:
        if any(f"{mention.table}.{mention.column}" == about for mention in chunk.mentions):
            return chunk.text
    return ""


def asked_about(found: Choice) -> tuple[str, tuple[ClarificationOption, ...]]:
    """The question and its options; the first one is what would be taken without an answer."""
    noun = _NOUNS[found.slot]
    text = f"Which {noun} do you mean by “{found.words}”?" if found.words else f"Which {noun} should count?"
    if found.slot == "table" and found.words:
        text = f"Whom do you mean by “{found.words}”?"
    options = tuple(
        ClarificationOption(id=option_id(item), label=label, detail=_detail(item, default=not number))
        for number, (item, label) in enumerate(found.items)
    )
    return text, options


def assumed(found: Choice) -> Assumption:
    """The same as a switch on the plan."""
    text = f"“{found.words}” means" if found.words else f"The {_NOUNS[found.slot]} that counts"
    options = tuple(AssumptionOption(id=option_id(item), label=label) for item, label in found.items)
    return Assumption(id=READING, text=text, options=options, chosen=options[0].id)


def _detail(item: Ranked, *, default: bool) -> str:
    sample = sample_of(item)
    if not default:
        return sample
    return f"most likely; {sample}" if sample else "most likely"


def sample_of(item: Ranked) -> str:
    """What the reading would bring: how many rows, or the one figure."""
    rows: Sequence[Sequence[object]] = item.result.rows if item.result is not None else ()
    if item.result is None:
        return ""
    if not rows:
        return "no rows"
    if len(rows) == 1 and rows[0]:
        return f"gives {rows[0][0]}"
    return f"more than {len(rows)} rows" if item.result.truncated else f"{len(rows)} rows"
