"""Events of exports and subsets marked for removal, which an older program cannot replay; the table stays as it is."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Change nothing: the number alone keeps older programs from a log that they would misread."""
