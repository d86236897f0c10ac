"""What the reasoner does when it cannot, or must not, answer."""

from __future__ import annotations

import time

import pytest

from agents.doubts.unknown_words import word_question
from agents.reasoners.base import DirectAnswer, Proposal, Question, Refusal
from tests.agents.embedded.conftest import Library


@pytest.mark.parametrize(
    "question",
    [
        "Delete all members",
        "please drop the table book",
        "update book set price = 0",
        "Can you remove the loans of Rita?",
    ],
)
async def test_writing_is_refused(library: Library, question: str) -> None:
    thought = await library.think(question)
    assert isinstance(thought, Refusal)
    assert thought.reason == "writes_data"


@pytest.mark.parametrize(
    "question", ["What is the weather like tomorrow?", "Tell me a joke about penguins", "qwrtz plmok"]
)
async def test_other_topics_are_declined_with_what_could_be_asked(library: Library, question: str) -> None:
    thought = await library.think(question)
    assert isinstance(thought, Refusal)
    assert thought.suggestions


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Why did loans drop last year?", "unsupported"),
        ("Predict the loans of next month", "unsupported"),
        ("Send an e-mail to all members", "unsupported"),
        ("Write me a poem about books", "off_topic"),
        ("how many unicorns are there", "off_topic"),
    ],
)
async def test_what_no_query_answers_is_declined_with_a_next_step(
    library: Library, question: str, reason: str
) -> None:
    thought = await library.think(question)
    assert isinstance(thought, Refusal), thought
    assert thought.reason == reason
    assert thought.suggestions
    assert "many" not in thought.message


async def test_the_one_word_that_names_nothing_is_asked_about(library: Library) -> None:
    thought = await library.think("members in Atlantis")
    assert isinstance(thought, Question) and "Atlantis" in thought.text
    assert [link.words for link in thought.links if link.kind == "unknown"] == ["Atlantis"]


@pytest.mark.parametrize(
    "question",
    [
        "number of loans of dragons in 2023",
        "number of loans of Dragons in 2023",
        "how many loans of red books in 2023",
        "loans per member for gothic books in 2023",
    ],
)
async def test_what_nothing_is_called_is_never_passed_over_like_a_verb(
    library: Library, question: str
) -> None:
    thought = await library.think(question)
    links = thought.plan.links if isinstance(thought, Proposal) else getattr(thought, "links", ())
    unknown = {link.words.lower() for link in links if link.kind == "unknown"}
    left = unknown & {"dragons", "red", "gothic"}
    assert left or not isinstance(thought, Proposal), thought
    assert not isinstance(thought, Proposal) or thought.label == "check_this", thought


async def test_an_unknown_word_is_asked_about_before_a_choice_that_leaves_it_out(library: Library) -> None:
    for question in ("What share of loans are platinum?", "number of loans for platinum members"):
        thought = await library.think(question)
        assert isinstance(thought, Question | Proposal), thought
        asked = thought if isinstance(thought, Question) else word_question(thought, {})
        assert asked is not None
        text = asked.text if isinstance(asked, Question) else asked.question
        assert "platinum" in text, text


async def test_unknown_words_are_named(library: Library) -> None:
    proposal = await library.propose("Show the titles of zorbic books")
    unknown = [link.words for link in proposal.plan.links if link.kind == "unknown"]
    assert unknown == ["zorbic"]
    assert any("zorbic" in reason for reason in proposal.reasons)
    assert proposal.confidence < 0.8


async def test_links_say_which_words_mean_what(library: Library) -> None:
    proposal = await library.propose("Show the titles of books by Luis Prado")
    links = {link.words: link for link in proposal.plan.links}
    assert links["titles"].target == "book.title"
    assert links["Luis Prado"].target == "writer.name = Luis Prado"
    text = "Show the titles of books by Luis Prado"
    assert all(text[link.start :].startswith(link.words) for link in proposal.plan.links)


async def test_tables_are_told_without_a_query(library: Library) -> None:
    thought = await library.think("Which tables are there?")
    assert isinstance(thought, DirectAnswer)
    assert all(name in thought.text for name in ("book", "branch", "loan", "member", "writer"))


async def test_columns_are_told_without_a_query(library: Library) -> None:
    thought = await library.think("Which columns does the member table have?")
    assert isinstance(thought, DirectAnswer)
    assert "last_name" in thought.text


async def test_a_choice_is_honoured(library: Library) -> None:
    question = "Show the name"
    thought = await library.think(question)
    if isinstance(thought, Question):
        option = thought.options[-1]
        chosen = await library.reasoner.think(
            library.thinking(question, answers={thought.clarification_id: option.id})
        )
        assert isinstance(chosen, Proposal)
        assert thought.best is not None
        assert chosen.sql != thought.best.sql
    else:
        assert not isinstance(thought, Proposal) or thought.confidence < 0.8


@pytest.mark.parametrize(
    "question", ["", "?", "'", "))((", "\x00", "SELECT 1", "🙂" * 50, "how many " * 200, "a" * 70_000]
)
async def test_odd_input_ends_quickly_in_an_honest_answer(library: Library, question: str) -> None:
    started = time.perf_counter()
    thought = await library.think(question)
    assert time.perf_counter() - started < 2
    assert not isinstance(thought, Proposal) or thought.confidence < 0.8
