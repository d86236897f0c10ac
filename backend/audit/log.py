"""The audit log: every read of data and every administrative act, in the transaction of the act itself."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from backend.users.models import AuditEntry

Action = Literal[
    "sign_in", "sign_out",
    "project.create", "project.update", "project.delete",
    "datasource.create", "datasource.update", "datasource.delete", "datasource.test", "datasource.index",
    "member.write", "member.delete", "grant.write", "grant.delete", "user.create", "user.update",
    "datasource.describe", "datasource.preview", "datasource.upload",
    "turn.ask", "turn.confirm", "statement.run", "result.read", "result.export", "result.rows_behind",
    "receipt.read",
    "feedback.write", "review.decide",
    "pattern.create", "pattern.update", "pattern.delete", "term.create", "term.update", "term.delete",
]  # fmt: skip


def record(session: AsyncSession, user_id: str, action: Action, subject: str, **detail: Any) -> None:
    session.add(AuditEntry(user_id=user_id, action=action, subject=subject, detail=detail))
