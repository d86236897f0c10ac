"""Two people and one source: who may change it, and what each of them is shown of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.datasources.models import DatasourceRow
from tests.api.client import Client, Json
from tests.api.conftest import Start

CHILEANS: Json = {"customers": {"columns": ["id", "name", "country"], "filter": "country = 'Chile'"}}


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        yield client


@pytest.fixture
async def ana(owner: Client) -> AsyncIterator[Client]:
    """A member of the owner's project who may read nothing of its source yet."""
    async with owner.other("ana") as person:
        await owner.let_in(person)
        yield person


async def _schema(person: Client) -> dict[str, Json]:
    view = await person.get(f"/api/datasources/{person.source['id']}/schema")
    return {table["name"]: table for table in view["tables"]}


async def _preview(person: Client, table: str, status: int = 200) -> Json:
    path = f"/api/datasources/{person.source['id']}/preview"
    found: Json = await person.get(path, status, params={"table": table})
    return found


async def test_a_member_sees_the_project_and_may_not_change_it(owner: Client, ana: Client) -> None:
    project = await ana.get(f"/api/projects/{ana.project_id}")
    assert project["id"] == owner.project_id and not project["mine"]
    assert (await owner.get(f"/api/projects/{ana.project_id}"))["mine"]
    source = await ana.get(f"/api/datasources/{ana.source['id']}")
    assert not source["mine"] and source["config"] == {} and not source["secret_set"]
    own = f"/api/datasources/{ana.source['id']}"
    for method, path, body in (
        ("PATCH", f"/api/projects/{ana.project_id}", {"name": "mine now"}),
        ("DELETE", f"/api/projects/{ana.project_id}", None),
        ("PUT", f"/api/projects/{ana.project_id}/members/{ana.me['id']}", {"role": "reviewer"}),
        ("PATCH", own, {"name": "mine now"}),
        ("DELETE", own, None),
        ("POST", f"{own}/index", {}),
        ("PUT", f"{own}/descriptions", {"table": "customers", "text": "mine"}),
        ("GET", f"{own}/grants", None),
        ("PUT", f"{own}/grants/user:{ana.me['id']}", {"tables": None}),
        ("DELETE", f"{own}/grants/everyone", None),
        ("POST", "/api/datasources", {"name": "f", "engine": "sqlite", "config": {"path": "/etc/passwd"}}),
        ("POST", "/api/datasources/test", {"engine": "sqlite", "config": {"path": "/etc/passwd"}}),
    ):
        refused = await ana.send(method, path, 403, json=body)
        assert refused["code"] == "not_allowed", (method, path)
    members = await ana.get(f"/api/projects/{ana.project_id}/members")
    assert members == [{"user_id": ana.me["id"], "name": "ana", "role": "member"}]


async def test_without_a_grant_nothing_is_shown(ana: Client) -> None:
    assert await _schema(ana) == {}
    assert (await _preview(ana, "customers", 404))["code"] == "not_found"
    questions = await ana.get(f"/api/projects/{ana.project_id}/suggestions")
    assert questions["questions"] == []


async def test_rows_columns_and_figures_that_are_not_granted_stay_hidden(owner: Client, ana: Client) -> None:
    await owner.grant("everyone", None)
    assert set(await _schema(ana)) == set(await _schema(owner))
    await owner.grant(f"user:{ana.me['id']}", CHILEANS)
    schema = await _schema(ana)
    assert set(schema) == {"customers"} and schema["customers"]["rows"] is None
    columns = {column["name"]: column for column in schema["customers"]["columns"]}
    assert set(columns) == {"id", "name", "country"} and columns["country"]["top_values"] == []
    assert columns["country"]["min"] is None and columns["country"]["distinct"] is None
    assert (await _schema(owner))["customers"]["columns"][2]["top_values"]
    rows = (await _preview(ana, "customers"))["rows"]
    assert rows and {row[2] for row in rows} == {"Chile"}
    assert len(rows) < len((await _preview(owner, "customers"))["rows"])
    assert (await _preview(ana, "orders", 404))["code"] == "not_found"


async def test_the_schema_is_shown_while_the_source_is_away(owner: Client, ana: Client, shop: Path) -> None:
    await owner.grant("everyone", {"customers": {"columns": ["id", "country"], "filter": "id < 3"}})
    shop.rename(shop.with_suffix(".away"))
    await owner.services.pool.drop(owner.source["id"])
    assert len(await _schema(owner)) == 4
    assert [column["name"] for column in (await _schema(ana))["customers"]["columns"]] == ["id", "country"]
    assert (await ana.get(f"/api/projects/{ana.project_id}/suggestions"))["questions"]
    assert (await _preview(ana, "customers", 422))["code"] == "source_missing"


async def test_a_mask_is_what_is_shown(owner: Client, ana: Client) -> None:
    await owner.grant("role:analyst", {"customers": {"masks": {"name": "substr(name, 1, 1) || '…'"}}})
    preview = await _preview(ana, "customers")
    names = [row[preview["columns"].index("name")] for row in preview["rows"]]
    assert names and all(len(name) == 2 and name.endswith("…") for name in names)


