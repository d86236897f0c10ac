"""`datachat receipt`: check that a receipt is what was written, and run its statements again."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents.budget import TurnLimits
from agents.evidence.replay import ReceiptUnusable, StepReplay, changed_versions, check_receipt, replay_step
from backend.auth.sealing import key_path, load_keys
from backend.auth.signing import Proof, Signer
from backend.commands.common import complain, open_services, settings_for
from backend.datasources.repository import DatasourceRepository
from backend.errors import AppError, Invalid, NotFound
from backend.settings import Settings
from backend.version import versions
from connectors.base import Connector, Limits
from connectors.errors import ConnectorError
from connectors.registry import open_connector, parse_url

SAME, CHANGED, UNUSABLE, UNPROVEN = 0, 1, 2, 3
"""Exit codes."""
NO_KEY = (
    "The key that signed this receipt is not on this machine, so nobody here can tell who wrote it. "
    "Name the server's key with DATACHAT_KEY_FILE or DATACHAT_SECRET_KEY."
)
MOST_BYTES = 1_000_000


def run(arguments: Namespace) -> int:
    try:
        receipt = check_receipt(_load(arguments.file))
        proven = _proven(receipt, settings_for(arguments))
        if arguments.action == "verify":
            how = (
                "signed by this server and unchanged"
                if proven
                else "its hash holds, its signature is not proven"
            )
            print(
                f"{how}: “{receipt['question']}”, {len(receipt['steps'])} statement(s), {receipt['sha256']}"
            )
            if not proven:
                print(NO_KEY, file=sys.stderr)
            return SAME if proven else UNPROVEN
        return asyncio.run(_replay(arguments, receipt, proven=proven))
    except ReceiptUnusable as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except (AppError, ConnectorError) as error:
        complain(error)
        return UNUSABLE


def _load(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
        if len(text) > MOST_BYTES:
            raise ReceiptUnusable("This file is too large to be a receipt.")
        return json.loads(text)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise ReceiptUnusable("This is not a receipt of DataChat.") from None


def _proven(receipt: Mapping[str, Any], settings: Settings) -> bool:
    """Whether a key of this machine signed it. Raises `ReceiptUnusable` where one says that it was changed."""
    keys = load_keys(settings.secret_key.get_secret_value(), key_path(settings.key_file))
    match Signer(keys).proof(receipt):
        case Proof.unsigned:
            raise ReceiptUnusable("This receipt is not signed, so anybody may have written it.")
        case Proof.forged:
            raise ReceiptUnusable(
                "This receipt was changed after it was signed: its signature is not the server's."
            )
        case proof:
            return proof is Proof.signed


async def _replay(arguments: Namespace, receipt: Mapping[str, Any], *, proven: bool) -> int:
    turn = TurnLimits()
    limits = Limits(rows=turn.rows, bytes=turn.bytes, seconds=turn.seconds)
    replays = []
    for step in receipt["steps"]:
        async with _source(arguments, step) as connector:
            replays.append(await replay_step(step, connector, limits))
    notes = changed_versions(receipt, versions())
    if arguments.json:
        print(
            json.dumps(
                {"signed": proven, "steps": [replay.as_dict() for replay in replays], "versions": notes},
                ensure_ascii=False,
            )
        )
    else:
        print(_readable(receipt, replays, notes if proven else (NO_KEY, *notes)))
    return SAME if all(replay.verdict == "same" for replay in replays) else CHANGED


@asynccontextmanager
async def _source(arguments: Namespace, step: Mapping[str, Any]) -> AsyncIterator[Connector]:
    """The source that `--source` names, else the server's own."""
    if arguments.source:
        connector = await open_connector(*parse_url(arguments.source))
        try:
            yield connector
        finally:
            await connector.close()
        return
    async with open_services(settings_for(arguments)) as services:
        async with services.database.reading() as session:
            row = await DatasourceRepository(session).by_id(step["source_id"])
        if row is None:
            raise NotFound(
                f"The server has no source “{step['source_name']}” any more. Name one with --source."
            )
        yield await services.pool.get(row)


def _readable(receipt: Mapping[str, Any], replays: list[StepReplay], notes: tuple[str, ...]) -> str:
    words = {"same": "same rows", "changed": "CHANGED", "not_run": "NOT RUN"}
    lines = [f"“{receipt['question']}”, answered {receipt['started']}"]
    for replay in replays:
        now = "" if replay.rows_now is None else f" ({replay.rows_now:,} rows)"
        lines.append(f"{replay.source_name}: {words[replay.verdict]}{now}")
        lines += [f"  {reason}" for reason in replay.reasons]
    return "\n".join([*lines, *(f"note: {note}" for note in notes)])
