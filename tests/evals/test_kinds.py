"""What kind of question a statement answers: Spider's four levels, and the phenomena in it."""

from __future__ import annotations

import pytest

from backend.evaluation.kinds import difficulty, phenomena
from backend.evaluation.report import report
from backend.evaluation.run import Scored


@pytest.mark.parametrize(
    ("sql", "level"),
    [
        ("SELECT count(*) FROM member", "easy"),
        ("SELECT city FROM member WHERE age > 30", "easy"),
        ("SELECT city, count(*) FROM member GROUP BY city", "medium"),
        ("SELECT city FROM member ORDER BY age LIMIT 1", "medium"),
        ("SELECT T2.title FROM loan AS T1 JOIN book AS T2 ON T1.book_id = T2.book_id WHERE T1.fine > 2", "medium"),
        ("SELECT title FROM book WHERE book_id NOT IN (SELECT book_id FROM loan)", "hard"),
        ("SELECT city FROM member INTERSECT SELECT city FROM branch", "hard"),
        ("SELECT city, age FROM member WHERE age > (SELECT avg(age) FROM member) AND city = 'Lisbon'", "extra"),
        ("SELECT city, count(*) FROM member WHERE age > 3 GROUP BY city ORDER BY count(*) DESC LIMIT 1", "extra"),
        ("SELECT (", "unknown"),
    ],
)  # fmt: skip
def test_levels(sql: str, level: str) -> None:
    assert difficulty(sql) == level


@pytest.mark.parametrize(
    ("sql", "found", "missing"),
    [
        ("SELECT city FROM member WHERE name = \"Ana\"", {"stored value", "no join"}, {"nesting", "number"}),
        ("SELECT a FROM t EXCEPT SELECT a FROM u", {"set operation", "negation"}, {"nesting"}),
        ("SELECT a FROM t WHERE b NOT IN (SELECT b FROM u)", {"nesting", "negation"}, {"set operation"}),
        ("SELECT a FROM t WHERE b = (SELECT max(b) FROM t)", {"nesting", "superlative", "aggregate"}, {"order"}),
        ("SELECT a FROM t ORDER BY b DESC LIMIT 3", {"superlative", "order"}, {"number"}),
        ("SELECT a FROM t GROUP BY a HAVING count(*) > 2", {"grouping", "condition on groups", "number"}, {"distinct"}),
        ("SELECT a FROM t WHERE opened_on > '2019-01-01'", {"date", "stored value"}, set()),
        ("SELECT x.a FROM t AS x JOIN t AS y ON x.b = y.c", {"self join", "one join"}, {"no join"}),
    ],
)  # fmt: skip
def test_phenomena(sql: str, found: set[str], missing: set[str]) -> None:
    seen = set(phenomena(sql))
    assert found <= seen
    assert not missing & seen


def test_the_report_tells_levels_and_phenomena_apart() -> None:
    def row(gold: str, correct: bool) -> Scored:
        return Scored(
            "d", "?", gold, "SELECT 1", "answered", 0.9, correct, 0.1, "right" if correct else "wrong"
        )

    figures = report(
        [row("SELECT a FROM t", True), row("SELECT a FROM t GROUP BY a", False), row("SELECT (", True)]
    )
    assert figures["by_difficulty"] == {
        "easy": {"questions": 2, "accuracy": 0.5},
        "unknown": {"questions": 1, "accuracy": 1.0},
    }
    assert figures["by_phenomenon"]["grouping"] == {"questions": 1, "accuracy": 0.0}
