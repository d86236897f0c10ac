"""When two results count as the same answer."""

from __future__ import annotations

import importlib.util
import random
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from agents.same_result import is_ordered, same_result

_SCORER = Path(__file__).parents[3] / "shared" / "tools" / "exec_compare.py"


@pytest.mark.parametrize(
    ("gold", "pred", "ordered", "same"),
    [
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], False, True),
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], True, False),
        ([(1, "a"), (2, "b")], [("a", 1), ("b", 2)], True, True),
        ([(1, 2), (3, 4)], [(2, 1), (3, 4)], False, False),
        ([(1,), (1,)], [(1,)], False, False),
        ([(0.1 + 0.2,)], [(0.3,)], False, True),
        ([(1000000,)], [(1000001,)], False, False),
        ([("5",)], [(5,)], False, True),
        ([("5",)], [("5.0",)], False, False),
        ([(None,)], [("",)], False, False),
        ([(None,)], [(None,)], False, True),
        ([(Decimal("1.50"),)], [(1.5,)], False, True),
        ([], [], False, True),
        ([(1,)], [], False, False),
        ([(1.0, 2.0), (1.0000001, 3.0)], [(1.0, 3.0), (1.0000001, 2.0)], False, True),
    ],
)
def test_what_counts_as_the_same(
    gold: list[tuple[object, ...]], pred: list[tuple[object, ...]], ordered: bool, same: bool
) -> None:
    assert same_result(gold, pred, ordered) is same


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", True),
        ("SELECT a FROM t order -- first\n by a", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT 'order by' FROM t", False),
        ("SELECT rank() OVER (ORDER BY a) FROM t", False),
    ],
)
def test_order_counts_only_at_the_top(sql: str, ordered: bool) -> None:
    assert is_ordered(sql) is ordered


def test_agrees_with_the_scorer_of_the_evaluation() -> None:
    if not _SCORER.is_file():
        pytest.skip("the shared scorer is not here")
    scorer = _load(_SCORER)
    random_ = random.Random(11)
    cells = [
        None,
        0,
        1,
        2,
        1.0,
        1.0000001,
        2.5,
        "a",
        "b",
        "1",
        "1.0",
        " 2 ",
        True,
        Decimal("1.5"),
        b"a",
        float("nan"),
        10**20,
    ]
    agreed = 0
    for _ in range(4000):
        width = random_.randint(1, 4)
        gold = [tuple(random_.choice(cells) for _ in range(width)) for _ in range(random_.randint(0, 5))]
        order = random_.sample(range(width), width)
        pred = [tuple(row[i] for i in order) for row in random_.sample(gold, len(gold))]
        if pred and random_.random() < 0.5:
            pred[0] = (random_.choice(cells), *pred[0][1:])
        for ordered in (False, True):
            expected = scorer.same_result(gold, pred, ordered)
            assert same_result(gold, pred, ordered) is expected, (gold, pred, ordered)
            agreed += expected
    assert agreed > 1000


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("exec_compare", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
