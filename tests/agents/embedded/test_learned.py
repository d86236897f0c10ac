"""The learned beam: what its models say, the drafts it fills, and that its weights are numbers and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from agents.reasoners.embedded.among import relative
from agents.reasoners.embedded.candidates import candidates, read_by_rules
from agents.reasoners.embedded.draft import ROWS, Clause, Col, Condition, Draft, Term
from agents.reasoners.embedded.generate.fill import fill
from agents.reasoners.embedded.generate.sketch import sketch_of
from agents.reasoners.embedded.oddities import oddities
from agents.reasoners.embedded.rank import standing
from agents.reasoners.embedded.structure import Judgement, structure
from connectors.sql.reading import Literal
from knowledge.linking import linker_for
from tests.agents.embedded.conftest import TODAY, Library


def _is(column: str, value: str) -> Clause:
    return (Condition(Term(Col("book", column)), "=", (Literal(value, "text"),)),)


def judged(library: Library, question: str) -> Judgement:
    linker = linker_for(library.source.knowledge)
    return structure().judge(read_by_rules(linker.link(question, TODAY), linker).scene)


def likeliest(judgement: Judgement, role: str) -> str:
    chances = judgement.roles[role]
    return max(chances, key=lambda column: chances[column]).name


def weights(name: str) -> Any:
    folder = resources.files("agents.reasoners.embedded").joinpath("weights")
    return json.loads(folder.joinpath(name).read_text(encoding="utf-8"))


def test_each_column_gets_its_part(library: Library) -> None:
    judgement = judged(library, "What is the average price of the books of each genre?")
    assert likeliest(judgement, "aggregate") == "price"
    assert likeliest(judgement, "group") == "genre"


def test_a_value_becomes_the_likeliest_condition(library: Library) -> None:
    judgement = judged(library, "What are the names of writers from Portugal?")
    _, atom = judgement.atoms[0]
    assert (
        atom.condition.term == Term(Col("main.writer", "country")) or atom.condition.term.column is not None
    )
    assert [value.value for value in atom.condition.values] == ["Portugal"]


def test_the_likeliest_shape_is_filled_first(library: Library) -> None:
    first = fill(judged(library, "How many books are there for each genre?"))[0].draft
    assert ROWS in first.select
    assert [term.column.name for term in first.group if term.column is not None] == ["genre"]


def test_candidates_are_few_and_distinct(library: Library) -> None:
    linker = linker_for(library.source.knowledge)
    found = candidates(linker.link("Which writer has written the most books?", TODAY), linker)
    drafts = [candidate.draft for candidate in found]
    assert len(drafts) == len(set(drafts)) <= 34
    assert all(len(draft.select) == len(set(draft.select)) for draft in drafts)
    assert any(candidate.variant == "learned" for candidate in found)
    assert any(not candidate.variant for candidate in found)


def test_no_date_is_added_up_and_no_key(library: Library) -> None:
    linker = linker_for(library.source.knowledge)
    columns = {
        term.column.name
        for question in ("Which member has the most loans?", "total number of books by writer")
        for candidate in candidates(linker.link(question, TODAY), linker)
        if candidate.variant == "learned"
        for term in candidate.draft.terms
        if term.aggregate in ("sum", "avg") and term.column is not None
    }
    assert not columns & {"loaned_on", "returned_on", "loan_id", "book_id", "writer_id", "member_id"}


def test_a_sketch_has_shapes_and_no_names() -> None:
    price, pages = Term(Col("book", "price")), Term(Col("book", "pages"))
    assert sketch_of(Draft(select=(price,))) == sketch_of(Draft(select=(pages,)))
    assert sketch_of(Draft(select=(price,))) != sketch_of(Draft(select=(Term(price.column, "avg"),)))
    assert sketch_of(Draft(select=(price,), group=(pages,))).group == "1"


def test_those_who_agree_weigh_more() -> None:
    rows, named = Draft(select=(ROWS,)), Draft(select=(Term(Col("book", "title")),))
    alone, one, other = standing(
        [1.0, 0.9, 0.9], ["x", "y", "y"], [rows, named, replace(named, distinct=True)]
    )
    assert one["mass"] == other["mass"] > alone["mass"]
    assert alone["mass"] + one["mass"] == pytest.approx(1)
    assert alone["rival"] == one["mass"]
    assert alone["lead_before"] == pytest.approx(one["mass"] - alone["mass"])
    assert one["same:select"] == other["same:select"] == pytest.approx(one["mass"])
    assert other["same:distinct"] < one["same:distinct"]


def test_candidates_stand_beside_the_best_of_their_question() -> None:
    likely, unlikely = Draft(select=(ROWS,)), Draft(select=(Term(Col("book", "title")),), limit=3)
    best, worse = relative([{"m:total": -1.0}, {"m:total": -4.0}], [likely, unlikely])
    assert (best["rel:m:total"], worse["rel:m:total"]) == (0.0, -3.0)
    assert (best["rel:place"], worse["rel:place"]) == (0.0, 1.0)
    assert best["con:select"] + worse["con:select"] == pytest.approx(1)
    assert best["con:from"] > worse["con:from"]


@pytest.mark.parametrize(
    ("where", "impossible"),
    [
        ((_is("genre", "novel"), _is("genre", "travel")), True),
        ((_is("genre", "novel"), _is("genre", "novel")), True),
        ((_is("genre", "novel"), _is("title", "travel")), False),
        (((_is("genre", "novel")[0], _is("genre", "travel")[0]),), False),
    ],
)
def test_what_no_row_can_be_is_odd(where: tuple[Clause, ...], impossible: bool) -> None:
    assert oddities(Draft(select=(Term(Col("book", "title")),), where=where))["x:impossible"] == impossible


def test_a_filter_that_is_shown_and_a_key_among_itself_are_odd() -> None:
    key = Term(Col("book", "book_id"))
    shown = Draft(select=(Term(Col("book", "genre")),), where=(_is("genre", "novel"),))
    itself = Draft(select=(key,), where=((Condition(key, "not in", query=Draft(select=(key,))),),))
    assert oddities(shown)["x:shown_fixed"] == 1
    assert oddities(shown)["x:impossible"] == 0
    assert oddities(itself)["x:impossible"] == 1


def test_weights_hold_codes_and_numbers_only() -> None:
    """Nothing of the training data can be read out of the shapes: no names, no values."""
    plain = weights("structure.json")
    words = "avg|sum|min|max|count|distinct|between|like|null|intersect|in|except|union|limit|asc|desc|having|group|other|share|n"
    codes = {code for head in plain["heads"].values() for code in head["classes"]}
    codes |= {code for sketch, _ in plain["joint"] for code in sketch}
    rest = {re.sub(words, "", code) for code in codes}
    assert not re.search("[A-Za-z_]", "".join(rest).replace("C", "").replace("P", ""))
    assert all(isinstance(key, int) for head in plain["heads"].values() for key in head["keys"])
