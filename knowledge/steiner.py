"""Cheapest trees that connect some nodes of a weighted graph (the Steiner tree problem).

Exact by dynamic programming over subsets of the wanted nodes (Dreyfus and Wagner) where that is
cheap, which covers five wanted tables in a schema of a thousand and eight in one of a hundred;
beyond, the minimum spanning tree of shortest paths (Kou, Markowsky and Berman), at most twice the best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import inf

NodePair = tuple[int, int]
"""An undirected edge, the smaller node first."""

_EXACT_STATES = 20_000

_Origins = dict[int, tuple[int, int]]
"""Node → where its cost came from: (previous node, -1), or (-1, subset) where two partial trees meet."""


class TreeSolver:
    """Finds trees in one graph; nodes are 0…n-1."""

    def __init__(self, nodes: int, weights: Mapping[NodePair, float]) -> None:
        self._weights = dict(weights)
        self._neighbours: list[list[tuple[int, float]]] = [[] for _ in range(nodes)]
        for (left, right), weight in sorted(weights.items()):
            self._neighbours[left].append((right, weight))
            self._neighbours[right].append((left, weight))

    def best(
        self, terminals: Sequence[int], banned: frozenset[NodePair]
    ) -> tuple[float, frozenset[NodePair]] | None:
        """Cost and edges of a cheapest tree over `terminals` without the `banned` edges; None when there is none."""
        graph = self._useful(terminals, banned)
        if graph is None:
            return None
        states = len(graph) << (len(terminals) - 1)
        tree = _exact(graph, terminals) if states <= _EXACT_STATES else _spanning(graph, terminals)
        return sum(self._weights[pair] for pair in tree), frozenset(tree)

    def _useful(self, terminals: Sequence[int], banned: frozenset[NodePair]) -> _Graph | None:
        """The part of the graph that a tree could use: no dead ends, nothing out of reach."""
        reached, stack = {terminals[0]}, [terminals[0]]
        while stack:
            node = stack.pop()
            for other, _ in self._neighbours[node]:
                if other not in reached and _pair(node, other) not in banned:
                    reached.add(other)
                    stack.append(other)
        if not reached.issuperset(terminals):
            return None
        graph: _Graph = {
            node: {
                other: weight for other, weight in self._neighbours[node] if _pair(node, other) not in banned
            }
            for node in sorted(reached)
        }
        wanted = set(terminals)
        dead = [node for node, others in graph.items() if len(others) < 2 and node not in wanted]
        while dead:
            node = dead.pop()
            for other in graph.pop(node):
                del graph[other][node]
                if len(graph[other]) == 1 and other not in wanted:
                    dead.append(other)
        return graph


_Graph = dict[int, dict[int, float]]


def _exact(graph: _Graph, terminals: Sequence[int]) -> set[NodePair]:
    """Dreyfus–Wagner: the cheapest tree over each subset of terminals that ends in each node."""
    root, others = terminals[-1], terminals[:-1]
    full = (1 << len(others)) - 1
    costs: list[dict[int, float]] = [{} for _ in range(full + 1)]
    origins: list[_Origins] = [{} for _ in range(full + 1)]
    for subset in range(1, full + 1):
        start: dict[int, float] = {}
        origin: _Origins = {}
        if subset & (subset - 1) == 0:
            start[others[subset.bit_length() - 1]] = 0.0
        else:
            _merge(costs, subset, start, origin)
        _grow(graph, start, origin, stop_at=root if subset == full else None)
        costs[subset], origins[subset] = start, origin
    tree: set[NodePair] = set()
    pending = [(full, root)]
    while pending:
        subset, node = pending.pop()
        previous, part = origins[subset].get(node, (-1, 0))
        if previous >= 0:
            tree.add(_pair(previous, node))
            pending.append((subset, previous))
        elif part:
            pending += [(part, node), (subset ^ part, node)]
    return tree


def _merge(costs: list[dict[int, float]], subset: int, start: dict[int, float], origin: _Origins) -> None:
    """Join the trees of every split of `subset` in the nodes where they meet."""
    part = (subset - 1) & subset
    while part > subset ^ part:
        rest = costs[subset ^ part]
        for node, cost in costs[part].items():
            together = cost + rest.get(node, inf)
            if together < start.get(node, inf):
                start[node] = together
                origin[node] = (-1, part)
        part = (part - 1) & subset


def _grow(graph: _Graph, cost: dict[int, float], origin: _Origins, stop_at: int | None = None) -> None:
    """Dijkstra from all nodes that have a cost: lowers `cost` and `origin` in place."""
    queue = [(known, node) for node, known in cost.items()]
    heapify(queue)
    while queue:
        known, node = heappop(queue)
        if known > cost[node]:
            continue
        if node == stop_at:
            return
        for other, weight in graph[node].items():
            if known + weight < cost.get(other, inf):
                cost[other] = known + weight
                origin[other] = (node, -1)
                heappush(queue, (known + weight, other))


def _spanning(graph: _Graph, terminals: Sequence[int]) -> set[NodePair]:
    """Kou–Markowsky–Berman: span the terminals by shortest paths, then span what that touched again."""
    distances: dict[int, dict[int, float]] = {}
    origins: dict[int, _Origins] = {}
    for terminal in terminals:
        distances[terminal], origins[terminal] = {terminal: 0.0}, {}
        _grow(graph, distances[terminal], origins[terminal])
    closure = {(a, b): distances[a][b] for a in terminals for b in terminals if a < b}
    touched: set[int] = set(terminals)
    for start, end in _minimum_spanning(closure):
        node = end
        while node != start:
            touched.add(node)
            node = origins[start][node][0]
    inside = {
        (node, other): weight
        for node in touched
        for other, weight in graph[node].items()
        if other in touched and node < other
    }
    return _without_dead_ends(_minimum_spanning(inside), terminals)


def _minimum_spanning(weights: Mapping[NodePair, float]) -> set[NodePair]:
    """Kruskal."""
    group = {node: node for pair in weights for node in pair}

    def leader(node: int) -> int:
        while group[node] != node:
            group[node] = group[group[node]]
            node = group[node]
        return node

    chosen: set[NodePair] = set()
    for (left, right), _ in sorted(weights.items(), key=lambda item: (item[1], item[0])):
        if leader(left) != leader(right):
            group[leader(left)] = leader(right)
            chosen.add((left, right))
    return chosen


def _without_dead_ends(tree: set[NodePair], terminals: Iterable[int]) -> set[NodePair]:
    wanted = set(terminals)
    while True:
        degree: defaultdict[int, int] = defaultdict(int)
        for pair in tree:
            for node in pair:
                degree[node] += 1
        dead = {pair for pair in tree if any(degree[node] == 1 and node not in wanted for node in pair)}
        if not dead:
            return tree
        tree = tree - dead


def _pair(left: int, right: int) -> NodePair:
    return (left, right) if left < right else (right, left)
