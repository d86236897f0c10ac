"""Servers that restart, follow another one, speak without encryption, live in another time zone or hide things."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.base import Connector, Limits
from connectors.errors import ConnectorError, EngineUnavailable, QueryRejected, SignInRefused
from connectors.registry import open_connector
from tests import servers
from tests.connectors.fleet import execute_on_server
from tests.connectors.harness import safe
from tests.servers import DatabaseServer

SERVERS = ("postgres", "mysql")


def place_of(server: DatabaseServer, database: str) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "database": database, "user": server.user, "password": server.password}  # fmt: skip


async def rows(source: Connector, sql: str) -> list[Any]:
    result = await source.run(safe(sql, source.capabilities.dialect), Limits(seconds=5))
    return [list(row) for row in result.rows]


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> tuple[str, DatabaseServer, str]:
    """(engine, server, an empty database of it)."""
    server = request.getfixturevalue("postgres_server" if request.param == "postgres" else "mariadb_server")
    return request.param, server, server.database()


async def test_what_is_wrong_with_the_settings_is_told_apart(place: tuple[str, DatabaseServer, str]) -> None:
    engine, server, database = place
    good = place_of(server, database)
    wrong: list[tuple[dict[str, Any], type[ConnectorError], str]] = [
        ({"password": "wrong"}, SignInRefused, "refused the user"),
        ({"user": "nobody_here"}, SignInRefused, "refused the user"),
        ({"host": "no-such-host.invalid"}, EngineUnavailable, "There is no host"),
        ({"port": servers.free_port()}, EngineUnavailable, "cannot be reached"),
        ({"encryption": "verify-full"}, EngineUnavailable, "encryption"),
    ]
    if engine == "postgres":
        wrong.append(({"encryption": "require"}, EngineUnavailable, "encryption"))
    for setting, kind, words in wrong:
        with pytest.raises(kind, match=words) as caught:
            await open_connector(engine, good | setting)
        assert server.password not in str(caught.value)


async def test_the_account_that_is_advised_can_be_made_and_only_reads(
    place: tuple[str, DatabaseServer, str],
) -> None:
    """The hint's own statements, run as they stand."""
    engine, server, database = place
    execute = execute_on_server(engine, server)
    execute(database, "CREATE TABLE t (v integer)")
    powerful = await open_connector(engine, place_of(server, database))
    hint = next(step.hint for step in (await powerful.test()).steps if step.name == "read only")
    await powerful.close()
    name = f"reader_{uuid.uuid4().hex[:8]}"
    made = hint.partition("Make it with: ")[2].replace(" datachat", f" {name}").replace("…", "reads")
    for statement in filter(None, map(str.strip, made.split(";"))):
        execute(database, statement)
    source = await open_connector(engine, place_of(server, database) | {"user": name, "password": "reads"})
    report = await source.test()
    assert report.ok and all(not step.hint for step in report.steps), report
    await source.close()


async def test_a_moment_says_which_time_zone_it_is_in(postgres_server: DatabaseServer) -> None:
    database = postgres_server.database()
    execute = execute_on_server("postgres", postgres_server)
    execute(database, f"ALTER DATABASE {database} SET timezone = 'Asia/Kolkata'")
    execute(
        database,
        "CREATE TABLE t AS SELECT timestamptz '2024-06-30 20:00:00+00' AS at, timestamp '2024-06-30 20:00:00' AS local",
    )
    source = await open_connector("postgres", place_of(postgres_server, database))
    assert await rows(source, "SELECT at, local, at::date FROM t") == [
        ["2024-07-01T01:30:00+05:30", "2024-06-30T20:00:00", "2024-07-01"]
    ]
    await source.close()


async def test_parts_of_a_table_are_the_table(postgres_server: DatabaseServer) -> None:
    """Partitions of either kind are not listed, and are not named when their table is read."""
    database = postgres_server.database()
    execute = execute_on_server("postgres", postgres_server)
    for statement in (
        "CREATE TABLE rides (day date, km integer) PARTITION BY RANGE (day)",
        "CREATE TABLE rides_2023 PARTITION OF rides FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
        "CREATE TABLE rides_2024 PARTITION OF rides FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "CREATE TABLE bills (paid integer)",
        "CREATE TABLE bills_old () INHERITS (bills)",
        "CREATE TABLE bills_odd (reason text) INHERITS (bills)",
    ):
        execute(database, statement)
    source = await open_connector("postgres", place_of(postgres_server, database))
    assert {table.name for table in (await source.schema()).tables} == {"rides", "bills", "bills_odd"}
    for sql, tables in {
        "SELECT sum(km) FROM rides": {"public.rides"},
        "SELECT sum(km) FROM rides WHERE day = '2024-05-05'": {"public.rides"},
        "SELECT sum(km) FROM rides_2024": {"public.rides_2024"},
        "SELECT sum(paid) FROM bills": {"public.bills"},
        "SELECT sum(paid) FROM ONLY bills_odd": {"public.bills_odd"},
        "SELECT 1 FROM bills WHERE false": {"public.bills"},
    }.items():
        assert await source.tables_read(safe(sql, "postgres")) == tables, sql
    await source.close()


