"""The command line. Commands are imported when they run, so that `datachat --help` is quick."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

COMMANDS = {
    "serve": "backend.commands.serve",
    "ask": "backend.commands.ask",
    "source": "backend.commands.source",
    "eval": "backend.evaluation.run",
    "guard": "backend.commands.guard",
    "user": "backend.commands.user",
    "export": "backend.commands.transfer",
    "import": "backend.commands.transfer",
    "receipt": "backend.commands.receipt",
    "doctor": "backend.commands.doctor",
}
"""Each module has `run(arguments) -> int`."""
REASONERS = ("auto", "embedded", "llm")
DIALECTS = ("postgres", "mysql", "sqlite", "duckdb", "bigquery", "snowflake", "trino")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="datachat", description="Ask your databases questions in plain language."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data-dir", type=Path, help="where the server keeps everything (DATACHAT_DATA_DIR)")

    serve = commands.add_parser("serve", parents=[shared], help="run the server")
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (default 8000, or the next free one)")

    ask = commands.add_parser("ask", help="ask one question without a server")
    ask.add_argument("question")
    ask.add_argument("--source", required=True, help="a database URL or the path of a file or folder")
    ask.add_argument("--yes", action="store_true", help="run the plan without asking")
    ask.add_argument("--reasoner", choices=REASONERS, default="auto")
    ask.add_argument("--json", action="store_true", help="print one JSON object")

    source = commands.add_parser("source", help="add, test or index data sources")
    actions = source.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", parents=[shared], help="add a source to the server's project")
    add.add_argument("target", help="a database URL or the path of a file or folder")
    add.add_argument("--name", default="")
    test = actions.add_parser("test", help="try a source and say what works")
    test.add_argument("target", help="a database URL or the path of a file or folder")
    index = actions.add_parser("index", parents=[shared], help="index a source of the server again")
    index.add_argument("name", help="its name or id")

    evaluate = commands.add_parser("eval", help="measure answers against a file of questions")
    evaluate.add_argument("questions", type=Path, help="questions as JSON")
    evaluate.add_argument("--databases", type=Path, required=True, help="databases at DIR/ID/ID.sqlite")
    evaluate.add_argument("--reasoner", choices=REASONERS, default="embedded")
    evaluate.add_argument("--limit", type=int, default=0, help="only the first N questions")
    evaluate.add_argument("--jobs", type=int, default=1)
    evaluate.add_argument(
        "--held-out",
        type=Path,
        help="weights of folds: each database is asked with those that never saw it",
    )
    evaluate.add_argument("--out", type=Path, help="write the report here")

    guard = commands.add_parser("guard", help="judge SQL statements read as JSON lines")
    guard.add_argument("--dialect", required=True, choices=DIALECTS)
    guard.add_argument(
        "--tables", default="", help="what may be read: NAME,NAME…; empty: any table but the catalogs"
    )

    user = commands.add_parser("user", help="sign in, make tokens for programs")
    people = user.add_subparsers(dest="action", required=True, metavar="ACTION")
    link = people.add_parser("link", parents=[shared], help="print a new one-time sign-in link")
    link.add_argument("--port", type=int, help="of the running server")
    link.add_argument("--name", default="owner", help="of the person it signs in")
    person = people.add_parser("add", parents=[shared], help="add a person; prints their one-time link")
    person.add_argument("name")
    person.add_argument("--role", choices=("viewer", "analyst", "reviewer", "admin"), default="analyst")
    person.add_argument("--port", type=int, help="of the running server")
    token = people.add_parser("token", parents=[shared], help="print a new API token")
    token.add_argument("name", help="what it is for")
    token.add_argument("--days", type=float, help="how long it works")

    export = commands.add_parser(
        "export", parents=[shared], help="write a project's knowledge to a YAML file"
    )
    export.add_argument("folder", type=Path)
    export.add_argument("--project", default="", help="name or id; the first one when left out")
    load = commands.add_parser(
        "import", parents=[shared], help="read knowledge from a YAML file, as candidates"
    )
    load.add_argument("folder", type=Path)
    load.add_argument("--project", default="", help="name or id; the first one when left out")

    receipt = commands.add_parser("receipt", help="check a downloaded receipt, or run it again")
    uses = receipt.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = uses.add_parser("verify", help="check that nobody changed it")
    replay = uses.add_parser("replay", parents=[shared], help="run its statements again and say what changed")
    for use in (verify, replay):
        use.add_argument("file", type=Path, help="the receipt")
    replay.add_argument("--source", default="", help="a database URL or path; the server's own when left out")
    replay.add_argument("--json", action="store_true", help="print one JSON object")

    commands.add_parser("doctor", parents=[shared], help="check this installation")
    return top


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    command = importlib.import_module(COMMANDS[arguments.command])
    try:
        code: int = command.run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


if __name__ == "__main__":
    sys.exit(main())
