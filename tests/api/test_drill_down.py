"""Any number of an answer can be followed to its source columns and to the rows behind it."""

from __future__ import annotations

from typing import Any

from tests.api.client import Client, last


async def counted(client: Client) -> tuple[str, list[Any]]:
    result = last(await client.ask("How many customers are in each country?"), "result.ready")
    path = f"/api/results/{result['result_id']}"
    return path, (await client.get(path))["rows"]


async def test_a_number_leads_to_its_columns_and_its_rows(shop_client: Client) -> None:
    path, rows = await counted(shop_client)
    number = next(place for place, cell in enumerate(rows[0]) if isinstance(cell, int))
    country = 1 - number

    lineage = await shop_client.get(f"{path}/lineage?column={country}")
    assert [(s["table"], s["column"]) for s in lineage["sources"]] == [("customers", "country")]

    for place, row in enumerate(rows):
        cell = f"column={number}&row={place}"
        lineage = await shop_client.get(f"{path}/lineage?{cell}")
        assert lineage["drillable"], lineage["why_not"]
        assert lineage["keys"] == [{"name": "country", "value": row[country]}]
        behind = await shop_client.get(f"{path}/rows-behind?{cell}&limit=3")
        assert behind["row_count"] == row[number]
        assert behind["more"] == (row[number] > 3)
        names = [column["name"] for column in behind["columns"]]
        assert {found[names.index("country")] for found in behind["rows"]} == {row[country]}
        assert str(row[country]) in behind["text"]
        rest = await shop_client.get(f"{path}/rows-behind?{cell}&offset=3&limit=1000")
        assert len(behind["rows"]) + len(rest["rows"]) == row[number]


async def test_rows_are_counted_as_the_page_sorts_them(shop_client: Client) -> None:
    path, rows = await counted(shop_client)
    country = next(place for place, cell in enumerate(rows[0]) if isinstance(cell, str))
    order = f"sort={country}&descending=true"
    first = (await shop_client.get(f"{path}?{order}"))["rows"][0]
    lineage = await shop_client.get(f"{path}/lineage?column={country}&row=0&{order}")
    assert lineage["keys"][0]["value"] == first[country] == max(row[country] for row in rows)


async def test_what_does_not_exist_is_said(shop_client: Client) -> None:
    path, rows = await counted(shop_client)
    assert "column" in (await shop_client.get(f"{path}/lineage?column=9", 422))["message"]
    assert "row" in (await shop_client.get(f"{path}/rows-behind?column=0&row={len(rows)}", 422))["message"]
    await shop_client.get("/api/results/nothing/lineage?column=0", 404)
    await shop_client.get("/api/results/nothing/rows-behind?column=0", 404)
    source = shop_client.source["id"]
    await shop_client.send("DELETE", f"/api/datasources/{source}", 204)
    lineage = await shop_client.get(f"{path}/lineage?column=0")
    assert not lineage["drillable"]
    assert "not there any more" in lineage["why_not"]
