"""Every error has one shape, and nothing leaks."""

from __future__ import annotations

import pytest

from backend.errors import INTERNAL, ROOTS, ErrorCode, problem_for
from connectors.errors import ConnectorError
from tests.api.client import Client

SECRET = "postgresql://admin:hunter2@db/prod"


def _subclasses(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(found for child in root.__subclasses__() for found in _subclasses(child))]


@pytest.mark.parametrize(
    "kind", [kind for root in ROOTS for kind in _subclasses(root) if kind.__module__.split(".")[0] != "tests"]
)
def test_every_known_error_is_told_in_its_own_words(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    error.args = ("A clear sentence.",)
    for name in ("field", "rule"):
        if not hasattr(error, name):
            object.__setattr__(error, name, "")
    problem, status = problem_for(error)
    assert problem.message == "A clear sentence."
    assert 400 <= status < 600


def test_unknown_errors_say_nothing() -> None:
    for error in (KeyError(SECRET), RuntimeError(SECRET), ValueError(SECRET)):
        problem, status = problem_for(error)
        assert problem == INTERNAL and status == 500
        assert "hunter2" not in problem.model_dump_json()


def test_a_connector_error_without_words_still_has_some() -> None:
    problem, _ = problem_for(ConnectorError())
    assert problem.code is ErrorCode.internal and problem.message


async def test_over_http_nothing_leaks(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("backend.projects.service.list_views", broken)
    client.http._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    answer = await client.http.get("/api/projects")
    assert answer.status_code == 500
    assert answer.json() == INTERNAL.model_dump(mode="json")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("DELETE", "/api/projects", None, 405, "invalid"),
        ("POST", "/api/projects", {"name": ""}, 422, "invalid"),
        ("POST", "/api/projects", {"name": "x", "admin": True}, 422, "invalid"),
        ("POST", "/api/chat", {"question": "x" * 64_000}, 413, "too_large"),
        ("POST", "/api/chat", {"question": "   "}, 422, "invalid"),
        ("GET", "/api/chats?cursor=garbage", None, 422, "invalid"),
        ("GET", "/api/chats?cursor=bnVsbA==", None, 422, "invalid"),
        ("POST", "/api/datasources", {"name": "x", "engine": "oracle9", "config": {}}, 422, "invalid"),
        ("POST", "/api/datasources", {"name": "x", "engine": "sqlite", "config": {}}, 422, "invalid"),
        ("POST", "/api/datasources", {"name": "x", "engine": "sqlite", "config": {"path": "a", "mode": "rwc"}}, 422, "invalid"),
    ],
)  # fmt: skip
async def test_bad_input_is_told_in_one_shape(
    client: Client, method: str, path: str, body: object, status: int, code: str
) -> None:
    problem = await client.send(method, path, status, json=body)
    assert problem["code"] == code and problem["message"]
