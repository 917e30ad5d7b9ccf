"""What hides points in this session: filters, and values that the legend has switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.data.filters import Between, During
from explorer.data.periods import period
from explorer.data.saved_views import FILTER
from explorer.points.looks import filter_of, hidden_by, least_confidence, suits
from explorer.ui.session.opened import model, points, view

if TYPE_CHECKING:
    from explorer.data.filters import Filter, Filters
    from explorer.data.records import Bool
    from explorer.points.points import Points


def filter_key(column: str) -> str:
    """The session key of a column's filter: a list of values, a range of numbers, or since and until when."""
    return f"{FILTER}{column}"


def in_force() -> Filters:
    """Everything that hides points: the filters, and what the legend has switched off."""
    on = [of(column) for column in st.session_state.filter_columns]
    return (*(one for one in on if one), *hidden_by(st.session_state.hidden))


def filters_for(among: Points) -> Filters:
    """The filters that apply to these points; the confidence threshold hides detections."""
    return (*in_force(), *threshold_for(among))


def threshold_for(among: Points) -> Filters:
    """The confidence from which on detections count, where these points are detections."""
    return least_confidence(among, model(), st.session_state.confidence)


def of(column: str) -> Filter | None:
    """The filter on one column, as the sidebar says it; None where it hides nothing."""
    if column not in st.session_state.filter_columns or column not in points().table:
        return None
    return filter_of(column, points().table[column], _held(column))


def _held(column: str) -> Any:  # noqa: ANN401 - a widget's value
    """What a column is filtered by; what it cannot be, as the column of another build could, is forgotten."""
    key = filter_key(column)
    value = st.session_state.get(key)
    if suits(points().table[column], value):
        return value
    for held in (st.session_state, st.session_state.kept):
        held.pop(key, None)
    return None


def is_sound(value: object) -> bool:
    """Whether the filter of some column may hold this: names, a range of numbers, or since and until when."""
    if isinstance(value, dict):
        return value.keys() == {"since", "until"} and all(one == "" or period(str(one)) for one in value.values())
    if not isinstance(value, list | tuple):
        return value is None
    is_range = len(value) == len(("low", "high")) and all(isinstance(one, int | float) for one in value)
    return is_range or all(isinstance(one, str) for one in value)


def narrow(one: Filter) -> None:
    """Filter a column by this from now on; a callback, as it changes what widgets hold."""
    st.session_state.filter_columns = list(dict.fromkeys([*st.session_state.filter_columns, one.column]))
    st.session_state[filter_key(one.column)] = _said(one)


def _said(one: Filter) -> Any:  # noqa: ANN401 - a widget's value
    if isinstance(one, Between):
        return (one.low, one.high)
    if isinstance(one, During):
        return {"since": one.since, "until": one.until}
    return sorted(one.values)


def lift(column: str) -> None:
    """Filter by this column no longer; a callback."""
    st.session_state.filter_columns = [name for name in st.session_state.filter_columns if name != column]
    for held in (st.session_state, st.session_state.kept):
        held.pop(filter_key(column), None)


def show_everything() -> None:
    """Drop all filters and switch every legend entry on."""
    for held in (st.session_state, st.session_state.kept):
        for key in [key for key in held if str(key).startswith(FILTER)]:
            del held[key]
    st.session_state.filter_columns = []
    st.session_state.hidden = {}


def visible(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) that pass the filters, bool (n,)."""
    among = among or points()
    return view().visible(filters_for(among), among)
