"""Columns that a reader may not read: neither the guard lets a way to them through, nor would the engine find them.

Crew members' `joined` is hidden. What `restrict` runs reads a derived table without it, so that even a way that
the guard does not know would end in the engine's own refusal.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import Column, Schema, Table, TypeFamily
from connectors.errors import QueryRejected
from connectors.sql.guard import admit, restrict
from connectors.sql.policy import ReadPolicy
from tests.connectors.sql.corpus_schema import DIALECTS, statements
from tests.connectors.sql.test_corpus_on_engines import ERRORS, capabilities, open_engine

COLUMNS = {
    "crew": ("id", "ship_id", "boss", "name", "role", "joined"),
    "ships": ("id", "name", "flag", "built", "tons", "launched", "active", "details"),
}
SCHEMA = Schema(
    tuple(
        Table(table, tuple(Column(name, "text", TypeFamily.text) for name in columns))
        for table, columns in COLUMNS.items()
    )
)


def policy(dialect: str) -> ReadPolicy:
    return ReadPolicy(
        tables=frozenset(COLUMNS),
        columns={"crew": frozenset({"id", "ship_id", "name", "role"})},
        default_schema={"postgres": "public", "mysql": None}.get(dialect, "main"),
        schema=SCHEMA,
    )


EVERYWHERE = [
    "SELECT joined FROM crew", 'SELECT "joined" FROM crew', "SELECT JOINED FROM crew", "SELECT crew.joined FROM crew", "SELECT c.joined FROM crew c",
    "SELECT * FROM crew", "SELECT crew.* FROM crew", "SELECT c.* FROM crew c", "SELECT * FROM crew JOIN ships ON true",
    "SELECT ships.*, c.* FROM ships JOIN crew c ON true", "SELECT * FROM (SELECT * FROM crew) x", "WITH x AS (SELECT * FROM crew) SELECT id FROM x",
    "WITH x AS (SELECT joined AS s FROM crew) SELECT s FROM x", "SELECT id FROM crew WHERE joined > 5", "SELECT id FROM crew ORDER BY joined",
    "SELECT id FROM crew GROUP BY id, joined", "SELECT id FROM crew GROUP BY id HAVING max(joined) > 5", "SELECT max(joined) FROM crew",
    "SELECT id, (SELECT joined) FROM crew", "SELECT (SELECT max(c.joined) FROM crew c) FROM ships",
    "SELECT id FROM ships WHERE EXISTS (SELECT 1 FROM crew WHERE joined > 5)", "SELECT id FROM crew NATURAL JOIN ships",
    "SELECT crew.id FROM crew JOIN ships USING (joined)", "SELECT a.id FROM crew a JOIN crew b ON a.joined = b.joined",
    "SELECT a FROM crew AS c (a, b, c2, d, e, f)", "SELECT f FROM crew AS c (a, b, c2, d, e, f)", "SELECT id FROM crew UNION SELECT joined FROM crew",
    "SELECT sum(1) OVER (ORDER BY joined) FROM crew", "SELECT CASE WHEN joined > 5 THEN 1 END FROM crew",
    "SELECT x FROM (SELECT joined x FROM crew) y", "SELECT crew FROM crew", "SELECT c FROM crew c", "SELECT count(DISTINCT joined) FROM crew",
    "SELECT name AS joined FROM crew WHERE joined > 3", "SELECT id AS joined FROM crew ORDER BY joined + 0",
    "SELECT id FROM ships s WHERE id IN (SELECT id FROM crew WHERE crew.joined = s.id)", "SELECT x.* FROM (SELECT joined FROM crew) x",
]  # fmt: skip
POSTGRES = [
    "TABLE crew", "SELECT row_to_json(c) FROM crew c", "SELECT to_jsonb(crew.*) FROM crew", "SELECT (c).joined FROM crew c",
    "SELECT (c.*).joined FROM crew c", "SELECT joined(c) FROM crew c", "SELECT c::text FROM crew c", "SELECT crew::text FROM crew",
    "SELECT array_agg(c) FROM crew c", "SELECT count(c) FROM crew c", "SELECT c IS NULL FROM crew c", "SELECT ROW(c.*) FROM crew c",
    "SELECT public.crew.joined FROM public.crew", "SELECT DISTINCT ON (joined) id FROM crew", "SELECT x.* FROM ships, LATERAL (SELECT * FROM crew) x",
    "SELECT x.s FROM crew, LATERAL (SELECT crew.joined AS s) x", "SELECT x.s FROM crew, LATERAL (SELECT joined AS s) x",
    "SELECT (SELECT c) FROM crew c", "SELECT (SELECT x.joined FROM (SELECT c.*) x) FROM crew c", "SELECT u FROM crew, unnest(ARRAY[joined]) u",
    "SELECT string_agg(joined, ',') FROM crew", "SELECT max(c) FROM crew c", "SELECT * FROM crew c JOIN ships s USING (id)",
    "SELECT name FROM ships s WHERE (SELECT count(*) FROM crew c WHERE c = c) > 0",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY joined) FROM crew", "SELECT count(*) FILTER (WHERE joined > 1) FROM crew",
    "SELECT id FROM crew WINDOW w AS (ORDER BY joined)", "SELECT hstore(c) FROM crew c", "SELECT concat(c) FROM crew c",
    "SELECT format('%s', c) FROM crew c", "SELECT json_build_object('x', c) FROM crew c", "SELECT c = c FROM crew c",
]  # fmt: skip
DUCKDB = [
    "FROM crew", "FROM crew SELECT joined", "SELECT COLUMNS(*) FROM crew", "SELECT COLUMNS('joi.*') FROM crew", "SELECT COLUMNS(c -> true) FROM crew",
    "SELECT max(COLUMNS(*)) FROM crew", "SELECT * EXCLUDE (id) FROM crew", "SELECT * REPLACE (1 AS id) FROM crew", "SELECT * LIKE 'joi%' FROM crew",
    "SELECT c.* EXCLUDE (id) FROM crew c", "SELECT #6 FROM crew", "SELECT id FROM crew GROUP BY ALL ORDER BY ALL, joined",
    "SELECT c.joined.upper() FROM crew c", "SELECT joined.upper() FROM crew", "SELECT struct_extract(c, 'joined') FROM crew c",
    "SELECT c['joined'] FROM crew c", "SELECT crew['joined'] FROM crew", "SELECT to_json(c) FROM crew c", "SELECT unnest(c) FROM crew c",
    "SELECT unnest(crew) FROM crew", "SELECT list(c) FROM crew c", "SELECT [joined FOR x IN [1]] FROM crew",
    "SELECT list_transform([1], x -> joined) FROM crew", "PIVOT crew ON role USING sum(joined)", "PIVOT crew ON joined", "UNPIVOT crew ON joined",
    "UNPIVOT crew ON COLUMNS(*)", "SELECT * FROM crew PIVOT (max(joined) FOR role IN ('a'))", "SELECT s: joined FROM crew",
    "FROM crew QUALIFY row_number() OVER (ORDER BY joined) = 1", "SELECT id FROM crew QUALIFY row_number() OVER (ORDER BY joined) = 1",
    "SELECT id FROM crew c ASOF JOIN ships s ON c.joined >= s.id", "SELECT id FROM crew SEMI JOIN ships ON joined = ships.id",
    "SELECT main.crew.joined FROM main.crew", "SELECT id FROM crew UNION BY NAME SELECT joined FROM crew", "SELECT arg_max(name, joined) FROM crew",
    "SELECT x FROM crew, LATERAL (SELECT joined AS x)", "SELECT hash(c) FROM crew c", "SELECT id, joined AS x FROM crew",
    "SELECT 1 AS joined, joined FROM crew", "SELECT id AS joined, joined + 1 FROM crew", "FROM crew AS c(a, b, d, e, f, g) SELECT g",
    "SELECT unnest({'a': joined}) FROM crew", "SELECT * FROM ships POSITIONAL JOIN crew", "SELECT c.joined.x FROM crew c",
    "SELECT c.joined.x.y FROM crew c", "SELECT main.crew.joined.x FROM main.crew", "SELECT main.crew.joined.x.y FROM main.crew",
    "SELECT crew.joined['x'] FROM crew", "SELECT (joined).x FROM crew", "SELECT c.id FROM crew c WHERE c.joined.x = 1",
    "SELECT (c.joined).x FROM crew c",
]  # fmt: skip
SQLITE = [
    "SELECT [joined] FROM crew", "SELECT `joined` FROM crew", "SELECT 'joined' FROM crew WHERE \"joined\" > 1",
    "SELECT main.crew.joined FROM main.crew", "SELECT id FROM crew WHERE (id, joined) = (1, 2)", "SELECT group_concat(joined) FROM crew",
    "SELECT id FROM crew WHERE rowid IN (SELECT joined FROM crew)", "SELECT * FROM json_each((SELECT json_group_array(joined) FROM crew))",
    "SELECT a.id FROM crew a LEFT JOIN crew b USING (id, joined)", "SELECT id FROM crew ORDER BY joined COLLATE NOCASE",
    "SELECT iif(joined, 1, 2) FROM crew",
]  # fmt: skip
ORDINARY = [
    "SELECT id, name FROM crew", "SELECT c.id, s.name FROM crew c JOIN ships s ON s.id = c.ship_id", "SELECT count(*) FROM crew",
    "SELECT role, count(*) AS n FROM crew GROUP BY role ORDER BY n DESC", "SELECT s.* FROM ships s JOIN crew c ON c.ship_id = s.id",
    "WITH x AS (SELECT id, name FROM crew) SELECT * FROM x", "SELECT name FROM ships WHERE id IN (SELECT ship_id FROM crew WHERE role = 'cook')",
    "SELECT upper(name) AS big FROM crew ORDER BY big", "SELECT name, row_number() OVER (PARTITION BY role ORDER BY name) FROM crew",
]  # fmt: skip
HIDDEN = {
    "postgres": EVERYWHERE + POSTGRES,
    "duckdb": EVERYWHERE + DUCKDB,
    "sqlite": EVERYWHERE + SQLITE,
    "mysql": [sql.replace('"', "`") for sql in EVERYWHERE],
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_way_leads_to_a_hidden_column(dialect: str) -> None:
    passed = []
    for sql in HIDDEN[dialect]:
        for gate in (admit, restrict):
            try:
                passed.append(gate(sql, capabilities(dialect), policy(dialect)).text)
            except QueryRejected as refusal:
                assert "joined" not in str(refusal) or "joined" in sql.lower()
    assert passed == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_other_columns_are_read_as_ever(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    execute, close = open_engine(dialect, tmp_path, request)
    try:
        for statement in statements(dialect):
            execute(statement)
        for sql in ORDINARY:
            seen = execute(restrict(sql, capabilities(dialect), policy(dialect)).text)
            assert sorted(map(str, seen)) == sorted(map(str, execute(sql))), sql
        derived = restrict("SELECT name FROM crew", capabilities(dialect), policy(dialect)).text
        with pytest.raises(ERRORS):
            execute(derived.replace("SELECT name", "SELECT crew.joined"))
    finally:
        close()
