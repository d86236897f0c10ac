"""What a project tells its reasoners in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_LENGTH = 2_000
MAX_TOGETHER = 8_000
"""Characters of all instructions that one question carries."""


@dataclass(frozen=True, slots=True)
class Instruction:
    id: str
    text: str
    source_id: str = ""
    """Only for questions to this source; empty for all of the project's sources."""
    enabled: bool = True


def instructions_for(instructions: Iterable[Instruction], source_id: str) -> tuple[str, ...]:
    """Texts that hold for one source, in order, as many as fit; those of the source before those of the project."""
    holding = [item for item in instructions if item.enabled and item.source_id in ("", source_id)]
    texts: list[str] = []
    left = MAX_TOGETHER
    for item in sorted(holding, key=lambda item: item.source_id == ""):
        text = " ".join(item.text.split())[:MAX_LENGTH]
        if text and text not in texts and len(text) <= left:
            texts.append(text)
            left -= len(text)
    return tuple(texts)
