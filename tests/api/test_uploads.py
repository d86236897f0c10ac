"""Files that people bring: what becomes of good ones, broken ones and hostile ones."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from backend.settings import StorageSettings
from tests.api.client import Client, last
from tests.api.conftest import Start

SALES = b"day,shop,amount\n2025-01-01,North,10.50\n2025-01-02,South,20.25\n"


async def upload(client: Client, files: dict[str, bytes], status: int = 201, **form: str) -> Any:
    parts = [("files", (name, body)) for name, body in files.items()]
    answer = await client.http.post("/api/datasources/upload", files=parts, data=form)
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json()


def left_behind(client: Client) -> list[Path]:
    return list((client.services.data_dir / "uploads").glob("*"))


async def test_csv_and_excel_become_tables_that_can_be_asked(client: Client) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["shop", "city"], ["North", "Oslo"], ["South", "Lima"]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)

    made = await upload(
        client,
        {"Sales 2025.csv": SALES, "shops.xlsx": stream.getvalue()},
        name="Sales",
        project_id=client.project_id,
    )

    assert made["datasource"]["name"] == "Sales"
    assert {table["name"]: table["rows"] for table in made["tables"]} == {"sales_2025": 2, "shops": 2}
    source = await client.indexed(made["datasource"]["id"])
    assert (source["index_state"], source["tables"]) == ("ready", 2)
    turn = await client.ask("How many shops are there?")
    assert last(turn, "result.ready")["rows"] == [[2]]


async def test_broken_lines_are_told_and_the_others_kept(client: Client) -> None:
    broken = SALES + b"2025-01-03,East,30,too,many\n2025-01-04,West,40\n"
    made = await upload(client, {"sales.csv": broken})
    (table,) = made["tables"]
    assert table["rows"] == 3
    assert table["rejected_lines"] == 1
    assert "line 4" in table["problems"][0].lower()


@pytest.mark.parametrize(
    ("name", "body", "status", "says"),
    [
        ("notes.docx", b"hello", 422, "not a kind of file"),
        ("sales", b"hello", 422, "not a kind of file"),
        ("empty.csv", b"", 422, "empty"),
        ("fake.xlsx", b"this is not a zip file", 422, "fake.xlsx"),
        ("fake.parquet", b"PAR1 but not really", 422, "fake.parquet"),
    ],
)
async def test_a_file_that_is_no_table(
    client: Client, name: str, body: bytes, status: int, says: str
) -> None:
    answer = await upload(client, {name: body}, status)
    assert says in answer["message"], answer
    assert str(client.services.data_dir) not in str(answer)
    assert left_behind(client) == []


async def test_a_workbook_that_unpacks_to_gigabytes_is_refused(client: Client) -> None:
    """A zip bomb: 3 MB that would be 3 GB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            block = b"0" * 10_000_000
            for _ in range(60):
                sheet.write(block)
    answer = await upload(client, {"bomb.xlsx": stream.getvalue()}, 422)
    assert "bomb.xlsx" in answer["message"]
    assert left_behind(client) == []


async def test_too_much_is_refused_and_nothing_is_kept(start: Start) -> None:
    async with start(storage=StorageSettings(upload_mb=1)) as client:
        answer = await upload(client, {"big.csv": b"a\n" + b"1\n" * 600_000}, 413)
        assert "1 MB" in answer["message"]
        assert left_behind(client) == []


async def test_a_file_name_never_leaves_the_folder(client: Client) -> None:
    made = await upload(client, {"../../../etc/pass wd;--.csv": SALES})
    (table,) = made["tables"]
    assert table["name"] == "pass_wd"
    (folder,) = left_behind(client)
    assert [path.name for path in folder.iterdir() if path.suffix != ".wal"] == ["data.duckdb"]


async def test_deleting_the_source_deletes_its_files(client: Client) -> None:
    made = await upload(client, {"sales.csv": SALES})
    source = await client.indexed(made["datasource"]["id"])
    await client.send("DELETE", f"/api/datasources/{source['id']}", 204)
    assert left_behind(client) == []


async def test_a_sheet_as_wide_as_excel_goes_is_refused_at_once(client: Client) -> None:
    """Thirty kilobytes that would be hundreds of millions of cells; one at a time for each person."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, 3_001):
        sheet.cell(row, 16_384, 1)
    stream = io.BytesIO()
    book.save(stream)
    wide = ",".join(f"c{place}" for place in range(2_001)).encode()
    began = time.monotonic()
    slow = asyncio.create_task(upload(client, {"far.xlsx": stream.getvalue()}, 422))
    await asyncio.sleep(0.2)
    assert (await upload(client, {"sales.csv": SALES}, 429))["code"] == "too_many"
    assert "16384 columns are too many" in (await slow)["message"]
    assert time.monotonic() - began < 15
    refused = await upload(client, {"wide.csv": wide + b"\n" + b"1," * 2_000 + b"1"}, 422)
    assert "2001 columns are too many" in refused["message"]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["shop", "city"])
    sheet.append(["North", "Oslo"])
    sheet.cell(1, 16_384).number_format = "0.00"
    stream = io.BytesIO()
    book.save(stream)
    (table,) = (await upload(client, {"formatted.xlsx": stream.getvalue()}))["tables"]
    assert [column["name"] for column in table["columns"]] == ["shop", "city"]
