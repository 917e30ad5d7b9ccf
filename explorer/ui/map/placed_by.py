"""The control that says by what points are placed, and the axes of those that are placed by numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.placement import Numbers
from explorer.points.placed import geographic, numeric_columns
from explorer.signals.registry import titles
from explorer.ui.components.scatter.axes import Axes, Axis
from explorer.ui.session import opened, placement, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.points.placed import Placed
    from explorer.points.points import Points

_SIMILARITY, _NUMBERS, _EARTH = "similarity", "two numbers", "latitude and longitude"
_ENOUGH = 2
"""Columns of numbers that it takes."""


def draw() -> None:
    """Let points be placed by two of their numbers, where they have two."""
    points = opened.points()
    names = _names(points)
    if len(names) < _ENOUGH:
        return
    placed, earth = placement.of(points), geographic(list(names))
    if placed is None:
        st.session_state.placed_by = _SIMILARITY
    elif st.session_state.get("placed_by") != _NUMBERS:  # the same two numbers may be chosen either way
        st.session_state.placed_by = _EARTH if placed.numbers == earth else _NUMBERS
    st.selectbox(
        "Arranged by",
        [_SIMILARITY, *([_EARTH] if earth else []), _NUMBERS],
        key="placed_by",
        format_func=str.capitalize,
        on_change=_choose,
        args=(list(names), earth),
        help="By similarity, what looks alike lies together. By two numbers, each point lies where these say. What is "
        "selected on one is selected on all.",
    )
    if placed and st.session_state.placed_by == _NUMBERS:
        _columns(placed, names)
    if placed and placed.missing:
        st.caption(f":material/location_off: {text.plain(_missing(points, placed, names))}: not drawn.")


def axes(points: Points) -> Axes | None:
    """The axes of the map of points that are placed by numbers."""
    placed = placement.of(points)
    if placed is None:
        return None
    names, unit = _names(points), "°" if placed.is_geographic else ""
    x, y = (
        Axis(names.get(column, column), *ends, *scale, unit, is_time)
        for column, ends, scale, is_time in zip(
            (placed.numbers.x, placed.numbers.y), placed.ends, placed.scales, placed.are_times, strict=True
        )
    )
    note = _missing(points, placed, names) if placed.missing else ""
    return Axes(x, y, note, fills=not placed.is_geographic)


def _names(points: Points) -> dict[str, str]:
    """The columns of numbers that points have, of all models, each with its name on screen."""
    names = titles() | points.colourings(opened.model(), opened.view().models)
    return {column: names.get(column, column) for column in numeric_columns(points.table, points.plumbing)}


def _columns(placed: Placed, names: Mapping[str, str]) -> None:
    """Choose the two columns."""
    st.session_state.placed_x, st.session_state.placed_y = placed.numbers.x, placed.numbers.y
    for title, key in (("From left to right", "placed_x"), ("From bottom to top", "placed_y")):
        st.selectbox(title, list(names), key=key, format_func=names.__getitem__, on_change=_choose_columns)


def _choose(columns: Sequence[str], earth: Numbers | None) -> None:
    """Take over by what points are to be placed; two numbers begin with the first two."""
    by = st.session_state.placed_by
    numbers = {_SIMILARITY: None, _EARTH: earth}.get(by, Numbers(*columns[:2]))
    st.session_state.placement = str(numbers or "")


def _choose_columns() -> None:
    st.session_state.placement = str(Numbers(st.session_state.placed_x, st.session_state.placed_y))


def _missing(points: Points, placed: Placed, names: Mapping[str, str]) -> str:
    """How many points lack a number, and which one."""
    named = " or ".join(dict.fromkeys(names.get(one, one) for one in (placed.numbers.x, placed.numbers.y)))
    return f"{points.space.counted(placed.missing)} without {named}"
