"""Prompts are files. Rendering compares the names in the file with the values given and raises on either side."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

_VARIABLE = re.compile(r"\$\{([a-z_]+)\}")
_SECTION = "\n=====\n"
"""Parts the system message from the human one."""


class PromptError(Exception):
    """A prompt file and its caller disagree; a bug."""


def render(name: str, **values: str) -> tuple[str, str]:
    """The system and the human message of a prompt."""
    text = _text(name)
    wanted = set(_VARIABLE.findall(text))
    if wanted != values.keys():
        raise PromptError(
            f"{name}: missing {sorted(wanted - values.keys())}, unknown {sorted(values.keys() - wanted)}"
        )
    system, _, human = text.partition(_SECTION)
    return _fill(system, values).strip(), _fill(human, values).strip()


def fenced(value: Any, limit: int) -> str:
    """Data from the source as JSON in a fence it cannot close, cut to `limit` characters.

    Names, comments and values are data: JSON escapes line breaks and quotes, and no back-tick survives.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    text = text.replace("`", "'")
    if len(text) > limit:
        text = text[:limit] + "…"
    return f"```json\n{text}\n```"


@cache
def _text(name: str) -> str:
    text = files("agents.prompts").joinpath(f"{name}.md").read_text("utf-8")
    if _SECTION not in text:
        raise PromptError(f"{name}: no line of five equal signs between the system and the human message")
    return text


def _fill(text: str, values: dict[str, str]) -> str:
    """In one pass, so that a value that looks like a variable stays what it is."""
    return _VARIABLE.sub(lambda match: values[match[1]], text)