async def test_tables_that_cannot_be_read_are_no_outage(postgres_server: DatabaseServer) -> None:
    """A foreign table without its server, a materialized view without its rows, a view that fails."""
    database = postgres_server.database()
    execute = execute_on_server("postgres", postgres_server)
    for statement in (
        "CREATE FOREIGN DATA WRAPPER wrapper",
        "CREATE SERVER far_server FOREIGN DATA WRAPPER wrapper",
        "CREATE FOREIGN TABLE far (a integer) SERVER far_server",
        "CREATE MATERIALIZED VIEW empty AS SELECT 1 AS a WITH NO DATA",
        "CREATE VIEW failing AS SELECT 1 / (a - a) AS a FROM (VALUES (1)) t(a)",
    ):
        execute(database, statement)
    source = await open_connector("postgres", place_of(postgres_server, database))
    assert len((await source.schema()).tables) == 3
    for table in ("far", "empty", "failing"):
        with pytest.raises(QueryRejected):
            await rows(source, f"SELECT * FROM {table}")
    await source.close()


async def test_a_view_whose_table_is_gone_hides_nothing_else(mariadb_server: DatabaseServer) -> None:
    database = mariadb_server.database()
    execute = execute_on_server("mysql", mariadb_server)
    for statement in (
        "CREATE TABLE t (v int)",
        "CREATE TABLE gone (w int)",
        "CREATE VIEW broken AS SELECT w FROM gone",
        "DROP TABLE gone",
    ):
        execute(database, statement)
    source = await open_connector("mysql", place_of(mariadb_server, database))
    assert "t" in {table.name for table in (await source.schema()).tables}
    assert (await source.test()).ok
    with pytest.raises(QueryRejected):
        await rows(source, "SELECT * FROM broken")
    await source.close()


async def test_an_account_that_may_read_a_view_and_not_what_is_behind_it(
    place: tuple[str, DatabaseServer, str],
) -> None:
    """The view is all that it sees: in the schema, in the answers, and in what is said to be read."""
    engine, server, database = place
    execute, name = execute_on_server(engine, server), f"reader_{uuid.uuid4().hex[:8]}"
    made = ["CREATE TABLE wages (amount integer)", "INSERT INTO wages VALUES (10), (30)",
            "CREATE VIEW mean_wage AS SELECT avg(amount) AS mean FROM wages"]  # fmt: skip
    if engine == "postgres":
        made += [f"CREATE ROLE {name} LOGIN PASSWORD 'reads'", f"GRANT SELECT ON mean_wage TO {name}"]
    else:
        made += [
            f"CREATE USER {name} IDENTIFIED BY 'reads'",
            f"GRANT SELECT ON {database}.mean_wage TO {name}",
        ]
    for statement in made:
        execute(database, statement)
    source = await open_connector(engine, place_of(server, database) | {"user": name, "password": "reads"})
    assert [table.name for table in (await source.schema()).tables] == ["mean_wage"]
    assert await rows(source, "SELECT mean FROM mean_wage") == [[20]]
    with pytest.raises(QueryRejected):
        await rows(source, "SELECT * FROM wages")
    report = await source.test()
    assert report.ok and all(not step.hint for step in report.steps), (
        "it may not write, so there is no advice"
    )
    await source.close()


@dataclass
class Replica:
    """A PostgreSQL server that follows another one and can be stopped and started."""

    folder: Path
    port: int
    program: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        account = servers._unprivileged()
        who: dict[str, Any] = (
            {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        )
        with (self.folder / "log").open("wb") as sink:
            self.process = subprocess.Popen(
                [self.program, "-D", f"{self.folder}/data", "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)],
                stdout=sink, stderr=sink, cwd=self.folder, **who,
            )  # fmt: skip

        def answers() -> None:
            psycopg.connect(
                host="127.0.0.1", port=self.port, user="postgres", password="secret", dbname="postgres"
            ).close()

        servers._wait(answers, self.process, self.folder / "log")

    def stop(self) -> None:
        if self.process is not None:
            servers._stop(self.process, signal.SIGINT)
            self.process = None


@pytest.fixture
def replica(postgres_server: DatabaseServer) -> Iterator[Replica]:
    folder = Path(tempfile.mkdtemp(prefix="datachat-replica-"))
    account = servers._unprivileged()
    who: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    bin_folder = Path(servers.find_program("initdb", folders=("/usr/lib/postgresql/*/bin",))).resolve().parent
    subprocess.run(
        [bin_folder / "pg_basebackup", "-h", postgres_server.host, "-p", str(postgres_server.port), "-U", postgres_server.user,
         "-D", f"{folder}/data", "-R", "-X", "stream", "-c", "fast", "--no-sync"],
        check=True, env={**os.environ, "PGPASSWORD": postgres_server.password}, cwd=folder, **who,
    )  # fmt: skip
    made = Replica(folder, servers.free_port(), str(bin_folder / "postgres"))
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_read_only_replica_that_is_restarted(
    postgres_server: DatabaseServer, request: pytest.FixtureRequest
) -> None:
    database = postgres_server.database()
    execute_on_server("postgres", postgres_server)(database, "CREATE TABLE t AS SELECT 1 AS v")
    replica: Replica = request.getfixturevalue("replica")
    source = await open_connector("postgres", place_of(postgres_server, database) | {"port": replica.port})
    for _ in range(2):
        assert await rows(source, "SELECT v, pg_is_in_recovery() FROM t") == [[1, True]]
    assert await source.tables_read(safe("SELECT v FROM t", "postgres")) == {"public.t"}
    replica.stop()
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await rows(source, "SELECT v FROM t")
    replica.start()
    assert await rows(source, "SELECT v FROM t") == [[1]]
    await source.close()
