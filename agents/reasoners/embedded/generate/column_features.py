"""What speaks for a column in each part of a query, as numbers for the slot models."""

from __future__ import annotations

from agents.reasoners.embedded.draft import Col, Draft, Term
from agents.reasoners.embedded.generate.scene import Place, Scene
from knowledge.base import ColumnKind

_BEHIND = ("EACH", "ORDER", "MOST", "LEAST", "AVG", "SUM", "MAX", "MIN", "COUNT", "WHOSE", "WHO_WH", "DISTINCT", "GT", "LT", "V", "N", "T", "C", "of", "by", "for", "in", "AND", ",", "NOT", "BUT", "BOTH", "OR", "THANAVG", "BELOWAVG")  # fmt: skip
_AHEAD = ("V", "N", "GT", "LT", "GE", "LE", "EACH", "T", "C", "of", "WHOSE", "WHO_WH", "MOST", "LEAST", "AND", ",", "COUNT", "is", "are", "NOT", "BUT", "OR", "THANAVG", "BELOWAVG")  # fmt: skip
_FAR = 9
_WHOLE = ("EACH", "MOST", "LEAST", "ORDER", "COUNT", "AVG", "SUM", "MAX", "MIN", "NOT", "BOTH", "OR", "DISTINCT", "WHO_WH", "WHERE_WH", "TOP", "DESC", "ASC")  # fmt: skip
_TELLING = (
    "full",
    "id",
    "ids",
    "number",
    "total",
    "different",
    "details",
    "information",
    "who",
    "never",
    "other",
    "common",
)
_HOWS = ("exact", "synonym", "derived", "part", "typo", "stem")
_KINDS = (ColumnKind.id, ColumnKind.name, ColumnKind.date, ColumnKind.measure, ColumnKind.category, ColumnKind.code)  # fmt: skip

Numbers = dict[str, float]


def question_numbers(scene: Scene) -> Numbers:
    """What all columns of a question share."""
    line = scene.line
    heads = [tag.partition(":")[0] for tag in line]
    numbers: Numbers = {f"has:{tag}": 1.0 for tag in _WHOLE if tag in heads}
    for letter in ("T", "C", "V", "N"):
        numbers[f"count:{letter}"] = float(sum(_letter(tag) == letter for tag in line))
    numbers["length"] = float(len(line))
    words = {token.lower for token in scene.lattice.tokens}
    for word in _TELLING:
        if word in words:
            numbers[f"word:{word}"] = 1.0
    first = scene.best
    numbers["rules:select"] = float(len(first.select))
    numbers["rules:group"] = float(bool(first.group))
    numbers["rules:order"] = float(bool(first.order))
    numbers["rules:where"] = float(len(first.where))
    return numbers


def column_numbers(scene: Scene, column: Col, shared: Numbers) -> Numbers:
    resolver, place = scene.resolver, scene.columns[column]
    numbers = dict(shared)
    kind_numbers(scene, column, numbers)
    numbers["called"] = float(column in resolver.names(column.table) or column == resolver.name(column.table))
    numbers["name_parts"] = float(len(resolver.names(column.table)) if numbers["called"] else 0)
    numbers["lemmas"] = float(len(resolver.linker.names.lemmas(column.name)))
    names = resolver.columns(column.table)
    numbers["ordinal"] = float(names.index(column.name) if column.name in names else 20)
    table = scene.tables.get(column.table)
    numbers["table"] = table.score if table is not None else 0.0
    numbers["named_tables"] = float(sum(p is not None and p.score >= 0.75 for p in scene.tables.values()))
    _by_rules(scene, column, numbers)
    if place is not None:
        _by_place(scene, column, place, numbers)
        if table is not None:
            numbers["table_after"] = float(table.position - place.position)
    return numbers


def kind_numbers(scene: Scene, column: Col, numbers: Numbers) -> None:
    """What the column itself is."""
    resolver = scene.resolver
    profile = resolver.profile(column.table, column.name)
    if profile is not None and profile.kind in _KINDS:
        numbers[f"kind:{profile.kind.value}"] = 1.0
    numbers["numeric"] = float(resolver.is_number(column.table, column.name))
    numbers["key"] = float(resolver.key(column.table) == column)
    numbers["refers"] = float(resolver.refers(column))
    numbers["main"] = float(column.table == scene.main)
    place = scene.columns.get(column)
    own = place is not None and place.score >= 0.85
    numbers["company"] = float(scene.company.get(column.table, 0) - own)
    others = [owner for owner in scene.twins.get(column.name.lower(), ()) if owner != column.table]
    numbers["twins"] = float(len(others))
    if others:
        rival = max(told(scene, owner) for owner in others)
        numbers["twin_lead"] = told(scene, column.table) - rival
        numbers["twin_main"] = float(scene.main in others)
        numbers["twin_company"] = float(
            max(scene.company.get(owner, 0) for owner in others) - numbers["company"]
        )


