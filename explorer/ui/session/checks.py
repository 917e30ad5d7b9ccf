"""What was checked among the images of a gallery, kept until the person decides, whatever else is shown meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rows = Sequence[int]


class Checks(NamedTuple):
    """What one gallery holds.

    Attributes:
        about: what its images are; where they become something else, checks begin anew.
        ids: what is checked, also of what is not shown now.
        seen: what has been in view.
        edition: how often Python took the checks back.
    """

    about: str
    ids: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    edition: int = 0


def of(gallery: str, about: str) -> Checks:
    """The checks of a gallery, none where it was about something else before."""
    known: Checks | None = st.session_state.checks.get(gallery)
    if known is None or known.about != about:
        known = _keep(gallery, Checks(about))
    return known


def note(gallery: str, ids: Sequence[str], checked: Rows, shown: Rows, seen: Rows) -> None:
    """Take over what the browser says of the rows it shows; `ids` are those of all rows."""
    known: Checks = st.session_state.checks[gallery]
    on, here, viewed = (frozenset(ids[row] for row in rows) for rows in (checked, shown, seen))
    _keep(gallery, known._replace(ids=known.ids - here | on, seen=known.seen | viewed))


def drop(gallery: str, ids: Iterable[str]) -> None:
    """Forget the checks of what was decided on."""
    known: Checks | None = st.session_state.checks.get(gallery)
    if known:
        _keep(gallery, known._replace(ids=known.ids.difference(ids)))


def clear(gallery: str) -> None:
    """Uncheck everything."""
    known: Checks = st.session_state.checks[gallery]
    _keep(gallery, known._replace(ids=frozenset(), edition=known.edition + 1))


def _keep(gallery: str, one: Checks) -> Checks:
    st.session_state.checks = {**st.session_state.checks, gallery: one}
    return one
