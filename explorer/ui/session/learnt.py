"""What the models of the opened build may have learnt from, which no decision changes: looked for once."""

from __future__ import annotations

from explorer.actions.analyzed import analyzed
from explorer.actions.hygiene import Hygiene, hygiene
from explorer.points.cache import Cache
from explorer.ui.session import opened

QUICKLY = 100_000
"""Images among which near copies are looked for while somebody waits for a page."""

_known: Cache[Hygiene] = Cache(8)


def of_build() -> Hygiene:
    """What does not count in the opened build."""
    view = opened.view()
    return _known.get(view.key, lambda: hygiene(analyzed(view)))


def quickly() -> Hygiene | None:
    """The same; None where there are too many images to look for copies of while somebody waits."""
    return of_build() if len(opened.view().images) <= QUICKLY else None
