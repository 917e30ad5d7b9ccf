"""Going on where one was: what a tab looks at, noted at every run and taken up when its page is loaded anew."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.data.saved_views import FILTER
from explorer.data.untrusted import MALFORMED
from explorer.points.arrange import Arrangement
from explorer.store.paths import WorkspacePaths
from explorer.subsets.selection import from_json, to_json
from explorer.ui.session import filters, opened, search, selection
from explorer.ui.session.checks import Checks
from explorer.ui.session.tabs import Tabs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOK: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("space", "encoder", "layout", "placement", "map_layer"), (str,)),
    **dict.fromkeys(("author", "subset_tab", "open_tab", "labels", "judged"), (str,)),
    **dict.fromkeys(("view", "model", "colour", "follows", "subset"), (str, NoneType)),
    **dict.fromkeys(("rank_by", "grow_words", "sorted_by"), (str, NoneType)),
    **dict.fromkeys(("safe_colours", "linked", "names", "falling"), (bool,)),
    **dict.fromkeys(("point_size", "point_opacity", "iou", "confidence", "search_least"), (float, int, NoneType)),
    **dict.fromkeys(("pages", "search_count"), (int,)),
    **dict.fromkeys(("charted", "tabled", "build"), (list, NoneType)),
    "filter_columns": (list,),
}
"""Keys that survive loading the page anew as they are, and what each may hold; lists are of text."""

_OPENED = ("subset", "subset_tab")
"""What is opened on the Subsets page, which may be before a component there tells the tab's name."""

_CHOSEN = ("colour", *_OPENED, "rank_by", "grow_words", "charted", "tabled", "judged")
"""Those of them that a page sets when it is first drawn."""


@st.cache_resource(show_spinner=False)
def _tabs(workspace: str) -> Tabs:
    return Tabs(WorkspacePaths(Path(workspace)).tabs)


def keep() -> None:
    """Note what this tab looks at, for when its page is loaded anew; nothing before there is something to note."""
    look, tabs = looked_at(), _tabs(str(opened.workspace_path()))
    if st.session_state.first_look is None:
        st.session_state.first_look = look
    if tabs.knows(st.session_state.tab) or not _is_first(look):
        tabs.keep(st.session_state.tab, look)


def looked_at() -> dict[str, Any]:
    """What this session looks at, as plain JSON values."""
    now = st.session_state
    widgets = {str(key) for key in now if key in _LOOK or str(key).startswith(FILTER)}
    look = {
        "widgets": {key: now[key] for key in sorted(widgets)},
        "hidden": {column: sorted(values) for column, values in now.hidden.items()},
        "selection": to_json(selection.strokes()),
        "compared": to_json(now.compared),
        "checks": {key: [one.about, sorted(one.ids)] for key, one in now.checks.items() if one.ids},
        "arrangements": {kind: list(one) for kind, one in now.arrangements.items()},
        "search": found._asdict() if (found := search.whole()) else None,
    }
    plain: dict[str, Any] = json.loads(json.dumps(look))
    return plain


def _is_first(look: Mapping[str, Any]) -> bool:
    """Whether nothing was changed since the session began, but for what the pages choose themselves."""
    both = [
        {**one, "widgets": {key: value for key, value in one["widgets"].items() if key not in _CHOSEN}}
        for one in (look, st.session_state.first_look)
    ]
    return both[0] == both[1]


def come_back() -> None:
    """Look again at what this tab looked at before it left this workspace for another."""
    st.session_state.first_look = looked_at()
    resume(st.session_state.tab)


def resume(tab: str) -> None:
    """Look again at what the tab of this name looked at, unless something was changed here meanwhile.

    A subset that was opened here stays open.
    """
    now = {key: st.session_state[key] for key in _OPENED if st.session_state.subset is not None}
    is_new = st.session_state.view is None and _is_first(looked_at())
    take_up(_tabs(str(opened.workspace_path())).recall(tab) if is_new else {})
    st.session_state.update(now)
    st.session_state.tab = tab


def take_up(look: Mapping[str, Any]) -> bool:
    """Look again at what `looked_at` gave; False, and nothing is changed, where it is something else."""
    with suppress(*MALFORMED):  # a file of another version: begin anew
        before = {
            **_sound(look["widgets"]),
            "hidden": {column: frozenset(values) for column, values in look["hidden"].items()},
            "compared": from_json(look["compared"]),
            "history": ((), strokes) if (strokes := from_json(look["selection"])) else ((),),
            "checks": {key: Checks(about, frozenset(ids), edition=1) for key, (about, ids) in look["checks"].items()},
            "arrangements": {kind: Arrangement(*one) for kind, one in look["arrangements"].items()},
            "search": _search_from(look["search"]) if look["search"] else None,
        }
        st.session_state.update(before)
        return True
    return False


def _sound(widgets: Mapping[str, Any]) -> dict[str, Any]:
    """What widgets of this version hold; ValueError where one would hold what it cannot."""
    known = {key: value for key, value in widgets.items() if key in _LOOK or key.startswith(FILTER)}
    wrong = [key for key, value in known.items() if not _may_hold(key, value)]
    if wrong:
        raise ValueError(wrong)
    return known


def _may_hold(key: str, value: object) -> bool:
    if key.startswith(FILTER):
        return filters.is_sound(value)
    is_text = not isinstance(value, list) or all(isinstance(one, str) for one in value)
    return isinstance(value, _LOOK[key]) and is_text


def _search_from(raw: Mapping[str, Any]) -> search.Search:
    lists = {name: tuple(raw[name]) for name in ("rows", "similarities", "more", "less")}
    return search.Search(str(raw["title"]), str(raw["space"]), nothing_like_it=bool(raw["nothing_like_it"]), **lists)
