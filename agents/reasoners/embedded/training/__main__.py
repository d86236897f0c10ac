"""`python -m agents.reasoners.embedded.training QUESTIONS.json --databases DIR`: fits and writes the weights."""

from __future__ import annotations

import argparse
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agents.reasoners.embedded import learned
from agents.reasoners.embedded.training.collect import Example, Job, collect, jobs_of, observe_all
from agents.reasoners.embedded.training.fit import fit
from agents.reasoners.embedded.training.fit_structure import fit_structure
from agents.reasoners.embedded.training.folds import FOLDS, fold_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--without", default="", help="databases to leave out, separated by commas")
    parser.add_argument(
        "--most", type=int, default=30, help="questions of one database the rankers learn from"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--keep", type=Path, help="file that keeps the collected examples between runs")
    parser.add_argument(
        "--folds",
        type=Path,
        help="folder for the weights of each fold, as `datachat eval --held-out` takes them",
    )
    parser.add_argument("--out", type=Path, default=learned.SHIPPED)
    arguments = parser.parse_args()
    structures: list[dict[str, Any]]
    examples: list[Example]
    if arguments.keep is not None and arguments.keep.is_file():
        structures, examples = pickle.loads(arguments.keep.read_bytes())
    else:
        without = tuple(name for name in arguments.without.split(",") if name)
        jobs = jobs_of(arguments.questions, arguments.databases, without)
        structures, examples = _gather(jobs, arguments.most, arguments.jobs)
        if arguments.keep is not None:
            arguments.keep.write_bytes(pickle.dumps((structures, examples)))
    fitted = fit(examples)
    *held_out, whole = structures
    _write(arguments.out, whole, fitted.weights)
    if arguments.folds is not None:
        for fold, (structure, rank) in enumerate(zip(held_out, fitted.held_out, strict=True)):
            _write(arguments.folds / str(fold), structure, rank)
    print(json.dumps(fitted.figures, indent=1))


def _write(folder: Path, structure: dict[str, Any], rank: dict[str, Any]) -> None:
    learned.write(folder, "structure", structure)
    learned.write(folder, "rank", rank)


def _gather(jobs: list[Job], most: int, processes: int) -> tuple[list[dict[str, Any]], list[Example]]:
    """The structure models of each fold and of all databases, and examples judged by models that never saw their database."""
    observed = observe_all(jobs, processes)
    parts = [[item for item in observed if fold_of(item.db_id) != fold] for fold in range(FOLDS)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        structures = list(pool.map(fit_structure, [*parts, observed]))
    by_database = {job.db_id: structures[fold_of(job.db_id)] for job in jobs}
    return structures, collect([job.thinned(most) for job in jobs], by_database, processes)


if __name__ == "__main__":
    main()
