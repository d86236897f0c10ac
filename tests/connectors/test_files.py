"""Data files: what is loaded, what is reported, what is refused."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from connectors.base import Limits, QueryResult
from connectors.errors import SourceInvalid, SourceMissing
from connectors.files import LandedTable, data_files, land_files, landed
from connectors.registry import open_connector
from tests.connectors.harness import safe


async def land(folder: Path, **files: bytes | str) -> dict[str, LandedTable]:
    """Write files (name__suffix) and load them all."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return {table.file: table for table in await land_files(paths, folder / "out.duckdb")}


async def query(folder: Path, sql: str) -> QueryResult:
    source = await open_connector("duckdb", {"path": str(folder / "out.duckdb")})
    result = await source.run(safe(sql, "duckdb"), Limits())
    await source.close()
    return result


async def test_broken_lines_are_named_and_the_others_loaded(tmp_path: Path) -> None:
    lines = [f"{n},Name {n},2024-01-{n % 28 + 1:02d},{n}.50" for n in range(100)]
    lines.insert(50, "7,too,many,fields,here")
    lines.insert(70, "8,few")
    table = (await land(tmp_path, people__csv="id,name,joined,amount\n" + "\n".join(lines)))["people.csv"]
    assert (table.name, table.rows, table.rejected_lines) == ("people", 100, 2)
    assert table.problems == (
        "line 52: 5 fields where 4 were expected",
        "line 72: 2 fields where 4 were expected",
    )
    assert dict(table.columns)["id"] == "BIGINT" and table.preview[0][1] == "Name 0"


async def test_types_keep_what_guessing_would_lose(tmp_path: Path) -> None:
    """Leading zeros, exact amounts, a late word in a column of numbers, missing values."""
    rows = [f"0{n:04d},{n}.10,{n},2024-02-{n % 28 + 1:02d}" for n in range(30_000)] + ["00001,,unknown,"]
    table = (await land(tmp_path, t__csv="zip,amount,count,day\n" + "\n".join(rows)))["t.csv"]
    assert dict(table.columns) == {
        "zip": "VARCHAR",
        "amount": "DECIMAL(7,2)",
        "count": "VARCHAR",
        "day": "DATE",
    }
    assert (table.rows, table.rejected_lines) == (30_001, 0)
    result = await query(tmp_path, "SELECT min(zip), sum(amount), max(count), max(day) FROM t")
    assert list(result.rows[0]) == ["00000", 449988000.0, "unknown", "2024-02-28"]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("latin-1", ";"), ("utf-16", ",")]
)
async def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "\n".join(
        delimiter.join(line) for line in (("Nr", "Straße"), ("1", "Zürcher Weg"), ("2", "Allée"))
    )
    table = (await land(tmp_path, t__csv=text.encode(encoding)))["t.csv"]
    assert [name for name, _ in table.columns] == ["Nr", "Straße"]
    assert [list(row) for row in table.preview] == [[1, "Zürcher Weg"], [2, "Allée"]]


NUMBERS = {
    "id;amount\n1;1.234,56\n2;-99,10\n3;1.000.000,00": (
        "DECIMAL(18,2)",
        [1234.56, -99.1, 1000000],
        "1.000.000,00",
    ),
    'id,amount\n1,"1,234"\n2,"12,345,678"': ("BIGINT", [1234, 12345678], "12,345,678"),
    'id,amount\n1,"$1,234.50"\n2,$20.00': ("DECIMAL(18,2)", [1234.5, 20], "$1,234.50"),
    "id,amount\n1,NA\n2,7\n3,-": ("BIGINT", [None, 7, None], "no value"),
    "id;amount\n1;59,00 €\n2;1.199,00 €\n3;- 3,50 €": ("DECIMAL(18,2)", [59, 1199, -3.5], "1.199,00 €"),
    "id;amount\n1;12,5 %\n2;0 %": ("DECIMAL(18,1)", [12.5, 0], "12,5 %"),
    "id;amount\n1;1 234,50\n2;12\u202f345 678,00\n3;7,25": (
        "DECIMAL(18,2)",
        [1234.5, 12345678, 7.25],
        "345 678,00",
    ),
    "id;amount\n1;CHF 1'234.50\n2;CHF 20.00": ("DECIMAL(18,2)", [1234.5, 20], "CHF 1'234.50"),
    'id,amount\n1,"(1,234.50)"\n2,20.00\n3,5.00-': ("DECIMAL(18,2)", [-1234.5, 20, -5], "(1,234.50)"),
}


