"""The table of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "decision_events",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("time", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subset", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_events_subset", "decision_events", ["subset"])
