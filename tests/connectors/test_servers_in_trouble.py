"""Servers that restart, follow another one, speak without encryption, live in another time zone or hide things."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.errors import ConnectorError, EngineUnavailable, QueryRejected, SignInRefused
from connectors.registry import open_connector
from tests import servers
from tests.connectors.access import rows, settings
from tests.connectors.fleet import execute_on_server
from tests.connectors.harness import safe
from tests.servers import DatabaseServer

SERVERS = ("postgres", "mysql")


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> tuple[str, DatabaseServer, str]:
    """(engine, server, an empty database of it)."""
    server = request.getfixturevalue("postgres_server" if request.param == "postgres" else "mariadb_server")
    return request.param, server, server.database()


async def test_what_is_wrong_with_the_settings_is_told_apart(place: tuple[str, DatabaseServer, str]) -> None:
    engine, server, database = place
    good = settings(server, database)
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


@pytest.fixture
def encrypted(postgres_server: DatabaseServer, tmp_path: Path) -> Iterator[DatabaseServer]:
    """The server with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - dt.timedelta(days=1), now + dt.timedelta(days=1)
    )
    execute = execute_on_server("postgres", postgres_server)
    ((folder,),) = execute("postgres", "SHOW data_directory")
    files = {"own.crt": made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM),
             "own.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())}  # fmt: skip
    for file, content in files.items():
        path = Path(folder) / file
        path.write_bytes(content)
        path.chmod(0o600)
        if account := servers._unprivileged():
            os.chown(path, account.pw_uid, account.pw_gid)
    for statement in ("ALTER SYSTEM SET ssl_cert_file = 'own.crt'", "ALTER SYSTEM SET ssl_key_file = 'own.key'",
                      "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"):  # fmt: skip
        execute("postgres", statement)
    yield postgres_server
    execute("postgres", "ALTER SYSTEM RESET ALL")
    execute("postgres", "SELECT pg_reload_conf()")


async def test_encryption_is_used_and_a_strange_certificate_is_refused(encrypted: DatabaseServer) -> None:
    config = settings(encrypted, encrypted.database())
    asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    for encryption, wanted in {"disable": False, "require": True}.items():
        source = await open_connector("postgres", config | {"encryption": encryption})
        assert await rows(source, asked) == [[wanted]], encryption
        await source.close()
    with pytest.raises(EngineUnavailable, match="certificate"):
        await open_connector("postgres", config | {"encryption": "verify-full"})


async def test_the_account_that_is_advised_can_be_made_and_only_reads(
    place: tuple[str, DatabaseServer, str],
) -> None:
    """The hint's own statements, run as they stand."""
    engine, server, database = place
    execute = execute_on_server(engine, server)
    execute(database, "CREATE TABLE t (v integer)")
    powerful = await open_connector(engine, settings(server, database))
    hint = next(step.hint for step in (await powerful.test()).steps if step.name == "read only")
    await powerful.close()
    name = f"reader_{uuid.uuid4().hex[:8]}"
    made = hint.partition("Make it with: ")[2].replace(" datachat", f" {name}").replace("…", "reads")
    for statement in filter(None, map(str.strip, made.split(";"))):
        execute(database, statement)
    source = await open_connector(engine, settings(server, database) | {"user": name, "password": "reads"})
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
    source = await open_connector("postgres", settings(postgres_server, database))
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
    source = await open_connector("postgres", settings(postgres_server, database))
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
    source = await open_connector("postgres", settings(postgres_server, database))
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
    source = await open_connector("mysql", settings(mariadb_server, database))
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
    source = await open_connector(engine, settings(server, database) | {"user": name, "password": "reads"})
    assert [table.name for table in (await source.schema()).tables] == ["mean_wage"]
    assert await rows(source, "SELECT mean FROM mean_wage") == [[20]]
    with pytest.raises(QueryRejected):
        await rows(source, "SELECT * FROM wages")
    report = await source.test()
    assert report.ok and all(not step.hint for step in report.steps), (
        "it may not write, so there is no advice"
    )
    await source.close()