@pytest.mark.parametrize("text", NUMBERS)
async def test_numbers_as_offices_write_them(tmp_path: Path, text: str) -> None:
    kind, amounts, said = NUMBERS[text]
    table = (await land(tmp_path, t__csv=text))["t.csv"]
    assert dict(table.columns)["amount"] == kind and [row[1] for row in table.preview] == amounts
    assert table.rejected_lines == 0 and said in table.problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "id,amount\n1,$5\n2,€5",
        "id,amount\n1,01.5\n2,NA",
        "id,amount\n1,NA\n2,DE",
        "id,amount\n1,10%\n2,5",
        "id;amount\n1;1,234,5\n2;1,2",
        "id,amount\n1,12345678901234567\n2,NA",
        "id,amount\n1,12 345\n2,67 890",
        "id,amount\n1,(1)\n2,(2)",
        "id;amount\n1;5 - 7\n2;2,50 - 3",
    ],
    ids=[
        "two currencies",
        "codes",
        "countries",
        "shares",
        "lists",
        "long codes",
        "parted codes",
        "counted",
        "ranges",
    ],
)
async def test_what_only_looks_like_numbers_stays_text(tmp_path: Path, text: str) -> None:
    table = (await land(tmp_path, t__csv=text))["t.csv"]
    assert dict(table.columns)["amount"] == "VARCHAR" and table.problems == ()


async def test_what_keeps_a_column_from_being_numbers_is_told(tmp_path: Path) -> None:
    prices = "".join(f"{i};{i},50 €;a{i}\n" for i in range(1, 20))
    table = (await land(tmp_path, t__csv=f"id;price;code\n{prices}20;on request;a20\n"))["t.csv"]
    assert dict(table.columns)["price"] == "VARCHAR"
    assert table.problems == ("column price: it stays text, because 1 value is no number: on request",)


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("Sales report\nmade on Monday\n\nid,name,n\n1,a,5\n2,b,6\n", ["id", "name", "n"], 2),
        ("id^name\n1^a\n2^b\n", ["id", "name"], 2),
        ("1,alice,3.5\n2,bob,4.5\n", ["column_1", "column_2", "column_3"], 2),
        ("country,2023,2024\nNO,5,6\nSE,7,8\n", ["country", "2023", "2024"], 2),
        ("name\nalice\nbob, the second\n", ["name"], 2),
    ],
    ids=["lines above", "rare separator", "no names", "years as names", "one column"],
)
async def test_where_the_table_begins(tmp_path: Path, text: str, names: list[str], rows: int) -> None:
    table = (await land(tmp_path, t__csv=text))["t.csv"]
    assert ([name for name, _ in table.columns], table.rows + table.rejected_lines) == (names, rows)


async def test_letters_of_windows_and_dates_that_could_be_either(tmp_path: Path) -> None:
    windows = "id;text\n1;“quoted” – 5 €\n2;naïve\n".encode("cp1252")
    dates = "id,day\n1,01/02/2024\n2,03/04/2024\n"
    clear = "id,day\n1,01/02/2024\n2,25/04/2024\n"
    tables = await land(tmp_path, w__csv=windows, d__csv=dates, c__csv=clear)
    assert [row[1] for row in tables["w.csv"].preview] == ["“quoted” – 5 €", "naïve"]
    assert len(tables["d.csv"].problems) == 1 and "cannot be seen" in tables["d.csv"].problems[0]
    assert tables["c.csv"].problems == () and tables["c.csv"].preview[0][1] == "2024-02-01"


async def test_quotes_line_breaks_and_tabs(tmp_path: Path) -> None:
    csv = 'id,text\n1,"a ""quoted"" word, and a comma"\n2,"two\nlines"\n'
    tables = await land(tmp_path, a__csv=csv, b__tsv="id\ttext\n1\tx, y\n")
    assert [row[1] for row in tables["a.csv"].preview] == ['a "quoted" word, and a comma', "two\nlines"]
    assert [list(row) for row in tables["b.tsv"].preview] == [[1, "x, y"]]


async def test_json_and_json_lines(tmp_path: Path) -> None:
    rows = [{"id": 1, "tags": ["x"], "at": "2024-01-02"}, {"id": 2, "tags": [], "more": None}]
    tables = await land(tmp_path, a__json=json.dumps(rows), b__jsonl="\n".join(map(json.dumps, rows)))
    for table in tables.values():
        assert table.rows == 2 and table.preview[0][:2] == [1, ["x"]]


async def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    tables = await land(
        tmp_path, good__csv="a\n1\n", bad__parquet=b"PAR1 no", worse__xlsx=b"no zip", empty__csv="", odd__json="{"
    )  # fmt: skip
    assert tables["good.csv"].name == "good"
    for file in ("bad.parquet", "worse.xlsx", "empty.csv", "odd.json"):
        assert tables[file].name == "" and len(tables[file].problems) == 1, file
        assert str(tmp_path) not in tables[file].problems[0], "no path of the server"
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as made:
        assert made.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("good",)]


async def test_nothing_is_left_when_no_file_could_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match=r"bad\.parquet"):
        await land(tmp_path, bad__parquet=b"PAR1 no")
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.parquet"]


