"""Data files (CSV, TSV, JSON, Parquet, Excel) are loaded into a DuckDB file of our own before anyone queries them.

Loading runs in a child process that is thrown away afterwards: parsers of foreign files are where memory bugs live.
"""

from __future__ import annotations

import asyncio
import glob
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.base import JsonValue
from connectors.errors import QueryTimedOut, SourceInvalid, SourceMissing
from connectors.pool import finish
from connectors.worker import Worker, WorkerDied

CHILD = "connectors.landing_child"
DATABASE_SUFFIXES = (".duckdb", ".ddb")
DATA_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx")
LANDING_SECONDS = 600.0
MAX_FILES = 1000
_LANDING = asyncio.Lock()
"""Two turns that open the same source at once must not load its files twice."""


@dataclass(frozen=True, slots=True)
class LandedTable:
    """What became of one file, or of one sheet of a workbook."""

    name: str
    """Name of the table; empty when the file could not be read."""
    file: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    """(name, type) of each column."""
    rejected_lines: int = 0
    problems: tuple[str, ...] = ()
    """For a person: "line 7: 5 fields where 4 were expected", at most 20."""
    preview: Sequence[Sequence[JsonValue]] = ()
    """The first rows."""


async def land_files(
    paths: Iterable[Path], target: Path, seconds: float = LANDING_SECONDS
) -> list[LandedTable]:
    """Load every file into the new DuckDB file `target`, which appears whole or not at all.

    A file that cannot be read is reported without a table; the others are loaded.

    Raises: `SourceMissing` for a file that is not there, `SourceInvalid` when no file could be read,
    `QueryTimedOut`.
    """
    files = await asyncio.to_thread(_table_names, list(paths))
    unfinished = await asyncio.to_thread(_beside, target)
    request = {
        "op": "land",
        "target": str(unfinished),
        "files": [[str(path.absolute()), name] for path, name in files],  # the child works in another folder
    }
    worker = await Worker.start(CHILD)
    try:
        answer = await worker.ask(request, seconds)
        if "error" in answer:
            raise SourceInvalid(f"The files could not be loaded: {answer['message']}")
        tables = [_landed_table(table) for table in answer["tables"]]
        if not any(table.name for table in tables):
            raise SourceInvalid("; ".join(f"{t.file}: {' '.join(t.problems)}" for t in tables))
        await asyncio.to_thread(unfinished.replace, target)
    except QueryTimedOut as error:
        raise QueryTimedOut(f"Loading the files took longer than {seconds:g} seconds.") from error
    except WorkerDied as error:
        raise SourceInvalid(
            "A file could not be read: it is damaged, or it needs more memory than it may use."
        ) from error
    finally:
        await finish(worker.close())
        _remove(unfinished.parent.glob(f"{unfinished.name}*"))
    return tables


def _beside(target: Path) -> Path:
    """A name in the same folder, so that the finished file can be renamed into its place."""
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{uuid.uuid4().hex}.duckdb")


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _landed_table(found: dict[str, object]) -> LandedTable:
    listed = {key: found[key] for key in ("columns", "problems", "preview")}
    columns, problems, preview = (value if isinstance(value, list) else [] for value in listed.values())
    return LandedTable(
        str(found["name"]), str(found["file"]), int(str(found["rows"])), tuple((str(n), str(t)) for n, t in columns),
        int(str(found["rejected_lines"])), tuple(map(str, problems)), preview,
    )  # fmt: skip


def _table_names(paths: list[Path]) -> list[tuple[Path, str]]:
    """A readable name for each file's table, none twice."""
    if not paths:
        raise SourceMissing("There is no CSV, TSV, JSON, Parquet or Excel file at that place.")
    count = sum(len(parquet_files(path)) if path.is_dir() else 1 for path in paths)
    if count > MAX_FILES:
        raise SourceInvalid(f"{count} files are too many; {MAX_FILES} is the most.")
    named: list[tuple[Path, str]] = []
    taken: set[str] = set()
    for path in paths:
        if not path.exists():
            raise SourceMissing(f"There is no file {path.name} at that place. Check the path.")
        if path.is_file() and path.suffix.lower() not in DATA_SUFFIXES:
            raise SourceInvalid(
                f"{path.name} is not one of the kinds that can be read: {', '.join(DATA_SUFFIXES)}."
            )
        stem = re.sub(r"\W+", "_", path.stem).strip("_").lower() or "table"
        stem = f"t_{stem}" if stem[0].isdigit() else stem
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name)
        named.append((path, name))
    return named


def is_database(target: str) -> bool:
    return Path(target).suffix.lower() in DATABASE_SUFFIXES


def data_files(target: str) -> list[Path]:
    """What a file, folder or glob pattern means, sorted by name: data files, and folders of Parquet files that are one table."""
    place = Path(target).expanduser()
    if place.is_dir():
        return _in_folder(place)
    if place.is_file() or not glob.has_magic(str(place)):
        return [place]
    found = (Path(match) for match in glob.glob(str(place), recursive=True))  # noqa: PTH207 - the pattern may be absolute
    return sorted(path for path in found if path.suffix.lower() in DATA_SUFFIXES)


def _in_folder(place: Path) -> list[Path]:
    """A folder split by a column (`year=2024/…`) is one table; another folder holds one table for each of its folders."""
    entries = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
    files = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in DATA_SUFFIXES]
    folders = [entry for entry in entries if entry.is_dir() and parquet_files(entry)]
    if any("=" in folder.name for folder in folders):
        return sorted([place, *(file for file in files if file.suffix.lower() != ".parquet")])
    return sorted(files + folders)


def parquet_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.parquet") if path.is_file())


def cache_folder() -> Path:
    """Where data files are loaded to: `DATACHAT_CACHE_DIR`, else the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("DATACHAT_CACHE_DIR") or f"{base}/datachat").expanduser() / "files"


async def landed(target: str) -> Path:
    """The DuckDB file that holds the data files of `target` as they are now; loaded only when they changed."""
    files, place, database = await asyncio.to_thread(_cached, target)
    async with _LANDING:
        if not await asyncio.to_thread(database.exists):
            await land_files(files, database)
            _remove(old for old in database.parent.glob(f"{place}-*.duckdb") if old != database)
    return database


def _cached(target: str) -> tuple[list[Path], str, Path]:
    """The data files, the key of their place, and the database that holds this version of them."""
    files = data_files(target)
    place = hashlib.sha256(str(Path(target).expanduser().resolve()).encode()).hexdigest()[:16]
    return files, place, cache_folder() / f"{place}-{_fingerprint(files)}.duckdb"


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in (part for file in files for part in (parquet_files(file) if file.is_dir() else [file])):
        try:
            found = path.stat()
        except OSError as error:
            raise SourceMissing(f"There is no file {path.name} at that place. Check the path.") from error
        digest.update(f"{path}\0{found.st_mtime_ns}\0{found.st_size}\0".encode())
    return digest.hexdigest()[:16]
