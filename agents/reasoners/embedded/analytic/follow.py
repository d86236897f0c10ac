"""What follow-ups say before, or instead of, what other questions go on with."""

from __future__ import annotations

from collections.abc import Sequence

from agents.reasoners.embedded.analytic.read import Reader, Rule, measure, number_of, rules
from agents.reasoners.embedded.analytic.said import Measure, Top
from agents.reasoners.embedded.analytic.tails import TAILS
from agents.reasoners.embedded.chunks import Chunk


def _measure(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "and the average price", "what about total revenue"."""
    rest = [(a, b) for a, b in zip(letters, chunks, strict=True) if a not in "&b"]
    found = measure("".join(a for a, _ in rest), [b for _, b in rest])
    if found is None:
        return False
    reader.said.measures.append(found)
    return True


def _ranked(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "which one is the highest", "and the fewest", "top 10"."""
    by = dict(zip(letters, chunks, strict=True))
    grade = by.get("H") or by.get("L")
    count = number_of(by["N"]) if "N" in by else None
    if "C" in by:
        one = "N" in by and by["N"].text.lower() in ("one", "ones")
        reader.said.top = Top(
            not set(letters) & set("LF"), None if one else count, Measure("column", by["C"])
        )
        return True
    one = "N" in by and by["N"].text.lower() in ("one", "ones")
    graded = grade is not None and any(g.of or g.count for g in grade.gradables)
    ranked = Measure("graded", gradables=grade.gradables) if graded and grade is not None else None
    reader.said.top = Top(not set(letters) & set("LF"), None if one else count, ranked)
    return True


def _ranked_by(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "only the top 5 by total refund"."""
    start = letters.index("b") + 1
    count = number_of(chunks[1]) if letters[1] == "N" else None
    found = measure(letters[start:], chunks[start:]) if set(letters[start:]) & set("RCTQ") else None
    reader.said.top = Top(letters[0] == "P", count, found)
    return True


def _count_these(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "how many of them have no email"."""
    reader.said.measures.append(Measure("rows", reader.said.subject))
    return True


def _skip(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    return True


def _columns(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "and their emails", "what are their names"."""
    reader.said.shown.extend(c for a, c in zip(letters, chunks, strict=True) if a in "CK")
    return not reader.said.limits


FOLLOW: tuple[Rule, ...] = (
    *rules(
        (r"&?N?[HL]L?$|[PF]N?$|N?[PF]N$|&?N?[HL]N?C$|[PF]N?bC$", _ranked),
        (r"&*b?(?:s?R|[asxm]T?C|sT|#T|Q)(?=$|[be&])", _measure),
        (r"[PF]N?b(?:s?R|[asxm]T?C|sT|#T|#|s|Q)$", _ranked_by),
        (r"#(?=[-CKVDY><}{])", _count_these),
        (r"&?[CK](?:&?C)*$", _columns),
        (r"&(?=[beVDY\-CT])", _skip),
    ),
    *TAILS,
)
