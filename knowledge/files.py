"""Knowledge as plain files that people can read, change and review in git.

A folder holds `glossary.yaml`, `patterns.yaml` and `instructions.md`. Reading a written folder gives
the same knowledge again; a file that is wrong is refused as a whole, saying where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.base import GlossaryTerm, KnowledgeError, Pattern
from knowledge.fingerprint import text_fingerprint
from knowledge.instructions import Instruction

GLOSSARY, PATTERNS, INSTRUCTIONS = "glossary.yaml", "patterns.yaml", "instructions.md"
MAX_BYTES = 5_000_000
_HEADING = "# Instructions"
_ONLY_FOR = "## Only for source "
_DISABLED = "(off) "


class FileInvalid(KnowledgeError):
    """A knowledge file cannot be used; the message says which and where."""


@dataclass(frozen=True, slots=True)
class KnowledgeFiles:
    glossary: tuple[GlossaryTerm, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    instructions: tuple[Instruction, ...] = ()


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=200)


class _Term(_Entry):
    term: str = Field(min_length=1, max_length=200)
    synonyms: tuple[str, ...] = ()
    kind: Literal["synonym", "metric", "filter", "definition"] = "definition"
    definition: str = ""
    targets: tuple[str, ...] = ()
    expression: str = ""


class _Pattern(_Entry):
    question: str = Field(min_length=1, max_length=2_000)
    sql: str = Field(min_length=1, max_length=20_000)
    source_id: str
    status: Literal["candidate", "active", "expired", "rejected"] = "candidate"
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    fingerprint: str = ""
    negative: bool = False
    note: str = ""
    wins: int = Field(default=0, ge=0)
    losses: int = Field(default=0, ge=0)


EntryModel = TypeVar("EntryModel", bound=_Entry)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines, such as SQL, are written as blocks, so that a changed line is one line of a diff."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and text == "\n".join(line.rstrip() for line in text.split("\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_files(folder: Path, knowledge: KnowledgeFiles) -> None:
    """Write all three files, in an order that does not depend on the order given."""
    folder.mkdir(parents=True, exist_ok=True)
    terms = [_Term(**_fields(term, _Term)) for term in sorted(knowledge.glossary, key=lambda term: term.id)]
    patterns = [
        _Pattern(**_fields(each, _Pattern)) for each in sorted(knowledge.patterns, key=lambda each: each.id)
    ]
    (folder / GLOSSARY).write_text(_dump("terms", terms), encoding="utf-8")
    (folder / PATTERNS).write_text(_dump("patterns", patterns), encoding="utf-8")
    (folder / INSTRUCTIONS).write_text(_instructions_text(knowledge.instructions), encoding="utf-8")


def read_files(folder: Path) -> KnowledgeFiles:
    """What a folder holds; a missing file means none of that kind. Raises `FileInvalid`."""
    terms = [GlossaryTerm(**entry.model_dump()) for entry in _load(folder / GLOSSARY, "terms", _Term)]
    patterns = [Pattern(**entry.model_dump()) for entry in _load(folder / PATTERNS, "patterns", _Pattern)]
    return KnowledgeFiles(tuple(terms), tuple(patterns), _read_instructions(folder / INSTRUCTIONS))


def _fields(item: object, model: type[BaseModel]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in model.model_fields}


def _dump(key: str, entries: Sequence[_Entry]) -> str:
    plain = {key: [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]}
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _load(path: Path, key: str, model: type[EntryModel]) -> list[EntryModel]:
    text = _read(path)
    if text is None:
        return []
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise FileInvalid(f"{path.name} is not YAML{where}.") from error
    except RecursionError as error:
        raise FileInvalid(f"{path.name} is nested too deeply.") from error
    if not isinstance(loaded, dict) or loaded.keys() - {key} or not isinstance(loaded.get(key), list | None):
        raise FileInvalid(f"{path.name} must hold one list named “{key}”.")
    entries: list[EntryModel] = []
    for number, item in enumerate(loaded.get(key) or [], start=1):
        try:
            entries.append(model.model_validate(item))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise FileInvalid(
                f"{path.name}, entry {number}, {field or 'the entry'}: {first['msg']}."
            ) from error
    ids = [entry.id for entry in entries]
    twice = next((name for name in ids if ids.count(name) > 1), None) if len(set(ids)) < len(ids) else None
    if twice is not None:
        raise FileInvalid(f"{path.name}: the id “{twice}” is given twice.")
    return entries


def _instructions_text(instructions: tuple[Instruction, ...]) -> str:
    lines = [_HEADING, ""]
    for source_id in sorted({item.source_id for item in instructions}):
        if source_id:
            lines += [f"{_ONLY_FOR}{source_id}", ""]
        for item in instructions:
            if item.source_id == source_id and item.text.strip():
                text = " ".join(item.text.split())
                lines.append(f"- {'' if item.enabled else _DISABLED}{text}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _read_instructions(path: Path) -> tuple[Instruction, ...]:
    """One instruction for each list item; an indented line goes on with the one before."""
    found: list[Instruction] = []
    source_id = ""
    for number, line in enumerate((_read(path) or "").splitlines(), start=1):
        if line.startswith(_ONLY_FOR):
            source_id = line.removeprefix(_ONLY_FOR).strip()
        elif line.startswith("- "):
            text = line.removeprefix("- ")
            enabled = not text.startswith(_DISABLED)
            found.append(_instruction(text.removeprefix(_DISABLED), source_id, enabled=enabled))
        elif line.startswith("  ") and line.strip() and found:
            before = found.pop()
            found.append(_instruction(f"{before.text} {line}", source_id, enabled=before.enabled))
        elif line.strip() and not line.startswith("#"):
            raise FileInvalid(
                f"{path.name}, line {number}: an instruction is a list item that begins with “- ”."
            )
    return tuple(found)


def _instruction(text: str, source_id: str, *, enabled: bool) -> Instruction:
    """Files give instructions no id, so that they stay readable: the text makes it."""
    text = " ".join(text.split())
    return Instruction(text_fingerprint(source_id, text), text, source_id, enabled)


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileInvalid(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise FileInvalid(f"{path.name} is not UTF-8 text.") from error
