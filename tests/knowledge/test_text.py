from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Schema
from knowledge.fingerprint import (
    changed_tables,
    columns_fingerprint,
    source_fingerprint,
    table_fingerprint,
    table_fingerprints,
)
from knowledge.text import fold, split_identifier, split_key_name, stem, stems, words
from tests.knowledge.sources import table


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("homeTeamID", ["home", "team", "id"]),
        ("home_team_id", ["home", "team", "id"]),
        ("HOME TEAM ID", ["home", "team", "id"]),
        ("HTTPServer", ["http", "server"]),
        ("line1Text", ["line", "1", "text"]),
        ("isbn13", ["isbn", "13"]),
        ("São_Paulo", ["sao", "paulo"]),
        ("_", []),
        ("", []),
    ],
)
def test_names_are_split_into_words(name: str, parts: list[str]) -> None:
    assert split_identifier(name) == parts


def test_glued_key_words_are_split_off() -> None:
    assert split_key_name("o_custkey") == ["o", "cust", "key"]
    assert split_key_name("customerid") == ["customer", "id"]
    for name in ("valid", "unpaid", "turkey", "id", "key", "paid"):
        assert split_key_name(name) == [name]


def test_words_of_running_text() -> None:
    assert words("Kyle’s friends — O'Brien & Søren's") == ["kyle", "friends", "obrien", "søren"]
    assert stems("Cities and countries") == [stem("city"), "and", stem("country")]


@given(st.text(max_size=80))
def test_folding_is_done_after_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=80))
def test_any_text_can_be_split(text: str) -> None:
    assert all(split_identifier(text)) and all(words(text)) and len(stems(text)) == len(words(text))


TEAM = table("team", "id", "name:text", key="id")
PLAYER = table("player", "id", "team_id", key="id", refers={"team_id": "team.id"})


def test_fingerprints_change_with_what_they_cover() -> None:
    before = table_fingerprints(Schema((TEAM, PLAYER)))
    after = table_fingerprints(
        Schema((PLAYER, table("team", "id", "name:date", key="id"), table("fan", "id")))
    )
    assert changed_tables(before, after) == {"team", "fan"}
    assert source_fingerprint(before) == source_fingerprint(dict(reversed(before.items())))
    assert source_fingerprint(before) != source_fingerprint(after)
    assert table_fingerprint(PLAYER) != table_fingerprint(table("player", "id", "team_id", key="id"))


def test_a_pattern_depends_on_its_columns_only() -> None:
    first = columns_fingerprint(Schema((TEAM, PLAYER)), ["team.name", "player.team_id"])
    assert first == columns_fingerprint(
        Schema((PLAYER, TEAM, table("fan", "id"))), ["PLAYER.team_id", "team.NAME"]
    )
    assert first != columns_fingerprint(Schema((TEAM,)), ["team.name", "player.team_id"])
