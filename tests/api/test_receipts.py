"""A receipt is what was written, can be run again, and says what changed since."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from agents.evidence.receipt import sealed
from agents.fingerprints import sha256
from backend.auth.sealing import load_keys
from backend.auth.signing import Signer
from backend.cli import main
from tests.api.client import Client, last

QUESTION = "How many customers are in each country?"


@pytest.fixture
async def receipt(client: Client, shop: Path) -> Any:
    await client.add_shop(shop)
    answer = last(await client.ask(QUESTION), "answer.ready")
    return await client.get(f"/api/receipts/{answer['receipt_id']}")


@pytest.fixture
def file(receipt: Any, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    return path


def change(shop: Path, statement: str) -> None:
    database = sqlite3.connect(shop)
    with database:
        database.execute(statement)
    database.close()


async def command(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """The command makes an event loop of its own."""
    code = await asyncio.to_thread(main, ["receipt", *(str(argument) for argument in arguments)])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


async def test_it_says_everything_about_its_answer(receipt: Any) -> None:
    assert len(json.dumps(receipt)) < 20_000
    (step,) = receipt["steps"]
    assert step["as_shown"] and step["rows"] == 3
    assert step["reading"]["measures"]
    assert step["conformance"] and all(point["verdict"] == "kept" for point in step["conformance"])
    assert step["columns"][0]["lineage"] == ["customers.country"]
    assert step["schema_fingerprint"] and step["indexed_at"] and step["checks"]
    assert receipt["versions"]["datachat"]
    assert receipt["plan"]["proposed"]["steps"]
    assert "Norway" not in json.dumps([step["rows_digest"], step["reading"], step["sql"]])


async def test_run_again_it_is_the_same(file: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = await command(capsys, "verify", file)
    assert code == 0 and "signed by this server and unchanged" in said
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert (code, "same rows (3 rows)" in said) == (0, True), said


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("INSERT INTO customers VALUES (99, 'New', 'Peru', NULL)", "3 rows then, 4 rows now"),
        ("UPDATE customers SET country = 'Chile' WHERE id = 3", "with other values"),
        ("ALTER TABLE customers RENAME COLUMN country TO land", "customers.country is gone"),
    ],
)
async def test_run_again_it_says_what_changed(
    file: Path, shop: Path, capsys: pytest.CaptureFixture[str], statement: str, says: str
) -> None:
    change(shop, statement)
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert code == 1 and says in said, said


async def test_a_changed_table_that_did_not_matter_is_told_apart(
    file: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(shop, "ALTER TABLE orders ADD COLUMN note TEXT")
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert code == 0
    assert "every column that this answer used is still there" in said


async def test_another_version_is_named(
    receipt: Any, file: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = _signed({**receipt, "versions": {**receipt["versions"], "sqlglot": "1.0"}})
    file.write_text(json.dumps(older))
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert code == 0 and "sqlglot was 1.0" in said


def _signed(receipt: Any) -> Any:
    """As only the server can."""
    keys = load_keys("", Path(os.environ["DATACHAT_KEY_FILE"]))
    assert keys
    return Signer(keys).signed(sealed(receipt))


async def test_nobody_without_the_key_writes_a_receipt(
    receipt: Any, file: Path, shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash can be made anew by whoever changes a receipt; the signature cannot."""
    other = Signer([b"o" * 32]).signed(sealed({**receipt, "question": "Another?"}))
    renamed = {**other, "signature": {**other["signature"], "key": receipt["signature"]["key"]}}
    bare = {key: value for key, value in sealed(receipt).items() if key != "signature"}
    changed = sealed({**receipt, "question": "Another?"})
    odd = {**receipt, "signature": {**receipt["signature"], "value": 7}}
    for forged in (
        renamed,
        bare,
        changed,
        odd,
        {**receipt, "signature": {**receipt["signature"], "algorithm": "none"}},
    ):
        file.write_text(json.dumps(forged))
        for action in (("verify", file), ("replay", file, "--source", shop)):
            code, said = await command(capsys, *action)
            assert code == 2 and "sign" in said, said
    file.write_text(json.dumps(other))
    code, said = await command(capsys, "verify", file)
    assert code == 3 and "nobody here can tell who wrote it" in said
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert code == 0 and "nobody here can tell" in said and "same rows" in said
    code, said = await command(capsys, "replay", file, "--source", shop, "--json")
    assert code == 0 and json.loads(said)["signed"] is False
    file.write_text(json.dumps(receipt))
    monkeypatch.setenv("DATACHAT_KEY_FILE", str(file.with_name("elsewhere") / "secret.key"))
    code, said = await command(capsys, "verify", file)
    assert code == 3 and not file.with_name("elsewhere").exists()


async def test_what_was_tampered_with_is_not_run(
    receipt: Any, file: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (step,) = receipt["steps"]
    forged = {**receipt, "steps": [{**step, "sql": "SELECT country, 1 FROM customers"}]}
    others: list[Any] = [{"steps": []}, [1], {**receipt, "question": "?"}]
    for bad in [forged, sealed(forged), *others]:
        file.write_text(json.dumps(bad))
        for action in (("verify", file), ("replay", file, "--source", shop)):
            code, said = await command(capsys, *action)
            assert code == 2 and "receipt" in said.lower(), said


async def test_a_forged_statement_still_meets_the_guard(
    receipt: Any, file: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (step,) = receipt["steps"]
    sql = "DELETE FROM orders"
    file.write_text(
        json.dumps(_signed({**receipt, "steps": [{**step, "sql": sql, "sql_sha256": sha256(sql)}]}))
    )
    code, said = await command(capsys, "replay", file, "--source", shop)
    assert code == 1 and "NOT RUN" in said
    database = sqlite3.connect(shop)
    assert database.execute("SELECT count(*) FROM orders").fetchone() == (60,)
    database.close()
