"""Reading the settings of a source: typed fields only, never free option strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.errors import SourceInvalid


def text_setting(config: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text; raises `SourceInvalid` when it is missing without default, or is no text."""
    value = config.get(name, default)
    if value is None or value == "":
        if default is not None:
            return default
        raise SourceInvalid(f"The setting “{name}” is missing.")
    if not isinstance(value, str) or "\0" in value:
        raise SourceInvalid(f"The setting “{name}” must be a text.")
    return value


def number_setting(config: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    """A whole number between `low` and `high`."""
    value = config.get(name, default)
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise SourceInvalid(f"The setting “{name}” must be a whole number.") from None
    if not low <= number <= high:
        raise SourceInvalid(f"The setting “{name}” must be between {low} and {high}.")
    return number
