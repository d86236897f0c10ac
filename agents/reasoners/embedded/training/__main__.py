"""`python -m agents.reasoners.embedded.training QUESTIONS.json --databases DIR`: fits and writes the weights."""

from __future__ import annotations

import argparse
import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agents.reasoners.embedded.training.collect import Example, Job, collect, jobs_of, observe_all
from agents.reasoners.embedded.training.fit import fit
from agents.reasoners.embedded.training.fit_structure import fit_structure
from agents.reasoners.embedded.training.folds import FOLDS, fold_of

_WEIGHTS = Path(__file__).parent.parent / "weights"


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
    parser.add_argument("--out", type=Path, default=_WEIGHTS)
    arguments = parser.parse_args()
    structure: dict[str, Any]
    examples: list[Example]
    if arguments.keep is not None and arguments.keep.is_file():
        structure, examples = pickle.loads(arguments.keep.read_bytes())
    else:
        without = tuple(name for name in arguments.without.split(",") if name)
        jobs = jobs_of(arguments.questions, arguments.databases, without)
        structure, examples = _gather(jobs, arguments.most, arguments.jobs)
        if arguments.keep is not None:
            arguments.keep.write_bytes(pickle.dumps((structure, examples)))
    weights, figures = fit(examples)
    for name, plain in (("structure", structure), ("rank", weights)):
        text = json.dumps(plain, separators=(",", ":")) + "\n"
        (arguments.out / f"{name}.json").write_text(text, encoding="utf-8")
    print(json.dumps(figures, indent=1))


def _gather(jobs: list[Job], most: int, processes: int) -> tuple[dict[str, Any], list[Example]]:
    """The structure models of all databases, and examples whose structure models never saw their database."""
    observed = observe_all(jobs, processes)
    parts = [[item for item in observed if fold_of(item.db_id) != fold] for fold in range(FOLDS)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        *held_out, whole = pool.map(fit_structure, [*parts, observed])
    by_database = {job.db_id: held_out[fold_of(job.db_id)] for job in jobs}
    return whole, collect([job.thinned(most) for job in jobs], by_database, processes)


if __name__ == "__main__":
    main()
