"""A cut question as a string of one letter per piece, for the patterns of the business grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from agents.reasoners.embedded.analytic.doers import PERSON
from agents.reasoners.embedded.analytic.durations import DURATION
from agents.reasoners.embedded.analytic.glossary import FILTER, METRIC
from agents.reasoners.embedded.analytic.spans import GRAINS, Pieces
from agents.reasoners.embedded.chunks import Chunk
from knowledge.lexicon import Gradable, Lexicon

_CUES = {
    "COUNT": "#", "AVG": "a", "SUM": "s", "MAX": "x", "MIN": "m", "EACH": "e", "MOST": "H", "LEAST": "L", "TOP": "P",
    "BOTTOM": "F", "GT": ">", "LT": "<", "GE": "}", "LE": "{", "EQ": "=", "NE": "!", "NOT": "-", "THANAVG": "A",
    "BELOWAVG": "B", "RATIO": "%", "ORDER": "o", "DESC": "d", "ASC": "u", "AND": "&", "OR": "|", "BETWEEN": "w", "TO": "t",
    "DISTINCT": "U", "RUNNING": "c", "GROWTH": "g", "ISNULL": "0", "NOTNULL": "1", "LIKE": "~", "LIKESTART": "~", "LIKEEND": "~",
}  # fmt: skip
_HOW = {"HOWTALL": "higher", "HOWLONG": "longer", "HOWBIG": "larger", "HOWOLD": "older"}
_SILENT = frozenset({"WHOSE", "WHO_WH", "ALL", "ANY", "WHERE_WH", "THAN", "TIMES", "WHEN_WH"})
_BEYOND = frozenset({"BOTH", "EITHER", "ALSO", "BUT", "INTERSECT", "DIFF"})
"""Cues of questions that this grammar does not read."""
_TERMS = {METRIC: "R", FILTER: "f", DURATION: "W"}
"""Words of the project's own: a metric reads like revenue, a filter may stand anywhere; and how long something takes."""
_COSTING = frozenset({"cost", "costs", "costing", "priced"})
"""Verbs of prices: what something costs is its price, not what it cost to make."""
_OF_ANYTHING = frozenset(
    {"more", "greater", "higher", "above", "over", "less", "lower", "below", "fewer", "larger", "smaller"}
)
_NAMED = 0.8
_EVERYTHING = frozenset({"information", "info", "details", "everything"})
_DOERS = frozenset({"who", "that", "which"})
_AUXILIARY = frozenset({"is", "are", "was", "were", "be", "been", "have", "has", "had", "get", "got"})
_DID = frozenset({"do", "does", "did"})
_ENDS = frozenset({"?", ".", "!", ":", "(", ")", "-", "/"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk with the letter it has in the grammar."""

    letter: str
    chunk: Chunk


def spell(pieces: Pieces, lexicon: Lexicon, is_state: Callable[[Chunk, Chunk], bool]) -> list[Piece]:
    """The pieces that say something, in order.

    Letters beside those of the cues: T table, C column, V value, N number, Y year, D period, G grain, R revenue, Q pieces
    sold, W how long something takes, l late, $ spending, S selling, b "by", h "how high", O "out of", K a column asked for by "which", X a state ("active" customers), v a value of the table after it, ^ "compared to", * "times",
    ? a word not known.
    """
    found = list(
        _needed(
            list(_joined(list(_letters(pieces, lexicon)))), lexicon.adjectives.get(("more", "expensive"), ())
        )
    )
    for position, piece in enumerate(found[:-1]):
        after = found[position + 1]
        if piece.letter == "V" and after.letter == "T" and _of_table(piece.chunk, after.chunk):
            found[position] = Piece("v", piece.chunk)
        if (
            piece.letter in "C?T"
            and after.letter == "T"
            and piece.chunk.last == after.chunk.first
            and is_state(piece.chunk, after.chunk)
        ):
            found[position] = Piece("X", piece.chunk)
    return found


def _of_table(value: Chunk, table: Chunk) -> bool:
    """Whether a value right before a table is stored in it: "cancelled orders"."""
    tables = {mention.table for mention in table.mentions[:1]}
    return value.last == table.first and any(
        m.table in tables and m.how in ("exact", "case") for m in value.mentions
    )


def _needed(found: list[Piece], expensive: tuple[Gradable, ...]) -> Iterator[Piece]:
    """Without "from" and "to" that open no span, and with "above" and "average" put together."""
    for position, piece in enumerate(found):
        after = found[position + 1].letter if position + 1 < len(found) else ""
        before = found[position - 1].letter if position else ""
        if piece.letter == "w" and not (
            "t" in [p.letter for p in found[position + 2 : position + 4]]
            or "&" in [p.letter for p in found[position + 2 : position + 4]]
        ):
            continue
        if piece.chunk.text.lower() in _COSTING and before == "T" and after in tuple("><}{AB"):
            continue
        if before and piece.letter in "><}{AB" and found[position - 1].chunk.text.lower() in _COSTING:
            piece = replace(piece, chunk=replace(piece.chunk, gradables=expensive))
            if after != "a":
                yield piece
                continue
        if piece.letter == "t" and before not in ("N", "Y", "D"):
            continue
        if piece.letter in "><" and after == "a":
            yield replace(piece, letter="A" if piece.letter == ">" else "B")
            continue
        if piece.letter == "a" and before in (">", "<"):
            continue
        yield piece


def _letters(pieces: Pieces, lexicon: Lexicon) -> Iterator[Piece]:
    chunks = pieces.chunks
    for position, chunk in enumerate(chunks):
        word = chunk.text.lower()
        before = chunks[position - 1].text.lower() if position else ""
        if chunk.kind in _TERMS:
            yield Piece(_TERMS[chunk.kind], chunk)
            continue
        if chunk.kind == "V" and chunk.text.islower() and word in lexicon.business["around"]:
            continue
        if _is_verb(chunks, position, lexicon):
            continue
        if word in lexicon.business["comparing"] and not any(m.score >= _NAMED for m in chunk.mentions):
            yield Piece("^", chunk)
            continue
        if chunk.kind in ("THANAVG", "BELOWAVG"):
            chunk = replace(chunk, gradables=chunk.gradables or _compared_by(word, lexicon))
        if chunk.kind in ("C", "word", "T") and (letter := _business(word, chunk, lexicon)):
            yield Piece(letter, chunk)
        elif chunk.kind == "N":
            number = chunk.mentions[0].number
            yield Piece("Y" if number is not None and number.year else "N", chunk)
        elif chunk.kind == "C" and before in ("which", "what"):
            yield Piece("K", chunk)
        elif word in _EVERYTHING or (chunk.kind == "WHERE_WH" and not position):
            yield Piece("z", chunk)
        elif chunk.kind in "TCVD":
            yield Piece(chunk.kind, chunk)
        elif chunk.kind == "MOST" and word == "top":
            yield Piece("P", chunk)
        elif chunk.kind in ("GT", "TIMES") and before in ("look", "looks", "looking"):
            continue
        elif word == "out" and position + 2 < len(chunks) and chunks[position + 1].text.lower() == "of":
            yield Piece("O", chunk)
        elif chunk.kind == "TIMES" and position and chunks[position - 1].kind == "N":
            yield Piece("*", chunk)
        elif chunk.kind in _BEYOND or (chunk.kind == "ALL" and " " in word):
            yield Piece("z", chunk)
        elif chunk.kind == "EACH" and word == "across":
            continue
        elif chunk.kind == "HOWMUCH":
            yield Piece("M", chunk)
        elif chunk.kind in _HOW:
            yield Piece("h", replace(chunk, gradables=lexicon.adjectives.get((_HOW[chunk.kind],), ())))
        elif chunk.kind in _CUES:
            yield Piece(_CUES[chunk.kind], chunk)
        elif chunk.kind not in _SILENT and (
            letter := _plain(
                word, chunk, lexicon, chunks[position + 1].kind if position + 1 < len(chunks) else ""
            )
        ):
            yield Piece(letter, chunk)


def _compared_by(words: str, lexicon: Lexicon) -> tuple[Gradable, ...]:
    """What "longer than the average" compares; nothing for "more than the average"."""
    first = words.split()[0]
    return () if first in _OF_ANYTHING else lexicon.adjectives.get((first,), ())


def _is_verb(chunks: Sequence[Chunk], position: int, lexicon: Lexicon) -> bool:
    """Whether a word that may also mean a table only says what was done: "did customers place", "orders were placed"."""
    chunk = chunks[position]
    before = next((c for c in reversed(chunks[:position]) if c.text.lower() not in _AUXILIARY), None)
    doer = before is not None and (before.kind in ("T", "NOT") or before.text.lower() in _DOERS)
    asked = doer or any(said.text.lower() in _DID for said in chunks[:position])
    loose = all(mention.how in ("synonym", "derived") for mention in chunk.mentions)
    return asked and loose and chunk.kind in ("T", "C") and chunk.text.lower() in lexicon.business["verbs"]


def _business(word: str, chunk: Chunk, lexicon: Lexicon) -> str:
    """The letter of a word of money and goods, unless the source itself has a name that says just that."""
    exact = any(m.score >= 0.95 and m.how != "synonym" for m in chunk.mentions)
    for letter, group in (("R", "revenue"), ("$", "spending"), ("S", "selling"), ("Q", "pieces")):
        if word in lexicon.business[group] and not exact:
            return letter
    return ""


def _plain(word: str, chunk: Chunk, lexicon: Lexicon, after: str) -> str:
    if word in ("?", ".") and after:
        return "z"
    if word in GRAINS:
        return "G"
    if word == "by" and after != "ALL":
        return "b"
    if word in ("and", ",", "&"):
        return "&"
    known = (lexicon.fillers, lexicon.greetings, *(lexicon.business[g] for g in ("verbs", "around")))
    if word in _ENDS or not any(c.isalnum() for c in word) or any(word in group for group in known):
        return ""
    if word in lexicon.business["late"]:
        return "l"
    return "i" if word in lexicon.business["units"] else "?"


def _joined(found: list[Piece]) -> Iterator[Piece]:
    """Without what only repeats its neighbour: "total sales", "quantity sold", "supplier provides"."""
    tables: set[str] = set()
    dated = any(piece.letter in "GDY" for piece in found)
    skip = False
    for position, piece in enumerate(found):
        after = found[position + 1].letter if position + 1 < len(found) else ""
        before = found[position - 1].letter if position else ""
        if skip:
            skip = False
            continue
        if piece.chunk.text.lower() == "total" and after in ("R", "$"):
            continue
        if piece.chunk.text.lower() == "new" and piece.letter == "?" and after == "T" and dated:
            continue
        if piece.letter == "T" and after == "T" and _is_compound(piece.chunk, found[position + 1].chunk):
            continue
        if (piece.letter == "S" and before in ("Q", "R")) or (
            piece.letter == "S" and before == "C" and _of_pieces(found[position - 1])
        ):
            continue
        if piece.letter == "T":
            best = piece.chunk.mentions[0]
            if best.table in tables and best.how in ("synonym", "derived") and before in ("T", "?"):
                continue
            tables.add(best.table)
        yield piece


def _is_compound(before: Chunk, chunk: Chunk) -> bool:
    """ "product categories", "customer orders": the last noun is what is meant."""
    done = chunk.text.lower().endswith(("ed", "ing")) or before.text.lower().endswith(("s", "ed", "ing"))
    return before.last == chunk.first and not done and before.mentions[0].how != PERSON


def _of_pieces(piece: Piece) -> bool:
    return any(word in piece.chunk.text.lower() for word in ("quantity", "unit"))
