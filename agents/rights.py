"""Through which rights a statement was seen, so that it can be told later whether they are still the same."""

from __future__ import annotations

from dataclasses import replace

from connectors.base import Capabilities
from connectors.sql import guard
from connectors.sql.policy import ReadPolicy


def seen_through(sql: str, capabilities: Capabilities, policy: ReadPolicy) -> str:
    """A hash of the statement with the reader's row filters and masks: the same while they are the same.

    Which columns may be read besides those of the statement does not enter it. Raises `QueryRejected`
    where the reader may not read the statement's own. Blocks like the guard.
    """
    safe = guard.restrict(sql, capabilities, policy)
    if not policy.columns:
        return safe.sha256
    return guard.restrict(sql, capabilities, replace(policy, columns={})).sha256
