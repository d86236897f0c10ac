"""How a business question goes on: splits, conditions, ranking and order."""

from __future__ import annotations

from collections.abc import Sequence

from agents.reasoners.embedded.analytic import comparing, limits
from agents.reasoners.embedded.analytic.read import MANY, Reader, Rule, measure, number_of, rules
from agents.reasoners.embedded.analytic.said import Measure, Split, Top
from agents.reasoners.embedded.analytic.spans import GRAINS
from agents.reasoners.embedded.chunks import Chunk

_NO_SIGN = "(?![><}{=!](?![DY]))"
"""What is split by is not compared with anything, though a period may follow: "by channel since March"."""


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


def _has_done_most(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "(who) rented the most films": what was done is counted."""
    done = chunks[0].text.lower().endswith(("ed", "ing")) and chunks[1].text.lower() in MANY
    if not done or reader.said.subject is None or reader.said.top is not None:
        return False
    reader.said.top = Top(letters[1] == "H", None, Measure("rows", chunks[0]))
    reader.said.others.append(chunks[2])
    return True


def _first_few(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "…, top 10": of the groups, by what is computed for them."""
    if reader.said.top is not None or not reader.said.measures or not reader.said.splits:
        return False
    reader.said.top = Top("P" in letters, number_of(chunks[-1]), reader.said.measures[0], shown=True)
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


TAILS: tuple[Rule, ...] = rules(
    (r"b(?:#?U?T|[asxm]?T?C|s?R|Q|s?\$|#C)", _ranked_by),
    (r"C?e*b?e?G", _split),
    (rf"[eb]+TC{_NO_SIGN}", _split_within),
    (rf"[eb]+TT?{_NO_SIGN}|[eb]+C{_NO_SIGN}|eV", _split),
    (r"&(?:G|T?C|T)", _more_splits),
    (r"T[HL]T", _has_done_most),
    (r"[TC][HL]$|\$[HL]|S?[HL]S?T|[HL](?:s?R|[as]?T?C)|S[HL]", _has_most),
    (r"-?[C?]?-?l", limits.late),
    (r"[C?]?bV", limits.by_value),
    (r"[CT][><}{=]?N\*?(?:[><}{w]?[DY])?", limits.so_often),
    (r"C?[><}{=]Ni?T", limits.several),
    (r"C?[><}{=]Ni?T", limits.groups),
    (r"wC?[NYD][&t][NYD]i?C?|Cw[NYD][&t][NYD]i?", limits.span),
    (r"-?C[><}{=!]?(?:N)i?|-?[><}{=!]Ni?C?|C=?Y(?!$)", limits.number),
    (r">Ni?$|<Ni?$|[}{]Ni?$|wN[&t]Ni?$|[><}{]Ni?(?=[DYVbe])", limits.worth),
    (r"C[AB]C|[AB]C|C[AB]|[AB](?!C)", limits.average),
    (r"C[><}{]C", limits.columns),
    (r"[DY]&?\^&?[DY]|[DY]&[DY]", comparing.two_periods),
    (r"[DY]\^G<|[DY]\^<G|[DY][\^g]G", comparing.with_the_one_before),
    (r"[CTS]z[DY]&[DY]|[CTS][DY]-[DY]", limits.both_periods),
    (r"-C[><}{w]?[DY]", limits.absent_period),
    (r"w?[TS][><}{w]?[DY]", limits.period_of),
    (r"-?[TS]-?V(?:[|&]V)*[><}{w]?[DY]", limits.deed),
    (r"-?C?[><}{w]?[DY]", limits.period),
    (r"O[C?]", limits.none_left),
    (r"CVV", limits.reference),
    (r"-?V(?:[|&]V)+[CT]?|-?C[=!]?-?V(?:[|&]V)*|-?!?V[CT]?(?![V])", limits.value),
    (r"VV", limits.value_of_row),
    (r"-\?$", limits.not_done),
    (r"-T?C|C[01]|0C", limits.null),
    (r"[C?](?=$|[YDbe&])", limits.in_stock),
    (r"-TT(?:[><}{w]?[DY])?", limits.absent_twice),
    (r"-[?$S]?T[><}{]Ni?", limits.absent_worth),
    (r"-S(?:[><}{w]?[DY])?", limits.absent),
    (r"-[?$S]?T(?:[><}{w]?[DY])?", limits.absent),
    (r"\?[><]C", limits.columns),
    (r"\?[><}{w]?[DY]", limits.dated),
    (r"o(?:#?T|[asxm]?T?C|s?R|Q)?[du]?|[du](?:C)?|b?C[du]|&?[HL]L?$", _sorted),
    (r"&?[PF]N$", _first_few),
    (r"#T", _also_shown),
    (r"C$|C(?=[be])", limits.flag),
    (r"&?C(?:&C)*(?![><}{=!]|-?V)", _also_shown),
    (r"&(?=[-CV><}{])|S(?=-?V)|&(?=-)", _onward),
    (r"w?T", _other),
)
