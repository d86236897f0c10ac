"""The one gate in front of every source: the only maker of `SafeSql`.

The decision itself (`decision.py`) is made in a process that can be killed, because short texts can
keep a parser busy for hours. What is admitted is executed byte for byte.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from connectors.base import _GUARD_KEY, Capabilities, SafeSql
from connectors.sql.admission.deciders import decide
from connectors.sql.policy import ReadPolicy


def admit(sql: str, capabilities: Capabilities, policy: ReadPolicy) -> SafeSql:
    """Allow one reading statement as it is written.

    Raises `QueryRejected` with a reason for a person, its kind and the rule. The reason never says
    whether a table that may not be read exists. Blocks for a millisecond, at worst for two seconds:
    code on an event loop calls it in a thread.
    """
    return _safe(
        capabilities.dialect,
        *decide(sql, capabilities.dialect, _here(_plain(policy), capabilities), rewrite=False),
    )


def restrict(sql: str, capabilities: Capabilities, policy: ReadPolicy) -> SafeSql:
    """Allow the statement with the policy's row filters and masks put in; its text is what will run.

    Without any for the tables it reads, that is `admit`. The statement is checked as it was written, and
    the result is checked again, with the filters of the policy as part of it.
    """
    return _safe(
        capabilities.dialect, *decide(sql, capabilities.dialect, _here(policy, capabilities), rewrite=True)
    )


def _plain(policy: ReadPolicy) -> ReadPolicy:
    """The policy without what only `restrict` needs."""
    return replace(policy, row_filters={}, masks={}, schema=policy.schema if policy.columns else None)


def _here(policy: ReadPolicy, capabilities: Capabilities) -> ReadPolicy:
    return replace(policy, catalog=capabilities.catalog)


def _safe(dialect: str, sql: str, tables: frozenset[str]) -> SafeSql:
    return SafeSql(sql, hashlib.sha256(sql.encode("utf-8")).hexdigest(), dialect, tables, _key=_GUARD_KEY)
