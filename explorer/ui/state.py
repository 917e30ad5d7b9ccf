"""Every session key and every callback: what a person is looking at, and what they just did.

Session state holds ids, strings, numbers and small frozen tuples; arrays live in the opened `View`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.data.columns import Categorical
from explorer.data.filters import Between, NoneOf, OneOf
from explorer.data.records import Space
from explorer.errors import ExplorerError
from explorer.points.box_table import Thresholds
from explorer.points.opened_build import View
from explorer.store.decisions.state import same_name
from explorer.store.decisions.subsets import Decisions, Member
from explorer.store.derived.manifest import MANIFEST
from explorer.store.workspace import Workspace, author
from explorer.subsets.selection import Mode, Selection, Stroke
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.filters import Filters
    from explorer.data.records import Bool
    from explorer.data.subsets import Origin
    from explorer.points.points import Points

ICON = str(Path(__file__).with_name("icon.svg"))
LOGO = str(Path(__file__).with_name("logo.svg"))
_STYLE = Path(__file__).with_name("style.css")

FILTER = "filter "
"""How the keys of filters begin."""

HISTORY = 50
"""Strokes kept for undo."""


class Search(NamedTuple):
    """A query and what it found among the points of one space, best first."""

    title: str
    space: str
    rows: tuple[int, ...]
    similarities: tuple[float, ...]


def start() -> None:
    """Open the workspace and give every session key its first value."""
    first: dict[str, Any] = {
        "space": Space.IMAGE.value,
        "model": None,
        "colour": None,
        "safe_colours": False,
        "filter_columns": [],
        "hidden": {},
        "history": ((),),
        "search": None,
        "asked": "",
        "opened": None,
        "incoming_strokes": (),
        "incoming_opened": None,
        "incoming_hidden": frozenset(),
        "matched_rounds": 0,
        "left_out": (),
        "shown": 0,
        "author": author(),
        "subset": None,
        "linked": False,
        "pages": 1,
        "iou": 0.5,
        "confidence": 0.0,
        "build": None,
        "tab": token_hex(),
        "first_look": None,
    }
    kept = {key for key in st.session_state if str(key).startswith(FILTER)}
    for key in first.keys() | kept:
        # Writing a widget's value back keeps it while another page does not draw the widget.
        st.session_state[key] = st.session_state.get(key, first.get(str(key)))
    show_said()
    build = view().workspace.manifest.samples
    if st.session_state.build not in (None, build):
        _forget_build()
    st.session_state.build = build
    if st.session_state.model not in view().models:
        st.session_state.model = next(iter(view().models), None)
    if st.session_state.space not in view().spaces():
        st.session_state.space = Space.IMAGE.value


def _forget_build() -> None:
    """Drop what speaks of rows and columns of a former build."""
    show_everything()
    st.session_state.update(history=((),), search=None, opened=None, incoming_strokes=(), incoming_opened=None)


def style() -> None:
    """Tighten Streamlit's generous margins so that map and panel fit on a laptop's screen."""
    st.html(_STYLE)


def workspace_path() -> Path:
    """The workspace named after `--` on the command line; the demo's where there is none."""
    return Path(sys.argv[1] if len(sys.argv) > 1 else "edgecase-demo")


def view() -> View:
    """The opened build; a new build is picked up at the next rerun."""
    path = workspace_path()
    try:
        return _opened(str(path), (path / MANIFEST).stat().st_mtime_ns)
    except (ExplorerError, OSError) as error:
        st.error(str(error) if isinstance(error, ExplorerError) else _no_workspace(path))
        st.stop()


@st.cache_resource(show_spinner="Opening the workspace…", max_entries=2)
def _opened(path: str, built: int) -> View:  # noqa: ARG001 - part of the cache's key, where `_built` would not be
    return View(Workspace(path))


def _no_workspace(path: Path) -> str:
    return (
        f"Expected a workspace at {path}, found none. Start with `edgecase demo`, or build one from your own "
        "images with `edgecase build SOURCE --workspace DIR` and open it with `edgecase open DIR`."
    )