async def test_wrong_kinds_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match="not one of the kinds"):
        await land(tmp_path, a__exe="x")
    with pytest.raises(SourceMissing):
        await land_files([tmp_path / "nothing.csv"], tmp_path / "out.duckdb")
    with pytest.raises(SourceMissing):
        await land_files([], tmp_path / "out.duckdb")


async def test_table_names_are_readable_and_differ(tmp_path: Path) -> None:
    names = ("2024 Sales (final).csv", "2024-sales-final.csv", "Größe.csv", "--.csv")
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_text("a\n1\n")
    tables = await land_files(paths, tmp_path / "out.duckdb")
    assert [table.name for table in tables] == [
        "t_2024_sales_final",
        "t_2024_sales_final_2",
        "größe",
        "table",
    ]


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


async def test_excel_sheets_types_titles_and_errors(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 2, 3, 4)
    path = workbook(
        tmp_path / "Report.xlsx",
        {
            "North": [
                ["Quarterly report"],
                [],
                ["id", "name", "joined", "at", "price", "ok", "mixed", "id"],
                [1, "Ann", dt.date(2024, 1, 2), moment, 1.5, True, 7, "x"],
                [2, "Bé", None, moment, 2, False, "seven", "#N/A"],
                [None, None, None],
            ],
            "Empty": [],
            "Süd West": [["id"], [5]],
        },
    )
    north, south = await land_files([path], tmp_path / "out.duckdb")
    assert (north.name, south.name) == ("report_north", "report_süd_west")
    assert dict(north.columns) == {
        "id": "BIGINT", "name": "VARCHAR", "joined": "DATE", "at": "TIMESTAMP", "price": "DOUBLE", "ok": "BOOLEAN",
        "mixed": "VARCHAR", "id_2": "VARCHAR",
    }  # fmt: skip
    assert [list(row) for row in north.preview] == [
        [1, "Ann", "2024-01-02", "2024-01-02T03:04:00", 1.5, True, "7", "x"],
        [2, "Bé", None, "2024-01-02T03:04:00", 2.0, False, "seven", None],
    ]
    assert north.problems == ("1 cells hold a formula error and were left empty",)


async def test_a_sum_in_the_last_row_is_told(tmp_path: Path) -> None:
    tables = await land(
        tmp_path,
        a__csv="region,amount\nNorth,10\nSouth,20\nTotal,30\n",
        b__csv="club,goals\nTotal Rouge,4\nNorth,2\n",
    )
    assert len(tables["a.csv"].problems) == 1 and "looks like the sum" in tables["a.csv"].problems[0]
    assert tables["a.csv"].rows == 3 and tables["b.csv"].problems == ()


async def test_a_workbook_that_breaks_its_reader_does_not_stop_the_others(tmp_path: Path) -> None:
    """An empty chart sheet makes the library fail in a way it does not document."""
    odd = openpyxl.Workbook()
    odd.create_chartsheet("Chart")
    odd.save(tmp_path / "odd.xlsx")
    tables = await land(tmp_path, odd__xlsx=(tmp_path / "odd.xlsx").read_bytes(), good__csv="a\n1\n")
    assert tables["good.csv"].rows == 1
    assert tables["odd.xlsx"].name == "" and "cannot be read" in tables["odd.xlsx"].problems[0]


async def test_an_archive_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(SourceInvalid, match="unpacks to suspiciously much"):
        await land_files([path], tmp_path / "out.duckdb")


async def test_a_folder_is_loaded_again_only_when_it_changed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    first = await landed(str(tmp_path))
    assert await landed(str(tmp_path)) == first
    (tmp_path / "b.csv").write_text("id\n1\n2\n")
    source = await open_connector("duckdb", {"path": str(tmp_path)})
    assert {table.name for table in (await source.schema()).tables} == {"a", "b"}
    assert not first.exists(), "the outdated copy is removed"
    (tmp_path / "c.csv").write_text("id\n1\n2\n")
    assert {table.name for table in (await source.schema()).tables} == {"a", "b", "c"}
    await source.close()


async def test_relative_paths_mean_the_servers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("id\n1\n")
    monkeypatch.chdir(tmp_path)
    await land_files([Path("data/a.csv")], Path("out.duckdb"))
    for target in ("data", "data/*.csv", "data/a.csv", "out.duckdb"):
        source = await open_connector("duckdb", {"path": target})
        assert [table.name for table in (await source.schema()).tables] == ["a"]
        await source.close()


def test_what_a_target_means(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in data_files(str(tmp_path))] == ["a.parquet", "b.csv"]
    assert [path.name for path in data_files(f"{tmp_path}/*.csv")] == ["b.csv"]
    assert [path.name for path in data_files(str(tmp_path / "b.csv"))] == ["b.csv"]
