"""Events of corrected boxes, which an older program cannot replay; the table stays as it is."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Change nothing: the number alone keeps older programs from a log that they would misread."""
