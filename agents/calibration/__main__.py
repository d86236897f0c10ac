"""`python -m agents.calibration QUESTIONS.json --databases DIR`: fits and writes the weights of the confidence."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agents.calibration.collect import collect, jobs_of
from agents.calibration.fit import fit
from agents.doubts.confidence import WEIGHTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--per-database", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    jobs = jobs_of(arguments.questions, arguments.databases, arguments.per_database)
    weights = fit(collect(jobs, arguments.jobs))
    arguments.out.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(weights, indent=1))


if __name__ == "__main__":
    main()
