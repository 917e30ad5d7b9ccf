"""Events of any kind of decision, each with the checksum of the one before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_CHAINED = """
UPDATE decision_events SET stream = 'subset:' || stream, previous = coalesce((
    SELECT checksum FROM decision_events AS before WHERE before.sequence < decision_events.sequence
    ORDER BY before.sequence DESC LIMIT 1
), '')
"""


def upgrade() -> None:
    """Name the column of subsets after streams, and chain the events there are; their checksums stay as they are."""
    op.drop_index("ix_decision_events_subset", "decision_events")
    op.execute("ALTER TABLE decision_events RENAME COLUMN subset TO stream")
    op.add_column("decision_events", sa.Column("previous", sa.Text, nullable=False, server_default=""))
    op.execute(_CHAINED)
    op.create_index("ix_decision_events_stream", "decision_events", ["stream"])
