"""Ana may read a part of the shop, and tries everything to see the rest of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.api.client import Client, Json, command, last, types
from tests.api.conftest import Start
from tests.servers import DatabaseServer

GRANT: Json = {
    "customers": {
        "columns": ["id", "name", "country"],
        "filter": "country <> 'Chile'",
        "masks": {"name": "'***'"},
    },
    "products": {},
}
HIDDEN = ("Chile", "Customer 1", "example.org")
"""Values of rows and columns that Ana may not see."""


@asynccontextmanager
async def _with_ana(owner: Client) -> AsyncIterator[Client]:
    async with owner.other("ana") as person:
        await owner.let_in(person)
        await owner.grant(f"user:{person.me['id']}", GRANT)
        yield person


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        yield client


@pytest.fixture
async def ana(owner: Client) -> AsyncIterator[Client]:
    async with _with_ana(owner) as person:
        yield person


def _no_secret(told: Any) -> None:
    text = json.dumps(told)
    for secret in HIDDEN:
        assert secret not in text, text[max(0, text.index(secret) - 200) : text.index(secret) + 100]


async def test_each_sees_only_their_rows_in_the_same_answer(shop_client: Client) -> None:
    question = "How many customers are there per country?"
    async with _with_ana(shop_client) as ana:
        hers, whole = await ana.ask(question), await shop_client.ask(question)
    counts = {row[0]: row[-1] for row in last(whole, "result.ready")["rows"]}
    assert len(counts) == 3 and sum(counts.values()) == 12
    seen = {row[0]: row[-1] for row in last(hers, "result.ready")["rows"]}
    assert seen == {country: count for country, count in counts.items() if country != "Chile"}
    _no_secret(hers)
    assert last(hers, "execution.started")["sha256"] == last(hers, "checks.finished")["sha256"]
    assert last(hers, "sql.drafted")["sql"] == last(whole, "sql.drafted")["sql"]


async def test_the_receipt_says_that_rows_were_filtered(owner: Client, ana: Client) -> None:
    for person, restricted in ((ana, True), (owner, False)):
        turn = await person.ask("How many customers are there per country?")
        receipt = await person.get(f"/api/receipts/{last(turn, 'answer.ready')['receipt_id']}")
        assert [step["restricted"] for step in receipt["steps"]] == [restricted]
        (permitted,) = [c for c in last(turn, "checks.finished")["checks"] if c["name"] == "permitted"]
        assert permitted["verdict"] == "passed" and ("row filters" in permitted["detail"]) is restricted
        plan = last(turn, "plan.proposed")["plan"]
        (cost,) = [c for c in last(turn, "checks.finished")["checks"] if c["name"] == "cost"]
        assert (plan["estimate"]["rows"] is None) is restricted and (cost["evidence"] == {}) is restricted


QUESTIONS = [
    "List the names of all customers",
    "How many customers are from chilee?",
    "How many customers are from chile?",
    "Show the email of each customer",
    "What is the total amount of orders?",
    "How many orders does customer 1 have?",
]
"""None spells a hidden value as it is stored, so a stored one that is told was not hidden."""


async def test_no_question_brings_out_what_is_hidden(owner: Client, ana: Client) -> None:
    told_owner = json.dumps([await owner.ask(question) for question in QUESTIONS])
    assert all(secret in told_owner for secret in ("Chile", "Customer 1"))
    for question in QUESTIONS:
        turn = await ana.ask(question)
        _no_secret(turn)
        for event in (e["event"] for e in turn["events"] if e["event"]["type"] == "sql.drafted"):
            assert "orders" not in event["sql"] and "email" not in event["sql"], question


STATEMENTS = [
    "SELECT email FROM customers",
    "SELECT * FROM customers",
    "SELECT * FROM orders",
    "SELECT c.name FROM products p JOIN customers c ON 1 = 1 WHERE c.email IS NOT NULL",
    "SELECT name FROM customers WHERE email LIKE 'c1%'",
    "SELECT name FROM customers ORDER BY email",
    "WITH customers AS (SELECT * FROM main.customers) SELECT email FROM customers",
    "SELECT (SELECT max(email) FROM customers)",
    "SELECT name FROM sqlite_master",
    "SELECT rowid FROM customers WHERE rowid IN (SELECT customer_id FROM orders)",
]


async def test_no_statement_of_her_own_does_either(ana: Client) -> None:
    turn = await ana.ask("How many customers are there per country?")
    for sql in STATEMENTS:
        body = {"turn_id": turn["turn_id"], "sql": sql}
        refused = await ana.post("/api/feedback/try", body, 422)
        assert refused["code"] == "query_rejected", sql
        _no_secret(refused)
    shown = await ana.post(
        "/api/feedback/try",
        {
            "turn_id": turn["turn_id"],
            "sql": "SELECT name, country FROM customers UNION SELECT title, '' FROM products",
        },
    )
    assert {"***"} == {row[0] for row in shown["rows"] if row[1]}
    _no_secret(shown)


async def test_no_error_tells_of_hidden_rows(owner: Client, ana: Client) -> None:
    """A statement that fails only where a hidden row is met would say that there is one."""
    probe = "SELECT CASE WHEN country LIKE 'Chil%' THEN json('{') END FROM customers"
    fails = "SELECT json(name) FROM customers"
    for person, code in ((owner, 422), (ana, 200)):
        turn = await person.ask("How many customers are there per country?")
        await person.post("/api/feedback/try", {"turn_id": turn["turn_id"], "sql": probe}, code)
    refused = await ana.post("/api/feedback/try", {"turn_id": turn["turn_id"], "sql": fails}, 422)
    assert "what you may see" in refused["message"] and "JSON" not in refused["message"]


async def test_nothing_of_another_chat_can_be_had_by_its_id(owner: Client, ana: Client) -> None:
    turn = await owner.ask("How many customers are there per country?")
    ids = {
        "chat_id": turn["chat_id"],
        "turn_id": turn["turn_id"],
        "result_id": last(turn, "result.ready")["result_id"],
        "receipt_id": last(turn, "answer.ready")["receipt_id"],
    }
    result = f"/api/results/{ids['result_id']}"
    for path in (
        result,
        f"{result}/export?format=csv",
        f"{result}/export?format=xlsx",
        f"{result}/lineage?column=0",
        f"{result}/rows-behind?column=1&row=0",
        f"/api/receipts/{ids['receipt_id']}",
        f"/api/chats/{ids['chat_id']}/events",
    ):
        assert (await owner.http.get(path)).status_code == 200, path
        assert (await ana.get(path, 404))["code"] == "not_found", path
    assert await ana.get(f"/api/feedback?turn_id={ids['turn_id']}") is None
    tried: list[tuple[str, Json]] = [
        ("/api/chat", {"question": "And by name?", "chat_id": ids["chat_id"]}),
        ("/api/feedback", {"turn_id": ids["turn_id"], "verdict": "up"}),
        ("/api/feedback/try", {"turn_id": ids["turn_id"], "sql": "SELECT 1"}),
    ]
    for path, body in tried:
        await ana.post(path, body, 404)


async def test_rows_behind_a_number_are_her_rows(owner: Client, ana: Client) -> None:
    for person, countries in ((owner, 3), (ana, 2)):
        turn = await person.ask("How many customers are there?")
        ready = last(turn, "result.ready")
        path = f"/api/results/{ready['result_id']}/rows-behind?column=0&row=0&limit=100"
        behind = await person.get(path)
        names = [column["name"] for column in behind["columns"]]
        assert len(behind["rows"]) == ready["rows"][0][0]
        assert len({row[names.index("country")] for row in behind["rows"]}) == countries
    _no_secret(behind)


async def test_what_others_were_taught_keeps_its_secrets(owner: Client, ana: Client) -> None:
    """An approved statement with a hidden value in it, and terms for hidden columns, are not shown or used."""
    pattern = {
        "project_id": owner.project_id,
        "source_id": owner.source["id"],
        "question": "How many of our friends are there?",
        "sql": "SELECT COUNT(*) FROM customers WHERE country = 'Chile'",
    }
    made = await owner.post("/api/knowledge/patterns", pattern, 201)
    await owner.send("PATCH", f"/api/knowledge/patterns/{made['id']}", 200, json={"status": "active"})
    term = {
        "project_id": owner.project_id,
        "term": "turnover",
        "kind": "metric",
        "expression": "SUM(amount)",
        "targets": ["orders"],
    }
    kept = await owner.post("/api/knowledge/terms", term, 201)
    query = {"project_id": owner.project_id}
    for kind, count in (("patterns", 1), ("terms", 2)):  # the approved answer taught what “friends” means
        assert len((await owner.get(f"/api/knowledge/{kind}", params=query))["items"]) == count
        assert (await ana.get(f"/api/knowledge/{kind}", params=query))["items"] == []
    await ana.send("DELETE", f"/api/knowledge/patterns/{made['id']}", 403)
    await ana.send("PUT", f"/api/knowledge/terms/{kept['id']}", 403, json=term)
    _no_secret(await ana.get(f"/api/projects/{ana.project_id}/suggestions"))
    _no_secret(await ana.ask("How many of our friends are there?"))


async def test_a_grant_that_shrinks_counts_at_once(owner: Client, ana: Client) -> None:
    """Also for a plan that was shown and waits to be confirmed."""
    turn = await ana.ask("How many customers are there per country?", auto_confirm=False)
    assert turn["status"] == "waiting"
    await owner.grant(f"user:{ana.me['id']}", {"products": {}})
    confirm = command("confirm", chat_id=turn["chat_id"], turn_id=turn["turn_id"], revision=1)
    await ana.obey(confirm)
    ended = await ana.ended(turn["chat_id"], "turn.failed")
    assert "execution.started" not in types(ended) and "result.ready" not in types(ended)


async def test_on_postgresql_a_filter_may_look_into_another_table(
    client: Client, postgres_server: DatabaseServer
) -> None:
    """Ana's region is looked up in a table of which she sees her own row only."""
    server, database = postgres_server, postgres_server.database()
    with psycopg.connect(_dsn(server, database), autocommit=True) as connection:
        connection.execute("CREATE TABLE sale (id int PRIMARY KEY, region text, amount numeric(10,2))")
        connection.execute(
            "INSERT INTO sale SELECT i, (ARRAY['North','South'])[i % 2 + 1], i FROM generate_series(1, 40) i"
        )
        connection.execute("CREATE TABLE team_region (team text, region text)")
        connection.execute("INSERT INTO team_region VALUES ('ana', 'North'), ('bob', 'South')")
    config = {
        "host": server.host,
        "port": server.port,
        "database": database,
        "user": server.user,
        "password": server.password,
    }
    body = {"name": "Sales", "engine": "postgres", "config": config, "project_id": client.project_id}
    client.source = await client.indexed((await client.post("/api/datasources", body, 201))["id"])
    condition = "region IN (SELECT t.region FROM team_region t WHERE t.team = 'ana')"
    async with client.other("ana") as ana:
        await client.let_in(ana)
        tables = {
            "sale": {"filter": condition, "masks": {"amount": "round(amount, -1)"}},
            "team_region": {"filter": "team = 'ana'"},
        }
        await client.grant(f"user:{ana.me['id']}", tables)
        turn = await ana.ask("How many sale rows are there per region?")
        assert last(turn, "result.ready")["rows"] == [["North", 20]], types(turn)
        preview = await ana.get(f"/api/datasources/{ana.source['id']}/preview?table=sale")
        assert len(preview["rows"]) == 20 and {float(row[2]) % 10 for row in preview["rows"]} == {0.0}
        every = {
            "turn_id": turn["turn_id"],
            "sql": "SELECT region FROM team_region UNION SELECT region FROM sale",
        }
        tried = await ana.post("/api/feedback/try", every)
        assert tried["rows"] == [["North"]]
        for told in (turn, preview, tried):
            assert "South" not in json.dumps(told) and "bob" not in json.dumps(told)


def _dsn(server: DatabaseServer, database: str) -> str:
    return f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{database}"
