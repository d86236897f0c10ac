"""Data sources: added, tried, changed, previewed. Secrets go in sealed and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.datasources import schemas
from backend.datasources.models import DatasourceRow, Description
from backend.datasources.pool import ConnectorPool, open_source
from backend.datasources.repository import DatasourceRepository
from backend.db.base import new_id
from backend.db.engine import Database
from backend.errors import Invalid, NotAllowed, NotFound, problem_for
from backend.projects import service as projects
from backend.projects.repository import ProjectRepository
from connectors.base import ProbeReport
from connectors.errors import ConnectorError, SourceInvalid
from connectors.registry import ENGINES, Engine, Setting, stopped_at
from connectors.registry import engine as find_engine

OWN_FILES = frozenset({"datachat.sqlite", "checkpoints.sqlite", "results", "uploads", "chroma"})
"""In the data folder: what the server writes for everybody. The sample, and what people put there, may be asked."""
UPLOADED = "_files"
"""In a source's settings: the names of the files it was made of, where the server keeps them itself."""
PLACE = ("host", "port", "encryption")
"""Settings that say where a secret is sent, and who may listen."""


def engine_views() -> list[schemas.Engine]:
    return [
        schemas.Engine(
            name=engine.name,
            title=engine.title,
            fields=[_field(setting) for setting in engine.settings],
            accepts_upload=bool(engine.upload_suffixes),
            upload_suffixes=list(engine.upload_suffixes),
        )
        for engine in ENGINES.values()
    ]


def _field(setting: Setting) -> schemas.EngineField:
    return schemas.EngineField(
        name=setting.name,
        title=setting.title,
        kind=setting.kind,
        required=setting.required,
        secret=setting.secret,
        default=setting.default,
        choices=list(setting.choices),
        help=setting.help,
    )


def own_files(row: DatasourceRow) -> list[str]:
    """Names of the files that the server keeps for a source; where it keeps them nobody needs to know."""
    names = row.config.get(UPLOADED)
    if isinstance(names, list):
        return [str(name) for name in names]
    path = PurePath(str(row.config.get("path", "")))
    return [path.name] if path.match("uploads/*/data.duckdb") else []  # by an earlier version


def view(row: DatasourceRow, person: Person) -> schemas.Datasource:
    """How it is connected is its owner's business."""
    mine = row.owner_id == person.id
    files = own_files(row) if mine else []
    hidden = ("path",) if files else ()
    return schemas.Datasource.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "engine": row.engine,
            "config": {
                key: value
                for key, value in row.config.items()
                if mine and not key.startswith("_") and key not in hidden
            },
            "files": files,
            "secret_set": mine and row.secrets is not None,
            "description": row.description,
            "index_state": row.index_state,
            "indexed_at": row.indexed_at,
            "tables": row.tables,
            "problem": row.problem if mine else None,
            "read_only_enforced": row.read_only_enforced,
            "mine": mine,
            "created_at": row.created_at,
        }
    )


async def find(session: AsyncSession, person_id: str, source_id: str) -> DatasourceRow:
    row = await DatasourceRepository(session).get(person_id, source_id)
    if row is None:
        raise NotFound("There is no such source.", field="datasource_id")
    return row


async def find_own(session: AsyncSession, person_id: str, source_id: str) -> DatasourceRow:
    """For a change. Raises `NotFound` or, where the person may only read, `NotAllowed`."""
    row = await find(session, person_id, source_id)
    if row.owner_id != person_id:
        raise NotAllowed("Only the owner of this source may do that.")
    return row


