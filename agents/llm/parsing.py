"""Reads the JSON object out of a model's answer, however it is wrapped, and checks it against a type."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
_FENCE = re.compile(r"```(?:json|sql)?\s*(.*?)```", re.DOTALL)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)


class Unusable(ValueError):
    """The answer holds no object of the wanted shape. The message is meant for the model."""


def parse_reply(text: str, model: type[M]) -> M:
    """The first object in `text` that fits; text around it, fences and single trailing commas are forgiven."""
    problem = "there is no JSON object in it"
    for candidate in _candidates(_THINKING.sub("", text)):
        try:
            data = _load(candidate)
        except ValueError as error:
            problem = f"it is not JSON: {error}"
            continue
        if not isinstance(data, dict):
            continue
        known = {key: value for key, value in data.items() if key in model.model_fields and value is not None}
        try:
            return model.model_validate(known)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise Unusable(problem)


def _candidates(text: str) -> list[str]:
    found = [match.strip() for match in _FENCE.findall(text)]
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        found.append(text[start : end + 1])
        found.append(_first_object(text[start:]))
    return [candidate for candidate in found if candidate.startswith("{")]


def _first_object(text: str) -> str:
    """Up to the brace that closes the first one, strings respected."""
    depth, inside, escaped = 0, False, False
    for index, char in enumerate(text):
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return text[: index + 1]
    return ""


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError:
        return json.loads(re.sub(r",\s*([}\]])", r"\1", text), strict=False, object_pairs_hook=_no_duplicates)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one key say two things; neither is taken."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError("a key appears twice")
    return dict(pairs)
