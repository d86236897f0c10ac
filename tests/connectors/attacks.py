"""What a statement could try that got past the guard, by engine. `{file}`, `{folder}` and `{port}` are filled in by the test."""

from __future__ import annotations

FILES = {
    "sqlite": ("SELECT readfile('{file}')", "SELECT load_extension('{file}')", "ATTACH '{file}' AS f", "SELECT * FROM csv('{file}')",
               "CREATE VIRTUAL TABLE temp.f USING csv(filename='{file}')"),
    "duckdb": ("SELECT * FROM read_text('{file}')", "SELECT * FROM '{file}'", "SELECT * FROM read_csv('{file}')", "SELECT * FROM glob('{folder}/*')",
               "ATTACH '{file}' AS f", "COPY ships FROM '{file}'", "SET file_search_path = '{folder}'", "SELECT * FROM read_blob('{folder}/*')",
               "IMPORT DATABASE '{folder}'", "SELECT getenv('PATH')"),
    "postgres": ("SELECT pg_read_file('{file}')", "SELECT pg_read_binary_file('{file}')", "SELECT * FROM pg_ls_dir('{folder}')", "COPY ships FROM '{file}'",
                 "SELECT lo_import('{file}')", "SELECT lo_export(1, '{folder}/x')", "COPY (SELECT 1) TO PROGRAM 'touch {folder}/x'",
                 "SELECT pg_stat_file('{file}')", "CREATE EXTENSION file_fdw"),
    "mysql": ("SELECT load_file('{file}')", "SELECT 1 INTO OUTFILE '{folder}/x'", "SELECT 1 INTO DUMPFILE '{folder}/x'",
              "LOAD DATA INFILE '{file}' INTO TABLE ships", "LOAD DATA LOCAL INFILE '{file}' INTO TABLE ships",
              "CREATE TABLE f (a text) ENGINE=CSV DATA DIRECTORY='{folder}'"),
}  # fmt: skip
NETWORK = {
    "sqlite": (),
    "duckdb": ("SELECT * FROM read_csv('http://127.0.0.1:{port}/x.csv')", "INSTALL httpfs FROM 'http://127.0.0.1:{port}'", "LOAD httpfs",
               "ATTACH 'http://127.0.0.1:{port}/x.duckdb' AS far", "SELECT * FROM 'http://127.0.0.1:{port}/x.parquet'",
               "COPY ships TO 'http://127.0.0.1:{port}/x'", "SET custom_extension_repository = 'http://127.0.0.1:{port}'"),
    "postgres": ("SELECT * FROM dblink('host=127.0.0.1 port={port}', 'SELECT 1') AS t(a int)", "CREATE EXTENSION dblink",
                 "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={port}' PUBLICATION p",
                 "COPY (SELECT 1) TO PROGRAM 'nc 127.0.0.1 {port}'", "CREATE EXTENSION postgres_fdw"),
    "mysql": ("CREATE TABLE far (a int) ENGINE=FEDERATED CONNECTION='mysql://u@127.0.0.1:{port}/d/t'", "INSTALL SONAME 'ha_federatedx'",
              "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}", "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', PORT {port})"),
}  # fmt: skip
SETTINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {"SELECT count(*) FROM ships WHERE 'A' LIKE 'a'": ("PRAGMA case_sensitive_like = on", "PRAGMA hard_heap_limit = 1000", "PRAGMA temp_store_directory = '/'")},
    "duckdb": {
        "SELECT current_setting('memory_limit')": ("SET memory_limit = '100GB'", "RESET memory_limit"),
        "SELECT current_setting('enable_external_access')": ("SET enable_external_access = true", "SET GLOBAL enable_external_access = true"),
        "SELECT current_setting('threads')": ("SET threads = 64", "PRAGMA threads = 64"),
        "SELECT current_schema()": ("USE memory", "SET schema = 'information_schema'"),
    },
    "postgres": {
        f"SELECT current_setting('{name}')": (f"SET {name} = {value}", f"SELECT set_config('{name}', '{value}', false)", f"ALTER ROLE CURRENT_USER SET {name} = {value}")
        for name, value in {"work_mem": "1000000", "transaction_read_only": "off", "default_transaction_read_only": "off", "search_path": "pg_catalog", "lock_timeout": "0"}.items()
    },
    "mysql": {
        f"SELECT @@{name}": (f"SET SESSION {name} = {value}", f"SET GLOBAL {name} = {value}", f"SET STATEMENT {name} = {value} FOR SELECT 1")
        for name, value in {"sql_mode": "''", "max_join_size": "18446744073709551615", "tx_read_only": "0", "lock_wait_timeout": "1000"}.items()
    },
}  # fmt: skip
LOCKS = {
    "sqlite": (("BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "SAVEPOINT s"), "UPDATE ledger SET note = note"),
    "duckdb": (("BEGIN", "CHECKPOINT", "FORCE CHECKPOINT"), "SELECT count(*) FROM ledger"),
    "postgres": (("SELECT pg_advisory_lock(7)::text", "SELECT * FROM ships FOR UPDATE", "LOCK TABLE ships", "SELECT pg_advisory_xact_lock(8)::text"),
                 "SET lock_timeout = '2s'; LOCK TABLE ships IN ACCESS EXCLUSIVE MODE; SELECT pg_advisory_xact_lock(7), pg_advisory_xact_lock(8)"),
    "mysql": (("SELECT get_lock('gate', 1)", "LOCK TABLES ships WRITE", "FLUSH TABLES WITH READ LOCK", "SELECT * FROM ships FOR UPDATE", "SELECT * FROM ships LOCK IN SHARE MODE"),
              "ALTER TABLE ships WAIT 2 COMMENT 'not locked'"),
}  # fmt: skip
"""Statements that lock, and one that a bystander can only run when nothing is locked."""
SLEEPS = {
    "sqlite": ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",),
    "duckdb": ("SELECT sleep_ms(60000)", "SELECT count(*) FROM range(9000000000000) r(n) WHERE n % 7 = 1"),
    "postgres": ("SELECT pg_sleep(60)", "SELECT set_config('statement_timeout', '0', true), pg_sleep(60)", "SELECT count(*) FROM generate_series(1, 4000000000)"),
    "mysql": ("SELECT sleep(60)", "SET STATEMENT max_statement_time = 0 FOR SELECT sleep(60)", "SELECT benchmark(100000000000, md5('x'))"),
}  # fmt: skip
BOMBS = {
    "sqlite": ("SELECT hex(zeroblob(1000000000))", "SELECT group_concat(printf('%.1000000c', 'x')) FROM ships a, ships b, ships c", "SELECT randomblob(1000000000)"),
    "duckdb": ("SELECT length(repeat('a', 8000000000))", "SELECT array_agg(n) FROM range(3000000000) r(n)", "SELECT list_transform(range(1000000000), lambda x: x || 'x')"),
    "postgres": ("SELECT repeat('a', 1000000000)", "SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 5000)", "SELECT array_agg(repeat('x', 1000000)) FROM generate_series(1, 3000)"),
    "mysql": ("SELECT repeat('a', 1000000000)", "SELECT group_concat(repeat('x', 1000000)) FROM ships a, ships b, ships c"),
}  # fmt: skip
