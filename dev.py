#!/usr/bin/env python3
"""Everything a developer types, with nothing but Python 3.11+ and Node 20+: setup, run, check, test, bench, lock.

Standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
UV = "uv==0.13.8"
TEST_PROGRAMS = {
    "initdb": "postgresql",
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-client-core",
    "redis-server": "redis-server",
    "chromium": "chromium",
}


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def sh(*command: str | Path, cwd: Path = ROOT, **environment: str) -> None:
    """Run a command and end this program with its exit code when it fails."""
    finished = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment}, check=False
    )
    if finished.returncode:
        sys.exit(finished.returncode)


def digest(files: Iterable[Path], salt: str = "") -> str:
    seen = hashlib.sha256(salt.encode())
    for file in sorted(files):
        seen.update(str(file.relative_to(ROOT)).encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()


def once(stamp: Path, state: str) -> bool:
    """Whether the work that `stamp` stands for has not been done for this `state` yet."""
    return not stamp.exists() or stamp.read_text("ascii") != state


def require_programs() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before any check of the version
        sys.exit(f"DataChat needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if not shutil.which("npm"):
        sys.exit("DataChat needs Node.js 20 or newer to build its pages: install it, then run this again.")


def python_packages(lock_name: str) -> None:
    """Install exactly what the lock file names into the project's own virtual environment."""
    lock = ROOT / lock_name
    if not PYTHON.exists():
        say("making a virtual environment in .venv")
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if made.returncode:
            sys.exit("Python could not make a virtual environment; on Debian: apt-get install python3-venv.")
    stamp = VENV / f".{lock_name}"
    state = digest([lock, ROOT / "pyproject.toml"])
    if not once(stamp, state):
        return
    say(f"installing the packages of {lock_name}")
    sh(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    uv = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
    sh(*uv, "--compile-bytecode", "--require-hashes", "-r", lock, UV_PYTHON_DOWNLOADS="never")
    sh(*uv, "--no-deps", "--editable", ROOT, UV_PYTHON_DOWNLOADS="never")
    stamp.write_text(state, "ascii")


def front_end() -> None:
    """Install and build the pages, each only when something they are made of has changed."""
    modules = FRONTEND / "node_modules"
    manifest = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]
    stamp, state = modules / ".datachat", digest(manifest)
    if once(stamp, state):
        say("installing the front end's packages")
        sh("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=FRONTEND)
        stamp.write_text(state, "ascii")
    sources = [p for p in (FRONTEND / "src").rglob("*") if p.is_file()]
    sources += [p for p in (FRONTEND / "public").rglob("*") if p.is_file()]
    sources += [p for p in FRONTEND.iterdir() if p.suffix in {".html", ".ts", ".json"}]
    stamp, state = FRONTEND / "dist" / ".datachat", digest(sources)
    if once(stamp, state):
        say("building the pages")
        sh("npm", "run", "--silent", "build", cwd=FRONTEND)
        stamp.write_text(state, "ascii")


def test_programs() -> None:
    """The servers and the browser of the tests; Debian's packages are installed when this is root."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/sbin")]
    missing = sorted(
        package
        for program, package in TEST_PROGRAMS.items()
        if not shutil.which(program) and not any((folder / program).exists() for folder in folders)
    )
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"The tests need: {', '.join(missing)} (names of Debian packages). Install them and run this again."
        )
    say(f"installing {', '.join(missing)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    sh("apt-get", "update", "-qq", **quiet)
    sh("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, **quiet)


def setup() -> None:
    require_programs()
    python_packages("requirements.lock")
    front_end()


def run(arguments: list[str]) -> None:
    setup()
    command = [str(PYTHON), "-m", "backend.cli", "serve", *arguments]
    os.chdir(ROOT)
    os.execv(command[0], command)


def developer_setup() -> None:
    require_programs()
    python_packages("requirements-dev.lock")
    front_end()


def check() -> None:
    """Lint, format, types, import contracts, front-end types and lint, generated files."""
    developer_setup()
    tools = VENV / "bin"
    sh(tools / "ruff", "check", ".")
    sh(tools / "ruff", "format", "--check", "--quiet", ".")
    sh(tools / "mypy")
    sh(tools / "lint-imports")
    sh(PYTHON, "-m", "backend.openapi", "--check")
    sh("npm", "run", "--silent", "check", cwd=FRONTEND)
    say("checks passed")


def test() -> None:
    started = time.monotonic()
    developer_setup()
    test_programs()
    check()
    sh("npm", "run", "--silent", "test", cwd=FRONTEND)
    pytest = [PYTHON, "-m", "pytest", "-q"]
    sh(*pytest, "-n", "2", "--dist", "loadfile", "-m", "not e2e", "tests")
    sh(*pytest, "-m", "e2e", "tests/e2e")
    say(f"all tests passed in {time.monotonic() - started:.0f} s")


def bench(arguments: list[str]) -> None:
    developer_setup()
    sh(PYTHON, "-m", "tests.benchmarks", *arguments)


def lock() -> None:
    """Pin every package with its hashes; neither file names where a package comes from."""
    compile_lock = [
        PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    sh(*compile_lock, "pyproject.toml", "-o", "requirements.lock")
    sh(
        *compile_lock,
        "--extra",
        "dev",
        "-c",
        "requirements.lock",
        "pyproject.toml",
        "-o",
        "requirements-dev.lock",
    )


def main() -> None:
    commands = {"setup": setup, "check": check, "test": test, "lock": lock}
    with_arguments = {"run": run, "bench": bench}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=[*commands, *with_arguments])
    arguments, rest = parser.parse_known_args()
    if arguments.command in with_arguments:
        with_arguments[arguments.command](rest)
    elif rest:
        parser.error(f"{arguments.command} takes no further arguments")
    else:
        commands[arguments.command]()


if __name__ == "__main__":
    main()