def decisions() -> Decisions:
    """The decisions database, opened once for all sessions."""
    return _decisions(str(view().workspace.decisions_location))


@st.cache_resource(show_spinner=False)
def _decisions(location: str) -> Decisions:
    return Decisions.open(location)


def space() -> Space:
    """The space the map shows."""
    return Space(st.session_state.space)


def model() -> str | None:
    """The model version whose predictions are shown."""
    name: str | None = st.session_state.model
    return name


def points() -> Points:
    """The points that the map shows."""
    return serve_pictures(view().points(space(), model(), thresholds()))


def thresholds() -> Thresholds:
    """Which boxes count as found."""
    return Thresholds(st.session_state.iou, st.session_state.confidence)


def serve_pictures(shown: Points) -> Points:
    """Make the pictures of points available to the browser."""
    server().register_images(shown.key, shown)
    return shown


def colourings() -> dict[str, str]:
    """What the map can be coloured and filtered by: column -> its name on screen."""
    return points().colourings(model(), view().models)


def forget_colour() -> None:
    """Boxes have other columns than images: start again with the error when the points change."""
    if view().has_boxes:
        st.session_state.colour = None


def filter_key(column: str) -> str:
    """The session key of a column's filter: a list of values, or a range of numbers."""
    return f"{FILTER}{column}"


def filters() -> Filters:
    """Everything that hides points: the filters, and what the legend has switched off."""
    hidden: dict[str, frozenset[str]] = st.session_state.hidden
    off = [NoneOf(column, values) for column, values in sorted(hidden.items()) if values]
    on = [_filter(column, st.session_state.get(filter_key(column))) for column in st.session_state.filter_columns]
    return (*(one for one in on if one), *off)


def filters_for(among: Points) -> Filters:
    """The filters that apply to these points; the confidence threshold hides detections."""
    sure = Between(f"{model()}.confidence", st.session_state.confidence)
    return (*filters(), sure) if sure.low and among.name.startswith(Space.PREDICTION) else filters()


def _filter(column: str, value: Any) -> OneOf | Between | None:  # noqa: ANN401 - a widget's value
    if column not in points().table:
        return None
    coded = points().table[column]
    if isinstance(coded, Categorical):
        return OneOf(column, frozenset(value)) if value else None
    if value is None or (value[0] <= np.nanmin(coded.values) and value[1] >= np.nanmax(coded.values)):
        return None
    return Between(column, *value)


def show_everything() -> None:
    """Drop all filters and switch every legend entry on."""
    for key in [key for key in st.session_state if str(key).startswith(FILTER)]:
        del st.session_state[key]
    st.session_state.filter_columns = []
    st.session_state.hidden = {}


def visible(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) that pass the filters, bool (n,)."""
    among = among or points()
    return view().visible(filters_for(among), among)


def selection() -> Selection:
    """The strokes that make the current selection."""
    strokes: Selection = st.session_state.history[-1]
    return strokes


def selected(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) in the current selection, bool (n,)."""
    return view().mask(selection(), among or points())


def stroke(one: Stroke) -> None:
    """Select by one more stroke; a replacing one starts anew, and undo brings the former back."""
    strokes = (one,) if one.mode == "replace" else (*selection(), one)
    st.session_state.history = (*st.session_state.history, strokes)[-HISTORY:]
    st.session_state.shown = 0


def select_rows(rows: Iterable[int], origin: str, mode: Mode = "replace", among: Points | None = None) -> None:
    """Select rows of the shown points (or of `among`) directly, as by thumbnail, search or subset."""
    name = (among or points()).name
    stroke(Stroke(mode, origin, name, rows=tuple(int(row) for row in rows)))


