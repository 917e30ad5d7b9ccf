"""What hides points in this session: filters, and values that the legend has switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer.data.columns import Categorical
from explorer.data.filters import Between, NoneOf, OneOf
from explorer.data.saved_views import FILTER
from explorer.data.spaces import Space
from explorer.ui.session.opened import model, points, view

if TYPE_CHECKING:
    from explorer.data.filters import Filters
    from explorer.data.records import Bool
    from explorer.points.points import Points


def filter_key(column: str) -> str:
    """The session key of a column's filter: a list of values, or a range of numbers."""
    return f"{FILTER}{column}"


def in_force() -> Filters:
    """Everything that hides points: the filters, and what the legend has switched off."""
    hidden: dict[str, frozenset[str]] = st.session_state.hidden
    off = [NoneOf(column, values) for column, values in sorted(hidden.items()) if values]
    on = [_filter(column, st.session_state.get(filter_key(column))) for column in st.session_state.filter_columns]
    return (*(one for one in on if one), *off)


def filters_for(among: Points) -> Filters:
    """The filters that apply to these points; the confidence threshold hides detections."""
    return (*in_force(), *threshold_for(among))


def threshold_for(among: Points) -> Filters:
    """The confidence from which on detections count, where these points are detections."""
    sure = Between(f"{model()}.confidence", st.session_state.confidence)
    return (sure,) if sure.low and among.name.kind is Space.PREDICTION else ()


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
    for held in (st.session_state, st.session_state.kept):
        for key in [key for key in held if str(key).startswith(FILTER)]:
            del held[key]
    st.session_state.filter_columns = []
    st.session_state.hidden = {}


def visible(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) that pass the filters, bool (n,)."""
    among = among or points()
    return view().visible(filters_for(among), among)
