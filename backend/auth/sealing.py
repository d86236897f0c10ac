"""Credentials at rest: AES-256-GCM, each record bound to its own id so that it cannot be moved to another."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.errors import Invalid

KEY_BYTES = 32
_KEY_ID, _NONCE = 4, 12


class Sealer:
    """The first key seals; every key unseals what it once sealed, so keys can be changed one after the other."""

    def __init__(self, keys: list[bytes]) -> None:
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def seal(self, plain: bytes, record: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, plain, record.encode())

    def unseal(self, sealed: bytes, record: str) -> bytes:
        """Raises `Invalid` when the key is missing or the record was tampered with."""
        cipher = self._ciphers.get(sealed[:_KEY_ID])
        nonce, body = sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :]
        try:
            if cipher is None:
                raise InvalidTag
            return cipher.decrypt(nonce, body, record.encode())
        except InvalidTag:
            raise Invalid(
                "The stored credentials cannot be opened with the server's key. Enter them again, or give the server its old key."
            ) from None


def key_path(configured: str) -> Path:
    """Apart from the data, so that a copy of the data folder opens nothing."""
    if configured:
        return Path(configured).expanduser()
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(config).expanduser() / "datachat" / "secret.key"


def load_keys(configured: str, path: Path) -> list[bytes]:
    """The configured keys, or those of the key file; none where there is no file."""
    if configured:
        return [_decode(key.strip()) for key in configured.split(",") if key.strip()]
    try:
        return [_decode(line) for line in path.read_text().split()]
    except OSError:
        return []


def load_or_make_keys(configured: str, path: Path) -> list[bytes]:
    """As `load_keys`; the key file is made when there is none."""
    if configured:
        return load_keys(configured, path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return [_decode(line) for line in path.read_text().split()]
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.urlsafe_b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return [key]


def _decode(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise Invalid(
            "A secret key must be 32 random bytes in URL-safe base64. This makes one: "
            "python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'",
            field="secret_key",
        )
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:_KEY_ID]
