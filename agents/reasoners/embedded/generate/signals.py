"""A question without its names as a bag of short word sequences: what the structure models look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.reasoners.embedded.generate.scene import Scene
from agents.reasoners.embedded.generate.sketch import HEADS, Sketch, sketch_of

_LONGEST = 4
_SHORT = 3
_SKIPPED = 6
"""Two telling chunks this far apart still make a pair."""
_PLAIN = {".", "?", ",", ";", "!"}
_NAMED = ("T", "C", "V", "N", "D")


def signals(scene: Scene) -> list[str]:
    """Sequences of tags, of words as they stand and of tags beside the main table, and what the rules made of it."""
    line, rules = scene.line, [sketch_of(draft) for draft in scene.drafts or (scene.best,)]
    found = [*_sequences(line, _LONGEST, ""), *_pairs(line), *_counts(line), *_read(rules[0])]
    found += _sequences(list(_spoken(scene)), _SHORT, "w:")
    found += _sequences(list(_related(scene)), _SHORT, "r:")
    for head in HEADS:
        codes = sorted({getattr(sketch, head) for sketch in rules})
        found.append(f"any:{head}=" + "/".join(codes))
    return list(dict.fromkeys(found))


def _sequences(line: Sequence[str], longest: int, prefix: str) -> Iterator[str]:
    padded = ["^", *line, "$"]
    for size in range(1, longest + 1):
        for first in range(len(padded) - size + 1):
            yield prefix + " ".join(padded[first : first + size])


def _spoken(scene: Scene) -> Iterator[str]:
    """The words of the question, names, values and numbers aside."""
    for chunk in scene.segmentation.chunks:
        if chunk.kind in _NAMED:
            yield chunk.kind
        else:
            yield from (token.lower for token in scene.lattice.tokens[chunk.first : chunk.last])


def _related(scene: Scene) -> Iterator[str]:
    """Tags of names with number and with the place of their table beside the main one; values of one column together."""
    known: set[tuple[str, str]] = set()
    for position, (chunk, tag) in enumerate(zip(scene.segmentation.chunks, scene.line, strict=True)):
        if chunk.kind not in ("T", "C", "V") or not chunk.mentions:
            yield tag
            continue
        mention = scene.resolver.best(chunk, position)
        beside = _beside(scene, mention.table)
        if chunk.kind == "V":
            again = (mention.table, mention.column) in known
            known.add((mention.table, mention.column))
            yield f"V{beside}{'=' if again else ''}"
        else:
            word = scene.lattice.tokens[chunk.last - 1].lower
            many = "s" if word.endswith("s") and not word.endswith("ss") else ""
            yield f"{tag}{beside}{many}"


def _beside(scene: Scene, table: str) -> str:
    """Whether a table is the main one, refers to it, or is referred to by it."""
    if table == scene.main or not scene.main:
        return "m"
    edges = scene.resolver.knowledge.joins.between(scene.main, table)
    if not edges:
        return "o"
    return "c" if any(edge.right_table == scene.main for edge in edges) else "p"


def _pairs(line: Sequence[str]) -> Iterator[str]:
    telling = [tag for tag in line if tag not in _PLAIN]
    for first, tag in enumerate(telling):
        for other in telling[first + 2 : first + 1 + _SKIPPED]:
            if tag[0].isupper() or other[0].isupper():
                yield f"{tag} … {other}"


def _counts(line: Sequence[str]) -> Iterator[str]:
    for letter in ("T", "C", "V", "N"):
        kinds = [tag for tag in line if tag == letter or (tag[:1] == letter and tag[1:].islower())]
        yield f"{letter}×{min(len(kinds), 4)}"
    yield f"sentences×{min(sum(tag in '.?!;' for tag in line[:-1]), 2)}"


def _read(rules: Sketch) -> Iterator[str]:
    parts = list(rules.parts())
    for head, code in parts:
        yield f"{head}={code}"
    for position, (head, code) in enumerate(parts):
        for other, second in parts[position + 1 :]:
            if code and second:
                yield f"{head}={code}&{other}={second}"
