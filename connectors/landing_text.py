"""The shape of a text file before it is read as CSV: its encoding, the lines above the table, its separator."""

from __future__ import annotations

import codecs
import csv
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SEPARATORS = (",", ";", "\t", "|", "^")
LOOKED_AT = 200
"""Lines that are enough to see a table's shape."""
TITLE_LINES = 30
MAX_COLUMNS = 2_000
_CHUNK = 1 << 20
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_NUMERIC_TYPES = ("BIGINT", "DOUBLE", "DECIMAL", "HUGEINT", "INTEGER")
_YEARS = range(1900, 2101)


def check_width(columns: int) -> None:
    """Said as soon as it is known: loading a table that is refused in the end can take minutes."""
    if columns > MAX_COLUMNS:
        raise ValueError(f"{columns} columns are too many; {MAX_COLUMNS} is the most.")


@contextmanager
def readable(path: Path) -> Iterator[tuple[Path, str]]:
    """(file, encoding) that the engine can read: the file itself, or a copy of one that is in no kind of Unicode."""
    encoding = _encoding(path)
    if encoding != "cp1252":
        yield path, encoding
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with (
            path.open(encoding="cp1252", errors="replace", newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as sink,
        ):
            while chunk := source.read(_CHUNK):
                sink.write(chunk)
        yield copy, "utf-8"


def _encoding(path: Path) -> str:
    """UTF-8 unless a byte order mark or the bytes themselves say otherwise; then what Windows writes (a superset of Latin-1's letters)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(start)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def table_inside(path: Path, encoding: str) -> tuple[str, int] | None:
    """(separator, lines above the table) of a file that seems to have one column only, when its lines say otherwise."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = [line for _, line in zip(range(LOOKED_AT), file, strict=False)]
    found: list[tuple[int, str, int]] = []
    for separator in SEPARATORS:
        counts = [len(fields) for fields in csv.reader(lines, delimiter=separator)]
        wide = Counter(count for count in counts if count > 1)
        if len(counts) != len(lines) or not wide:
            continue
        width, times = wide.most_common(1)[0]
        above = counts.index(width)
        if above <= TITLE_LINES and times >= 2 and times >= 0.8 * sum(1 for count in counts[above:] if count):
            found.append((times * width, separator, above))
    return max(found)[1:] if found else None


def has_names(columns: Mapping[str, str]) -> bool:
    """Whether the first line names the columns: over numbers a number is no name, unless it is a year."""
    over_numbers = [name for name, kind in columns.items() if kind.startswith(_NUMERIC_TYPES)]
    numbers = [name for name in over_numbers if _NUMBER.fullmatch(name)]
    years = all(name.isdigit() and int(name) in _YEARS for name in numbers)
    return not numbers or years or len(numbers) < len(over_numbers)
