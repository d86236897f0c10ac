"""Files that people bring: streamed to disk under names of our own, loaded into one DuckDB file, then a source."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from fastapi import UploadFile

from backend.audit.log import record
from backend.auth.people import Person
from backend.datasources import service
from backend.datasources.models import DatasourceRow
from backend.datasources.schemas import DatasourceCreate, UploadedColumn, UploadedTable, UploadResult
from backend.db.base import new_id
from backend.errors import Invalid, TooLarge, TooMany
from backend.projects import service as projects
from connectors.registry import FILE_SUFFIXES

if TYPE_CHECKING:
    from backend.services import Services
    from connectors.files import LandedTable

CHUNK = 1_000_000
MAX_FILES = 50
MAX_PREVIEW = 50
ENGINE = "duckdb"
_LOADING: set[str] = set()
"""People whose files are being loaded. One load may take minutes and gigabytes, so nobody has two at a time."""


async def receive(
    services: Services, person: Person, files: Sequence[UploadFile], name: str, project_id: str | None
) -> UploadResult:
    """Raises `Invalid`, `TooLarge`, `TooMany`, `NotFound` or `SourceInvalid`; then nothing is kept."""
    if not files or len(files) > MAX_FILES:
        raise Invalid(f"Send between 1 and {MAX_FILES} files.", field="files")
    if person.id in _LOADING:
        raise TooMany("Your other files are still being loaded. Send these when that is done.")
    _LOADING.add(person.id)
    try:
        return await _received(services, person, files, name, project_id)
    finally:
        _LOADING.discard(person.id)


async def _received(
    services: Services, person: Person, files: Sequence[UploadFile], name: str, project_id: str | None
) -> UploadResult:
    from connectors.files import land_files

    if project_id is not None:
        async with services.database.reading() as session:
            await projects.find(session, person.id, project_id)
    folder = services.data_dir / "uploads" / new_id()
    incoming, target = folder / "incoming", folder / "data.duckdb"
    await asyncio.to_thread(incoming.mkdir, parents=True)
    try:
        paths = await _store(files, incoming, services.settings.storage.upload_mb * 1_000_000)
        landed = await land_files(paths, target)
        await asyncio.to_thread(shutil.rmtree, incoming)
        body = DatasourceCreate(
            name=name or _source_name(files),
            engine=ENGINE,
            config={"path": str(target)},
            project_id=project_id,
        )
        async with services.database.writing() as session:
            row = await service.create(session, services.pool, person.id, body)
            row.config = {**row.config, service.UPLOADED: [_file_name(file)[:200] for file in files]}
            record(session, person.id, "datasource.upload", row.id, files=[path.name for path in paths])
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    await services.jobs.submit("index", row.id)
    return UploadResult(datasource=service.view(row, person), tables=[_table(table) for table in landed])


async def remove(services: Services, row: DatasourceRow) -> None:
    """Delete the files of a source that was uploaded; never anything outside the uploads folder."""
    path = Path(str(row.config.get("path", "")))
    folder = services.data_dir / "uploads"
    if row.engine == ENGINE and path.is_relative_to(folder) and path.parent.parent == folder:
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)


async def _store(files: Sequence[UploadFile], folder: Path, limit: int) -> list[Path]:
    total = 0
    paths: list[Path] = []
    for file in files:
        path = _free_path(folder, file.filename or "", paths)
        with path.open("xb") as target:
            while chunk := await file.read(CHUNK):
                total += len(chunk)
                if total > limit:
                    raise TooLarge(
                        f"The files are larger than {limit // 1_000_000} MB together.", field="files"
                    )
                await asyncio.to_thread(target.write, chunk)
        paths.append(path)
    return paths


def _free_path(folder: Path, name: str, taken: Sequence[Path]) -> Path:
    """A name for the table to come, made of the file's own: letters, digits and underscores only."""
    pure = PurePath(name.replace("\\", "/"))
    suffix = pure.suffix.lower()
    if suffix not in FILE_SUFFIXES:
        known = ", ".join(FILE_SUFFIXES)
        raise Invalid(
            f"“{pure.name[:80]}” is not a kind of file that can be read here ({known}).", field="files"
        )
    stem = re.sub(r"\W+", "_", pure.stem).strip("_").lower()[:60] or "table"
    used = {path.stem for path in taken}
    fresh, number = stem, 2
    while fresh in used:
        fresh, number = f"{stem}_{number}", number + 1
    return folder / f"{fresh}{suffix}"


def _source_name(files: Sequence[UploadFile]) -> str:
    first = PurePath(_file_name(files[0])).stem[:80] or "Upload"
    return first if len(files) == 1 else f"{first} and {len(files) - 1} more"


def _file_name(file: UploadFile) -> str:
    """As its owner called it, without folders."""
    return PurePath((file.filename or "Upload").replace("\\", "/")).name or "Upload"


def _table(table: LandedTable) -> UploadedTable:
    return UploadedTable(
        name=table.name or table.file,
        rows=table.rows,
        columns=[UploadedColumn(name=name, type=kind) for name, kind in table.columns],
        preview=[list(row) for row in table.preview[:MAX_PREVIEW]],
        rejected_lines=table.rejected_lines,
        problems=list(table.problems),
    )
