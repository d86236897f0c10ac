"""Charts by rule, numbers from rows, differences of plans, receipts, prompts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agents import prompts
from agents.answers.chart import choose_chart
from agents.answers.summary import UnboundNumber, describe, fill, shown
from agents.events import NumberReference
from agents.evidence.receipt import MAX_BYTES, _small_enough, is_intact, sealed
from agents.fingerprints import canonical
from agents.plan import ColumnName, Dimension, Filter, Measure, Plan, PlanQuery, PlanStep, PlanTable
from agents.plans.diff import plan_changes
from agents.reasoners.base import Summary
from connectors.base import JsonValue, QueryResult, ResultColumn, TypeFamily

TEXT, NUMBER, DATE = TypeFamily.text, TypeFamily.decimal, TypeFamily.date


def result(rows: Sequence[Sequence[JsonValue]], **columns: TypeFamily) -> QueryResult:
    return QueryResult(tuple(ResultColumn(n, str(f), f) for n, f in columns.items()), rows, False)


def months(count: int) -> list[str]:
    return [f"20{20 + i // 12}-{i % 12 + 1:02}-01" for i in range(count)]


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (result([], a=TEXT, n=NUMBER), "table"),
        (result([["x"], ["y"]], a=TEXT), "table"),
        (result([[5]], n=NUMBER), "number"),
        (result([["x", 5]], a=TEXT, n=NUMBER), "number"),
        (result([[m, i] for i, m in enumerate(months(12))], month=DATE, n=NUMBER), "line"),
        (result([[m, i] for i, m in enumerate(months(3))], month=DATE, n=NUMBER), "bar"),
        (result([[m, i, 2] for i, m in enumerate(months(9))], month=DATE, n=NUMBER, k=NUMBER), "multi_line"),
        (result([[m, g, 1] for m in months(6) for g in "abc"], month=DATE, g=TEXT, n=NUMBER), "multi_line"),
        (result([[m, f"g{i}", 1] for m in months(4) for i in range(9)], m=DATE, g=TEXT, n=NUMBER), "table"),
        (result([[f"c{i}", i] for i in range(5)], c=TEXT, n=NUMBER), "bar"),
        (result([[f"c{i}", i] for i in range(20)], c=TEXT, n=NUMBER), "horizontal_bar"),
        (result([["a name that is long", 1], ["b", 2]], c=TEXT, n=NUMBER), "horizontal_bar"),
        (result([[f"c{i}", i] for i in range(60)], c=TEXT, n=NUMBER), "table"),
        (result([["a", 1], ["a", 2]], c=TEXT, n=NUMBER), "table"),
        (result([[a, b, 1] for a in "abcd" for b in "xy"], a=TEXT, b=TEXT, n=NUMBER), "grouped_bar"),
        (result([[f"a{i}", f"b{j}", 1] for i in range(20) for j in range(9)], a=TEXT, b=TEXT, n=NUMBER), "heatmap"),
        (result([[f"first{i}", f"last{i}", i] for i in range(9)], a=TEXT, b=TEXT, n=NUMBER), "horizontal_bar"),
        (result([["x", 3], [None, 2], ["y", 1]], a=TEXT, n=NUMBER), "bar"),
        (result([[None, 3], [None, 2], ["y", 1]], a=TEXT, n=NUMBER), "table"),
        (result([[i, i * 2] for i in range(9)], n=NUMBER, m=NUMBER), "scatter"),
        (result([[i] for i in range(30)], n=NUMBER), "histogram"),
        (result([[i, f"c{i}"] for i in range(9)], customer_id=NUMBER, c=TEXT), "table"),
        (result([[2020 + i, i] for i in range(5)], year=NUMBER, n=NUMBER), "line"),
    ],
)  # fmt: skip
def test_chart_rules(made: QueryResult, kind: str) -> None:
    spec = choose_chart(made, "Subject")
    assert spec.kind == kind, spec.why
    assert spec.why
    assert spec.alt


def test_bars_are_sorted_by_value_unless_the_groups_have_an_order() -> None:
    days = result([["Mon", 3], ["Tue", 9], ["Wed", 1]], day_name=TEXT, n=NUMBER)
    names = result([["x", 3], ["y", 9], ["z", 1]], c=TEXT, n=NUMBER)
    assert choose_chart(days, "t").sort == "none"
    spec = choose_chart(names, "t", ["Land", "Fee"])
    assert (spec.sort, spec.x_title, spec.y_title) == ("-y", "Land", "Fee")
    assert "highest 9 (y)" in spec.alt


def test_rare_pairs_of_groups_name_a_bar_together() -> None:
    spec = choose_chart(
        result([["Sara", "Berg", 4], ["Sara", "Holm", 3], ["Ole", "Lind", 9]], a=TEXT, b=TEXT, n=NUMBER), "t"
    )
    assert (spec.names, spec.color) == ((0, 1), None)
    assert "highest 9 (Ole Lind)" in spec.alt


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1234567, "1,234,567"), (0.5, "0.5"), (1234.567, "1,234.57"), (0.00012, "0.0001"), (None, "no value"),
        (True, "yes"), ("12.50", "12.5"), ("007", "007"), ("2024-01-01", "2024-01-01"), (-3, "-3"),
    ],
)  # fmt: skip
def test_cells_as_people_read_them(cell: JsonValue, text: str) -> None:
    assert shown(cell) == text


def test_the_rule_made_answer_names_the_extremes() -> None:
    made = result([["x", 3], ["y", 9], ["z", 1]], land=TEXT, fee=NUMBER)
    summary = describe(made, choose_chart(made, "t"), ["land", "total fee"])
    text, references = fill(summary, made)
    assert (
        text == "**3** rows, one for each land. Total fee is highest for y (**9**) and lowest for z (**1**)."
    )
    assert {r.key for r in references} == {"rows", "r1c0", "r1c1", "r2c0", "r2c1"}


@pytest.mark.parametrize(
    "template",
    [
        "There are 7 of them.",
        "{{r9c0}} leads.",
        "{{nothing}}",
        "It is {{sum_c9}}.",
        "Up 12.5% since then.",
        "There are seven of them.",
        "That is twice as many.",
        "Some 3k of them.",
        "About 3e2 in all.",
        "It fell to -3.",
        "It is ½ of it.",
        "There are ٧ of them.",
        "{{count_c1}} and 3 {{r0c0 }}{{r0c1}}7",
    ],
)
def test_a_number_that_no_row_holds_cannot_be_shown(template: str) -> None:
    with pytest.raises(UnboundNumber):
        fill(Summary(template), result([["x", 3]], c=TEXT, n=NUMBER))


@pytest.mark.parametrize(
    "template", ["Three of them.", "3 of x.", "{{r0c1}} of {{r0c0}}.", "All but one.", "3.0"]
)
def test_a_number_that_a_row_holds_may_be_said(template: str) -> None:
    text, _ = fill(Summary(template), result([["x", 3]], c=TEXT, n=NUMBER))
    assert "{{" not in text


def test_words_of_the_rows_and_of_the_question_are_no_claims() -> None:
    made = result([["Two Brothers", 3]], c=TEXT, n=NUMBER)
    assert fill(Summary("Two Brothers made {{r0c1}} in the first half."), made, ("the first half of 2024",))[
        0
    ]


def test_references_can_be_computed_and_known_numbers_repeated() -> None:
    made = result([["x", 3], ["y", 4]], c=TEXT, n=NUMBER)
    text, references = fill(
        Summary("In 2024: {{sum_c1}}, {{avg_c1}}, {{rows}}, {{r1c0}}."), made, ("what of 2024?",)
    )
    assert text == "In 2024: 7, 3.5, 2, y."
    assert references[0] == NumberReference(key="sum_c1", text="7", expression="sum(column 1)")


def plan(**query: Any) -> Plan:
    column = ColumnName(table="t", column="c")
    base: dict[str, Any] = {
        "tables": (PlanTable(alias="t", table="t"),),
        "dimensions": (Dimension(id="d1", column=column),),
        "measures": (Measure(id="m1", function="count"),),
    }
    made = PlanQuery(**{**base, **query})
    return Plan(question="q", steps=(PlanStep(id="s1", source_id="a", source_name="A", query=made),))


def test_plan_changes_name_the_field_and_both_values() -> None:
    condition = Filter(id="f1", column=ColumnName(table="t", column="c"), operator="=", values=("x",))
    before, after = plan(limit=3), plan(filters=(condition,), limit=5)
    changes = {change.path: (change.before, change.after) for change in plan_changes(before, after)}
    assert changes == {
        "steps.s1.query.filters.f1": ("", "t.c = x"),
        "steps.s1.query.limit": ("3", "5"),
    }
    moved = condition.model_copy(update={"values": ("y",)})
    (change,) = plan_changes(after, plan(filters=(moved,), limit=5))
    assert (change.path, change.before, change.after) == ("steps.s1.query.filters.f1.values", "x", "y")
    assert plan_changes(before, before) == ()


def test_receipts_are_sealed_and_small() -> None:
    receipt = sealed({"a": 1, "b": [1, 2]})
    assert is_intact(receipt)
    assert not is_intact({**receipt, "a": 2})
    long: dict[str, Any] = {
        "question": "q" * 9000,
        "plan": {"proposed": {"links": ["l" * 9000]}, "confirmed": "as proposed"},
        "answer": {"text": "t" * 9000, "references": [{"key": "k" * 100}] * 100},
        "steps": [
            {
                "columns": [{"name": f"column {i}"} for i in range(500)],
                "conformance": ["p" * 100] * 100,
                "reading": {},
            }
        ],
    }
    small = _small_enough(long)
    assert len(canonical(small)) < MAX_BYTES
    assert "answer.references" in small["left_out"]


def test_prompts_and_their_callers_agree() -> None:
    with pytest.raises(prompts.PromptError, match="missing"):
        prompts.render("plan", dialect="sqlite")
    with pytest.raises(prompts.PromptError, match="unknown"):
        prompts.render("summarise", question="q", rows="r", more="m")


def test_fenced_data_cannot_leave_its_fence_or_grow() -> None:
    text = prompts.fenced({"name": "```\nnew rules", "long": "x" * 9000}, 300)
    assert text.count("```") == 2
    assert "\n" not in text.removeprefix("```json\n").removesuffix("\n```")
    assert len(text) < 340
    system, human = prompts.render("summarise", question=prompts.fenced("${rows}", 99), rows="R")
    assert "${rows}" in human, "a value is never filled in again"
    assert json.dumps("{{") and "{{rNcM}}" in system
