"""A boosted model as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain_trees(model: Any, names: Sequence[str]) -> dict[str, Any]:
    """The trees as lists of numbers; a leaf is its own child. Names that no tree asks for are left out."""
    trees = []
    for info in model.dump_model()["tree_info"]:
        tree: dict[str, Any] = {"f": [], "t": [], "l": [], "r": [], "v": [], "d": 0}
        _flatten(info["tree_structure"], tree, 0)
        trees.append(tree)
    used = sorted(
        {
            f
            for tree in trees
            for f, left, me in zip(tree["f"], tree["l"], range(len(tree["f"])), strict=True)
            if left != me
        }
    )
    place = {feature: number for number, feature in enumerate(used)}
    for tree in trees:
        tree["f"] = [place.get(feature, 0) for feature in tree["f"]]
    return {"names": [names[feature] for feature in used], "trees": trees}


def _flatten(node: dict[str, Any], tree: dict[str, Any], depth: int) -> int:
    me = len(tree["f"])
    leaf = "split_feature" not in node
    tree["f"].append(0 if leaf else node["split_feature"])
    tree["t"].append(0.0 if leaf else float(f"{node['threshold']:.6g}"))
    tree["v"].append(round(float(node["leaf_value"]), 4) if leaf else 0.0)
    tree["l"].append(me)
    tree["r"].append(me)
    tree["d"] = max(tree["d"], depth)
    if not leaf:
        tree["l"][me] = _flatten(node["left_child"], tree, depth + 1)
        tree["r"][me] = _flatten(node["right_child"], tree, depth + 1)
    return me
