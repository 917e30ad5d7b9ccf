"""Events of rounds and verdicts, which an older program cannot replay; the table stays as it is."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Change nothing: the number alone keeps older programs from a log that they would misread."""
