from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.base import GlossaryTerm, Pattern
from knowledge.files import FileInvalid, KnowledgeFiles, read_files, write_files
from knowledge.glossary import terms_in
from knowledge.instructions import MAX_TOGETHER, Instruction, instructions_for

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
lines = st.lists(texts, min_size=1, max_size=4).map("\n".join)
names = st.lists(texts, max_size=3).map(tuple)
terms = st.builds(
    GlossaryTerm,
    id=texts,
    term=texts,
    synonyms=names,
    kind=st.sampled_from(["synonym", "metric", "filter", "definition"]),
    definition=lines,
    targets=names,
    expression=lines,
)
patterns = st.builds(
    Pattern,
    id=texts,
    question=texts,
    sql=lines,
    source_id=texts,
    status=st.sampled_from(["candidate", "active", "expired", "rejected"]),
    tables=names,
    columns=names,
    negative=st.booleans(),
    note=lines,
    wins=st.integers(0, 9),
)


@settings(max_examples=60)
@given(
    st.lists(terms, max_size=4, unique_by=lambda term: term.id),
    st.lists(patterns, max_size=4, unique_by=lambda pattern: pattern.id),
)
def test_what_is_written_is_read_again(glossary: list[GlossaryTerm], pairs: list[Pattern]) -> None:
    with TemporaryDirectory() as folder:
        write_files(Path(folder), KnowledgeFiles(tuple(glossary), tuple(pairs)))
        read = read_files(Path(folder))
    assert set(read.glossary) == set(glossary)
    assert set(read.patterns) == set(pairs)


def test_the_same_knowledge_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    glossary = (GlossaryTerm("b", "net"), GlossaryTerm("a", "gross"))
    write_files(tmp_path / "1", KnowledgeFiles(glossary))
    write_files(tmp_path / "2", KnowledgeFiles(glossary[::-1]))
    assert (tmp_path / "1" / "glossary.yaml").read_bytes() == (tmp_path / "2" / "glossary.yaml").read_bytes()


def test_statements_are_written_line_by_line(tmp_path: Path) -> None:
    sql = "SELECT name\nFROM shops\nORDER BY name"
    write_files(tmp_path, KnowledgeFiles(patterns=(Pattern("p", "Which shops?", sql, "s"),)))
    assert "    SELECT name\n    FROM shops\n" in (tmp_path / "patterns.yaml").read_text()


def test_instructions_are_a_readable_list(tmp_path: Path) -> None:
    given = (
        Instruction("1", "A year begins in April."),
        Instruction("2", "Leave test customers out.", enabled=False),
        Instruction("3", "Amounts are in pounds.", source_id="shop"),
    )
    write_files(tmp_path, KnowledgeFiles(instructions=given))
    text = (tmp_path / "instructions.md").read_text()
    assert text.splitlines()[:4] == [
        "# Instructions",
        "",
        "- A year begins in April.",
        "- (off) Leave test customers out.",
    ]
    read = read_files(tmp_path).instructions
    assert [(item.text, item.source_id, item.enabled) for item in read] == [
        (item.text, item.source_id, item.enabled) for item in given
    ]
    assert read == read_files(tmp_path).instructions


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert read_files(tmp_path) == KnowledgeFiles()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("glossary.yaml", "terms:\n  - id: a\n   term: b", "line 3"),
        ("glossary.yaml", "- a\n- b", "one list named"),
        ("glossary.yaml", "terms:\n  - id: a\n", "entry 1, term"),
        ("glossary.yaml", "terms:\n  - {id: a, term: b, colour: red}", "entry 1, colour"),
        ("glossary.yaml", "terms:\n  - {id: a, term: b}\n  - {id: a, term: c}", "given twice"),
        (
            "patterns.yaml",
            "patterns:\n  - {id: a, question: b, sql: c, source_id: d, status: best}",
            "status",
        ),
        ("patterns.yaml", "patterns: !!python/object/apply:os.system ['true']", "YAML"),
        ("instructions.md", "# Instructions\n\nJust a sentence.", "line 3"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FileInvalid, match=says) as refused:
        read_files(tmp_path)
    assert name in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "glossary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileInvalid):
        read_files(tmp_path)


def test_terms_are_found_by_any_of_their_names() -> None:
    revenue = GlossaryTerm("1", "net revenue", ("turnover",), kind="metric")
    year = GlossaryTerm("2", "fiscal year")
    assert terms_in("Turnover by region", [revenue, year]) == [revenue]
    assert terms_in("net revenues per fiscal year", [year, revenue]) == [year, revenue]
    assert terms_in("revenue, net of tax", [revenue]) == []


def test_instructions_fit_and_belong() -> None:
    long = [Instruction(str(n), f"{n} " + "x" * 1_900) for n in range(10)]
    mine = Instruction("m", "Amounts are in pounds.", source_id="shop")
    texts = instructions_for([*long, mine, Instruction("o", "Off.", enabled=False)], "shop")
    assert texts[0] == "Amounts are in pounds."
    assert "Off." not in texts
    assert sum(map(len, texts)) <= MAX_TOGETHER
    assert "Amounts are in pounds." not in instructions_for([mine], "other")
