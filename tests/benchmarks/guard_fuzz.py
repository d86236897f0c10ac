"""Hunts for statements that the guard admits and SQLite reads differently.

Statements of the corpora are cut and joined at random, and whatever the guard admits is prepared by SQLite,
whose authorizer tells what it really reads, calls and changes. Prints what it found; fails on a disagreement.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from time import monotonic

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql.dialects import TABLE_FUNCTIONS, functions
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING
from tests.connectors.sql.corpus_schema import corpus
from tests.connectors.sql.engine_tables import ask_sqlite
from tests.connectors.sql.statements import Statements

SQLITE = Capabilities(
    engine="sqlite", dialect="sqlite", read_only_enforced=False, can_cancel=False, can_explain=False, lists_read_tables=False
)  # fmt: skip
OPERATORS = frozenset({"match", "regexp", "->", "->>", "like", "glob"})
"""What SQLite carries out by a function that the text does not call."""
PIECES = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^]]*\]|`[^`]*`|--[^\n]*|/\*.*?\*/|\w+|\s+|[^\w\s]", re.DOTALL)
TROUBLE = [
    "'", '"', "`", "[", "]", "--", "/*", "*/", ";", "(", ")", ",", ".", "\n", "\t", "\\", "\x0b", "\x0c", "\xa0", "x'", "@", "$a", ":a", "?",
    "secrets", "sqlite_master", "main.", "temp.", "ledger", " IN secrets", " IN sqlite_schema", "pragma_table_info('ships')", "WITH secrets AS (SELECT 1)",
    "load_extension('x')", "json_each(", "readfile(", "randomblob(9)", " UNION SELECT * FROM secrets", "AS secrets", "'secrets'", "\"secrets\"",
    "SECRETS", "[secrets]", "`secrets`", "RECURSIVE", "AS MATERIALIZED", "EXISTS", "VALUES", "NOT INDEXED", "INDEXED BY x", "COLLATE nocase", "JOIN secrets",
    ", secrets", "MATCH", "OVER (", "FILTER (WHERE", "->", "->>", "||", "ISNULL", "RETURNING *", "DELETE", "UPDATE", "INSERT", "REPLACE", "rowid",
]  # fmt: skip


def made_up(random: Random) -> Iterator[str]:
    """Without an end: statements of the grammar, and pieces of the corpora put together anew."""
    texts = [item["sql"] for name in ("ordinary", "hostile") for item in corpus(name, "sqlite")]
    pieces = [PIECES.findall(text) for text in texts if len(text) < 400]
    while True:
        if random.random() < 0.2:
            yield Statements(random, "sqlite").statement()
            continue
        first, second = list(random.choice(pieces)), random.choice(pieces)
        for _ in range(random.randint(1, 3)):
            _change(first, second, random)
        yield "".join(first)


def _change(pieces: list[str], other: list[str], random: Random) -> None:
    place = random.randrange(len(pieces) + 1)
    kind = random.random()
    if kind < 0.3:
        pieces[place:place] = [random.choice(["", " "]), random.choice(TROUBLE), random.choice(["", " "])]
    elif kind < 0.5:
        start = random.randrange(len(other) or 1)
        pieces[place:place] = other[start : start + random.randint(1, 12)]
    elif kind < 0.7:
        pieces[place : place + random.randint(1, 4)] = [random.choice(TROUBLE)]
    elif kind < 0.85:
        del pieces[place : place + random.randint(1, 3)]
    else:
        start = random.randrange(len(other) or 1)
        pieces[place:] = other[start:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong = 0
    ask, allowed = ask_sqlite(), functions("sqlite") | OPERATORS
    deadline = monotonic() + arguments.seconds
    for sql in made_up(Random(arguments.seed)):
        if monotonic() > deadline:
            break
        counts["made"] += 1
        try:
            named = {name.rpartition(".")[2] for name in admit(sql, SQLITE, EVERYTHING).tables}
        except QueryRejected as refusal:
            counts[f"refused: {refusal.rule}"] += 1
            continue
        counts["admitted"] += 1
        seen = ask(sql)
        if seen is None:
            continue
        counts["compared"] += 1
        if "busy_ships" in named:  # SQLite sees through the view
            named.add("voyages")
        tables = seen.tables - named - TABLE_FUNCTIONS["sqlite"]
        if tables or seen.others or seen.functions - allowed:
            wrong += 1
            print(
                f"DISAGREE {sorted(tables)} {sorted(seen.others)} {sorted(seen.functions - allowed)}: {sql!r}"
            )
    print(f"seed {arguments.seed}: {dict(counts.most_common(12))}")
    print(f"{counts['compared']:,} statements compared with SQLite's authorizer, {wrong} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
