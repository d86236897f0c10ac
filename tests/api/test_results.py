"""What stands behind an answer: its rows page by page, sorted, as files; the schema and previews of a source."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from backend.results import exports
from tests.api.client import Client, last

NAUGHTY = '=HYPERLINK("http://example.org")'


@pytest.fixture
def shop(shop: Path) -> Path:
    """The shop, with a customer whose name a spreadsheet would run as a formula."""
    with sqlite3.connect(shop) as database:
        database.execute("UPDATE customers SET name = ? WHERE id = 3", (NAUGHTY,))
    database.close()
    return shop


async def result_of(client: Client, question: str) -> Any:
    return last(await client.ask(question), "result.ready")


async def test_pages_and_sorting(shop_client: Client) -> None:
    result = await result_of(shop_client, "list the name and country of all customers")
    path = f"/api/results/{result['result_id']}"
    whole = await shop_client.get(path)
    assert whole["row_count"] == len(whole["rows"]) == 12
    second = await shop_client.get(f"{path}?offset=5&limit=5")
    assert second["rows"] == whole["rows"][5:10]
    countries = [row[1] for row in (await shop_client.get(f"{path}?sort=1&descending=true&limit=4"))["rows"]]
    assert countries == ["Norway"] * 4
    assert (await shop_client.get(f"{path}?offset=500"))["rows"] == []
    await shop_client.get(f"{path}?limit=0", 422)
    await shop_client.get("/api/results/nothing", 404)


async def test_exports_carry_the_same_rows_and_no_formula(shop_client: Client) -> None:
    result = await result_of(shop_client, "list the name and country of all customers")
    path = f"/api/results/{result['result_id']}"
    rows = (await shop_client.get(path))["rows"]

    answer = await shop_client.http.get(f"{path}/export?format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[1] for line in lines[1:]] == [row[1] for row in rows]
    assert "'" + NAUGHTY in [line[0] for line in lines]

    answer = await shop_client.http.get(f"{path}/export?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=2) for cell in row]
    assert len(cells) == 24
    assert not any(cell.data_type == "f" for cell in cells)
    about = " ".join(str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row)
    assert "list the name and country of all customers" in about
    assert "SELECT" in about


def test_every_sign_that_begins_a_formula_is_made_harmless() -> None:
    for text in ("=1", " =1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠A1"):
        assert exports.neutral(text) == "'" + text
    for text in ("-5", "+4.5", "1-2", "a=b", "", "e@x.org"):
        assert exports.neutral(text) == text


async def test_parquet_keeps_numbers_as_numbers(shop_client: Client, tmp_path: Path) -> None:
    result = await result_of(shop_client, "How many customers are in each country?")
    answer = await shop_client.http.get(f"/api/results/{result['result_id']}/export?format=parquet")
    file = tmp_path / "result.parquet"
    file.write_bytes(answer.content)
    with duckdb.connect() as database:
        rows = database.execute("SELECT SUM(COLUMNS(* EXCLUDE country)) FROM read_parquet(?)", [str(file)])
        assert rows.fetchall() == [(12,)]
    await shop_client.get(f"/api/results/{result['result_id']}/export?format=exe", 422)


async def test_the_schema_shows_what_is_known(shop_client: Client) -> None:
    schema = await shop_client.get(f"/api/datasources/{shop_client.source['id']}/schema")
    tables = {table["name"]: table for table in schema["tables"]}
    assert set(tables) == {"customers", "orders", "products", "order_lines"}
    assert tables["orders"]["rows"] == 60
    country = next(c for c in tables["customers"]["columns"] if c["name"] == "country")
    assert country["distinct"] == 3
    assert {value for value, _ in country["top_values"]} == {"Norway", "Chile", "Japan"}
    email = next(c for c in tables["customers"]["columns"] if c["name"] == "email")
    assert email["personal"]
    assert email["top_values"] == []
    assert tables["orders"]["keys"] == [
        {"columns": ["customer_id"], "ref_table": "customers", "ref_columns": ["id"], "declared": True}
    ]


async def test_a_description_is_kept_and_can_be_removed(shop_client: Client) -> None:
    source = f"/api/datasources/{shop_client.source['id']}"

    async def described() -> str:
        tables = (await shop_client.get(f"{source}/schema"))["tables"]
        return str(next(t for t in tables if t["name"] == "orders")["description"])

    body = {"table": "orders", "text": "One row for each basket that was paid."}
    await shop_client.send("PUT", f"{source}/descriptions", 204, json=body)
    assert await described() == "One row for each basket that was paid."
    await shop_client.send("PUT", f"{source}/descriptions", 204, json=body | {"text": ""})
    assert await described() == ""


async def test_previews_show_rows_of_real_tables_only(shop_client: Client) -> None:
    source = f"/api/datasources/{shop_client.source['id']}"
    preview = await shop_client.get(f"{source}/preview?table=products&limit=3")
    assert preview["columns"] == ["id", "title", "price"]
    assert len(preview["rows"]) == 3
    for table in ("nothing", "sqlite_master", 'products"; DROP TABLE orders; --', "products JOIN orders"):
        answer = await shop_client.get(f"{source}/preview", 404, params={"table": table})
        assert answer["message"]
