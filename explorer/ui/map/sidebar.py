"""The sidebar: what the map shows, how it is coloured, what is hidden."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer.data import outcomes
from explorer.data.columns import MISSING, Categorical, Times
from explorer.data.counts import counted
from explorer.data.filter_words import in_words
from explorer.data.spaces import Space
from explorer.subsets.selection import Stroke
from explorer.ui.map import placed_by, saved_views
from explorer.ui.session import filters, membership, opened, selection, text
from explorer.ui.widgets import building, who
from explorer.ui.widgets.model import model_and_thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


SPACE_NAMES = {Space.IMAGE: "Images", Space.LABEL: "Labels", Space.PREDICTION: "Predictions"}
_MANY = 2000
_LAYER_HELP = {
    "encoder": "Whose vectors place the points; growing, searching and neighbours compare these too.",
    "layout": "The same points laid out with other parameters. What is selected on one is selected on all.",
}


def sidebar() -> None:
    """Draw every control beside the map."""
    with st.sidebar:
        named = opened.view().workspace.manifest.name
        st.subheader(text.cell(named), anchor=False, help=text.whole(named))
        building.beside_a_map()
        saved_views.draw()
        _map_controls()
        _filter_controls()
        who.field()


def _map_controls() -> None:
    view = opened.view()
    spaces = [space.value for space in view.spaces(opened.encoder())]
    if len(spaces) > 1:
        st.segmented_control(
            "Points are placed by",
            spaces,
            key="space",
            on_change=opened.forget_colour,
            required=True,
            format_func=lambda space: SPACE_NAMES[Space(space)],
            help="Images: how they look. Labels and Predictions: how they look and what they are called, so that "
            "a wrong name moves a point away from its neighbours.",
        )
        st.toggle(
            "All maps side by side",
            key="linked",
            help="What you lasso in one map is marked in the others: a box's image, an image's boxes, a detection's "
            "matched ground truth. The panel shows the points chosen above.",
        )
    _layers()
    placed_by.draw()
    model_and_thresholds()
    membership.refresh(opened.points())
    names = membership.colourings(opened.points())
    if names:
        if st.session_state.colour not in names:
            st.session_state.colour = _same_for_other_model(names) or next(iter(names))
        st.selectbox("Colour by", list(names), key="colour", format_func=lambda name: names.get(name, name))
        st.toggle("Colour-blind-safe colours", key="safe_colours")
    if not view.judges:
        missing = " and no ".join(
            name for name, there in (("labels", view.labelled), ("predictions", view.models)) if not there
        )
        st.caption(f"No {missing} yet: colouring by error takes both. The Evaluate page says how to add them.")


def _layers() -> None:
    """Whose vectors and which of the maps, where there are several."""
    workspace = opened.view().workspace
    first = Path(workspace.manifest.model["name"])
    _layer("encoder", "Vectors of", workspace.encoders, first.name if first.is_absolute() else str(first))
    _layer("layout", "Layout", workspace.layouts, "first")


def _layer(key: str, title: str, names: Sequence[str], first: str) -> None:
    if names:
        options = ["", *names]
        st.selectbox(title, options, key=key, format_func=lambda name: name or first, help=_LAYER_HELP[key])


def _same_for_other_model(names: dict[str, str]) -> str | None:
    """After a change of model, colour by the same thing of the new one."""
    kind = str(st.session_state.colour).rpartition(".")[2]
    same = f"{opened.model()}.{kind}"
    return same if same in names else None


def _filter_controls() -> None:
    names = membership.colourings(opened.points())
    active = filters.in_force()
    with st.expander(f"Filters ({len(active)})" if active else "Filters", expanded=bool(active)):
        columns = st.multiselect(
            "Filter by",
            list(dict.fromkeys([*names, *st.session_state.filter_columns])),  # also another model's
            key="filter_columns",
            format_func=lambda c: names.get(c, c),
            placeholder="column",
        )
        for column in columns:
            _filter(column, names.get(column, column))
        shown = int(filters.visible().sum())
        st.caption(f"{shown:,} of {counted(len(opened.points()), 'point')} shown")
        st.button(
            f"Select all {shown:,} shown",
            on_click=_select_shown,
            width="stretch",
            disabled=shown in (0, len(opened.points())),
        )
        if active:
            st.button("Show everything", on_click=filters.show_everything, width="stretch")
    for one in active:
        st.caption(f":material/filter_alt: {text.plain(in_words(one, names, opened.points().table))}")


def _filter(column: str, title: str) -> None:
    if column not in opened.points().table:
        st.caption(f"{text.cell(title)}: these points do not have it.")
        return
    coded = opened.points().table[column]
    key = filters.filter_key(column)
    now = st.session_state.get(key) or {}
    if isinstance(coded, Times) and isinstance(now, dict):
        _days(coded, title, now)
    elif isinstance(coded, Categorical):
        there = [*coded.values[:_MANY], *([MISSING] if (coded.codes < 0).any() else [])]
        options = list(dict.fromkeys([*there, *now]))
        named = partial(outcomes.in_words, column)
        st.multiselect(text.cell(title), options, key=key, placeholder="any", format_func=named)
    else:
        _range(coded.values[np.isfinite(coded.values)], title, key)


def _days(column: Times, title: str, now: Mapping[str, str]) -> None:
    """The first and the last day of those to show; a chart may have said it more exactly."""
    key = filters.filter_key(column.name)
    since, until = (np.datetime64(now[end]) if now.get(end) else None for end in ("since", "until"))
    last = until and until.astype("datetime64[m]") - 1
    for word, at in (("from", since), ("to", last)):
        day = at and at.astype("datetime64[D]").item()
        st.session_state[f"{word} {key}"] = day
        ends = [*(end.astype("datetime64[D]").item() for end in column.ends), *filter(None, [day])]
        st.date_input(
            f"{text.cell(title)} {word}",
            value=None,
            min_value=min(ends),
            max_value=max(ends),
            format="YYYY-MM-DD",
            key=f"{word} {key}",
            on_change=_take_days,
            args=(key,),
        )
    if now:
        st.button(f"{text.cell(title)}: any time", on_click=filters.lift, args=(column.name,), width="stretch")


def _take_days(key: str) -> None:
    """Take over the first and the last day; a callback."""
    first, last = (st.session_state[f"{word} {key}"] for word in ("from", "to"))
    since, until = str(first or ""), str(last + timedelta(days=1)) if last else ""
    st.session_state[key] = {"since": since, "until": until} if since or until else None


def _range(values: NDArray[Any], title: str, key: str) -> None:
    """A slider over the values there are now; what was set before stays within them."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if low == high:
        st.session_state.pop(key, None)
        st.caption(f"{text.cell(title)}: the same for all points.")
        return
    before = st.session_state.get(key, (low, high))
    within = tuple(min(max(float(end), low), high) for end in before)
    bounds = st.session_state.bounds
    if bounds.get(key) != (low, high) or before != within:  # a slider with other ends is another one to Streamlit
        st.session_state[key], bounds[key] = within, (low, high)
    st.slider(text.cell(title), low, high, key=key)


def _select_shown() -> None:
    rows = tuple(np.flatnonzero(filters.visible()).tolist())
    selection.stroke(Stroke("replace", "filter", str(opened.points().name), rows=rows))
