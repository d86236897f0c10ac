"""what ran for a result."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("source_id", "sql", "seen_through")


def upgrade() -> None:
    with op.batch_alter_table("results") as results:
        for name in COLUMNS:
            results.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    started = connection.execute(
        sa.text("SELECT turn_id, payload FROM events WHERE type = 'execution.started'")
    )
    for turn_id, payload in started.all():
        connection.execute(
            sa.text("UPDATE results SET source_id = :source WHERE turn_id = :turn"),
            {"source": json.loads(payload)["source_id"], "turn": turn_id},
        )
    with op.batch_alter_table("results") as results:
        for name in COLUMNS:
            results.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("results") as results:
        for name in COLUMNS:
            results.drop_column(name)
