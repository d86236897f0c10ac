"""What every connector promises, held against the real engines."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from connectors.base import Connector, Limits, QueryResult, SafeSql, TypeFamily
from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    FailureKind,
    QueryRejected,
    QueryTimedOut,
    SignInRefused,
    SourceInvalid,
    SourceMissing,
    UnsupportedByEngine,
)
from connectors.registry import open_connector
from tests.connectors.harness import PEOPLE, ROWS, Harness, safe

CAPABILITIES = ("can_explain", "lists_read_tables")


async def run(source: Connector, sql: str, limits: Limits | None = None) -> QueryResult:
    return await source.run(safe(sql, source.capabilities.dialect), limits or Limits())


async def idle(engine: Harness) -> bool:
    """Whether the engine itself says, within two seconds, that nothing of ours is running."""
    for _ in range(40):
        if await asyncio.to_thread(engine.running) == 0:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_schema_lists_tables_columns_and_types(source: Connector) -> None:
    schema = await source.schema()
    assert {table.full_name for table in schema.tables} == {"authors", "books", "titles"}
    books = schema.table("BOOKS")
    assert books is not None
    assert [column.name for column in books.columns] == ["id", "author_id", "title", "price"]
    wanted = [TypeFamily.integer, TypeFamily.integer, TypeFamily.text, TypeFamily.decimal]
    assert [column.family for column in books.columns] == wanted
    authors = schema.table("authors")
    assert authors is not None and authors.columns[2].family is TypeFamily.date


async def test_schema_knows_keys_and_views(engine: Harness, source: Connector) -> None:
    if "data" in str(engine.config.get("path", "")):
        pytest.skip("files have no keys and no views")
    schema = await source.schema()
    books, authors, titles = (schema.table(name) for name in ("books", "authors", "titles"))
    assert books is not None and authors is not None and titles is not None
    assert books.primary_key == ("id",) and authors.primary_key == ("id",)
    (key,) = books.foreign_keys
    assert (key.columns, key.ref_table, key.ref_columns, key.ref_schema) == (
        ("author_id",),
        "authors",
        ("id",),
        None,
    )
    assert titles.is_view and not books.is_view
    assert [column.name for column in titles.columns] == ["title", "name"]
    assert titles.columns[0].family is TypeFamily.text


async def test_values_null_unicode_and_empty_text(source: Connector) -> None:
    result = await run(source, "SELECT id, name, born FROM authors ORDER BY id")
    assert [list(row) for row in result.rows] == [[*row] for row in _expected_people(source, result)]
    assert [column.name for column in result.columns] == ["id", "name", "born"]
    assert [column.family for column in result.columns] == [
        TypeFamily.integer,
        TypeFamily.text,
        TypeFamily.date,
    ]
    assert not result.truncated and result.cut_by is None


def _expected_people(source: Connector, result: QueryResult) -> list[tuple[object, ...]]:
    """An Excel cell cannot hold an empty text."""
    excel = source.capabilities.dialect == "duckdb" and result.rows[2][1] is None
    return [(number, None if excel and not name else name, born) for number, name, born in PEOPLE]


async def test_decimals_are_exact(source: Connector) -> None:
    result = await run(source, "SELECT sum(price) AS total, min(price) AS low FROM books")
    assert list(result.rows[0]) == [sum(n % 50 + 0.25 for n in range(1, ROWS + 1)), 0.25]
    assert result.columns[0].family is TypeFamily.decimal


async def test_column_names_may_repeat(source: Connector) -> None:
    result = await run(source, "SELECT id, id, 1 AS id FROM authors WHERE id = 2")
    assert [column.name for column in result.columns] == ["id", "id", "id"]
    assert [list(row) for row in result.rows] == [[2, 2, 1]]


async def test_an_empty_result_has_its_columns(source: Connector) -> None:
    result = await run(source, "SELECT id, title FROM books WHERE id < 0")
    assert [column.name for column in result.columns] == ["id", "title"]
    assert list(result.rows) == [] and not result.truncated


async def test_a_percent_sign_and_a_colon_are_just_text(source: Connector) -> None:
    result = await run(source, "SELECT count(*) AS n, '%s :x ?' AS t FROM books WHERE title LIKE 'Book 1%'")
    assert result.rows[0][1] == "%s :x ?" and result.rows[0][0] == 1000


@pytest.mark.parametrize(
    ("rows", "truncated"), [(ROWS - 1, True), (ROWS, False), (ROWS + 1, False), (1, True)]
)
async def test_rows_are_cut_exactly(source: Connector, rows: int, truncated: bool) -> None:
    result = await run(source, "SELECT id FROM books ORDER BY id", Limits(rows=rows))
    assert len(result.rows) == min(rows, ROWS)
    assert (result.truncated, result.cut_by) == (truncated, "rows" if truncated else None)


async def test_bytes_are_cut(engine: Harness, source: Connector) -> None:
    result = await run(source, f"SELECT {engine.wide} AS w FROM books", Limits(bytes=50_000))
    assert result.cut_by == "bytes" and 40 <= len(result.rows) <= 50


async def test_a_long_cell_is_cut_and_marked(engine: Harness, source: Connector) -> None:
    result = await run(source, f"SELECT {engine.wide} AS w FROM authors WHERE id = 1", Limits(cell_bytes=100))
    assert result.rows[0][0] == "x" * 100 + "…"


async def test_rows_arrive_in_batches_while_the_statement_runs(engine: Harness, source: Connector) -> None:
    """The first rows of billions come at once, and leaving the stream stops the statement."""
    started = time.monotonic()
    stream = source.stream(safe(engine.many, source.capabilities.dialect), Limits(rows=10**9, bytes=10**12))
    seen = 0
    async with contextlib.aclosing(stream) as batches:  # type: ignore[type-var]
        async for batch in batches:
            assert batch.cut_by is None
            seen += len(batch.rows)
            if seen > 5_000:
                break
    assert time.monotonic() - started < 8
    assert await idle(engine)


async def test_a_statement_out_of_time_is_stopped_in_the_engine(engine: Harness, source: Connector) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimedOut, match=r"0\.6 seconds"):
        await run(source, engine.slow, Limits(seconds=0.6))
    assert time.monotonic() - started < 3
    assert await idle(engine)
    assert (await run(source, "SELECT 1 AS one")).rows[0][0] == 1


async def test_cancelling_the_task_stops_the_statement_in_the_engine(
    engine: Harness, source: Connector
) -> None:
    task = asyncio.create_task(run(source, engine.slow, Limits(seconds=60)))
    for _ in range(100):
        if await asyncio.to_thread(engine.running) > 0:
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the statement was never seen at work in the engine")
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 3
    assert await idle(engine)
    assert (await run(source, "SELECT 1 AS one")).rows[0][0] == 1


async def test_engine_refuses_writes_past_the_guard(engine: Harness, source: Connector) -> None:
    """Some of these are answered with an error and some with rows; what counts is that nothing changed."""
    for statement in engine.hostile:
        with contextlib.suppress(ConnectorError):
            await run(source, statement, Limits(seconds=5))
        assert await asyncio.to_thread(engine.count_rows) == ROWS, statement
    if engine.forbidden is not None:
        assert list(engine.forbidden.parent.glob(engine.forbidden.name)) == []
    assert {table.full_name for table in (await source.schema()).tables} == {"authors", "books", "titles"}
    assert (await run(source, "SELECT count(*) AS n FROM books")).rows[0][0] == ROWS


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELEC id FROM books", FailureKind.syntax),
        ("SELECT nope FROM books", FailureKind.schema),
        ("SELECT id FROM nowhere", FailureKind.schema),
        ("SELECT nope(id) FROM books", FailureKind.schema),
    ],
)
async def test_failures_say_whether_repair_can_help(source: Connector, sql: str, kind: FailureKind) -> None:
    tables = frozenset({"books", "nowhere"})
    with pytest.raises(QueryRejected) as caught:
        await source.run(safe(sql, source.capabilities.dialect, tables), Limits())
    assert caught.value.kind is kind
    assert str(caught.value) and "Traceback" not in str(caught.value)


async def test_statements_run_beside_each_other(source: Connector) -> None:
    answers = await asyncio.gather(
        *(run(source, f"SELECT {n} AS n, count(*) AS c FROM books") for n in range(12))
    )
    assert [list(answer.rows[0]) for answer in answers] == [[n, ROWS] for n in range(12)]


async def test_test_reports_its_steps(source: Connector) -> None:
    report = await source.test()
    assert report.ok and "list tables" in [step.name for step in report.steps]
    assert "3 tables" in report.steps[-1].detail


async def test_a_declared_capability_works_and_an_undeclared_one_says_so(source: Connector) -> None:
    declared = source.capabilities
    sql = safe("SELECT a.name FROM books b JOIN authors a ON a.id = b.author_id", declared.dialect)
    if declared.lists_read_tables:
        read = await source.tables_read(sql)
        assert {name.rpartition(".")[2] for name in read} == {"books", "authors"}
    else:
        with pytest.raises(UnsupportedByEngine):
            await source.tables_read(sql)
    if declared.can_explain:
        assert (await source.explain(sql)).text
    else:
        with pytest.raises(UnsupportedByEngine):
            await source.explain(sql)
    assert declared.read_only_enforced and declared.can_cancel


async def test_tables_behind_a_view_are_listed(engine: Harness, source: Connector) -> None:
    if not source.capabilities.lists_read_tables or "data" in str(engine.config.get("path", "")):
        pytest.skip("no views, or no listing")
    read = await source.tables_read(safe("SELECT count(*) FROM titles", source.capabilities.dialect))
    assert {name.rpartition(".")[2] for name in read} >= {"books"}
    assert (await run(source, "SELECT count(*) AS n FROM titles")).rows[0][0] == ROWS


async def test_a_source_that_is_not_there(engine: Harness) -> None:
    with pytest.raises(SourceMissing):
        await open_connector(engine.engine, engine.missing)


async def test_a_wrong_password_is_told_apart_and_not_repeated(engine: Harness) -> None:
    if engine.wrong_password is None:
        pytest.skip("files have no accounts")
    with pytest.raises(SignInRefused) as caught:
        await open_connector(engine.engine, {**engine.wrong_password, "password": "canary-7391"})
    assert "canary" not in str(caught.value)


async def test_a_host_that_does_not_answer(engine: Harness) -> None:
    if engine.unreachable is None:
        pytest.skip("files have no host")
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await open_connector(engine.engine, engine.unreachable)


async def test_settings_with_hidden_options_are_refused(engine: Harness) -> None:
    with pytest.raises(SourceInvalid):
        await open_connector(
            engine.engine, {**engine.config, "options": "-c default_transaction_read_only=off"}
        )
    if "host" in engine.config:
        for host in ("/var/run", "a,b", "localhost port=1", ""):
            with pytest.raises(SourceInvalid):
                await open_connector(engine.engine, {**engine.config, "host": host})
        with pytest.raises((SourceMissing, SignInRefused)):
            await open_connector(engine.engine, {**engine.config, "database": "x host=/tmp user=evil"})


async def test_a_closed_source_says_so(engine: Harness) -> None:
    connector = await open_connector(engine.engine, engine.config)
    await connector.close()
    with pytest.raises(EngineUnavailable):
        await run(connector, "SELECT 1 AS one")


def test_the_statement_type_is_required() -> None:
    with pytest.raises(TypeError):
        SafeSql("SELECT 1", "", "sqlite", frozenset())
