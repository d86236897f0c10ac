"""The real server and a real browser, for stories a person would live through."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.servers import find_program, free_port

LINK = re.compile(r"http://127\.0\.0\.1:\d+/auth/link\?token=\S+")
START_SECONDS = 60.0
BROWSER_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Server:
    """One server process that can be killed and started again on the same data."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    link: str = ""
    output: list[str] = field(default_factory=list)
    cookies: StorageState | None = None
    """Of its owner, once the link was used."""
    guest: StorageState | None = None
    """Of somebody the owner invited."""
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.link = ""
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **self.environment},
        )  # fmt: skip
        self._process = process
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while not self.link:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start:\n" + "".join(self.output[-40:]))
            time.sleep(0.02)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if found := LINK.search(line):
                self.link = found.group(0)
        process.stdout.close()

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(data_dir: Path) -> Iterator[Server]:
    running = Server(data_dir)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that leave its data as it is; a module that changes it makes its own."""
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_program("chromium"), args=BROWSER_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def session(browser: Browser, server: Server) -> StorageState:
    """The owner's cookies: the printed link signs in once."""
    if server.cookies is None:
        server.cookies = sign_in(browser, server.link)
    return server.cookies


def sign_in(browser: Browser, link: str) -> StorageState:
    opened = browser.new_context()
    opened.new_page().goto(link)
    state = opened.storage_state()
    opened.close()
    return state


@pytest.fixture
def context(browser: Browser, server: Server, session: StorageState) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        base_url=server.url, storage_state=session, viewport={"width": 1440, "height": 900}, locale="en-GB",
        accept_downloads=True,
    )  # fmt: skip
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A signed-in page; fails the test when the page threw an error."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(server.url)
    yield opened
    assert errors == []
