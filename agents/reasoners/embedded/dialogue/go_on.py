"""Ranks the ways to go on from an answer, with trial runs, and says how sure the best one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agents.reasoners.base import BudgetSpent, Prober
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.dialogue.options import options
from agents.reasoners.embedded.dialogue.scene import Option, Scene
from agents.reasoners.embedded.dialogue.weigh import scores, shares
from agents.reasoners.embedded.features import features, outcome
from agents.reasoners.embedded.think import Ranked, Understanding, fingerprint, plannable, try_out
from connectors.base import QueryResult
from connectors.errors import ConnectorError
from connectors.sql.readings.render import to_sql

_KEPT = 14
_MOST_SURE = 0.95
_WORDS_LEFT = 0.6
"""How sure an answer may be while words of the question were not used."""
_WITHOUT_ROWS = 0.5
_READ_WHOLE = frozenset({"whole", "plain"})
"""Ways that find a place for every word, or fail."""
_TRIAL_ROWS, _TRIAL_SECONDS = 50, 0.7


@dataclass(frozen=True, slots=True)
class Going:
    """How a question goes on."""

    understood: Understanding
    new: bool
    """Whether the question is likelier meant by itself."""


async def go_on(
    scene: Scene, alone: Understanding | None, prober: Prober | None, sure_before: float = 1.0
) -> Going | None:
    """The ways to read the question, likeliest first; None when there is none.

    Args:
        alone: what the question says by itself; None where it can only be an edit.
        sure_before: how sure the answer before is; what goes on from a wrong one is wrong.
    """
    knowledge = scene.linker.knowledge
    found = options(scene, alone)
    first = scores([option.numbers for option in found])
    order = sorted(range(len(found)), key=lambda place: -first[place])
    kept: list[tuple[Option, Ranked]] = []
    for place in order:
        if plannable(found[place].candidate, knowledge):
            kept.append((found[place], _ranked(found[place], first[place], scene)))
        if len(kept) == _KEPT:
            break
    if not kept:
        return None
    if prober is not None:
        await try_out([item for _, item in kept], prober)
        then = await _before(scene, prober)
        for option, item in kept:
            option.numbers.update(outcomes(item.result, option, then))
    kept = [pair for pair in kept if pair[1].result is not None] or kept
    for (_, item), score in zip(kept, scores([option.numbers for option, _ in kept]), strict=True):
        item.score = score
    kept.sort(key=lambda pair: -pair[1].score)
    ranked = [item for _, item in kept]
    new = "standalone" in kept[0][0].ways
    return Going(
        Understanding(scene.lattice, scene.linker, knowledge, ranked, _sureness(kept, sure_before)), new
    )


def outcomes(result: QueryResult | None, option: Option, before: str) -> dict[str, float]:
    """What a trial run tells: whether rows came back, and others than before."""
    found = outcome(result, option.candidate.draft)
    told = {name: found[name] for name in ("empty", "all_null", "zero")}
    if result is not None:
        told["one_row"] = float(len(result.rows) == 1)
        told["as_before"] = float(fingerprint(result) == before)
    return told


async def _before(scene: Scene, prober: Prober) -> str:
    """The fingerprint of the answer before."""
    knowledge = scene.linker.knowledge
    try:
        sql = to_sql(to_reading(scene.before, knowledge), knowledge.dialect)
        return fingerprint(await prober.run(sql, rows=_TRIAL_ROWS, seconds=_TRIAL_SECONDS))
    except (NoPath, ConnectorError, BudgetSpent):
        return ""


def _ranked(option: Option, score: float, scene: Scene) -> Ranked:
    knowledge = scene.linker.knowledge
    candidate = option.candidate
    sql = to_sql(candidate.reading, knowledge.dialect)
    read = features(candidate, knowledge, scene.linker.lexicon)
    return Ranked(candidate, sql, knowledge.dialect, score, read, group=sql)


def _sureness(kept: Sequence[tuple[Option, Ranked]], before: float) -> float:
    """The share of the likelihood of all readings that have the rows of the best one; less where words found no use."""
    mass: defaultdict[str, float] = defaultdict(float)
    for (_, item), share in zip(kept, shares([item.score for _, item in kept]), strict=True):
        mass[item.group] += share
    option, best = kept[0]
    sure = min(mass[best.group], 1.0 if "plain" in option.ways else _MOST_SURE) * before
    if option.numbers.get("empty"):
        sure = min(sure, _WITHOUT_ROWS)
    return round(min(sure, _WORDS_LEFT) if _leaves_words(option, best) else sure, 3)


def _leaves_words(option: Option, best: Ranked) -> bool:
    """Whether the question says something that the reading does nothing with."""
    if _READ_WHOLE.intersection(option.ways):
        return False
    read = best.features
    names = [name for name in read if name.startswith("left_")]
    return any(
        read.get(name) for name in (*names, "columns_unused", "values_unused", "tables_unread", "unknown")
    )
