"""Private PostgreSQL, MariaDB and Redis servers on free loopback ports, for one test run.

Each starts in a folder of its own, as root or as an ordinary user, and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql
import redis

START_SECONDS = 60.0


class ServerMissing(RuntimeError):
    """A server program is not installed."""


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    host: str
    port: int
    user: str
    password: str
    create: Callable[[str], None]

    def database(self, name: str = "") -> str:
        """Create an empty database and return its name."""
        name = name or f"db_{uuid.uuid4().hex[:12]}"
        self.create(name)
        return name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(*names: str, folders: tuple[str, ...] = ()) -> str:
    """Path of the first program that exists on PATH or in one of the glob `folders`."""
    for name in names:
        if found := shutil.which(name):
            return found
        for folder in folders:
            matches = sorted(Path("/").glob(f"{folder.lstrip('/')}/{name}"), reverse=True)
            if matches:
                return str(matches[0])
    raise ServerMissing(
        f"{' or '.join(names)} is not installed; `make setup-servers` installs what the tests need"
    )


def _unprivileged() -> pwd.struct_passwd | None:
    """The account to drop to: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerMissing("neither the account postgres nor nobody exists")


def _wait(answers: Callable[[], None], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text()[-800:]}")
        try:
            return answers()
        except (OSError, psycopg.Error, pymysql.Error, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def postgres() -> Iterator[DatabaseServer]:
    initdb = find_program("initdb", folders=("/usr/lib/postgresql/*/bin",))
    postgres_program = str(Path(initdb).resolve().parent / "postgres")
    folder = Path(tempfile.mkdtemp(prefix="datachat-pg-"))
    account = _unprivileged()
    uid, gid, groups = (account.pw_uid, account.pw_gid, list[int]()) if account else (None, None, None)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    password_file = folder / "password"
    password_file.write_text("secret")
    if account:
        os.chown(password_file, account.pw_uid, account.pw_gid)
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    port, log = free_port(), folder / "log"
    try:
        subprocess.run(
            [initdb, "-D", f"{folder}/data", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder,
            user=uid, group=gid, extra_groups=groups,
        )  # fmt: skip
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [postgres_program, "-D", f"{folder}/data", "-h", "127.0.0.1", "-p", str(port), "-k", str(folder),
                 "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
                stdout=sink, stderr=sink, env=environment, cwd=folder, user=uid, group=gid, extra_groups=groups,
            )  # fmt: skip

        def connect() -> psycopg.Connection[tuple[object, ...]]:
            return psycopg.connect(
                host="127.0.0.1", port=port, user="postgres", password="secret", dbname="postgres",
                connect_timeout=2, autocommit=True,
            )  # fmt: skip

        def create(name: str) -> None:
            with connect() as connection:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())

        try:
            _wait(lambda: connect().close(), process, log)
            yield DatabaseServer("127.0.0.1", port, "postgres", "secret", create)
        finally:
            _stop(process, signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mariadb() -> Iterator[DatabaseServer]:
    server = find_program("mariadbd", "mysqld", folders=("/usr/sbin",))
    install = find_program("mariadb-install-db", "mysql_install_db", folders=("/usr/bin",))
    folder = Path(tempfile.mkdtemp(prefix="datachat-my-"))
    me = pwd.getpwuid(os.geteuid()).pw_name
    port, log = free_port(), folder / "log"
    # A starting server deletes the temporary tables it finds, so two must not share a folder for them.
    try:
        made = subprocess.run(
            [install, "--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}", f"--user={me}",
             "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"{install} ended with {made.returncode}: {made.stdout[:800]}")
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [server, "--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}", f"--socket={folder}/s.sock", f"--pid-file={folder}/pid",
                 f"--port={port}", "--bind-address=127.0.0.1", f"--user={me}", "--skip-name-resolve", "--skip-log-bin",
                 "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4"],
                stdout=sink, stderr=sink, cwd=folder,
            )  # fmt: skip

        def connect(password: str = "secret") -> pymysql.Connection[pymysql.cursors.Cursor]:
            return pymysql.connect(
                host="127.0.0.1",
                port=port,
                user="root",
                password=password,
                connect_timeout=2,
                autocommit=True,
            )

        def create(name: str) -> None:
            with connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

        try:
            _wait(lambda: connect("").close(), process, log)
            with connect("") as connection, connection.cursor() as cursor:
                for host in ("localhost", "127.0.0.1", "::1"):
                    with contextlib.suppress(pymysql.Error):
                        cursor.execute(f"ALTER USER 'root'@'{host}' IDENTIFIED BY 'secret'")
            yield DatabaseServer("127.0.0.1", port, "root", "secret", create)
        finally:
            _stop(process, signal.SIGTERM)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis_at(port: int = 0) -> Iterator[str]:
    """URL of an empty Redis, on a free port when none is given."""
    program = find_program("redis-server", "valkey-server")
    folder = Path(tempfile.mkdtemp(prefix="datachat-rd-"))
    port, log = port or free_port(), folder / "log"
    try:
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "no"],
                stdout=sink, stderr=sink,
            )  # fmt: skip
        url = f"redis://127.0.0.1:{port}/0"

        def ping() -> None:
            with redis.Redis.from_url(url) as client:
                client.ping()

        try:
            _wait(ping, process, log)
            yield url
        finally:
            _stop(process, signal.SIGTERM)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
