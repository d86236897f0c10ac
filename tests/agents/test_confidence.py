"""Confidence follows from evidence: doubts lower it, agreement raises it, and the fit finds what is in its data."""

from __future__ import annotations

import random
from math import exp

import pytest

from agents.calibration.collect import Answered
from agents.calibration.fit import fit
from agents.checks import RESULT_CHECKS, STATEMENT_CHECKS
from agents.doubts.confidence import LEAST, MOST, confidence, features, fitted, label_of, logit, prior
from agents.doubts.edited import BY_HAND, after_fields, after_words
from agents.events import CheckResult
from agents.plan import (
    Assumption,
    AssumptionOption,
    ColumnName,
    Dimension,
    Plan,
    PlanQuery,
    PlanStep,
    PlanTable,
    WordLink,
)

NAMES = {check.name for check in STATEMENT_CHECKS} | {check.name for check in RESULT_CHECKS}
OTHERS = {"second_agrees", "adds_up_agrees", "unknown_words", "values", "open_assumption"}


def check(name: str, verdict: str) -> CheckResult:
    return CheckResult.model_validate({"name": name, "title": name, "verdict": verdict})


def test_evidence_comes_from_checks_words_and_assumptions() -> None:
    links = tuple(
        WordLink(words=word, start=0, kind=kind)  # type: ignore[arg-type]
        for word, kind in (("ferries", "table"), ("Bergen", "value"), ("frobnicated", "unknown"))
    )
    options = (AssumptionOption(id="a", label="A"), AssumptionOption(id="b", label="B"))
    step = PlanStep(id="s1", source_id="", source_name="", query=PlanQuery(tables=()))
    open_end = Assumption(id="x", text="?", options=options)
    plan = Plan(question="q", steps=(step,), links=links, assumptions=(open_end,))
    checks = [check("fan_out", "warning"), check("lost_rows", "passed"), check("second", "passed")]
    assert features(plan, checks) == {
        "fan_out": 1.0, "second_agrees": 1.0, "unknown_words": 1.0, "values": 1.0, "open_assumption": 1.0,
    }  # fmt: skip


def test_the_weights_are_of_evidence_that_exists() -> None:
    assert fitted().features
    assert set(fitted().features) <= NAMES | OTHERS


@pytest.mark.parametrize("doubt", [*sorted(NAMES), "no_statement", "repaired", "open_assumption"])
def test_a_doubt_never_raises_confidence(doubt: str) -> None:
    assert confidence(0.8, {doubt: 1.0}) <= confidence(0.8, {})
    assert confidence(0.8, {doubt: 1.0}, embedded=False) <= confidence(0.8, {}, embedded=False)


def test_confidence_keeps_its_bounds_and_its_order() -> None:
    assert confidence(1.0, {}) <= MOST
    assert confidence(0.0, {"no_statement": 3.0}) >= LEAST
    sure = [confidence(own / 10, {}) for own in range(11)]
    assert sure == sorted(sure)


def test_labels() -> None:
    assert label_of("checked", 0.9, []) == "checked"
    assert label_of("checked", 0.9, ["A row is counted twice."]) == "check_this"
    assert label_of("checked", 0.4, []) == "check_this"
    assert label_of("verified", 0.9, ["The month is not over."]) == "verified"
    assert label_of("verified", 0.2, ["No statement."]) == "check_this"


def test_the_fit_finds_what_a_check_says_and_stays_calibrated() -> None:
    """Odds fall by two where a check warns; what is said by chance alone gets no weight."""
    draw = random.Random(3)
    answers = []
    for number in range(4_000):
        own, warned, noise = draw.choice((0.3, 0.6, 0.9)), draw.random() < 0.2, draw.random() < 0.3
        odds = logit(own) - 2.0 * warned
        evidence = {name: 1.0 for name, seen in (("telling", warned), ("noise", noise)) if seen}
        answers.append(Answered(f"db{number % 7}", own, evidence, draw.random() < 1 / (1 + exp(-odds))))
    answers.append(Answered("db", 0.5, {"seen once": 1.0}, True))
    found = fit(answers)
    assert found["features"]["telling"] == pytest.approx(-2.0, abs=0.35)
    assert found["features"]["noise"] == pytest.approx(0.0, abs=0.2)
    assert found["features"]["seen once"] == pytest.approx(prior("seen once"), abs=0.2)
    assert found["centre"] == pytest.approx(0.2 * found["features"]["telling"], abs=0.08)


def _plan(*columns: str, links: tuple[WordLink, ...] = ()) -> Plan:
    dimensions = tuple(
        Dimension(id=f"d{i}", column=ColumnName(table="t", column=name)) for i, name in enumerate(columns)
    )
    query = PlanQuery(tables=(PlanTable(alias="t", table="t"),), dimensions=dimensions)
    step = PlanStep(id="s1", source_id="", source_name="", query=query)
    return Plan(question="q", steps=(step,), links=links)


def test_an_edited_plan_is_as_sure_as_what_is_left_of_the_proposal() -> None:
    proposed = _plan("a", "b", "c")
    same = after_fields(0.95, proposed, _plan("a", "b", "c"))
    little, much = (
        after_fields(0.95, proposed, _plan("a", "b", "d")),
        after_fields(0.95, proposed, _plan("x")),
    )
    assert same == 0.95 > little > much >= BY_HAND
    assert after_fields(0.3, proposed, _plan("x")) == 0.3, "writing it anew makes no unsure plan surer"


def test_a_change_in_words_is_no_surer_than_what_it_changes() -> None:
    plain, odd = _plan("a"), _plan("a", links=(WordLink(words="splendid", start=0, kind="unknown"),))
    assert after_words(0.4, 0.9, plain) == pytest.approx(0.4)
    assert after_words(0.9, 0.7, plain) == pytest.approx(0.7)
    assert after_words(0.8, 0.9, odd) < 0.8, "the word is not understood, however the rest is said next"
