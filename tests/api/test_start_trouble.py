"""A server that cannot start says why in one sentence, and what to do, without a stack trace or a password."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.auth.sealing import load_keys
from tests.servers import free_port


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("DATACHAT_DATABASE_URL=postgresql://owner:s3cret-word@127.0.0.1:1/shop", "metadata database"),
        ("DATACHAT_DATABASE_URL=mysql://owner:s3cret-word@127.0.0.1/shop", "sqlite: or postgresql:"),
        ("DATACHAT_SECRET_KEY=s3cret-word", "32 random bytes"),
        ("DATACHAT_DATA_DIR=/dev/null/data", "/dev/null"),
    ],
)
def test_why_it_did_not_start(tmp_path: Path, setting: str, told: str) -> None:
    name, _, value = setting.partition("=")
    outcome = subprocess.run(
        [sys.executable, "-m", "backend.cli", "serve", "--port", str(free_port())],
        env={
            **os.environ,
            "DATACHAT_DATA_DIR": str(tmp_path / "data"),
            "DATACHAT_KEY_FILE": str(tmp_path / "secret.key"),
            name: value,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 1
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert "s3cret-word" not in outcome.stderr + outcome.stdout


@pytest.mark.parametrize("padded", [True, False])
def test_a_key_is_read_with_and_without_its_padding(tmp_path: Path, padded: bool) -> None:
    key = bytes(range(32))
    text = base64.urlsafe_b64encode(key).decode()
    assert load_keys(text if padded else text.rstrip("="), tmp_path / "none") == [key]
