"""`python -m backend.sample PATH`: write the sample company's database."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from backend.sample.company import SEED, build


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the sample company's SQLite database.")
    parser.add_argument("path", type=Path, nargs="?", default=Path("data/sample/company.sqlite"))
    parser.add_argument("--until", type=date.fromisoformat, default=date.today(), help="last day with data")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    for table, rows in build(arguments.path, until=arguments.until, seed=arguments.seed).items():
        print(f"{table:16} {rows:7}")


if __name__ == "__main__":
    main()
