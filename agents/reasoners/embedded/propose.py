"""From what was understood to what the turn gets: a proposal, a question back, or an honest refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.doubts.unknown_words import WORD, asking
from agents.doubts.unknown_words import things as unknown_things
from agents.events import ClarificationOption
from agents.plan import Plan, PlanStep, WordLink
from agents.plans.compile import CannotPlan
from agents.plans.reading import plan_query_of
from agents.reasoners.base import Proposal, Question, Refusal, Thought
from agents.reasoners.embedded.analytic.business import KNOWLEDGE
from agents.reasoners.embedded.brief import brief
from agents.reasoners.embedded.clarify import READING, asked_about, assumed, choice, option_id, sample_of
from agents.reasoners.embedded.explain import unknown_words, word_links
from agents.reasoners.embedded.naming import named
from agents.reasoners.embedded.think import Ranked, Understanding
from connectors.sql.readings.render import to_sql

ANSWER_ABOVE = 0.5
"""Below it the reasoner asks first, when one single thing is open."""
SURE = 0.8
"""From here on no other reading is shown as a switch, except which date counts."""
UNSURE_BELOW = 0.3
"""Below it there is no answer at first, but a question or a refusal."""
_OFFERED = 3
_CLOSE = 2.0
"""Readings that score so much less than the best are not worth asking about."""
_UNKNOWN_SHARE = 0.5
_WITH_UNKNOWN = 0.78
"""No answer is surer than this while a word of the question is not understood."""
_AS_EDIT = "Read as a change of the answer before."
STEP = "s1"


def proposal(understood: Understanding, item: Ranked, question: str, confidence: float) -> Proposal | None:
    """A candidate as a proposal; None when it does not fit into a plan."""
    knowledge = understood.knowledge
    reading = named(item.candidate.reading, knowledge.schema)
    try:
        query = plan_query_of(reading, knowledge.schema, item.dialect)
    except CannotPlan:
        return None
    links = word_links(understood.lattice, item.candidate, understood.linker.lexicon)
    step = PlanStep(id=STEP, source_id=knowledge.source_id, source_name=knowledge.source_name, query=query)
    rests_on = tuple(
        sorted(note.removeprefix(KNOWLEDGE) for note in item.candidate.notes if note.startswith(KNOWLEDGE))
    )
    plan = Plan(
        question=question,
        steps=(step,),
        links=links,
        knowledge=rests_on,
        confidence=confidence,
        reasoner="embedded",
    )
    return Proposal(
        plan=plan,
        sql={STEP: to_sql(reading, item.dialect)},
        confidence=confidence,
        origin="embedded",
        label="checked" if confidence >= SURE else "check_this",
        reasons=_reasons(item, links, confidence),
    )


def _reasons(item: Ranked, links: Sequence[WordLink], confidence: float) -> tuple[str, ...]:
    reasons = []
    unknown = unknown_words(links)
    if unknown:
        reasons.append("Not understood: " + ", ".join(f"“{word}”" for word in unknown) + ".")
    if item.features.get("empty"):
        reasons.append("A trial run brought back no rows.")
    if confidence < SURE and not unknown:
        edit = "edit" in item.candidate.notes
        reasons.append(_AS_EDIT if edit else "The words can be read in more than one way.")
    return tuple(reasons)


def decide(understood: Understanding, question: str, *, asked: bool = False, edit: bool = False) -> Thought:
    """Answer, ask back, or decline, by the calibrated confidence."""
    best = understood.best
    if best is None:
        return decline(understood)
    links = word_links(understood.lattice, best.candidate, understood.linker.lexicon)
    if not edit and _out_of_scope(links):
        return decline(understood, links)
    confidence = min(understood.confidence, _WITH_UNKNOWN) if unknown_things(links) else understood.confidence
    main = proposal(understood, best, question, confidence)
    if main is None:
        return decline(understood, links)
    main = replace(main, alternatives=tuple(_alternatives(understood, best, question)))
    if asked or edit:
        return main
    found = choice(understood)
    if found is None or not found.close:
        return main if understood.confidence >= UNSURE_BELOW else _unsure(understood, main, links)
    if understood.confidence < ANSWER_ABOVE and len(unknown_things(links)) == 1:
        return decline(
            understood, links
        )  # what the word means decides more than any choice among readings without it
    if understood.confidence < ANSWER_ABOVE or (found.slot == "date" and not found.words):
        text, options = asked_about(found)
        return Question(READING, text, options, links, main)
    if understood.confidence >= SURE and found.slot != "date":
        return main
    return replace(main, plan=main.plan.model_copy(update={"assumptions": (assumed(found),)}))


def _alternatives(understood: Understanding, best: Ranked, question: str) -> Iterator[Proposal]:
    """Other readings that are nearly as likely and show something else."""
    for item in understood.others[:_OFFERED]:
        if best.score - item.score <= _CLOSE and not _same_rows(item, best):
            other = proposal(understood, item, question, round(understood.confidence * 0.5, 3))
            if other is not None:
                yield other


def _unsure(understood: Understanding, main: Proposal, links: tuple[WordLink, ...]) -> Thought:
    """Nothing fits well: the nearest readings are offered in a few words, or the question is declined."""
    sensible = [item for item in understood.choices if not item.features.get("unasked_key")]
    items = [item for item in sensible[:_OFFERED] if item.result is None or item.result.rows]
    if not items or unknown_things(links):
        return decline(understood, links)
    options: dict[str, ClarificationOption] = {}
    for item in items:
        label = brief(item.candidate.draft, item.candidate.main, understood.linker)
        options.setdefault(
            label, ClarificationOption(id=option_id(item), label=label, detail=sample_of(item))
        )
    return Question(
        READING, "I am not sure what you mean. Is it one of these?", tuple(options.values()), links, main
    )


def strangers(understood: Understanding) -> int:
    """How many words of the question name nothing in this source."""
    best = understood.best
    if best is None:
        return 0
    return len(unknown_things(word_links(understood.lattice, best.candidate, understood.linker.lexicon)))


def _same_rows(item: Ranked, best: Ranked) -> bool:
    """Whether two readings show the same things and differ only in how much of each is shown."""
    one, other = item.candidate.draft, best.candidate.draft
    if any(term.aggregated for term in (*one.select, *other.select)):
        return False
    return replace(one, distinct=False, select=()) == replace(other, distinct=False, select=())


def _out_of_scope(links: Sequence[WordLink]) -> bool:
    """Whether too little was understood to show a number."""
    unknown = sum(link.kind == "unknown" for link in links)
    named = sum(link.kind in ("table", "column", "value", "knowledge") for link in links)
    return not named or unknown / max(1, unknown + named) > _UNKNOWN_SHARE


def decline(understood: Understanding, links: Sequence[WordLink] = ()) -> Question | Refusal:
    """What was and what was not understood, and what could be asked instead; a single unknown word is asked about."""
    unknown = unknown_words(links)
    if not links:
        lexicon = understood.linker.lexicon
        known = lexicon.fillers | {word for phrase in lexicon.cues for word in phrase}
        unknown = [
            token.text
            for token in understood.lattice.tokens
            if token.kind == "word" and token.lower not in known
        ]
    named = [link for link in links if link.kind in ("table", "column", "value")]
    if named and len(things := unknown_things(links)) == 1:
        return Question(f"{WORD}{things[0]}", asking(things[0]), (), tuple(links))
    message = "I don't understand this well enough to answer from the data."
    if unknown:
        message += (
            " These words match nothing I know there: " + ", ".join(f"“{word}”" for word in unknown[:8]) + "."
        )
    if named:
        message += " Understood: " + ", ".join(f"“{link.words}” ({link.target})" for link in named[:5]) + "."
    reason = "not_understood" if named or not unknown else "off_topic"
    return Refusal(reason, message, tuple(links), suggestions(understood))  # type: ignore[arg-type]


def suggestions(understood: Understanding) -> tuple[str, ...]:
    """Questions that can be answered, from the largest tables."""
    tables = sorted(
        understood.knowledge.schema.tables, key=lambda table: (-(table.row_estimate or 0), table.name)
    )
    plain = [table for table in tables if not table.is_view][:2]
    asks = [f"How many {table.name.replace('_', ' ')} are there?" for table in plain]
    return ("Which tables are there?", *asks)
