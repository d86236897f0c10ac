"""Business questions read by patterns over the letters of their pieces; a question is read whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from agents.reasoners.embedded.analytic.glossary import METRIC
from agents.reasoners.embedded.analytic.said import Limit, Measure, Said, Sign, Split, Top, What
from agents.reasoners.embedded.analytic.spans import GRAINS
from agents.reasoners.embedded.analytic.symbols import Piece
from agents.reasoners.embedded.analytic.verbs import is_verb_form
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Aggregate

_FUNCTIONS: dict[str, Aggregate] = {"a": "avg", "s": "sum", "x": "max", "m": "min"}
_SIGNS: dict[str, Sign] = {">": ">", "<": "<", "}": ">=", "{": "<=", "=": "=", "!": "!="}
_MOST_GUESSES = 2
_SEVERAL = 10
"""Rows that are shown of the newest, largest … when it is not said how many."""
MANY = frozenset({"most", "fewest", "least", "the most", "largest number of", "highest number of"})
"""Superlatives that are said of how many there are; others are said of the things themselves."""
Rule = tuple[re.Pattern[str], Callable[["Reader", str, Sequence[Chunk]], bool]]


class Reader:
    """Reads the pieces from left to right; the first rule whose pattern fits takes its pieces."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        told = [piece for piece in pieces if piece.letter not in "Xvf"]
        self.letters = "".join(piece.letter for piece in told)
        self._chunks = [piece.chunk for piece in told]
        self._at = 0
        self.said = Said()
        for piece in pieces:
            if piece.letter == "X":
                self.said.stated = True
                self.said.limits.append(Limit("null", piece.chunk, negated=True))
        self.said.filters = [piece.chunk for piece in pieces if piece.letter == "f"]
        for piece, after in pairwise(pieces):
            if piece.letter == "v":
                self.said.limits.append(Limit("value", piece.chunk, hint=after.chunk))
        self.splitting = self.was_splitting = False
        """Whether the last thing read was something to split by, so that "and" goes on splitting."""

    def read(self, tails: Sequence[Rule]) -> Said | None:
        """What the question says; None when a piece of it fits nowhere."""
        at = self._step(0, HEADS)
        if not at:
            return None
        while at < len(self.letters):
            after = self._step(at, tails) or self._guess(at)
            if not after:
                return None
            at = after
        return self.said if self._complete() else None

    def read_on(self, tails: Sequence[Rule]) -> Said | None:
        """What a follow-up says; None when a piece of it fits nowhere, or it says nothing."""
        at = 0
        while at < len(self.letters):
            after = self._step(at, tails)
            if not after:
                return None
            at = after
        return self.said if self.letters or self.said.limits else None

    def _step(self, at: int, rules: Sequence[Rule]) -> int:
        """Where the rule that fits at `at` ends; 0 when none does."""
        for pattern, action in rules:
            match = pattern.match(self.letters, at)
            if match is None or match.end() == at:
                continue
            self._at = at
            self.was_splitting, self.splitting = self.splitting, False
            if action(self, match.group(), self._chunks[at : match.end()]):
                return match.end()
            self.splitting = self.was_splitting
        return 0

    def peek(self, ahead: int) -> Chunk:
        """The chunk that lies so many after the one where the rule began."""
        return self._chunks[self._at + ahead]

    def before(self) -> Chunk | None:
        """The table that was said right before the rule began."""
        return self._chunks[self._at - 1] if self._at and self.letters[self._at - 1] == "T" else None

    def _guess(self, at: int) -> int:
        """A word that is not known is passed over, if it looks like a verb and there are not many of them."""
        text = self._chunks[at].text.lower()
        verbal = (
            (is_verb_form(text) and not text.endswith("thing"))
            or text.endswith("ly")
            or (self.letters[at] == "C" and at == len(self.letters) - 1 and text.endswith(("er", "s")))
        )
        clause = (
            self.letters[at] == "?" and at == len(self.letters) - 1 and self.letters[:at].startswith("#TeT")
        )
        verbal = verbal or clause
        if self.letters[at] not in "?C" or not verbal or len(self.said.guesses) >= _MOST_GUESSES:
            return 0
        self.said.guesses.append(text)
        return at + 1

    def _complete(self) -> bool:
        said = self.said
        return bool(said.subject or said.measures or said.shown or said.splits) and not (
            said.top and said.top.by is None
        )


