"""Saved views in this session: what is kept of what one looks at, and looking at it again."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, starmap
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import numpy as np
import streamlit as st

from explorer.data.corrections import GIVEN
from explorer.data.untrusted import MALFORMED
from explorer.errors import ExplorerError, ViewError
from explorer.points.looks import space_now, stroke_now
from explorer.store.decisions.saved_views import SavedViews
from explorer.store.paths import WorkspacePaths
from explorer.subsets.selection import from_json
from explorer.ui.session import filters, judged, opened, resume, workspaces
from explorer.ui.session.messages import say, show_said

if TYPE_CHECKING:
    from collections.abc import Mapping


ADDRESS = "view"
"""What the address calls the key of a view."""

UNKNOWN = "There is no such view here: it was deleted, or its link is of another workspace."
UNREADABLE = "This view cannot be read: it is damaged, or of another version. Save it anew, or delete it."
PARTLY = "Some of what this view shows is not in this build, and is left out."

_OWN = ("author", "build", "judged", "pages", "rank_by", "grow_words", "view")
"""Session keys that a tab goes on with, and that are of a person rather than of what is looked at."""

_STROKES = ("selection", "compared")
"""What of a look is made of strokes."""

_ROWS = ("rows", "more", "less")
"""What of a search names points."""

MOST_IDS = 20_000
"""Points around which a polygon was drawn that are kept too, for when the map was laid out anew."""


def views() -> SavedViews:
    """The saved views of the opened workspace."""
    return SavedViews(opened.decisions())


def look(zoom: Mapping[str, Any]) -> dict[str, Any]:
    """What a view keeps of what this session looks at; `zoom` is where the browser looks, by map."""
    seen = resume.looked_at()
    return {
        **{name: value for name, value in seen.items() if name != "checks"},
        **{name: [_by_id(stroke) for stroke in seen[name]] for name in _STROKES if name in seen},
        "widgets": _shared(seen["widgets"]),
        "search": seen["search"] and _search_by_id(seen["search"]),
        "zoom": dict(zoom),
    }


def open_view(key: str) -> None:
    """Look at what a view shows, or say why not; a callback, as it changes what widgets hold."""
    try:
        view = views().find(key)
    except ViewError:
        st.session_state.refusal = UNKNOWN
        return
    try:
        st.session_state.labels = view.look.get("widgets", {}).get("labels", GIVEN)
        judged.follow(opened.given_view())  # what it shows of boxes is among those that were corrected
        build = opened.view()
        strokes = {name: [(one, stroke_now(build, one)) for one in view.look.get(name, ())] for name in _STROKES}
        search = [(one, _search_by_row(one)) for one in [view.look.get("search")] if one]
        is_whole = all(starmap(_is_whole, chain(search, *strokes.values())))
        widgets = _widgets_now(_shared(view.look.get("widgets", {})))
        zoom = dict(view.look.get("zoom", {}))
    except (ExplorerError, *MALFORMED):
        st.session_state.refusal = UNREADABLE
        return
    before = resume.looked_at()
    filters.show_everything()
    taken = resume.take_up(
        {
            **before,  # what a view of another version does not speak of stays as it is
            **view.look,
            "widgets": widgets,
            **{name: [now for _, now in both if now] for name, both in strokes.items()},
            "search": next((now for _, now in search), None),
            "checks": {},
        }
    )
    if not taken:
        st.session_state.refusal = UNREADABLE
        return
    if not is_whole:
        say(PARTLY)
    st.session_state.update(view=view.key, zoom=(token_hex(4), zoom), opened=None, query="", asked="")


def follow_address() -> None:
    """Look at the view that the address names, once: from then on the address is of the workspace."""
    key = st.query_params.get(ADDRESS)
    if not key:
        return
    del st.query_params[ADDRESS]
    open_view(key)
    show_said()


def link(key: str) -> str:
    """The whole address that opens a view, as this browser reaches the app."""
    here = urlsplit(st.context.url or "")
    query = {workspaces.ADDRESS: WorkspacePaths(opened.workspace_path()).key, ADDRESS: key}
    return urlunsplit((here.scheme, here.netloc, here.path.rpartition("/")[0] + "/", urlencode(query), ""))


def _shared(widgets: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in widgets.items() if key not in _OWN}


def _by_id(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A stroke that names its points by their ids: rows are of one build only."""
    (stroke,) = from_json([raw])
    points = opened.named_points(stroke.space)
    rows = np.flatnonzero(opened.view().mask((replace(stroke, mode="replace"),), points))
    ids = points.space.ids_of(rows) if not stroke.polygon or len(rows) <= MOST_IDS else []
    return {**{name: value for name, value in raw.items() if name != "rows"}, "ids": ids}


def _widgets_now(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What widgets hold, with the name that the model has now."""
    model = kept.get("model")
    return {**kept, "model": opened.view().workspace.model_now(model)} if model else dict(kept)


def _is_whole(kept: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    """Whether all of a stroke or a search is in this build."""
    ids = kept["ids"] if "ids" in kept else kept["rows"]
    return now is not None and (bool(now.get("polygon")) or len(now["rows"]) == len(ids))


def _search_by_id(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a search found, and whatever other rows it speaks of, by their ids."""
    ids_of = opened.named_points(raw["space"]).space.ids_of
    return {**raw, **{name: ids_of(raw[name]) for name in _ROWS if name in raw}}


def _search_by_row(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    name = opened.view().there(space_now(opened.view(), raw["space"]))
    if str(name) not in opened.view().workspace.manifest.spaces:
        return None
    space = opened.view().space(name)
    known = [score for each, score in zip(raw["rows"], raw["similarities"], strict=True) if each in space.row_of]
    rows = {each: space.rows(raw[each]) for each in _ROWS if each in raw}
    return {**raw, **rows, "space": str(name), "similarities": known}
