"""Single conditions that a stored value or a number of the question may stand for, each with what speaks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.reasoners.embedded.draft import Col, Condition, Operator, Term
from agents.reasoners.embedded.generate.column_features import around, kind_numbers, told
from agents.reasoners.embedded.generate.conditions import OPERATORS
from agents.reasoners.embedded.generate.scene import Scene
from connectors.sql.reading import Literal
from knowledge.linking import Mention

_VALUES = 5
_COLUMNS = 6
_AFTER = {"GE": ">=", "LE": "<="}
_NEAR = 4
_LIKE = {"LIKE": "%{}%", "LIKESTART": "{}%", "LIKEEND": "%{}"}

Numbers = dict[str, float]


@dataclass(frozen=True, slots=True)
class Atom:
    spot: int
    """The chunk that it comes from; two atoms of one spot exclude each other. Below 0 for what only the rules found."""
    condition: Condition
    numbers: Numbers


def atoms(scene: Scene, shared: Numbers) -> list[Atom]:
    found: dict[tuple[int, Condition], Atom] = {}
    for atom in (*_of_values(scene, shared), *_of_numbers(scene, shared), *_of_texts(scene, shared)):
        found.setdefault((atom.spot, atom.condition), atom)
    known = {condition for _, condition in found}
    number = -1
    for draft in scene.drafts:
        for part in draft.everywhere():
            for condition in part.conditions:
                if condition.query is None and not condition.term.aggregated and condition not in known:
                    known.add(condition)
                    found[number, condition] = Atom(number, condition, _numbers(scene, condition, shared))
                    number -= 1
    return list(found.values())


def _of_values(scene: Scene, shared: Numbers) -> Iterator[Atom]:
    for position, chunk in enumerate(scene.segmentation.chunks):
        if chunk.kind != "V":
            continue
        negated = "NOT" in scene.line[max(0, position - 3) : position]
        for rank, (score, mention) in enumerate(scene.resolver.ranked(chunk, position)[:_VALUES]):
            column = Term(Col(mention.table, mention.column))
            for operator in _equalities(negated):
                condition = Condition(column, operator, (Literal(mention.value, "text"),))
                numbers = _numbers(scene, condition, shared)
                _of_mention(scene, mention, position, numbers)
                numbers["rank"], numbers["rivals"] = float(rank), float(len(chunk.mentions))
                numbers["resolved"] = score
                yield Atom(position, condition, numbers)


def _equalities(negated: bool) -> tuple[Operator, ...]:
    return ("=", "!=") if negated else ("=",)


def _of_mention(scene: Scene, mention: Mention, position: int, numbers: Numbers) -> None:
    words = scene.lattice.tokens[mention.first : mention.last]
    numbers["value"] = 1.0
    numbers["score"] = mention.score
    numbers[f"how:{mention.how}"] = 1.0
    numbers["words"] = float(len(words))
    numbers["capital"] = float(sum(word.capitalised and word.start > 0 for word in words))
    numbers["quoted"] = float(words[0].kind == "quoted")
    around(scene.line, position, numbers)


def _of_numbers(scene: Scene, shared: Numbers) -> Iterator[Atom]:
    for position, chunk in enumerate(scene.segmentation.chunks):
        number = chunk.mentions[0].number if chunk.kind == "N" else None
        if number is None:
            continue
        operator, cue = operator_at(scene, position)
        for distance, column in _near_columns(scene, position):
            for other in dict.fromkeys((operator, "=")):
                condition = Condition(Term(column), other, (_literal(scene, position, column),))
                numbers = _numbers(scene, condition, shared)
                numbers["number"], numbers["year"] = 1.0, float(number.year)
                numbers["size"] = min(abs(number.value), 10_000.0)
                numbers["distance"], numbers["cue"] = float(distance), float(cue)
                numbers["by_cue"] = float(other == operator)
                around(scene.line, position, numbers)
                yield Atom(position, condition, numbers)


def operator_at(scene: Scene, position: int) -> tuple[Operator, bool]:
    """The comparison that a number stands in, and whether a word says so."""
    line = scene.line
    if position + 1 < len(line) and line[position + 1] in _AFTER:
        return OPERATORS[line[position + 1]], True
    for before in range(position - 1, max(-1, position - 1 - _NEAR), -1):
        if line[before] in OPERATORS:
            return OPERATORS[line[before]], True
        if line[before] != "NOT" and line[before].startswith(("N", "V", "T")):
            break
    return "=", False


def _near_columns(scene: Scene, position: int) -> list[tuple[int, Col]]:
    """Columns that a number may be compared with: the nearest named ones, then those that comparatives hint at."""
    near = [
        (abs(place.position - position), -place.score, column.table, column.name, column)
        for column, place in scene.columns.items()
        if place is not None and _countable(scene, column)
    ]
    chosen = [(item[0], item[4]) for item in sorted(near)[:_COLUMNS]]
    words = [
        word
        for chunk in scene.segmentation.chunks[max(0, position - 3) : position + 3]
        for gradable in chunk.gradables
        for word in (*gradable.of, *gradable.flip)
    ]
    for column in _numbered(scene, position):
        if all(column != known for _, known in chosen):
            chosen.append((1, column))
    number = scene.segmentation.chunks[position].mentions[0].number
    words += ["year", "date"] if number is not None and number.year else []
    tables = sorted(scene.tables, key=lambda t: (t != scene.main, -told(scene, t), t))[:3]
    for column in scene.resolver.hinted(words, tables):
        if all(column != known for _, known in chosen) and len(chosen) < _COLUMNS + 3:
            chosen.append((12, column))
    return chosen


def _numbered(scene: Scene, position: int) -> Iterator[Col]:
    """Keys of a table named right before a number: "store 1"."""
    before = scene.segmentation.chunks[position - 1] if position else None
    if before is not None and before.kind == "T":
        for table in dict.fromkeys(mention.table for mention in before.mentions[:2]):
            key = scene.resolver.key(table)
            if key is not None:
                yield key


def _of_texts(scene: Scene, shared: Numbers) -> Iterator[Atom]:
    """Texts that are no stored value as far as is known: quoted ones, and names in capitals."""
    tokens = scene.lattice.tokens
    for position, chunk in enumerate(scene.segmentation.chunks):
        token = tokens[chunk.first]
        known = bool(chunk.mentions) and chunk.mentions[0].how in ("exact", "case")
        strange = chunk.kind == "word" and token.capitalised and position > 0 and len(chunk.text) > 1
        if not (token.kind == "quoted" and chunk.last - chunk.first == 1 and not known) and not strange:
            continue
        shape = next((_LIKE[tag] for tag in scene.line[max(0, position - 4) : position] if tag in _LIKE), "")
        text = token.text if not shape else shape.format(token.text)
        for distance, column in _text_columns(scene, position):
            condition = Condition(Term(column), "like" if shape else "=", (Literal(text, "text"),))
            numbers = _numbers(scene, condition, shared)
            numbers["unknown_text"], numbers["quoted"] = 1.0, float(token.kind == "quoted")
            numbers["distance"] = float(distance)
            around(scene.line, position, numbers)
            yield Atom(position, condition, numbers)


def _text_columns(scene: Scene, position: int) -> list[tuple[int, Col]]:
    resolver = scene.resolver
    near = sorted(
        (abs(place.position - position), -place.score, column.table, column.name)
        for column, place in scene.columns.items()
        if place is not None and not resolver.is_number(column.table, column.name)
    )
    chosen = [(item[0], Col(item[2], item[3])) for item in near[:4]]
    tables = sorted(scene.tables, key=lambda t: (t != scene.main, -told(scene, t), t))[:3]
    names = [name for table in tables for name in resolver.names(table)]
    return [*chosen, *((12, name) for name in dict.fromkeys(names) if all(name != c for _, c in chosen))]


def _countable(scene: Scene, column: Col) -> bool:
    profile = scene.resolver.profile(column.table, column.name)
    return scene.resolver.is_number(column.table, column.name) or (
        profile is not None and profile.kind.value in ("date", "code", "id", "category")
    )


def _literal(scene: Scene, position: int, column: Col) -> Literal:
    chunk = scene.segmentation.chunks[position]
    number = chunk.mentions[0].number
    assert number is not None
    text = chunk.text.strip("'\"")
    if scene.resolver.family(column).is_number or not text[:1].isdigit():
        return Literal(number.value, "number")
    return Literal(text, "text")


def _numbers(scene: Scene, condition: Condition, shared: Numbers) -> Numbers:
    column = condition.term.column
    numbers = dict(shared)
    numbers[f"op:{condition.operator}"] = 1.0
    if column is None:
        return numbers
    bare = Col(column.table, column.name)
    kind_numbers(scene, bare, numbers)
    place = scene.columns.get(bare)
    numbers["named"] = place.score if place is not None else 0.0
    numbers["table"] = told(scene, column.table)
    for number, draft in enumerate(scene.drafts[:4]):
        inside = [c for part in draft.everywhere() for c in part.conditions]
        if condition in inside:
            numbers["first:where"] = max(numbers.get("first:where", 0.0), float(number == 0))
            numbers["share:where"] = numbers.get("share:where", 0.0) + 1 / min(len(scene.drafts), 4)
    return numbers
