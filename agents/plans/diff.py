"""What changed between two revisions of a plan, one line per field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agents.events import PlanChange
from agents.plan import Plan

EDITABLE = ("question", "steps", "assumptions")
"""Links, estimates and confidence follow from the rest."""
_KINDS = {
    "inner": "",
    "left": ", also without a partner",
    "right": ", also partners without one",
    "full": ", also without a partner on either side",
    "semi": ", only with a partner",
    "anti": ", only without a partner",
}
NAMES = ("id", "alias")
"""What an element of a list is called by."""


def plan_changes(before: Plan, after: Plan) -> tuple[PlanChange, ...]:
    """In the order of the plan's fields; an added or removed element is one change."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    names = {**_labels(new), **_labels(old)}
    return tuple(_in_words(change, names) for key in EDITABLE for change in _walk(key, old[key], new[key]))


def _in_words(change: PlanChange, names: Mapping[str, str]) -> PlanChange:
    """An order says which column it means by its label, not by its id."""
    if ".order" not in change.path:
        return change

    def said(text: str) -> str:
        identity, space, rest = text.partition(" ")
        return f"{names.get(identity, identity)}{space}{rest}"

    return change.model_copy(update={"before": said(change.before), "after": said(change.after)})


def _labels(value: Any) -> dict[str, str]:
    """What dimensions and measures are called, by their ids, sub-queries included."""
    found: dict[str, str] = {}
    if isinstance(value, dict):
        for element in (*value.get("dimensions", ()), *value.get("measures", ())):
            found[element["id"]] = element["label"] or _text(element)
        for inner in value.values():
            found = {**_labels(inner), **found}
    elif isinstance(value, list):
        for inner in value:
            found = {**_labels(inner), **found}
    return found


def _walk(path: str, old: Any, new: Any) -> Iterator[PlanChange]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys() and not _is_column(old):
        for key in old:
            yield from _walk(f"{path}.{key}", old[key], new[key])
    elif _named(old) and _named(new):
        yield from _lists(path, {_name(x): x for x in old}, {_name(x): x for x in new})
    else:
        yield PlanChange(path=path, before=_text(old), after=_text(new))


def _lists(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[PlanChange]:
    for name in (*old, *(name for name in new if name not in old)):
        if name not in new:
            yield PlanChange(path=f"{path}.{name}", before=_text(old[name]), after="")
        elif name not in old:
            yield PlanChange(path=f"{path}.{name}", before="", after=_text(new[name]))
        else:
            yield from _walk(f"{path}.{name}", old[name], new[name])


def _named(value: Any) -> bool:
    """A list whose elements can be told apart by name."""
    if not isinstance(value, list) or not all(isinstance(x, dict) for x in value):
        return False
    names = [_name(x) for x in value]
    return all(names) and len(set(names)) == len(names)


def _name(value: dict[str, Any]) -> str:
    return next((str(value[key]) for key in NAMES if value.get(key)), "")


def _is_column(value: dict[str, Any]) -> bool:
    return value.keys() == {"table", "column"}


def _text(value: Any) -> str:
    """A value as a person would write it in a list of changes."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(x) for x in value)
    if isinstance(value, dict):
        return _object(value)
    return str(value)


def _object(value: dict[str, Any]) -> str:
    if _is_column(value):
        return f"{value['table']}.{value['column']}"
    if "operator" in value and "values" in value:
        left = _text(value["column"] or value["measure"]) or str(value["expression"] or "")
        right = _text(value["values"]) or _text(value["other"])
        return f"{left} {value['operator']} {right}".strip()
    if "function" in value:
        inner = _text(value["column"]) or str(value["expression"] or "rows")
        return f"{value['function']} of {inner}"
    if "alias" in value and "table" in value:
        name = str(value["table"] or value["expression"] or "a sub-query")
        return name if value["alias"] == name else f"{name} as {value['alias']}"
    if "left" in value and "right" in value:
        return f"{_text(value['left'])} = {_text(value['right'])}{_KINDS[value['kind']]}"
    if "by" in value:
        empty = "" if value["nulls"] == "default" else f", empty ones {value['nulls']}"
        return f"{value['by']} {'descending' if value['descending'] else 'ascending'}{empty}"
    if "kind" in value and "filters" in value:
        where = _text(value["filters"])
        return f"{value['table']}{_KINDS[value['kind']]}{f' where {where}' if where else ''}"
    if "grain" in value:
        grain = f" by {value['grain']}" if value["grain"] else ""
        return f"{_text(value['column']) or value['expression']}{grain}"
    return ", ".join(part for part in (_text(x) for x in value.values()) if part)