def show_on_map(rows: Sequence[int], origin: str, among: Points) -> None:
    """Select rows on the map of `among`, and lift the filters where they would hide some."""
    select_rows(rows, origin, among=among)
    st.session_state.space = among.name.partition("/")[0]
    close_search()
    drawn = named_points(among.name)
    unknown = any(one.column not in drawn.table for one in filters_for(drawn))  # such as that of subsets
    if unknown or not visible(drawn)[list(rows)].all():
        show_everything()
        say("The filters were lifted, which would have hidden some of them.")


def clear_selection() -> None:
    """Select nothing."""
    if selection():
        st.session_state.history = (*st.session_state.history, ())[-HISTORY:]


def undo_selection() -> None:
    """Take the last stroke back."""
    if len(st.session_state.history) > 1:
        st.session_state.history = st.session_state.history[:-1]


def attempt(action: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passes any verb through
    """Run a decision; a refusal is shown as a sentence and nothing is lost."""
    try:
        return action(*arguments, author=author_name(), **options)
    except ExplorerError as error:
        st.session_state.refusal = str(error)
        return None


def tag(name: str, *, note: str, category: str, rows: Sequence[int]) -> bool:
    """Put rows into the subset of that name, new or existing; True when it is on disk."""
    origin = _origin(selection())
    found = search()
    scores = dict(zip(found.rows, found.similarities, strict=True)) if found else {}
    members = [Member(points().ids[row], origin, scores.get(row) if origin == "search" else None) for row in rows]
    store = decisions()
    existing = {same_name(subset.name): subset for subset in store.state().subsets}.get(same_name(name))
    if existing:
        done = attempt(store.add_members, existing.key, members, context=context())
    else:
        done = attempt(store.create_subset, name, note=note, category=category, members=members, context=context())
    return done is not None


def _origin(strokes: Selection) -> Origin:
    """How the selection came about, as a member's origin: the last way of selecting counts."""
    origins: dict[str, Origin] = {
        "lasso": "lasso",
        "box": "lasso",
        "thumbnail": "thumbnail",
        "search": "search",
        "filter": "rule",
    }
    return origins.get(strokes[-1].origin, "ids") if strokes else "ids"


def context() -> dict[str, Any]:
    """From which selection, model and layout a decision was made."""
    return {
        "selection": [
            {"mode": one.mode, "origin": one.origin, "layout": one.layout, "polygon": one.polygon}
            for one in selection()
        ],
        "space": space().value,
        "model": model(),
        "layout": points().layout_key,
    }


def search() -> Search | None:
    """The current search, if any."""
    found: Search | None = st.session_state.search
    return found


def searched(found: Search) -> Points:
    """The points among which a search looked."""
    return named_points(found.space)


def named_points(name: str) -> Points:
    """The points of a space by its name in the manifest."""
    kind, _, of_model = name.partition("/")
    return serve_pictures(view().points(Space(kind), of_model or None, thresholds()))


def show_search(title: str, among: Points, hits: list[tuple[int, float]]) -> None:
    """Show what a query found among points, on the map and in the panel."""
    known = [(row, similarity) for row, similarity in hits if row >= 0]
    rows, similarities = zip(*known, strict=True) if known else ((), ())
    st.session_state.search = Search(title, among.name, tuple(rows), tuple(similarities))


def close_search() -> None:
    """Empty the box too, so that the same words can be asked again."""
    st.session_state.search = None
    st.session_state.query = st.session_state.asked = ""


def author_name() -> str:
    """Who decides in this session."""
    return str(st.session_state.author).strip() or author()


def say(sentence: str) -> None:
    """Show a short message at the next rerun, Markdown."""
    st.session_state.said = " ".join(filter(None, [st.session_state.get("said"), sentence]))


def show_said() -> None:
    """Show what `say` left, once."""
    sentence = st.session_state.pop("said", None)
    if sentence:
        st.toast(sentence, icon=":material/check_circle:")


def show_refusal() -> None:
    """Show why the last decision or search was refused, once."""
    sentence = st.session_state.pop("refusal", None)
    if sentence:
        st.error(sentence, icon=":material/error:")
