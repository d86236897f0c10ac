"""The pages as files: small on the way where the browser can unpack them, the same bytes in the end."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend import site

SCRIPT = b"console.log('pages')\n" * 200


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<title>DataChat</title>", "utf-8")
    (assets / "app-1a2b.js").write_bytes(SCRIPT)
    (assets / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "alone.css").write_bytes(b"body { margin: 0 }")
    monkeypatch.setattr(site, "FOLDERS", (tmp_path,))
    app = FastAPI()
    site.mount_site(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site")


async def test_a_script_crosses_the_network_compressed(pages: httpx.AsyncClient) -> None:
    packed = await pages.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"].startswith("text/javascript")
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 10
    assert packed.content == SCRIPT
    plain = await pages.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == SCRIPT
    for answer in (packed, plain):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["cache-control"]


async def test_a_file_without_a_compressed_one_is_served_as_it_is(pages: httpx.AsyncClient) -> None:
    answer = await pages.get("/assets/alone.css", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, b"body { margin: 0 }")
    assert "content-encoding" not in answer.headers
    assert (await pages.get("/assets/none.js")).status_code == 404
    assert (await pages.get("/some/page")).text == "<title>DataChat</title>"