def sign_of(letters: str) -> Sign:
    return next((_SIGNS[letter] for letter in letters if letter in _SIGNS), "")


def number_of(chunk: Chunk) -> int | None:
    span = chunk.mentions[0].number if chunk.mentions else None
    return int(span.value) if span is not None else None


def measure(letters: str, chunks: Sequence[Chunk]) -> Measure | None:
    """The measure that pieces name: "number of orders", "average price", "total revenue", "quantity"."""
    by = dict(zip(letters, chunks, strict=True))
    function: Aggregate = next((_FUNCTIONS[letter] for letter in letters if letter in _FUNCTIONS), "")
    if "W" in by:
        return Measure("duration", by["W"], function or "avg")
    if "#" in by:
        what: What = "rows" if "T" in by else "column"
        return Measure(what, by.get("T") or by.get("C"), "count" if what == "column" else "")
    if "R" in by and by["R"].kind == METRIC:
        return Measure("metric", by["R"])
    if "R" in by or "$" in by:
        return Measure("sales", function=function or "sum") if function in ("", "sum") else None
    if "Q" in by and "C" not in by:
        return Measure("pieces", function="sum")
    if "C" in by:
        return Measure("column", by["C"], function, of=by.get("T"))
    return Measure("amount", by["T"], function) if function == "sum" else Measure("rows", by["T"])


# ── how a question begins ──


