from __future__ import annotations

from itertools import combinations
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Schema, Table
from knowledge.base import ColumnKind, ColumnProfile, JoinEdge
from knowledge.join_graph import SchemaJoinGraph
from knowledge.key_evidence import Evidence
from knowledge.key_inference import declared_edges, key_edges, role_of
from knowledge.value_index import ColumnValues, StoredValueIndex
from tests.knowledge.sources import table


def edge(left: str, right: str, column: str = "", weight: float = 1.0, role: str = "") -> JoinEdge:
    return JoinEdge(left, (column or f"{right}_id",), right, ("id",), True, weight, role)


SHOP = SchemaJoinGraph(
    [
        edge("orders", "customers"),
        edge("items", "orders"),
        edge("items", "products"),
        edge("products", "suppliers"),
        edge("match", "team", "home_team_id", role="home team"),
        edge("match", "team", "away_team_id", role="away team"),
        edge("employees", "employees", "manager_id", role="manager"),
    ]
)


def test_tables_between_are_found() -> None:
    (tree,) = SHOP.trees(["customers", "products"])
    assert set(tree.tables) == {"customers", "products", "orders", "items"}
    assert len(tree.edges) == 3
    assert tree.cost == 3


def test_two_keys_between_two_tables_are_two_trees() -> None:
    trees = SHOP.trees(["match", "team"])
    assert {tree.edges[0].role for tree in trees} == {"home team", "away team"}


def test_one_table_needs_no_edge_and_strangers_have_no_tree() -> None:
    assert SHOP.trees(["orders"])[0].edges == ()
    assert SHOP.trees(["orders", "team"]) == ()
    assert SHOP.trees(["orders", "nowhere"]) == ()
    assert SHOP.trees([]) == ()


def test_self_references_are_edges_but_no_detour() -> None:
    assert [found.role for found in SHOP.between("employees", "employees")] == ["manager"]
    assert len(SHOP.trees(["orders", "customers"])[0].edges) == 1


def test_names_are_compared_without_case() -> None:
    assert SHOP.trees(["ORDERS", "Customers"])[0].tables == ("customers", "orders")


def test_a_cheaper_detour_beats_a_dear_key() -> None:
    graph = SchemaJoinGraph([edge("a", "c", weight=2.5), edge("a", "b"), edge("b", "c")])
    first, second = graph.trees(["a", "c"])
    assert (len(first.edges), len(second.edges)) == (2, 1)


def test_use_in_approved_answers_makes_a_key_cheaper() -> None:
    away = SHOP.between("match", "team")[0]
    other = SHOP.between("match", "team")[1]
    assert SHOP.with_usage({other: 20}).trees(["match", "team"])[0].edges[0].role == other.role
    assert SHOP.with_usage({away: 20}).trees(["match", "team"])[0].edges[0].role == away.role


def test_keys_over_hidden_columns_do_not_exist_for_the_reader() -> None:
    reader = SHOP.restricted(lambda _, column: column != "home_team_id")
    assert [tree.edges[0].role for tree in reader.trees(["match", "team"])] == ["away team"]


nodes = st.integers(0, 6)
graphs = st.dictionaries(
    st.tuples(nodes, nodes).filter(lambda pair: pair[0] < pair[1]), st.integers(1, 4), max_size=14
)


@settings(max_examples=300)
@given(graphs, st.sets(nodes, min_size=2, max_size=5))
def test_the_first_tree_is_the_cheapest_there_is(graph: dict[tuple[int, int], int], wanted: set[int]) -> None:
    joins = SchemaJoinGraph(edge(f"t{a}", f"t{b}", weight=float(weight)) for (a, b), weight in graph.items())
    trees = joins.trees([f"t{node}" for node in wanted], k=3)
    cheapest = _cheapest(graph, wanted)
    assert (trees[0].cost if trees else None) == cheapest
    assert [tree.cost for tree in trees] == sorted(tree.cost for tree in trees)
    assert len({frozenset(tree.edges) for tree in trees}) == len(trees)
    for tree in trees:
        assert len(tree.edges) == len(tree.tables) - 1, "no circle"
        assert {f"t{node}" for node in wanted} <= set(tree.tables)


def _cheapest(graph: dict[tuple[int, int], int], wanted: set[int]) -> float | None:
    """By trying every set of edges."""
    costs = []
    for size in range(1, len(graph) + 1):
        if size > 6:
            break
        for chosen in combinations(graph, size):
            reached = {next(iter(wanted))}
            for _ in chosen:
                reached |= {node for pair in chosen if reached & set(pair) for node in pair}
            if wanted <= reached:
                costs.append(float(sum(graph[pair] for pair in chosen)))
    return min(costs) if costs else None


