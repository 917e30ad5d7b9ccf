"""Names that people give to what they add."""

from __future__ import annotations

from explorer.errors import WorkspaceError

LONGEST_NAME = 120


def checked_name(wanted: str, what: str) -> str:
    """A name as it is kept: single spaces, nothing that cannot be printed.

    Args:
        wanted: as it was given.
        what: what is called so, with its article: `the batch`.

    Raises:
        WorkspaceError: it is empty, too long or cannot be printed.
    """
    name = " ".join(wanted.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise WorkspaceError(f"Expected a name of up to {LONGEST_NAME} characters for {what}, found {wanted!r}.")
    return name
