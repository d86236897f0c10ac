"""The figures of an evaluation: accuracy, abstention, calibration, speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from backend.evaluation.kinds import DIFFICULTIES, difficulty, phenomena

CONFIDENT = 0.8
_BINS = 10


class ScoredRow(Protocol):
    @property
    def db_id(self) -> str: ...
    @property
    def gold(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def correct(self) -> bool: ...
    @property
    def seconds(self) -> float: ...
    @property
    def verdict(self) -> str: ...
    @property
    def dialogue(self) -> str: ...
    @property
    def turn(self) -> int: ...
    @property
    def pred(self) -> str: ...


def report(rows: Sequence[ScoredRow]) -> dict[str, Any]:
    """All figures; shares are of the questions whose gold statement runs."""
    scored = [row for row in rows if row.verdict != "gold_error"]
    answered = [row for row in scored if row.status == "answered"]
    confident = [row for row in answered if row.confidence >= CONFIDENT]
    seconds = sorted(row.seconds for row in rows)
    figures: dict[str, Any] = {
        "questions_scored": len(scored),
        "left_out": len(rows) - len(scored),
        "execution_accuracy": _share(scored),
        "answered_accuracy": _share(answered),
        "abstention": _of(len(scored) - len(answered), len(scored)),
        "wrong_but_confident": _of(sum(not row.correct for row in confident), len(scored)),
        "confident": _of(len(confident), len(scored)),
        "confident_accuracy": _share(confident),
        "calibration_error": calibration_error(scored),
        "accuracy_at_coverage": {f"{percent}%": _most_confident(scored, percent) for percent in (40, 60, 80)},
        "seconds_p50": _quantile(seconds, 0.5),
        "seconds_p95": _quantile(seconds, 0.95),
        "statuses": dict(sorted(Counter(row.status for row in scored).items())),
        "by_difficulty": _by_difficulty(scored),
        "by_phenomenon": _by_phenomenon(scored),
        "by_database": _by_database(scored),
    }
    dialogues: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in scored:
        if row.dialogue:
            dialogues[row.db_id, row.dialogue].append(row.correct)
    if dialogues:
        figures["interactions"] = len(dialogues)
        figures["interaction_accuracy"] = _of(sum(all(turns) for turns in dialogues.values()), len(dialogues))
        figures["by_turn"] = _by_turn(scored)
    return figures


def calibration_error(rows: Sequence[ScoredRow]) -> float:
    """Expected calibration error over ten bins of stated confidence, of the questions with a prediction."""
    predicted = [row for row in rows if row.pred]
    bins: defaultdict[int, list[ScoredRow]] = defaultdict(list)
    for row in predicted:
        bins[min(_BINS - 1, int(row.confidence * _BINS))].append(row)
    off = sum(
        abs(sum(r.correct for r in rows_) - sum(r.confidence for r in rows_)) for rows_ in bins.values()
    )
    return round(off / len(predicted), 4) if predicted else 0.0


def _most_confident(rows: Sequence[ScoredRow], percent: int) -> float:
    kept = sorted(rows, key=lambda row: -row.confidence)[: max(1, len(rows) * percent // 100)]
    return _share(kept)


_Kinds = dict[str, dict[str, float]]


def _by_database(rows: Sequence[ScoredRow]) -> _Kinds:
    found: defaultdict[str, list[ScoredRow]] = defaultdict(list)
    for row in rows:
        found[row.db_id].append(row)
    return {name: _figures(items) for name, items in sorted(found.items())}


def _by_turn(rows: Sequence[ScoredRow]) -> _Kinds:
    """First turns, and those that follow one that was right or wrong: an error is carried on by what leans on it."""
    found: defaultdict[str, list[ScoredRow]] = defaultdict(list)
    before: dict[tuple[str, str], bool] = {}
    for row in rows:
        dialogue = row.db_id, row.dialogue
        if row.turn == 0:
            found["first turns"].append(row)
        elif dialogue in before:
            found["after a right turn" if before[dialogue] else "after a wrong turn"].append(row)
        before[dialogue] = row.correct
    return {name: _figures(items) for name, items in sorted(found.items(), reverse=True)}


def _by_difficulty(rows: Sequence[ScoredRow]) -> _Kinds:
    """By Spider's four levels, the easiest first."""
    found: defaultdict[str, list[ScoredRow]] = defaultdict(list)
    for row in rows:
        found[difficulty(row.gold)].append(row)
    return {name: _figures(found[name]) for name in DIFFICULTIES if name in found}


def _by_phenomenon(rows: Sequence[ScoredRow]) -> _Kinds:
    """A question counts with every phenomenon of its known statement; the most frequent first."""
    found: defaultdict[str, list[ScoredRow]] = defaultdict(list)
    for row in rows:
        for name in phenomena(row.gold):
            found[name].append(row)
    return {name: _figures(found[name]) for name in sorted(found, key=lambda name: (-len(found[name]), name))}


def _figures(rows: Sequence[ScoredRow]) -> dict[str, float]:
    return {"questions": len(rows), "accuracy": _share(rows)}


def _share(rows: Sequence[ScoredRow]) -> float:
    return _of(sum(row.correct for row in rows), len(rows))


def _of(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 4) if ordered else 0.0


def summary_lines(figures: dict[str, Any]) -> list[str]:
    """The figures in words, for the terminal."""

    def percent(name: str) -> str:
        return f"{100 * figures[name]:.1f} %"

    lines = [
        f"questions            {figures['questions_scored']}"
        + (f" ({figures['left_out']} left out: their gold fails)" if figures["left_out"] else ""),
        f"execution accuracy   {percent('execution_accuracy')} of all, {percent('answered_accuracy')} of the answered",
        f"abstention           {percent('abstention')}",
        f"wrong but confident  {percent('wrong_but_confident')} (confidence ≥ {CONFIDENT}: {percent('confident')} of questions, {percent('confident_accuracy')} right)",
        f"calibration error    {figures['calibration_error']:.3f}",
        "accuracy by coverage "
        + ", ".join(
            f"{100 * share:.1f} % at {cover}" for cover, share in figures["accuracy_at_coverage"].items()
        ),
        f"seconds per question {figures['seconds_p50']:.3f} p50, {figures['seconds_p95']:.3f} p95",
    ]
    if "interactions" in figures:
        lines += [
            f"question match       {percent('execution_accuracy')} of {figures['questions_scored']} turns",
            f"interaction match    {percent('interaction_accuracy')} of {figures['interactions']} dialogues right as a whole",
        ]
    for name in ("by_turn", "by_difficulty", "by_phenomenon"):
        if name not in figures:
            continue
        lines.append(name.replace("_", " "))
        lines += [
            f"  {kind:<20} {100 * found['accuracy']:5.1f} % of {found['questions']}"
            for kind, found in figures[name].items()
        ]
    return lines
