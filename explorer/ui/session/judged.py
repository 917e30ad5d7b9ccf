"""By which labels a session judges: those in the data, or as people corrected them by the beginning of the run.

Within a run nothing changes: what is drawn and what is pressed speak of the same rows. Corrected boxes are other rows
of the map of labels; what was chosen of them stays chosen by its ids.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.data.corrections import CORRECTED, GIVEN
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName
from explorer.points.cache import Cache
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.actions.judged_by import Changes, CorrectedWorkspace
    from explorer.store.workspace import Workspace
    from explorer.subsets.selection import Selection, Stroke
    from explorer.ui.session.search import Search

    Rows = Callable[[Sequence[int]], list[int]]

AS_GIVEN = ("labels", "review")
"""Pages that go by the labels in the data, whatever is chosen: where these are checked, and rounds that are frozen."""


class _Newest(NamedTuple):
    """A workspace judged by corrected labels, None where they are as given, and the corrections that it was made of."""

    given: Workspace
    stood: tuple[Mapping[str, object], Mapping[str, object]]
    corrected: CorrectedWorkspace | None


_newest: Cache[_Newest] = Cache(4)
_views: Cache[View] = Cache(3)


def corrected(given: View) -> CorrectedWorkspace | None:
    """The workspace of a view as it is judged by labels corrected by now; None where nobody corrected any."""
    workspace = given.workspace
    stood = (workspace.corrections.all(), workspace.corrections.boxes())
    if not any(stood):
        return None
    held = _newest.held(id(workspace))
    held = held if held and held.given is workspace else None
    if held and all(one is other for one, other in zip(held.stood, stood, strict=True)):
        return held.corrected
    from explorer.actions.judged_by import corrected_workspace  # only where somebody corrected anything

    now = corrected_workspace(workspace)
    if held and held.corrected and now and held.corrected.tables_key == now.tables_key:
        now = held.corrected  # confirmed labels are the same
    _newest.put(id(workspace), _Newest(workspace, stood, now))
    return now


def changes(given: View) -> Changes | None:
    """How corrected labels differ from those in the data; None where nobody corrected any."""
    now = corrected(given)
    return now.changes if now else None


def view(given: View, key: str) -> View | None:
    """The view that a key of corrected tables names, the given one without a key; None where it is held no more."""
    if not key:
        return given
    held = _views.held((id(given.workspace), key))
    return held if held and held.workspace.given is given.workspace else None


def newest(given: View) -> View:
    """The view by the labels as they are corrected by now."""
    now = corrected(given)
    if now is None:
        return given
    known = view(given, now.tables_key)
    if known is None:
        known = View(now, given.samples, frozenset(map(str, now.follows.columns)))
        _views.put((id(given.workspace), now.tables_key), known)
    return known


def chosen(given: View) -> View:
    """The view by the labels that this session has chosen."""
    now = st.session_state
    if now.labels not in (GIVEN, CORRECTED):
        now.labels = GIVEN
    return given if now.labels == GIVEN or now.get("page") in AS_GIVEN else newest(given)


def follow(given: View) -> bool:
    """Judge by the labels that are chosen, as they are by now; whether these are others than before."""
    now = chosen(given)
    before = view(given, st.session_state.judged)  # which may be the same, made anew after a restart
    st.session_state.judged = "" if now is given else now.workspace.tables_key
    if before is now:
        return False
    if now.has_boxes:
        _renumber(before, now)
    return True


def _renumber(before: View | None, now: View) -> None:
    """Have what is chosen of labelled boxes name their rows now; it is forgotten where the former are unknown."""

    def rows(name: str) -> Rows:
        if SpaceName.parse(name).kind is not Space.LABEL:
            return list
        points = now.space(LABELS)
        former = before.space(LABELS) if before else None
        return lambda given: points.rows(former.ids_of(given)) if former else []

    state = st.session_state
    state.update(
        history=tuple(_strokes(one, rows) for one in state.history),
        compared=_strokes(state.compared, rows),
        search=_search(state.search, rows) if state.search else None,
        ringed=None,
        opened=_opened(state.opened, rows, before) if state.opened else None,
    )


def _strokes(selection: Selection, rows: Callable[[str], Rows]) -> Selection:
    return tuple(_stroke(one, rows) for one in selection)


def _stroke(one: Stroke, rows: Callable[[str], Rows]) -> Stroke:
    return one if one.polygon else replace(one, rows=tuple(rows(one.space)(one.rows)))


def _search(found: Search, rows: Callable[[str], Rows]) -> Search:
    now = rows(found.space)
    pairs = [(row, near) for old, near in zip(found.rows, found.similarities, strict=True) for row in now([old])]
    return found._replace(
        rows=tuple(row for row, _ in pairs),
        similarities=tuple(near for _, near in pairs),
        more=tuple(now(found.more)),
        less=tuple(now(found.less)),
    )


def _opened(
    shown: tuple[SpaceName, int, tuple[int, ...]], rows: Callable[[str], Rows], before: View | None
) -> tuple[SpaceName, int, tuple[int, ...]] | None:
    """What is shown large; of a box that is gone, the image that it was on."""
    name, row, among = shown
    now = rows(str(name))([row])
    if now:
        return (name, now[0], tuple(rows(str(name))(among)))
    return (IMAGES, int(before.space(LABELS).sample_rows[row]), ()) if before else None
