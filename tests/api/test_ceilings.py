"""What a question will read is foretold before anybody confirms it, and neither project nor person goes over its limit."""

from __future__ import annotations

import pytest

from backend.auth.repository import PersonRepository
from backend.projects.ceilings import turn_limits
from backend.projects.schemas import ProjectLimits
from tests.api.client import Client, last, types

QUESTION = "How many orders are there?"
ORDERS = 60


def test_a_person_can_only_lower_what_the_project_allows() -> None:
    limits = turn_limits(ProjectLimits(rows=100, scan_rows=1_000, seconds=5), {"rows": 500, "scan_rows": 10})
    assert (limits.rows, limits.scan_rows, limits.seconds) == (100, 10, 5)


async def test_a_plan_says_what_it_will_read(shop_client: Client) -> None:
    proposed = last(await shop_client.ask(QUESTION, auto_confirm=False), "plan.proposed")
    estimate = proposed["plan"]["estimate"]
    assert estimate["rows"] == ORDERS
    assert estimate["bytes"] > ORDERS and estimate["seconds"] is not None
    (cost,) = [check for check in proposed["checks"] if check["name"] == "cost"]
    assert (cost["verdict"], cost["evidence"]["rows"]) == ("passed", ORDERS)


@pytest.mark.parametrize("whose", ["project", "person"])
async def test_a_statement_over_the_limit_is_told_and_never_runs(shop_client: Client, whose: str) -> None:
    if whose == "project":
        path = f"/api/projects/{shop_client.project_id}"
        limits = (await shop_client.get(path))["limits"] | {"scan_rows": ORDERS - 1}
        await shop_client.send("PATCH", path, 200, json={"limits": limits})
    else:
        async with shop_client.services.database.writing() as session:
            user = await PersonRepository(session).by_id(shop_client.me["id"])
            assert user is not None
            user.limits = {"scan_rows": ORDERS - 1}
    proposed = last(await shop_client.ask(QUESTION, auto_confirm=False), "plan.proposed")
    assert proposed["confidence_label"] == "check_this"
    assert "about 60 rows; the limit is 59 rows" in " ".join(proposed["reasons"])
    turn = await shop_client.ask(QUESTION)
    assert "execution.started" not in types(turn)
    assert turn["status"] == "failed"
    assert "about 60 rows; the limit is 59 rows" in str(turn["events"][-1])
