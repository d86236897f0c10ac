"""Whether answers that are called sure are right: the reliability of the turn's confidence and of its labels.

usage: python -m tests.benchmarks.confidence [QUESTIONS.json] [--databases DIR] [--per-database N] [--jobs N]

Every question is answered as a turn would, checks and second statements included, and held against the known SQL.
The weights have seen the training questions; give others to see how they do on strangers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from agents.calibration.collect import Answered, collect, jobs_of
from agents.doubts.confidence import confidence

DATA = Path("../shared/data/spider")
EDGES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="?", default=DATA / "train.json")
    parser.add_argument("--databases", type=Path, default=DATA / "database")
    parser.add_argument("--per-database", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.questions.is_file():
        print(f"{arguments.questions} is not there; nothing to measure.")
        return 0
    jobs = jobs_of(arguments.questions, arguments.databases, arguments.per_database)
    answers = collect(jobs, arguments.jobs)
    print(f"{len(answers)} answers on {len(jobs)} databases")
    table("confidence of the turn", answers, lambda a: confidence(a.own, a.evidence))
    table("estimate of the reasoner alone", answers, lambda a: a.own)
    checks(answers)
    return 0


def table(title: str, answers: Sequence[Answered], sure: Callable[[Answered], float]) -> None:
    print(f"\n{title}\n{'said':>12} {'answers':>8} {'mean':>6} {'right':>6}")
    error = brier = 0.0
    for low, high in pairwise(EDGES):
        part = [a for a in answers if low <= sure(a) < high or (high == 1.0 and sure(a) == 1.0)]
        if not part:
            continue
        mean, right = sum(map(sure, part)) / len(part), sum(a.right for a in part) / len(part)
        error += abs(mean - right) * len(part) / len(answers)
        print(f"{low:>5.1f} – {high:<4.1f} {len(part):>8} {mean:>6.2f} {right:>6.2f}")
    brier = sum((sure(a) - a.right) ** 2 for a in answers) / len(answers)
    bold = sum(sure(a) >= 0.8 and not a.right for a in answers) / len(answers)
    print(f"calibration error {error:.3f}, Brier score {brier:.3f}, wrong at 0.8 or surer {bold:.1%}")


def checks(answers: Sequence[Answered]) -> None:
    """What each piece of evidence means for being right."""
    print(f"\n{'evidence':>16} {'answers':>8} {'right with':>11} {'without':>8}")
    for name in sorted({name for answer in answers for name in answer.evidence}):
        seen = [a.right for a in answers if name in a.evidence]
        others = [a.right for a in answers if name not in a.evidence]
        without = f"{sum(others) / len(others):>8.2f}" if others else f"{'–':>8}"
        print(f"{name:>16} {len(seen):>8} {sum(seen) / len(seen):>11.2f} {without}")


if __name__ == "__main__":
    sys.exit(main())