@pytest.mark.parametrize(
    "table",
    [{"masks": {"name": "'…'"}}, {"filter": "country = 'Japan'"}, {"columns": ["id", "country"]}],
    ids=["masked", "filtered", "not granted"],
)
async def test_the_names_of_people_are_looked_up_for_those_alone_who_may_read_them(
    owner: Client, ana: Client, table: Json
) -> None:
    """A question in small letters comes back with the name as it is stored: that would tell that it is there."""
    question, stored = "show me the id of customer 7", "Customer 7"
    assert stored in json.dumps((await owner.ask(question))["events"])
    await owner.grant(f"user:{ana.me['id']}", {"customers": table})
    assert stored not in json.dumps((await ana.ask(question))["events"])


async def test_the_most_particular_grant_counts_alone(owner: Client, ana: Client) -> None:
    await owner.grant("everyone", None)
    await owner.grant("role:analyst", {"products": {}})
    assert set(await _schema(ana)) == {"products"}
    mine = f"/api/datasources/{ana.source['id']}/grants"
    await owner.grant(f"user:{ana.me['id']}", {})
    assert await _schema(ana) == {}
    await owner.send("DELETE", f"{mine}/user:{ana.me['id']}", 204)
    listed = await owner.get(mine)
    assert [grant["subject"] for grant in listed] == ["everyone", "role:analyst"]
    assert listed[1]["tables"] == {"products": {"columns": None, "filter": "", "masks": {}}}
    assert set(await _schema(ana)) == {"products"}


UNUSABLE: list[Json] = [
    {"nothing": {}},
    {"customers": {"columns": ["nothing"]}},
    {"customers": {"columns": []}},
    {"customers": {"masks": {"nothing": "1"}}},
    {"customers": {"filter": "nothing = 1"}},
    {"customers": {"filter": "country = "}},
    {"customers": {"filter": "1=1) UNION SELECT * FROM orders --"}},
    {"customers": {"filter": "1=1; DROP TABLE customers"}},
    {"customers": {"masks": {"name": "load_extension('x')"}}},
]


async def test_a_grant_that_cannot_work_is_refused(owner: Client) -> None:
    for tables in UNUSABLE:
        refused = await owner.grant("everyone", tables, 422)
        assert refused["field"] == "tables" and "Traceback" not in refused["message"], tables
    assert await owner.get(f"/api/datasources/{owner.source['id']}/grants") == []


async def test_who_leaves_a_project_keeps_nothing_of_it(owner: Client, ana: Client) -> None:
    await owner.grant("everyone", None)
    chat_id = await ana.chat()
    await ana.send("DELETE", f"/api/projects/{ana.project_id}/members/{ana.me['id']}", 204)
    for path in (
        f"/api/projects/{ana.project_id}",
        f"/api/datasources/{ana.source['id']}/schema",
        f"/api/chats/{chat_id}/events",
    ):
        assert (await ana.get(path, 404))["code"] == "not_found"
    assert await ana.get("/api/datasources") == []
    body = {"question": "How many customers are there?", "chat_id": chat_id}
    assert (await ana.send("POST", "/api/chat", 404, json=body))["code"] == "not_found"


async def test_the_same_change_many_times_at_once_is_one_change(shop_client: Client) -> None:
    async with shop_client.other("ana") as person:
        member = f"/api/projects/{shop_client.project_id}/members/{person.me['id']}"
        grant = f"/api/datasources/{shop_client.source['id']}/grants/user:{person.me['id']}"
        sent: list[tuple[str, Json]] = [(member, {"role": "member"}), (grant, {"tables": {"products": {}}})]
        for path, body in sent:
            answers = await asyncio.gather(*(shop_client.http.put(path, json=body) for _ in range(12)))
            codes = {answer.status_code for answer in answers}
            assert 200 in codes and codes <= {200, 409}, codes
        assert len(await shop_client.get(f"/api/projects/{shop_client.project_id}/members")) == 1
        assert len(await shop_client.get(grant.rpartition("/")[0])) == 1


async def test_a_source_that_is_being_indexed_says_so_before_its_file_is_missed(
    client: Client, shop: Path
) -> None:
    missing = shop.with_name("not_yet.sqlite")
    async with client.services.database.writing() as session:
        row = DatasourceRow(
            owner_id=client.me["id"], name="Soon", engine="sqlite", config={"path": str(missing)}
        )
        row.index_state = "queued"
        session.add(row)
        await session.flush()
    assert await client.get(f"/api/datasources/{row.id}/schema") == {"fingerprint": "", "tables": []}
    preview = await client.get(f"/api/datasources/{row.id}/preview?table=customers", 409)
    assert preview["code"] == "index_missing" and preview["retryable"]


async def test_what_was_shared_cannot_be_shared_further(owner: Client, ana: Client) -> None:
    await owner.grant("everyone", None)
    own = await ana.post("/api/projects", {"name": "Ana's"}, 201)
    body = {"source_ids": [ana.source["id"]]}
    assert (await ana.send("PATCH", f"/api/projects/{own['id']}", 404, json=body))["field"] == "source_ids"
    assert (await ana.get(f"/api/projects/{own['id']}"))["source_ids"] == []
