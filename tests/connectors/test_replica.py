"""A read-only replica of PostgreSQL, stopped and started while a source is open on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.errors import EngineUnavailable
from connectors.registry import open_connector
from tests import servers
from tests.connectors.access import rows, settings
from tests.connectors.fleet import execute_on_server
from tests.connectors.harness import safe
from tests.servers import DatabaseServer


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
    source = await open_connector("postgres", settings(postgres_server, database) | {"port": replica.port})
    for _ in range(2):
        assert await rows(source, "SELECT v, pg_is_in_recovery() FROM t") == [[1, True]]
    assert await source.tables_read(safe("SELECT v FROM t", "postgres")) == {"public.t"}
    replica.stop()
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        await rows(source, "SELECT v FROM t")
    replica.start()
    assert await rows(source, "SELECT v FROM t") == [[1]]
    await source.close()
