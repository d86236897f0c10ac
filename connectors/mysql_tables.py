"""Which tables MySQL or MariaDB reads for a statement, out of the statement as the server rewrote it.

EXPLAIN lists aliases and leaves out what the optimizer no longer needs. The note that comes with it
(SHOW WARNINGS, code 1003) is the resolved statement: every table with its database, mergeable views
already replaced by what they are made of.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'                              # a text: nothing in it counts
      | /\*.*?\*/
      | (?P<name>`(?:[^`]|``)*`(?:\.`(?:[^`]|``)*`)*)     # names, joined by dots
      | (?P<word>\w+)
      | (?P<sign>[()])""",
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r"`((?:[^`]|``)*)`")
_LIST_OF_TABLES = frozenset({"from", "join", "straight_join"})
_AFTER_TABLES = frozenset(
    {"on", "using", "where", "group", "having", "order", "limit", "window", "union", "except", "intersect", "for"}
)  # fmt: skip


def tables_in(resolved: str) -> frozenset[tuple[str, str]]:
    """(database, table or view) of each table in the note, as the server spells them.

    >>> sorted(tables_in("select `s`.`a`.`id` AS `id` from `s`.`ships` `a` join (`s`.`crew`) where 1"))
    [('s', 'crew'), ('s', 'ships')]
    """
    found: set[tuple[str, str]] = set()
    levels = [""]  # per open parenthesis: "select" before FROM, "from" where tables are named, "" elsewhere
    for token in _TOKEN.finditer(resolved):
        level, word = levels[-1], (token["word"] or "").lower()
        if token["sign"] == "(":
            levels.append("from" if level == "from" else "")
        elif token["sign"] == ")":
            levels = levels[:-1] or [""]
        elif word == "select":
            levels[-1] = "select"
        elif level and word in _LIST_OF_TABLES:
            levels[-1] = "from"
        elif level and word in _AFTER_TABLES:
            levels[-1] = "select"
        elif token["name"] and level == "from":
            parts = [part.replace("``", "`") for part in _PART.findall(token["name"])]
            if len(parts) == 2:
                found.add((parts[0], parts[1]))
    return frozenset(found)