def _head_measure(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    found = measure(letters, chunks)
    if found is None:
        return False
    reader.said.measures.append(found)
    return True


def _head_running(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    reader.said.running = True
    return _head_measure(reader, letters[1:], chunks[1:])


def _head_compared(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "compare orders in 2024 and 2025"."""
    return _head_measure(reader, letters[1:], chunks[1:])


def _head_each(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "average number of items per order"."""
    reader.said.measures.append(Measure("each", chunks[2], "avg", of=chunks[-1]))
    return True


def _head_growth(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "year over year growth of revenue", "order growth by month"."""
    reader.said.growth = True
    rest = [(a, b) for a, b in zip(letters, chunks, strict=True) if a != "g"]
    words = chunks[letters.index("g")].text.lower().replace("-", " ").split()
    if words[0] in GRAINS:
        reader.said.splits.append(Split(grain=GRAINS[words[0]]))
    found = measure("".join(a for a, _ in rest), [b for _, b in rest])
    if found is None:
        return False
    if found.what == "column" and not found.function:
        found.function = "sum"
    reader.said.measures.append(found)
    return True


def _head_sold(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "how much did we sell", "how much revenue": what was sold is meant in money."""
    reader.said.measures.append(Measure("sales", function="sum"))
    return True


def _head_much(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "how much did we refund": the total."""
    reader.said.measures.append(Measure("column", chunks[-1], "sum"))
    return True


def _head_value_with_most(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "which rating has the most films"."""
    found = measure(letters[2:], chunks[2:])
    if found is None or chunks[1].text.lower() not in MANY:
        return False
    reader.said.splits.append(Split(chunks[0]))
    reader.said.top = Top(letters[1] == "H", None, found)
    return True


def _head_share(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    reader.said.share = True
    return _head_measure(reader, letters[1:], chunks[1:])


def _head_top(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "top 5 customers", "the 10 longest films", "the highest mountain", "the 5 customers"."""
    by = dict(zip(letters, chunks, strict=True))
    grade = by.get("H") or by.get("L")
    count = number_of(by["N"]) if "N" in by else None
    descending = "L" not in by and "F" not in by
    ranked: Measure | None = None
    if grade is not None:
        selling = "S" in by
        ranked = (
            Measure("pieces", function="sum") if selling else Measure("graded", gradables=grade.gradables)
        )
    if grade is not None and letters == reader.letters and _is_plural(by["T"]):
        count = count or _SEVERAL
    reader.said.subject = by["T"]
    reader.said.top = Top(descending, count, ranked)
    return "P" in by or "F" in by or grade is not None or count is not None


def _is_plural(chunk: Chunk) -> bool:
    """ "newest customers" are several; "the newest customer" is one."""
    last = chunk.text.lower().split()[-1]
    return last.endswith("s") and not last.endswith("ss")


def _head_common(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "the most common film rating": the value that most rows have."""
    grade, column = chunks[0], chunks[-1]
    if not any(g.count for g in grade.gradables):
        return False
    reader.said.splits.append(Split(column, within=chunks[1] if letters[1] == "T" else None))
    reader.said.top = Top(letters[0] == "H", None, Measure("rows", chunks[1] if letters[1] == "T" else None))
    return True


def _head_column(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "units in stock by supplier", "population by state"."""
    reader.said.measures.append(
        Measure("column", chunks[0], "sum", of=chunks[1] if len(chunks) > 1 else None)
    )
    return True


def _head_rows(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    reader.said.measures.append(Measure("rows", chunks[-1]))
    return True


def _head_subject(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    reader.said.subject = chunks[-1]
    return True


def _head_columns_of(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "Which countries do our suppliers come from", "names and prices of products"."""
    reader.said.shown = [c for letter, c in zip(letters, chunks, strict=True) if letter in "CK"]
    reader.said.subject = chunks[-1]
    reader.said.distinct = letters == "KT"
    return True


def _head_property(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "the capital of Texas": a column of the row that a value names; "the location of the club named …"."""
    value = reader.peek(len(chunks))
    columns = [c for letter, c in zip(letters, chunks, strict=True) if letter in "CK"]
    stored = {(m.table, m.column) for m in value.mentions if m.how in ("exact", "case")}
    hinted = any((m.table, m.column) in stored for m in columns[-1].mentions)
    reader.said.shown = columns[:-1] if len(columns) > 1 and "&" not in letters and hinted else columns
    return True


def _head_how(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "How high is Whitney?": the column that the adjective is said of."""
    reader.said.shown = [chunks[0]]
    return bool(chunks[0].gradables)


def rules(*rules: tuple[str, Callable[[Reader, str, Sequence[Chunk]], bool]]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), action) for pattern, action in rules)


HEADS = rules(
    (r"[asxm]?WT?[asxm]?", _head_measure),
    (r"a#TeT", _head_each),
    (r"\^(?:#?T|s?R|[asxm]?C)", _head_compared),
    (r"%(?:#?T|s?R)", _head_share),
    (r"c(?:#T|s?R|s?C|T)", _head_running),
    (r"g+(?:#T|s?R|s?C|T)g*|(?:#T|s?R|sC|C|T)g", _head_growth),
    (r"#U?T", _head_measure),
    (r"#U?C", _head_measure),
    (r"M(?:s?R|[$S]T?)", _head_sold),
    (r"MT?C", _head_much),
    (r"[KC][HL](?:#?T|s?R)", _head_value_with_most),
    (r"s?R", _head_measure),
    (r"h(?=T?V)", _head_how),
    (r"[asxm]TC(?!T)", _head_measure),
    (r"[asxm]CT?\$?", _head_measure),
    (r"sT", _head_measure),
    (r"[HL]T?C(?=$|[VDYw])", _head_common),
    (r"[PF]N?[HL]?S?T|N?[HL]S?N?T|PN?T|NT", _head_top),
    (r"CT?(?=[be]|[DY][\^g])", _head_column),
    (r"T(?=[be]|[DY][\^g])", _head_rows),
    (r"[CK](?:&*C)*T", _head_columns_of),
    (r"[CK](?:&?C)?(?=V)", _head_property),
    (r"T", _head_subject),
)
