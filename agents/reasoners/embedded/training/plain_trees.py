"""A boosted model as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain_trees(model: Any, names: Sequence[str]) -> dict[str, Any]:
    """The trees of a LightGBM model as `Forest` reads them. Names that no tree asks for are left out."""
    plain: dict[str, Any] = {"names": [], "features": [], "numbers": [], "right": [], "sizes": [], "depth": 0}
    for tree in model.dump_model()["tree_info"]:
        before = len(plain["features"])
        _flatten(tree["tree_structure"], plain, 0)
        plain["sizes"].append(len(plain["features"]) - before)
    used = sorted({feature for feature in plain["features"] if feature >= 0})
    place = {feature: number for number, feature in enumerate(used)}
    plain["features"] = [place.get(feature, -1) for feature in plain["features"]]
    plain["names"] = [names[feature] for feature in used]
    return plain


def _flatten(node: dict[str, Any], plain: dict[str, Any], depth: int) -> None:
    me = len(plain["features"])
    leaf = "split_feature" not in node
    plain["features"].append(-1 if leaf else node["split_feature"])
    plain["numbers"].append(
        round(float(node["leaf_value"]), 4) if leaf else float(f"{node['threshold']:.6g}")
    )
    plain["right"].append(0)
    plain["depth"] = max(plain["depth"], depth)
    if not leaf:
        _flatten(node["left_child"], plain, depth + 1)
        plain["right"][me] = len(plain["features"]) - me
        _flatten(node["right_child"], plain, depth + 1)
