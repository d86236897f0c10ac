"""Sub-queries and set operations that shapes ask for, and what tells the ranker whether the words ask for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.reasoners.embedded.asked import asked
from agents.reasoners.embedded.candidates import read_by_rules
from agents.reasoners.embedded.draft import ROWS, Col, Condition, Draft, Sort, Term
from agents.reasoners.embedded.generate.combining import combined
from agents.reasoners.embedded.generate.nesting import nested
from agents.reasoners.embedded.generate.signals import signals
from agents.reasoners.embedded.generate.sketch import Sketch, sketch_of
from agents.reasoners.embedded.generate.wheres import Where, wheres
from agents.reasoners.embedded.inside import inside
from agents.reasoners.embedded.structure import Judgement, structure
from connectors.sql.reading import Literal
from knowledge.linking import linker_for
from tests.agents.embedded.conftest import TODAY, Library

_EMPTY = sketch_of(Draft())
_NOTHING = Where(0.0, ())


def judged(library: Library, question: str) -> Judgement:
    linker = linker_for(library.source.knowledge)
    return structure().judge(read_by_rules(linker.link(question, TODAY), linker).scene)


def column(name: str) -> Term:
    table, _, bare = name.partition(".")
    return Term(Col(table, bare))


def found(library: Library, question: str, shown: str, sketch: Sketch) -> list[Draft]:
    """What the shape may mean in the question, when this column is shown."""
    draft, judgement = Draft(select=(column(shown),)), judged(library, question)
    options = nested if sketch.nest else combined
    return [whole for where in wheres(judgement) for _, whole in options(draft, sketch, judgement, where)]


@pytest.mark.parametrize(("word", "down"), [("commonest", True), ("least common", False)])
def test_rows_of_the_foremost_kind(library: Library, word: str, down: bool) -> None:
    drafts = found(
        library, f"titles of the books of the {word} genre", "book.title", replace(_EMPTY, nest="=()limit")
    )
    genre = column("book.genre")
    query = Draft(select=(genre,), group=(genre,), order=(Sort(ROWS, down),), limit=1)
    assert any(draft.where == ((Condition(genre, "=", query=query),),) for draft in drafts)


def test_groups_are_compared_with_all_rows(library: Library) -> None:
    sketch = replace(_EMPTY, nest="avg>(avg)", group="1")
    drafts = found(library, "genres whose average price is above that of all books", "book.genre", sketch)
    price = replace(column("book.price"), aggregate="avg")
    assert ((Condition(price, ">", query=Draft(select=(price,))),),) in [draft.having for draft in drafts]


def test_rows_with_so_many_partners(library: Library) -> None:
    sketch = replace(_EMPTY, nest="!in()having")
    drafts = found(library, "names of writers who have not more than 2 books", "writer.name", sketch)
    query = Draft(
        select=(column("book.writer_id"),),
        group=(column("book.writer_id"),),
        having=((Condition(ROWS, ">", (Literal(2, "number"),)),),),
    )
    assert any(
        condition.query == query and condition.operator == "not in"
        for draft in drafts
        for condition in draft.conditions
    )


def test_what_another_table_says_of_the_same_kind(library: Library) -> None:
    sketch = replace(_EMPTY, combine="union[]")
    drafts = found(library, "cities of members and of branches", "member.city", sketch)
    assert ("union", Draft(select=(column("branch.city"),))) in [draft.combine for draft in drafts]


def test_a_key_is_set_against_the_references_to_it(library: Library) -> None:
    sketch = replace(_EMPTY, combine="except[]")
    drafts = found(library, "ids of books without loans", "book.book_id", sketch)
    assert ("except", Draft(select=(column("loan.book_id"),))) in [draft.combine for draft in drafts]


def test_denials_are_weighed_against_the_words_that_deny(library: Library) -> None:
    chunks = judged(library, "titles of books that are not travel").scene.segmentation.chunks
    genre = column("book.genre")
    plain = Draft(
        select=(column("book.title"),), where=((Condition(genre, "=", (Literal("travel", "text"),)),),)
    )
    denied = replace(plain, where=((replace(plain.where[0][0], operator="!="),),))
    set_against = Draft(select=plain.select, combine=("except", plain))
    assert inside(plain, chunks)["n:undenied"] == 1
    assert inside(denied, chunks)["n:undenied"] == inside(set_against, chunks)["n:undenied"] == 0
    assert inside(set_against, chunks)["set:except"] == 1
    assert inside(set_against, chunks)["n:negated"] == 1


def test_two_values_of_one_column_are_told_from_values_of_two(library: Library) -> None:
    linker = linker_for(library.source.knowledge)

    def told(question: str) -> set[str]:
        return set(signals(read_by_rules(linker.link(question, TODAY), linker).scene))

    again = {signal for signal in told("books that are travel or nature") if "=" in signal and "V" in signal}
    assert any(signal.startswith("r:") and signal.endswith("=") for signal in again)
    other = told("travel books by writers from Portugal")
    assert not any(signal.startswith("r:V") and signal.endswith("=") for signal in other)


def test_what_is_asked_and_not_done_is_told_from_what_nobody_asked(library: Library) -> None:
    chunks = judged(library, "average price of the books of each genre").scene.segmentation.chunks
    price, genre = column("book.price"), column("book.genre")
    whole = Draft(select=(genre, replace(price, aggregate="avg")), group=(genre,))
    assert {name: asked(whole, chunks)[name] for name in ("a:avg", "a:each", "a:first")} == {
        "a:avg": 0.0,
        "a:each": 0.0,
        "a:first": 0.0,
    }
    ungrouped = Draft(select=(price,), order=(Sort(price, True),), limit=1)
    numbers = asked(ungrouped, chunks)
    assert (numbers["a:avg"], numbers["a:each"], numbers["a:first"]) == (1.0, 1.0, -1.0)


@pytest.mark.parametrize(("descending", "turned"), [(True, 0.0), (False, 1.0)])
def test_an_order_against_the_words_is_told(library: Library, descending: bool, turned: float) -> None:
    chunks = judged(library, "which book has the most pages").scene.segmentation.chunks
    draft = Draft(select=(column("book.title"),), order=(Sort(column("book.pages"), descending),), limit=1)
    assert asked(draft, chunks)["a:turned"] == turned
