"""Which types a statement may cast to.

A cast to one of PostgreSQL's object identifiers looks a name up in the catalog, and every table is a type
there, so types that are not built in are looked at closely.
"""

from __future__ import annotations

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.policy import ReadPolicy

_HIDDEN = frozenset({"XML", "UNKNOWN", "OBJECT_IDENTIFIER"})
_BUILT_IN = frozenset(
    {
        "citext", "tsvector", "tsquery", "macaddr", "macaddr8", "jsonpath", "ltree", "char", "point", "box", "circle",
        "line", "lseg", "path", "polygon", "varbit", "hstore", "geometry", "geography", "vector", "interval",
    }
)  # fmt: skip
"""PostgreSQL's types that sqlglot does not know by itself."""
_SYSTEM = frozenset(
    {
        "oid", "xid", "xid8", "cid", "tid", "aclitem", "refcursor", "txid_snapshot", "record", "name", "internal",
        "cstring", "any", "void", "trigger", "event_trigger", "oidvector", "int2vector", "anyelement", "anyarray",
    }
)  # fmt: skip
_SYSTEM_PREFIXES = ("reg", "pg_")


def check_type(kind: exp.DataType, dialect: str, policy: ReadPolicy) -> None:
    """Raises `QueryRejected` for a type that reads the catalog or shows the shape of a hidden table."""
    name = kind.this.name if isinstance(kind.this, exp.DType) else str(kind.this)
    if name in _HIDDEN:
        raise _refuse(f"The type {name} is not allowed.")
    if name != "USERDEFINED":
        return
    spelled = kind.args.get("kind")
    written = spelled.name if isinstance(spelled, exp.Identifier) else str(spelled or "")
    *schema, bare = (part.strip('"').lower() for part in written.split("."))
    if bare.startswith(_SYSTEM_PREFIXES):
        raise _refuse("This type is not allowed.")
    if dialect != "postgres":
        return
    if not schema and bare in _BUILT_IN:
        return
    if (
        not bare
        or bare in _SYSTEM
        or any(part != (policy.default_schema or "public").lower() for part in schema)
        or not _makes_a_value(kind, policy)
    ):
        raise _refuse("This type is not allowed.")


def _makes_a_value(kind: exp.DataType, policy: ReadPolicy) -> bool:
    """Whether the cast makes one value, as an enumeration's does, and no row that could be taken apart.

    Where only some tables may be read, what is cast must be plain to see: a row of text shows column names.
    """
    cast = kind.find_ancestor(exp.Cast)
    if cast is None or isinstance(cast.this, exp.Null | exp.Tuple) or "(" in _words(cast.this):
        return False
    if policy.tables is not None and any(
        not isinstance(node, exp.Literal | exp.Array | exp.Paren) for node in cast.this.walk()
    ):
        return False
    outer = cast.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    return not isinstance(outer, exp.Dot)


def _words(node: exp.Expr) -> str:
    return "".join(literal.name for literal in node.find_all(exp.Literal))


def _refuse(message: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule="type")