def test_eight_tables_of_a_thousand_are_joined_quickly() -> None:
    random = Random(7)
    joins = SchemaJoinGraph(
        edge(f"t{node}", f"t{int(random.random() ** 3 * node)}", f"c{nth}")
        for node in range(1, 1_000)
        for nth in range(random.choice([1, 2, 3]))
    )
    for count in (2, 5, 8):
        start = perf_counter()
        assert joins.trees([f"t{node}" for node in random.sample(range(1_000), count)])
        assert perf_counter() - start < 3, "0.3 s on an idle machine"


@pytest.mark.parametrize(
    ("column", "target", "role"),
    [
        ("home_team_id", "team", "home team"),
        ("team_id", "team", ""),
        ("customerId", "customers", ""),
        ("sourceAirport", "airports", "source airport"),
        ("manager_id", "employees", "manager"),
        ("cust_id", "customers", ""),
    ],
)
def test_roles_say_what_the_column_adds(column: str, target: str, role: str) -> None:
    assert role_of([column], target) == role


def inferred(*tables: Table, evidence: Evidence | None = None) -> set[tuple[str, str]]:
    edges = key_edges(Schema(tables), evidence)
    return {
        (
            f"{found.left_table}.{','.join(found.left_columns)}",
            f"{found.right_table}.{','.join(found.right_columns)}",
        )
        for found in edges
        if not found.declared
    }


def test_keys_are_inferred_from_names() -> None:
    assert inferred(
        table("customers", "id", "name:text", key="id"),
        table("order", "order_id", "customer_id", "shipping_address_id", key="order_id"),
        table("addresses", "address_id", key="address_id"),
        table("category", "id", "parent_id", key="id"),
        table("employees", "EmployeeID", "ManagerID", key="EmployeeID"),
    ) == {
        ("order.customer_id", "customers.id"),
        ("order.shipping_address_id", "addresses.address_id"),
        ("category.parent_id", "category.id"),
        ("employees.ManagerID", "employees.EmployeeID"),
    }


def test_a_count_or_another_type_is_no_key() -> None:
    assert not inferred(
        table("orders", "order_id", key="order_id"),
        table("customers", "id", "orders", "order_code:text", key="id"),
    )


def test_declared_keys_are_not_inferred_again() -> None:
    schema = Schema(
        (
            table("team", "id", key="id"),
            table("player", "id", "team_id", key="id", refers={"team_id": "team.id"}),
        )
    )
    assert [found.declared for found in key_edges(schema)] == [True]
    assert declared_edges(schema)[0].weight == 1


def profile(rows: int, distinct: int, low: int, high: int) -> ColumnProfile:
    return ColumnProfile(ColumnKind.id, rows=rows, distinct=distinct, nulls=0, min=low, max=high)


def test_rows_confirm_or_refuse_a_key() -> None:
    tables = (table("team", "id", key="id"), table("player", "id", "team_id", key="id"))
    team = {("team", "id"): profile(6, 6, 1, 6)}
    assert inferred(*tables, evidence=Evidence({**team, ("player", "team_id"): profile(90, 6, 1, 6)}))
    assert not inferred(*tables, evidence=Evidence({**team, ("player", "team_id"): profile(90, 60, 1, 400)}))


def test_files_without_declared_keys_join_on_what_is_unique() -> None:
    orders, nation = (
        table("orders", "o_orderkey", "o_nationkey"),
        table("nation", "n_nationkey", "n_name:text"),
    )
    rows = {
        ("orders", "o_orderkey"): profile(90, 90, 1, 400),
        ("orders", "o_nationkey"): profile(90, 20, 0, 24),
        ("nation", "n_nationkey"): profile(25, 25, 0, 24),
    }
    assert inferred(orders, nation, evidence=Evidence(rows)) == {("orders.o_nationkey", "nation.n_nationkey")}


def test_text_values_must_be_included() -> None:
    tables = (table("country", "code:text", key="code"), table("city", "id", "country_code:text", key="id"))

    def values(*codes: str) -> StoredValueIndex:
        known = tuple((code, 1) for code in ("DE", "FR", "PT"))
        return StoredValueIndex(
            [
                ColumnValues("country", "code", known),
                ColumnValues("city", "country_code", tuple((code, 1) for code in codes)),
            ]
        )

    assert inferred(*tables, evidence=Evidence({}, values("DE", "PT")))
    assert not inferred(*tables, evidence=Evidence({}, values("north", "south", "DE")))


def test_a_repeated_composite_key_joins() -> None:
    assert inferred(
        table("order_line", "order_no", "line_no", "amount", key="order_no,line_no"),
        table("delivery", "id", "order_no", "line_no", "sent_on:date", key="id"),
    ) == {("delivery.order_no,line_no", "order_line.order_no,line_no")}
