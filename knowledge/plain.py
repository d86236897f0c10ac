"""Schemas, profiles and edges as JSON-ready data and back, for the metadata store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from connectors.base import Schema
from knowledge.base import ColumnKey, ColumnKind, ColumnProfile, JoinEdge

_SCHEMA = TypeAdapter(Schema)
_EDGES = TypeAdapter(tuple[JoinEdge, ...])


def schema_to_plain(schema: Schema) -> dict[str, Any]:
    plain: dict[str, Any] = _SCHEMA.dump_python(schema, mode="json", exclude_defaults=True)
    return plain


def schema_from_plain(plain: Mapping[str, Any]) -> Schema:
    return _SCHEMA.validate_python(plain)


def edges_to_plain(edges: Iterable[JoinEdge]) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = _EDGES.dump_python(tuple(edges), mode="json")
    return plain


def edges_from_plain(plain: Any) -> tuple[JoinEdge, ...]:
    return _EDGES.validate_python(plain)


def profiles_to_plain(profiles: Mapping[ColumnKey, ColumnProfile]) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for (table, column), profile in profiles.items():
        kept = {
            field.name: value
            for field in fields(profile)
            if (value := getattr(profile, field.name)) is not field.default
        }
        if profile.top_values:
            kept["top_values"] = [list(pair) for pair in profile.top_values]
        nested.setdefault(table, {})[column] = {**kept, "kind": profile.kind.value}
    return nested


def profiles_from_plain(
    plain: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[ColumnKey, ColumnProfile]:
    return {
        (table, column): _profile(kept)
        for table, columns in plain.items()
        for column, kept in columns.items()
    }


def _profile(kept: Mapping[str, Any]) -> ColumnProfile:
    given = dict(kept)
    given["kind"] = ColumnKind(given["kind"])
    given["top_values"] = tuple((value, rows) for value, rows in given.get("top_values", ()))
    return ColumnProfile(**given)