def split(engine: Engine, config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what may be shown, what is sealed). Raises `Invalid` for a setting the engine does not have."""
    settings = {setting.name: setting for setting in engine.settings}
    if unknown := sorted(set(config) - set(settings)):
        raise Invalid(f"{engine.title} has no setting “{unknown[0]}”.", field=f"config.{unknown[0]}")
    shown = {
        name: value for name, value in config.items() if not settings[name].secret and value not in (None, "")
    }
    secrets = {
        name: value for name, value in config.items() if settings[name].secret and value not in (None, "")
    }
    return shown, secrets


def need_all(engine: Engine, config: Mapping[str, Any]) -> None:
    for setting in engine.settings:
        if setting.required and not config.get(setting.name) and setting.default is None:
            raise Invalid(f"{setting.title} is missing.", field=f"config.{setting.name}")


async def create(
    session: AsyncSession, pool: ConnectorPool, owner_id: str, body: schemas.DatasourceCreate
) -> DatasourceRow:
    engine = known_engine(body.engine)
    need_all(engine, body.config)
    shown, secrets = split(engine, body.config)
    source_id = new_id()
    row = DatasourceRow(
        id=source_id,
        owner_id=owner_id,
        name=body.name,
        engine=engine.name,
        config=shown,
        secrets=pool.seal(source_id, secrets),
        description=body.description,
        index_state="queued",
    )
    session.add(row)
    await session.flush()
    if body.project_id is not None:
        project = await projects.find_own(session, owner_id, body.project_id)
        known = await ProjectRepository(session).source_ids(project.id)
        await ProjectRepository(session).set_sources(project.id, [*known, row.id])
    record(session, owner_id, "datasource.create", row.id, name=row.name, engine=row.engine)
    return row


def known_engine(name: str) -> Engine:
    try:
        return find_engine(name)
    except SourceInvalid as error:
        raise Invalid(str(error), field="engine") from None


async def update(
    session: AsyncSession,
    pool: ConnectorPool,
    person: Person,
    source_id: str,
    body: schemas.DatasourceUpdate,
) -> tuple[DatasourceRow, bool]:
    """The row, and whether its connection changed, so that it must be indexed again."""
    row = await find_own(session, person.id, source_id)
    row.name = body.name if body.name is not None else row.name
    row.description = body.description if body.description is not None else row.description
    changed = body.config is not None
    if body.config is not None and own_files(row):
        raise Invalid(
            "This source is made of the server's own files. Upload others as a new source.", field="config"
        )
    if body.config is not None:
        engine = known_engine(row.engine)
        shown, secrets = split(engine, body.config)
        row.secrets = pool.seal(row.id, {**kept_secrets(pool, row, engine, body.config), **secrets})
        row.config = {**row.config, **shown}
        row.version += 1
        row.index_state, row.problem = "queued", None
    record(session, person.id, "datasource.update", row.id, fields=sorted(body.model_fields_set))
    await session.flush()
    return row, changed


def kept_secrets(
    pool: ConnectorPool, row: DatasourceRow, engine: Engine, config: Mapping[str, Any]
) -> dict[str, Any]:
    """The stored secrets that `config` leaves out; raises `Invalid` when it names another place to send them to.

    Whoever gets hold of a session must not be able to have a password told to a server of their own.
    """
    kept = {name: secret for name, secret in pool.secrets(row).items() if not config.get(name)}
    defaults = {setting.name: setting.default for setting in engine.settings}

    def said(settings: Mapping[str, Any], name: str) -> str:
        return str(settings.get(name) or defaults.get(name, ""))

    moved = engine.name != row.engine or any(
        said({**row.config, **config}, name) != said(row.config, name) for name in PLACE
    )
    if kept and moved:
        name = min(kept)
        raise Invalid(
            f"Enter the {name} again: the stored one was given for another server.", field=f"config.{name}"
        )
    return kept


def check_own_files(config: Mapping[str, Any], data_dir: Path) -> None:
    """The server's own databases, results and uploads are everybody's, so nobody makes a source of them.

    Raises `Invalid`. Blocks.
    """
    from connectors.files import data_files, parquet_files

    target = config.get("path")
    if not isinstance(target, str) or "\0" in target:
        return
    try:
        files = [file for found in data_files(target) for file in (parquet_files(found) or [found])]
    except OSError:
        return  # opening it will say what is wrong
    folder = data_dir.resolve()
    for place in (Path(target).expanduser(), *files):
        real = place.resolve()
        if real.is_relative_to(folder) and (real == folder or real.relative_to(folder).parts[0] in OWN_FILES):
            raise Invalid("The server's own files cannot be a source.", field="config.path")


async def delete(session: AsyncSession, person: Person, source_id: str) -> DatasourceRow:
    row = await find_own(session, person.id, source_id)
    record(session, person.id, "datasource.delete", row.id, name=row.name)
    await session.delete(row)
    return row


async def try_settings(
    database: Database, pool: ConnectorPool, person: Person, body: schemas.TestRequest
) -> schemas.TestReport:
    """Opens the source as it would be saved, and says step by step what works."""
    engine = known_engine(body.engine)
    config = {name: value for name, value in body.config.items() if value not in (None, "")}
    if body.datasource_id is not None:
        async with database.reading() as session:
            saved = await find_own(session, person.id, body.datasource_id)
        config = {**kept_secrets(pool, saved, engine, config), **config}
    need_all(engine, config)
    try:
        connector = await open_source(engine.name, config)
    except ConnectorError as error:
        problem, _ = problem_for(error)
        return schemas.TestReport(ok=False, steps=_steps(stopped_at(error, config)), problem=problem)
    try:
        report = await connector.test()
    except ConnectorError as error:
        problem, _ = problem_for(error)
        step = schemas.TestStep(name="test", ok=False, detail=problem.message)
        return schemas.TestReport(ok=False, steps=[step], problem=problem)
    finally:
        await connector.close()
    return schemas.TestReport(ok=report.ok, steps=_steps(report))


def _steps(report: ProbeReport) -> list[schemas.TestStep]:
    return [schemas.TestStep(name=s.name, ok=s.ok, detail=s.detail, hint=s.hint) for s in report.steps]


async def describe(
    session: AsyncSession, person: Person, source_id: str, body: schemas.DescriptionUpdate
) -> None:
    row = await find_own(session, person.id, source_id)
    sources = DatasourceRepository(session)
    known = await sources.description(row.id, body.table, body.column)
    text = body.text.strip()
    if known is not None and not text:
        await session.delete(known)
    elif known is not None:
        known.text, known.author_id = text, person.id
    elif text:
        session.add(
            Description(
                datasource_id=row.id,
                table_name=body.table,
                column_name=body.column,
                text=text,
                author_id=person.id,
            )
        )
    record(session, person.id, "datasource.describe", row.id, table=body.table, column=body.column)
