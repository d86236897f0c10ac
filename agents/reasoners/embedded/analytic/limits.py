"""What a business question limits its rows to: values, periods, numbers, and rows that others belong to or do not."""

from __future__ import annotations

from collections.abc import Sequence

from agents.reasoners.embedded.analytic.read import Reader, sign_of
from agents.reasoners.embedded.analytic.said import Kind, Limit, Sign
from agents.reasoners.embedded.analytic.verbs import is_verb_form
from agents.reasoners.embedded.chunks import Chunk

_STOCK = frozenset({"stock", "in stock", "inventory"})
_MONEY = frozenset({"euro", "euros", "dollar", "dollars", "pounds", "eur", "usd", "gbp"})


def _by(letters: str, chunks: Sequence[Chunk]) -> dict[str, Chunk]:
    return dict(zip(letters, chunks, strict=True))


def groups(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "with more than 10 albums"."""
    by = _by(letters, chunks)
    sign = sign_of(letters)
    reader.said.limits.append(Limit("groups", by["T"], sign or "=", (by["N"],)))
    return reader.said.subject is not None


def number(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "budget above 10000", "more than 200 people", "longer than 180 minutes"."""
    by = _by(letters, chunks)
    signed = next((c for a, c in zip(letters, chunks, strict=True) if a in "><}{=!"), None)
    number = by.get("N") or by["Y"]
    gradables = signed.gradables if signed is not None else ()
    if "C" not in by and not gradables:
        return False
    column = by.get("C") or number
    limit = Limit("number", column, sign_of(letters) or "=", (number,), "-" in by, by.get("C"))
    limit.gradables, limit.unit = gradables, by["i"].text.lower() if "i" in by else ""
    reader.said.limits.append(limit)
    return True


def span(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "between 10 and 20", "from 2019 to 2021"."""
    by = _by(letters, chunks)
    ends = tuple(c for a, c in zip(letters, chunks, strict=True) if a in "NYD")
    if "N" in letters and "C" not in by:
        return False
    kind: Kind = "number" if "N" in letters else "period"
    unit = by["i"].text.lower() if "i" in by else ""
    reader.said.limits.append(Limit(kind, by.get("C") or ends[0], ">=", ends, hint=by.get("C"), unit=unit))
    return len(ends) == 2


def average(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "population above average", "cost more than the average price", "older than average"."""
    columns = [c for a, c in zip(letters, chunks, strict=True) if a == "C"]
    sign: Sign = ">" if "A" in letters else "<"
    if columns:
        reader.said.limits.append(Limit("average", columns[-1], sign))
        return True
    reader.said.limits.append(Limit("average", chunks[-1], sign, gradables=chunks[-1].gradables))
    return True


def period(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    by = _by(letters, chunks)
    chunk = by.get("D") or by["Y"]
    hint = by.get("C")
    reader.said.limits.append(Limit("period", chunk, sign_of(letters), negated="-" in by, hint=hint))
    return True


def value(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "in Germany", "the Beverages category", "status open or new", "not cancelled"."""
    by = _by(letters, chunks)
    values = [c for a, c in zip(letters, chunks, strict=True) if a == "V"]
    hint = by.get("C") or by.get("T")
    of = reader.before()
    if len(values) > 1 and "|" not in letters and "&" not in letters:
        return False
    reader.said.limits.append(
        Limit("value", values[0], negated="-" in by or "!" in by, hint=hint, others=tuple(values[1:]), of=of)
    )
    return True


def by_value(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "paid by card", "made by card": what is named after "by" is no split but one of its values."""
    reader.said.limits.append(Limit("value", chunks[-1]))
    return letters[0] != "?" or is_done(chunks[0])


def is_done(chunk: Chunk) -> bool:
    text = chunk.text.lower()
    return text.endswith("ed") and is_verb_form(text)


def not_done(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "not shipped", where no name of the schema is said: a date whose name has the verb is empty."""
    reader.said.limits.append(Limit("null", chunks[-1]))
    return is_done(chunks[-1])


def late(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "delivered late", "late orders": after the date by which it was due."""
    by = _by(letters, chunks)
    hint = by.get("C") or by.get("?")
    reader.said.limits.append(Limit("late", by["l"], negated="-" in by, hint=hint))
    return "?" not in by or is_done(by["?"])


def so_often(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who ordered more than 5 times", "… at least twice": so many rows of what the verb is about."""
    by = _by(letters, chunks)
    number = by["N"].mentions[0].number
    if "T" not in by or not ("*" in by or (number is not None and number.times)):
        return False
    at = letters.index("N") + 1
    counted = several if reader.said.subject is None else groups
    if not counted(reader, letters[:at], chunks[:at]):
        return False
    period = by.get("D") or by.get("Y")
    if period is not None:
        within = Limit("period", period, sign_of(letters[at:]))
        if counted is several:
            reader.said.limits[-1].within = (within,)
        else:
            reader.said.limits.append(within)
    return True


def several(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "(how many orders) have more than 3 items"."""
    by = _by(letters, chunks)
    counted = len(reader.said.measures) == 1 and reader.said.measures[0].what == "rows"
    if reader.said.subject is not None or reader.said.splits or not counted:
        return False
    reader.said.limits.append(Limit("several", by["T"], sign_of(letters) or "=", (by["N"],)))
    return True


def null(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "without an email", "not returned", "email is missing"."""
    by = _by(letters, chunks)
    reader.said.limits.append(Limit("null", by["C"], negated="1" in by))
    return True


def none_left(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "out of stock"."""
    reader.said.limits.append(Limit("number", chunks[-1], "=", (), hint=chunks[-1]))
    return True


def reference(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "report to Andrew Fuller": a row of a table that is named by two values."""
    reader.said.limits.append(Limit("reference", chunks[1], hint=chunks[0], others=tuple(chunks[2:])))
    return True


def dated(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "launched since 2023" where no name of the schema is said: a date whose name has the verb, if there is one."""
    reader.said.limits.append(Limit("period", chunks[-1], sign_of(letters), hint=chunks[0]))
    return True


def flag(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """A column said by itself: a flag that is set, or a date that is there."""
    reader.said.limits.append(Limit("null", chunks[-1], negated=True))
    return True


def absent(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who have never ordered", "without a mountain", "without orders in 2025", "with no online orders"."""
    by = _by(letters, chunks)
    if (reader.said.subject is None and not reader.said.measures) or ("?" in by and not is_done(by["?"])):
        return False
    reader.said.guesses += [by["?"].text.lower()] if "?" in by else []
    what = by.get("T") or by["S"]
    inner = [limit for limit in reader.said.limits if limit.kind == "value" and limit.hint is what]
    for limit in inner:
        reader.said.limits.remove(limit)
    period = by.get("D") or by.get("Y")
    if period is not None:
        inner.append(Limit("period", period, sign_of(letters)))
    reader.said.limits.append(Limit("absent", what, within=tuple(inner)))
    return True


def absent_worth(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "without payments over 10 dollars"."""
    at = letters.index("T") + 1
    if not worth(reader, letters[at:], chunks[at:]):
        return False
    amount = reader.said.limits.pop()
    if absent(reader, letters[:at], chunks[:at]):
        missing = reader.said.limits[-1]
        missing.within = (*missing.within, amount)
        return True
    return False


def deed(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who bought Tents in 2025", "who never ordered Chai in 1997": the value and the period are of the same deed."""
    what = chunks[1 if letters[0] == "-" else 0]
    subject = reader.said.subject or next((m.chunk for m in reader.said.measures), None)
    if subject is None or ("T" in letters and not what.text.lower().endswith("ed")):
        return False
    values = [c for a, c in zip(letters, chunks, strict=True) if a == "V"]
    within = (Limit("period", chunks[-1], sign_of(letters)),)
    negated = "-" in letters
    reader.said.limits.append(
        Limit("value", values[0], negated=negated, others=tuple(values[1:]), of=what, within=within)
    )
    return True


def in_stock(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "still in stock": there is some of it."""
    if chunks[0].text.lower() not in _STOCK:
        return False
    reader.said.limits.append(Limit("number", chunks[0], ">", (), hint=chunks[0]))
    return True


def absent_twice(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who have never placed an order": what follows the negation is a verb, whatever else its word may mean."""
    second = chunks[letters.index("T")].text.lower()
    return second.endswith("ed") and absent(reader, letters, chunks)


def absent_period(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who have not ordered since March": the date is that of rows which are absent."""
    column = chunks[letters.index("C")]
    table = next((m.table for m in column.mentions if m.column), "")
    subject = reader.said.subject or next((m.chunk for m in reader.said.measures), None)
    own = {m.table for m in subject.mentions[:1]} if subject is not None else set()
    if not table or table in own:
        return False
    period = chunks[-1]
    reader.said.limits.append(Limit("period", period, sign_of(letters), negated=True, hint=column))
    return True


def both_periods(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who ordered in both 2024 and 2025", "who ordered in 2024 but not in 2025": each is a condition of its own."""
    periods = [c for a, c in zip(letters, chunks, strict=True) if a in "DY"]
    if not set(letters) & set("z-"):
        return False
    for number, period in enumerate(periods):
        limit = Limit("period", period, negated=number > 0 and "-" in letters)
        limit.hint, limit.of = (chunks[0], None) if letters[0] == "C" else (None, chunks[0])
        reader.said.limits.append(limit)
    return True


def period_of(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "with orders in 2025": the period is about the table said right before it."""
    if letters[0] == "w":
        letters, chunks = letters[1:], chunks[1:]
    top = reader.said.top
    if (letters[0] == "S" and reader.said.subject is None) or (top is not None and top.by is None):
        return False
    reader.said.limits.append(Limit("period", chunks[-1], sign_of(letters), of=chunks[0]))
    reader.said.others += [] if letters[0] == "S" else [chunks[0]]
    return True


def worth(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "orders over 500 euros", "between 100 and 200": what a row is worth."""
    by = _by(letters, chunks)
    unit = by["i"].text.lower() if "i" in by else ""
    numbers = tuple(c for a, c in zip(letters, chunks, strict=True) if a == "N")
    money = unit in _MONEY or any(c.text[:1] in "$€£" for c in numbers)
    if unit and not money:
        return False
    if not money:
        reader.said.guesses.append(by["N"].text.lower())
    reader.said.limits.append(Limit("worth", numbers[0], sign_of(letters), numbers))
    return True


def columns(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "shipped after the required date"."""
    reader.said.limits.append(Limit("columns", chunks[0], sign_of(letters), hint=chunks[-1]))
    return True


def value_of_row(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """Two values side by side that make up one row's name: "Andrew Fuller"."""
    for chunk in chunks:
        reader.said.limits.append(Limit("value", chunk))
    return True
