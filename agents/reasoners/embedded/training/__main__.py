"""`python -m agents.reasoners.embedded.training QUESTIONS.json --databases DIR`: fits and writes the weights."""

from __future__ import annotations

import argparse
import json
import pickle
from pathlib import Path

from agents.reasoners.embedded.training.collect import Example, collect
from agents.reasoners.embedded.training.fit import fit

_WEIGHTS = Path(__file__).parent.parent / "weights" / "rank.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--without", default="", help="databases to leave out, separated by commas")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="file that keeps the collected examples between runs")
    parser.add_argument("--out", type=Path, default=_WEIGHTS)
    arguments = parser.parse_args()
    examples: list[Example]
    if arguments.keep is not None and arguments.keep.is_file():
        examples = pickle.loads(arguments.keep.read_bytes())
    else:
        without = tuple(name for name in arguments.without.split(",") if name)
        examples = collect(arguments.questions, arguments.databases, without, arguments.jobs)
        if arguments.keep is not None:
            arguments.keep.write_bytes(pickle.dumps(examples))
    weights, figures = fit(examples)
    arguments.out.write_text(json.dumps(weights, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
