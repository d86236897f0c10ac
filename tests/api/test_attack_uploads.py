"""Files made to hurt: what they claim, how deep they go, what their text says to whoever reads it."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.api.client import Client
from tests.api.conftest import Start


def _parquet(rows: int = 3) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table({"n": list(range(rows)), "t": ["x"] * rows}), stream)
    return stream.getvalue()


def _lying_parquet() -> bytes:
    """A footer that says it is two gigabytes long."""
    whole = _parquet()
    return whole[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"


def _cut_parquet() -> bytes:
    whole = _parquet(1000)
    return whole[:40] + b"\xff" * 200 + whole[240:]


def _book(sheet: str, shared: str = "") -> bytes:
    """The least that is a workbook, with one sheet of this XML."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>"
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    book = f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return stream.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL = '<c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BILLION = f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'


def _sheet(text: str, head: str = "") -> str:
    rows = "".join(
        f'<row r="{row}">{CELL.format(row=row, text=said)}</row>' for row, said in ((1, "head"), (2, text))
    )
    return f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


HOSTILE: dict[str, tuple[str, bytes]] = {
    "parquet that lies of its length": ("a.parquet", _lying_parquet()),
    "parquet with broken pages": ("a.parquet", _cut_parquet()),
    "parquet that is a zip": ("a.parquet", _book(_sheet("x"))),
    "json a hundred thousand deep": ("a.json", b"[" * 100_000 + b"]" * 100_000),
    "json objects deep": ("a.json", b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    "json of one huge number": ("a.json", b'[{"a": 1' + b"0" * 1_000_000 + b"}]"),
    "json with ten thousand keys": ("a.json", json.dumps([{f"k{n}": n for n in range(10_000)}]).encode()),
    "csv of one endless line": ("a.csv", b"a," * 1_000_000),
    "csv of an open quote": ("a.csv", b'a,b\n1,"' + b"x\n" * 50_000),
    "csv of NULs": ("a.csv", b"\0" * 1_000_000),
    "csv in a broken encoding": ("a.csv", b"\xff\xfe\x00\xd8" * 100_000),
    "xlsx with entities that multiply": ("a.xlsx", _book(_sheet("&a9;", BILLION))),
    "xlsx with a file of the server": ("a.xlsx", _book(_sheet("&file;", OUTSIDE))),
    "xlsx far out": (
        "a.xlsx",
        _book(_sheet("x").replace('r="2"', 'r="1048576"').replace("A2", "XFD1048576")),
    ),
    "xlsx without parts": ("a.xlsx", b"PK\x05\x06" + b"\0" * 18),
}


@pytest.fixture
async def owner(start: Start) -> AsyncIterator[Client]:
    async with start() as client:
        yield client


async def _send(owner: Client, name: str, content: bytes) -> httpx.Response:
    return await owner.http.post("/api/datasources/upload", files={"files": (name, content)}, timeout=60)


async def test_hostile_files_are_refused_or_read_and_tell_nothing(owner: Client, tmp_path: Path) -> None:
    kept = 0
    for what, (name, content) in HOSTILE.items():
        answer = await _send(owner, name, content)
        assert answer.status_code in (201, 413, 422), (what, answer.text)
        kept += answer.status_code == 201
        for told in (str(tmp_path), "incoming", "root:", "Traceback"):
            assert told not in answer.text, (what, answer.text)
        assert len(answer.text) < 200_000, what
        assert len(list((tmp_path / "data" / "uploads").iterdir())) == kept, what
    assert (await _send(owner, "good.csv", b"a,b\n1,2\n")).status_code == 201


async def test_where_the_server_keeps_a_file_is_told_nowhere(owner: Client, tmp_path: Path) -> None:
    sent = await _send(owner, "..\\..\\My sales 2025.csv", b"town,amount\nOslo,5\nRome,7\n")
    source = await owner.indexed(sent.json()["datasource"]["id"])
    assert source["files"] == ["My sales 2025.csv"] and source["config"] == {}
    project = f"/api/projects/{owner.project_id}"
    await owner.send("PATCH", project, 200, json={"source_ids": [source["id"]]})
    turn = await owner.ask("What is the total amount per town?")
    receipt = next(e["event"] for e in turn["events"] if e["event"]["type"] == "answer.ready")["receipt_id"]
    body = {"turn_id": turn["turn_id"], "sql": "SELECT current_setting('temp_directory')"}
    told = [
        turn,
        await owner.get(f"/api/receipts/{receipt}"),
        await owner.get("/api/datasources"),
        await owner.get(f"/api/datasources/{source['id']}/schema"),
        (await owner.http.post("/api/feedback/try", json=body)).json(),
        await owner.send(
            "PATCH", f"/api/datasources/{source['id']}", 422, json={"config": {"path": "/etc/x"}}
        ),
    ]
    for upload in (tmp_path / "data" / "uploads").iterdir():
        (upload / "data.duckdb").unlink()
    await owner.services.pool.drop(source["id"])
    told.append(await owner.ask("How many towns are there?"))
    told.append((await owner.http.get(f"/api/datasources/{source['id']}/preview?table=my_sales_2025")).json())
    told.append(await owner.send("POST", f"/api/datasources/{source['id']}/index", 202))
    told.append(await owner.indexed(source["id"]))
    assert str(tmp_path) not in json.dumps(told) and "uploads" not in json.dumps(told)
    assert told[-1]["index_state"] == "failed"
