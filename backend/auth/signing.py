"""Signatures of receipts: HMAC-SHA256 under a key made from the server's own, so that nobody else can write one.

The hash in a receipt tells accidents; whoever changes a receipt can make it anew. The signature they cannot.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from enum import Enum
from typing import Any

from agents.fingerprints import canonical

ALGORITHM = "HMAC-SHA256"
FIELD = "signature"
_PURPOSE = b"datachat receipt signature"


class Proof(Enum):
    """What a signature shows to whoever holds these keys."""

    signed = "signed"
    forged = "forged"
    """The key is known and the signature is not its own."""
    unknown_key = "unknown_key"
    unsigned = "unsigned"


class Signer:
    """The first key signs; every key proves what it once signed."""

    def __init__(self, keys: list[bytes]) -> None:
        derived = [hmac.digest(key, _PURPOSE, "sha256") for key in keys]
        self._keys = {_name(key): key for key in derived}
        self._current = _name(derived[0]) if derived else ""

    def signed(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        return {**receipt, FIELD: self._signature(receipt, self._current)}

    def proof(self, receipt: Mapping[str, Any]) -> Proof:
        given = receipt.get(FIELD)
        if not isinstance(given, Mapping):
            return Proof.unsigned
        name = given.get("key")
        if not isinstance(name, str) or name not in self._keys:
            return Proof.unknown_key
        right = self._signature(receipt, name)["value"]
        value = given.get("value")
        same = isinstance(value, str) and hmac.compare_digest(value.encode(), right.encode())
        return Proof.signed if same and given.get("algorithm") == ALGORITHM else Proof.forged

    def _signature(self, receipt: Mapping[str, Any], name: str) -> dict[str, str]:
        body = canonical({key: value for key, value in receipt.items() if key != FIELD})
        value = hmac.new(self._keys[name], body.encode(), hashlib.sha256).hexdigest()
        return {"algorithm": ALGORITHM, "key": name, "value": value}


def _name(key: bytes) -> str:
    """Tells keys apart and tells nothing of them."""
    return hashlib.sha256(b"key id" + key).hexdigest()[:16]
