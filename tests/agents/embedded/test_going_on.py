"""The ways in which a question may go on from answers: what stands for the things, what was left out, whose figure it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.budget import Budget, TurnLimits
from agents.deps import SourceProber
from agents.reasoners.embedded import learned
from agents.reasoners.embedded.analytic.business import roles_of
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.compile import to_reading
from agents.reasoners.embedded.decompile import draft_of
from agents.reasoners.embedded.dialogue.heads import heads
from agents.reasoners.embedded.dialogue.heard import heard
from agents.reasoners.embedded.dialogue.hinted import hinted_columns
from agents.reasoners.embedded.dialogue.leaning import marks
from agents.reasoners.embedded.dialogue.merge import absent, condensed, merged, refigured
from agents.reasoners.embedded.dialogue.weigh import scores
from agents.reasoners.embedded.draft import Aggregate, Draft
from connectors.base import JsonValue
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from knowledge.linking import linker_for
from tests.agents.embedded.conftest import Library


def _draft(library: Library, sql: str) -> Draft:
    schema = library.source.knowledge.schema
    return draft_of(from_sql(sql, "sqlite", schema), schema)


def _roles(library: Library) -> Roles:
    return roles_of(linker_for(library.source.knowledge))


async def _rows(library: Library, draft: Draft) -> list[list[JsonValue]]:
    prober = SourceProber(library.source, Budget(TurnLimits()))
    result = await prober.run(to_sql(to_reading(draft, library.source.knowledge), "sqlite"))
    return [list(row) for row in result.rows]


def test_things_are_called_as_the_answer_before_the_last_one_showed_them(library: Library) -> None:
    ages = _draft(library, "SELECT age FROM member WHERE city = 'Lisbon'")
    shown = _draft(library, "SELECT last_name FROM member WHERE city = 'Lisbon'")
    loans = _draft(library, "SELECT loaned_on FROM loan")
    (how, terms), *_ = heads(ages, [shown], _roles(library))
    assert (how, terms) == ("earlier", shown.select)
    assert all(how != "earlier" for how, _ in heads(ages, [loans, shown], _roles(library)))


async def test_which_ones_shows_names_alone(library: Library) -> None:
    before = _draft(library, "SELECT title, price FROM book")
    edit = _draft(library, "SELECT title, price FROM book WHERE price > 20")
    found = dict(condensed(edit, before, heads(before, [], _roles(library))))
    assert sorted(await _rows(library, found["only-shown"])) == [["Night Trains"], ["Stone and Sky"]]
    counted = _draft(library, "SELECT genre, count(*) FROM book GROUP BY genre")
    many = _draft(library, "SELECT genre, count(*) FROM book GROUP BY genre HAVING count(*) > 2")
    assert await _rows(library, dict(condensed(many, counted, ()))["keys"]) == [["novel"]]


@pytest.mark.parametrize(
    ("question", "columns"),
    [
        ("Where are they from?", ["city"]),
        ("When did they join?", []),
        ("How old are they?", ["age"]),
        ("What are their names?", []),
    ],
)
def test_question_words_name_columns(library: Library, question: str, columns: list[str]) -> None:
    assert [column.name for column in hinted_columns(question, "member", _roles(library))] == columns


async def test_those_that_the_answer_left_out(library: Library) -> None:
    before = _draft(
        library, "SELECT DISTINCT first_name FROM member JOIN loan ON member.member_id = loan.member_id"
    )
    roles = _roles(library)
    found = dict(absent(before, roles, heads(before, [], roles)))
    got = {str(row[0]) for row in await _rows(library, before)}
    rest = {str(row[0]) for row in await _rows(library, found["absent-same"])}
    assert got and rest and got.isdisjoint(rest)
    assert len(got | rest) == 5


@pytest.mark.parametrize(
    ("function", "way", "rows"),
    [("min", "function", [[9.5]]), ("", "holder", [["Stone and Sky"]])],
)
async def test_a_figure_is_turned_or_has_a_holder(
    library: Library, function: Aggregate, way: str, rows: list[list[JsonValue]]
) -> None:
    before = _draft(library, "SELECT max(price) FROM book")
    found = dict(refigured(before, function, heads(before, [], _roles(library))))
    assert await _rows(library, found[way]) == rows


async def test_there_is_the_place_that_was_shown(library: Library) -> None:
    before = _draft(library, "SELECT city FROM member GROUP BY city ORDER BY avg(age) DESC LIMIT 1")
    new = _draft(library, "SELECT first_name FROM member")
    found = dict(merged(new, before, "member", _roles(library), ()))
    assert await _rows(library, found["of-shown"]) == [["Paul"]]


def test_what_is_said_and_not_done_counts_against_a_reading(library: Library) -> None:
    before = _draft(library, "SELECT title FROM book")
    counted = _draft(library, "SELECT count(*) FROM book")
    upward = _draft(library, "SELECT title FROM book ORDER BY price LIMIT 1")
    assert {"unheard:avg", "unsaid:count"} <= set(heard("What is the average price?", counted, before))
    assert "turned" in set(heard("Which has the highest price?", upward, before))
    assert "turned" not in set(heard("Which has the lowest price?", upward, before))


def test_ellipsis_and_pointing_words_are_marked() -> None:
    assert "breaks-off" in marks("How many are not?")
    assert "that" in marks("Who lives in that city?")
    assert {"that", "breaks-off", "of-which"}.isdisjoint(marks("Show the names of all members"))
    assert "that" not in marks("How many loans are there for each member?")


async def test_a_turn_goes_back_to_the_names_shown_before(library: Library) -> None:
    first = await library.turn("Show the last name of members from Lisbon")
    second = await library.turn("What are their ages?", first)
    assert await library.ask("Which ones are older than 30?", first, second) == [["Lopes"]]


def test_other_weights_of_follow_ups_are_read_where_others_are_asked_for(tmp_path: Path) -> None:
    row = {"way:standalone": 1.0, "sure": 2.0}
    shipped = scores([row, {}])
    doubled = learned.read(learned.SHIPPED, "dialogue")
    learned.write(tmp_path, "dialogue", {**doubled, "scale": 2 * doubled["scale"]})
    with learned.weights_from(tmp_path):
        assert scores([row, {}]) == pytest.approx([2 * score for score in shipped])
    assert scores([row, {}]) == shipped