def told(scene: Scene, table: str) -> float:
    """How well a table itself is named."""
    place = scene.tables.get(table)
    return place.score if place is not None else 0.0


def table_numbers(scene: Scene, table: str, shared: Numbers) -> Numbers:
    """What speaks for a table taking part."""
    numbers, place = dict(shared), scene.tables[table]
    numbers["main"] = float(table == scene.main)
    numbers["columns"] = float(
        sum(p is not None and p.score >= 0.85 for c, p in scene.columns.items() if c.table == table)
    )
    edges = (
        scene.resolver.knowledge.joins.between(scene.main, table)
        if scene.main and table != scene.main
        else ()
    )
    numbers["child"] = float(any(edge.right_table == scene.main for edge in edges))
    numbers["parent"] = float(any(edge.left_table == scene.main for edge in edges))
    for number, draft in enumerate(scene.drafts[:4]):
        if table in draft.own_tables:
            numbers["first:from"] = max(numbers.get("first:from", 0.0), float(number == 0))
            numbers["share:from"] = numbers.get("share:from", 0.0) + 1 / min(len(scene.drafts), 4)
        if any(table in part.own_tables for part in draft.inner):
            numbers["inner:from"] = 1.0
    if place is not None:
        _by_place(scene, Col(table, ""), place, numbers)
    return numbers


def _by_rules(scene: Scene, column: Col, numbers: Numbers) -> None:
    """In which parts the rules' readings use the column."""
    for number, draft in enumerate(scene.drafts[:4]):
        weight = 1.0 if number == 0 else 0.0
        for part, found in _parts(draft, column).items():
            if found:
                numbers[f"first:{part}"] = max(numbers.get(f"first:{part}", 0.0), weight)
                numbers[f"share:{part}"] = numbers.get(f"share:{part}", 0.0) + 1 / min(len(scene.drafts), 4)


def _parts(draft: Draft, column: Col) -> dict[str, bool]:
    def holds(terms: list[Term]) -> bool:
        return any(
            used.table == column.table and used.name == column.name for t in terms for used in t.columns
        )

    return {
        "select": holds([term for term in draft.select if not term.aggregated]),
        "aggregate": holds([term for term in draft.select if term.aggregated]),
        "group": holds(list(draft.group)),
        "order": holds([sort.term for sort in draft.order]),
        "where": holds([condition.term for part in draft.everywhere() for condition in part.conditions]),
    }


def _by_place(scene: Scene, column: Col, place: Place, numbers: Numbers) -> None:
    """How well the column's words match, and what stands before and after them."""
    line, position = scene.line, place.position
    chunk = scene.segmentation.chunks[position]
    numbers["score"] = place.score
    for how in _HOWS:
        if place.mention.how == how:
            numbers[f"how:{how}"] = 1.0
    numbers["words"] = float(place.mention.last - place.mention.first)
    numbers["position"] = float(position)
    numbers["from_end"] = float(len(line) - position)
    numbers["chunk"] = float(chunk.kind == "C")
    numbers["chunk_table"] = float(chunk.kind == "T")
    numbers["chunk_value"] = float(chunk.kind == "V")
    if chunk.kind == "C":
        ranked = scene.resolver.ranked(chunk, position)
        own = next(
            (n for n, (_, m) in enumerate(ranked) if m.table == column.table and m.column == column.name),
            None,
        )
        numbers["rank"] = float(own if own is not None else 12)
        numbers["behind"] = ranked[0][0] - ranked[own][0] if own is not None else 1.0
        numbers["rivals"] = float(len(ranked))
        numbers["nth"] = float(sum(_letter(tag) == "C" for tag in line[:position]))
    numbers["support"] = scene.resolver.support(column.table, position)
    around(line, position, numbers)


def around(line: tuple[str, ...], position: int, numbers: Numbers) -> None:
    """How near the telling tags stand on either side."""
    for distance in range(1, _FAR):
        if position - distance >= 0:
            _near("before", _BEHIND, line[position - distance], distance, numbers)
        if position + distance < len(line):
            _near("after", _AHEAD, line[position + distance], distance, numbers)


def _near(side: str, telling: tuple[str, ...], tag: str, distance: int, numbers: Numbers) -> None:
    head = _letter(tag) or tag.partition(":")[0]
    if head in telling:
        name = f"{side}:{head}"
        numbers[name] = max(numbers.get(name, 0.0), 1 / distance)


def _letter(tag: str) -> str:
    """The kind of a chunk with a meaning: C for `Cnumber`, N for `Ny`; nothing for words and cues."""
    if tag[:1] in "TCVND" and (len(tag) == 1 or tag[1:].islower() or tag == "N1"):
        return tag[:1]
    return ""
