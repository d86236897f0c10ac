"""How a business question goes on: splits, conditions, ranking and order."""

from __future__ import annotations

from collections.abc import Sequence

from agents.reasoners.embedded.analytic.read import MANY, Reader, Rule, measure, number_of, rules, sign_of
from agents.reasoners.embedded.analytic.said import Kind, Limit, Measure, Split, Top
from agents.reasoners.embedded.analytic.spans import GRAINS
from agents.reasoners.embedded.chunks import Chunk


def _by(letters: str, chunks: Sequence[Chunk]) -> dict[str, Chunk]:
    return dict(zip(letters, chunks, strict=True))


def _split(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "by month", "per product category", "in each country"; "by branch of the stylist" splits by what comes first."""
    by = _by(letters, chunks)
    if "G" in by:
        reader.said.splits.append(Split(by.get("C"), GRAINS[by["G"].text.lower()]))
    elif letters.endswith("TT") and chunks[-2].last < chunks[-1].first:
        reader.said.splits.append(Split(chunks[-2]))
        reader.said.others.append(chunks[-1])
    else:
        chunk = by.get("C") or by.get("V") or chunks[-1]
        within = chunks[-2] if len(letters) > 1 and letters[-2] == "T" else None
        reader.said.splits.append(Split(chunk, within=within))
    reader.splitting = True
    return True


def _split_within(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "by customer country": the column belongs to the table said before it."""
    tables = {mention.table for mention in chunks[-2].mentions}
    return any(mention.table in tables for mention in chunks[-1].mentions) and _split(reader, letters, chunks)


def _more_splits(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    return reader.was_splitting and _split(reader, letters, chunks)


def _ranked_by(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "top 5 customers by number of orders"."""
    top, found = reader.said.top, measure(letters[1:], chunks[1:])
    if top is None or found is None or reader.said.subject is None:
        return False
    if top.by is not None and top.by.what != "graded":
        return False
    top.by, top.shown = found, True
    return True


def _has_most(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "(which store) has the most orders", "… the highest revenue", "(who) spent the most"."""
    grade = next(c for letter, c in zip(letters, chunks, strict=True) if letter in "HL")
    rest = [(a, b) for a, b in zip(letters, chunks, strict=True) if a not in "HL"]
    if not set(letters) & set("RC$S") and grade.text.lower() not in MANY:
        return False
    if "S" in letters:
        found: Measure | None = Measure("pieces", function="sum", chunk=_by(letters, chunks).get("T"))
    else:
        found = measure("".join(a for a, _ in rest), [b for _, b in rest])
    top = reader.said.top
    if found is None or reader.said.subject is None or (top is not None and top.by is not None):
        return False
    reader.said.top = Top("L" not in letters, top.count if top else None, found)
    return bool(grade.text)


def _first_few(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "…, top 10": of the groups, by what is computed for them."""
    if reader.said.top is not None or not reader.said.measures or not reader.said.splits:
        return False
    reader.said.top = Top("P" in letters, number_of(chunks[-1]), reader.said.measures[0], shown=True)
    return True


def _groups(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "with more than 10 albums"."""
    by = _by(letters, chunks)
    sign = sign_of(letters)
    reader.said.limits.append(Limit("groups", by["T"], sign or "=", (by["N"],)))
    return reader.said.subject is not None


def _number(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
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


def _span(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "between 10 and 20", "from 2019 to 2021"."""
    by = _by(letters, chunks)
    ends = tuple(c for a, c in zip(letters, chunks, strict=True) if a in "NYD")
    if "N" in letters and "C" not in by:
        return False
    kind: Kind = "number" if "N" in letters else "period"
    unit = by["i"].text.lower() if "i" in by else ""
    reader.said.limits.append(Limit(kind, by.get("C") or ends[0], ">=", ends, hint=by.get("C"), unit=unit))
    return len(ends) == 2


def _average(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "population above average", "cost more than the average price"."""
    columns = [c for a, c in zip(letters, chunks, strict=True) if a == "C"]
    reader.said.limits.append(Limit("average", columns[-1], ">" if "A" in letters else "<"))
    return True


def _period(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    by = _by(letters, chunks)
    chunk = by.get("D") or by["Y"]
    hint = by.get("C")
    reader.said.limits.append(Limit("period", chunk, sign_of(letters), negated="-" in by, hint=hint))
    return True


def _value(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
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


def _by_value(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "paid by card", "made by card": what is named after "by" is no split but one of its values."""
    reader.said.limits.append(Limit("value", chunks[-1]))
    return letters[0] != "?" or _is_done(chunks[0])


def _is_done(chunk: Chunk) -> bool:
    return chunk.text.lower().endswith("ed")


def _not_done(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "not shipped", where no name of the schema is said: a date whose name has the verb is empty."""
    reader.said.limits.append(Limit("null", chunks[-1]))
    return _is_done(chunks[-1])


def _late(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "delivered late", "late orders": after the date by which it was due."""
    by = _by(letters, chunks)
    hint = by.get("C") or by.get("?")
    reader.said.limits.append(Limit("late", by["l"], negated="-" in by, hint=hint))
    return "?" not in by or _is_done(by["?"])


def _several(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "(how many orders) have more than 3 items"."""
    by = _by(letters, chunks)
    counted = len(reader.said.measures) == 1 and reader.said.measures[0].what == "rows"
    if reader.said.subject is not None or reader.said.splits or not counted:
        return False
    reader.said.limits.append(Limit("several", by["T"], sign_of(letters) or "=", (by["N"],)))
    return True


def _null(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "without an email", "not returned", "email is missing"."""
    by = _by(letters, chunks)
    reader.said.limits.append(Limit("null", by["C"], negated="1" in by))
    return True


def _none_left(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "out of stock"."""
    reader.said.limits.append(Limit("number", chunks[-1], "=", (), hint=chunks[-1]))
    return True


def _reference(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "report to Andrew Fuller": a row of a table that is named by two values."""
    reader.said.limits.append(Limit("reference", chunks[1], hint=chunks[0], others=tuple(chunks[2:])))
    return True


def _dated(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "launched since 2023" where no name of the schema is said: a date whose name has the verb, if there is one."""
    reader.said.limits.append(Limit("period", chunks[-1], sign_of(letters), hint=chunks[0]))
    return True


def _flag(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """A column said by itself: a flag that is set, or a date that is there."""
    reader.said.limits.append(Limit("null", chunks[-1], negated=True))
    return True


def _absent(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who have never ordered", "without a mountain"."""
    by = _by(letters, chunks)
    reader.said.guesses += [by["?"].text.lower()] if "?" in by else []
    reader.said.limits.append(Limit("absent", by["T"]))
    return reader.said.subject is not None or bool(reader.said.measures)


def _absent_twice(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "who have never placed an order": what follows the negation is a verb, whatever else its word may mean."""
    return chunks[-2].text.lower().endswith("ed") and _absent(reader, letters, chunks)


def _columns(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "shipped after the required date"."""
    reader.said.limits.append(Limit("columns", chunks[0], sign_of(letters), hint=chunks[-1]))
    return True


def _sorted(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    by = _by(letters, chunks)
    if not set(letters) - set("&HL") and not (reader.said.measures or reader.said.splits):
        return False
    if reader.said.sort is not None:
        reader.said.sort = (reader.said.sort[0], "d" in by)
        return letters in ("d", "u")
    rest = [(a, b) for a, b in zip(letters, chunks, strict=True) if a in "#asxmTCRQ"]
    found = measure("".join(a for a, _ in rest), [b for _, b in rest]) if rest else None
    reader.said.sort = (found, "d" in by or "H" in by)
    return reader.said.top is None


def _other(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """A further table on the way: "films in each category", "average price of products"."""
    reader.said.others.append(chunks[-1])
    return not reader.said.top or bool(reader.said.top.by)


def _also_shown(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "with name and email", "with the number of tracks"."""
    if reader.said.subject is None or reader.said.measures or reader.said.splits:
        return False
    if "#" in letters:
        reader.said.measures.append(Measure("rows", chunks[-1]))
        reader.said.splits.append(Split(reader.said.subject))
        reader.said.subject, reader.said.keeping = None, True
        return True
    reader.said.shown.extend(c for a, c in zip(letters, chunks, strict=True) if a == "C")
    return True


def _onward(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "and" before another condition."""
    return True


def _value_of_row(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """Two values side by side that make up one row's name: "Andrew Fuller"."""
    for chunk in chunks:
        reader.said.limits.append(Limit("value", chunk))
    return True


TAILS: tuple[Rule, ...] = rules(
    (r"b(?:#U?T|[asxm]?T?C|s?R|Q|s?\$|#C)", _ranked_by),
    (r"C?e*b?e?G", _split),
    (r"[eb]+TC(?![><}{=!])", _split_within),
    (r"[eb]+TT?(?![><}{=!])|[eb]+C(?![><}{=!])|eV", _split),
    (r"&(?:G|T?C|T)", _more_splits),
    (r"T[HL]$|\$[HL]|S?[HL]S?T|[HL](?:s?R|[as]?T?C)|S[HL]", _has_most),
    (r"-?[C?]?-?l", _late),
    (r"[C?]?bV", _by_value),
    (r"C?[><}{=]Ni?T", _several),
    (r"C?[><}{=]Ni?T", _groups),
    (r"wC?[NYD][&t][NYD]i?C?|Cw[NYD][&t][NYD]i?", _span),
    (r"-?C[><}{=!]?(?:N)i?|-?[><}{=!]Ni?C?|C=?Y(?!$)", _number),
    (r"C[AB]C|[AB]C|C[AB]", _average),
    (r"C[><}{]C", _columns),
    (r"-?C?[><}{w]?[DY]", _period),
    (r"OC", _none_left),
    (r"CVV", _reference),
    (r"V(?:[|&]V)+[CT]?|-?C[=!]?-?V(?:[|&]V)*|-?!?V[CT]?(?![V])", _value),
    (r"VV", _value_of_row),
    (r"-\?$", _not_done),
    (r"-T?C|C[01]|0C", _null),
    (r"-TT", _absent_twice),
    (r"-[?$S]?T", _absent),
    (r"\?[><]C", _columns),
    (r"\?[><}{w]?[DY]", _dated),
    (r"o(?:#?T|[asxm]?T?C|s?R|Q)?[du]?|[du](?:C)?|b?C[du]|&?[HL]L?$", _sorted),
    (r"&?[PF]N$", _first_few),
    (r"#T", _also_shown),
    (r"C$|C(?=[be])", _flag),
    (r"&?C(?:&C)*(?![><}{=!]|-?V)", _also_shown),
    (r"&(?=[-CV><}{])", _onward),
    (r"w?T", _other),
)
