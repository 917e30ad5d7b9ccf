"""The map on the page, and what its strokes, clicks and keys do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.data.columns import Categorical, Times
from explorer.data.spaces import Space
from explorer.points.membership import SUBSET_COLUMN
from explorer.points.placed import in_numbers
from explorer.subsets.selection import Stroke
from explorer.ui.components import scatter
from explorer.ui.map import placed_by, regions, rendering, search_box
from explorer.ui.map.sidebar import SPACE_NAMES
from explorer.ui.session import filters, membership, opened, placement, resume, search, selection, text
from explorer.ui.widgets import thumbnails
from explorer.ui.widgets.colours import colouring, legend, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from explorer.points.points import Points

LINKED_HEIGHT = 470


def draw() -> None:
    """Draw the map of the current space, coloured and filtered as the sidebar says."""
    draw_points(opened.points(), None, "map")


def draw_linked() -> None:
    """Draw the maps of all spaces side by side: what is lassoed in one is marked in the others."""
    view = opened.view()
    spaces = view.spaces(opened.encoder())
    with st.container(key="row-maps"):
        columns = st.columns(len(spaces))
    for column, space in zip(columns, spaces, strict=True):
        model = opened.model() if space == Space.PREDICTION else None
        name = view.name(space, model, opened.encoder(), opened.layout())
        with column:
            st.caption(
                SPACE_NAMES[space] + (f" of {text.cell(str(opened.model()))}" if space == Space.PREDICTION else "")
            )
            draw_points(opened.named_points(name), LINKED_HEIGHT, f"map {space}")


def draw_points(points: Points, height: int | None, key: str) -> None:
    """Draw the map of some points."""
    membership.refresh(points)
    mask = selection.selected(points)
    found = search.current()
    names = membership.colourings(points)
    column = _colour_column(names)
    placed = placement.of(points)
    scatter.scatter(
        points=placed.drawn if placed else points.space.xy,
        axes=placed_by.axes(points),
        colour=_colour(points, column, names),
        visible=filters.visible(points) if filters.filters_for(points) else None,
        selected=mask if mask.any() or (st.session_state.linked and selection.strokes()) else None,
        highlighted=_found(found, points) if found else _ringed(points),
        regions=None if placed else regions.of(points),
        names=st.session_state.names,
        rendering=rendering.current(),
        layers=rendering.layers(),
        errors=rendering.errors(points),
        collection=points.space.key,
        layout_key=placed.layout_key if placed else points.space.layout_key,
        card=_card(points, column, names),
        can_undo=len(st.session_state.history) > 1,
        tab=st.session_state.tab,
        zoom=st.session_state.zoom,
        empty_text="No point passes the filters: loosen them in the sidebar." if len(points) else "No images yet.",
        height=height,
        key=key,
        on_event=partial(_on_event, points),
    )


def _card(points: Points, column: str | None, names: Mapping[str, str]) -> dict[str, str]:
    """What the cards say: first what the map is coloured by; and anew once something is decided."""
    first = {"first": column, "title": names[column]} if column else {}
    return {**first, "model": opened.model() or "", "decided": str(points.tagged_at)}


def _found(found: search.Search, points: Points) -> Sequence[int]:
    """The rows to ring: what was found, or what belongs to it in this space."""
    if search.searched(found).name.of_points == points.name.of_points:
        return found.rows
    stroke = Stroke("replace", "search", found.space, rows=found.rows)
    return np.flatnonzero(opened.view().mask((stroke,), points)).tolist()


def _ringed(points: Points) -> Sequence[int]:
    """The row that was opened from the table, where these points are those of the table."""
    name, row = st.session_state.ringed or ("", -1)
    return (row,) if name == str(points.name.of_points) and st.session_state.open_tab == "table" else ()


def _colour(points: Points, column: str | None, names: Mapping[str, str]) -> scatter.Categories | scatter.Gradient:
    shown = filters.visible(points)
    if column is None:
        everything = Categorical("points", np.zeros(len(points), np.int32), ("all images",))
        return colouring(everything, "", shown, frozenset(), safe=False)
    hidden = st.session_state.hidden.get(column, frozenset())
    given = membership.given_colours() if column == SUBSET_COLUMN else {}
    return colouring(
        points.table[column],
        names[column],
        shown,
        hidden,
        counted=opened.view().visible(filters.threshold_for(points), points),
        safe=st.session_state.safe_colours,
        given=given,
        order=opened.view().classes if column == "label" or column.endswith(".prediction") else (),
    )


def _colour_column(names: Mapping[str, str]) -> str | None:
    """The chosen column, or where these points lack it the first that they have."""
    return st.session_state.colour if st.session_state.colour in names else next(iter(names), None)


def _on_event(points: Points, event: scatter.ScatterEvent) -> None:
    _ANSWERS[type(event)](points, event)


def _commanded(_: Points, event: scatter.Command) -> None:
    if event.name == "undo":
        selection.undo_selection()
    elif event.name == "clear":
        selection.clear_selection()


def _open(points: Points, event: scatter.Opened) -> None:
    thumbnails.open_image(event.row, points, np.flatnonzero(selection.selected(points)).tolist())


def _show_names(_: Points, event: scatter.NamesShown) -> None:
    st.session_state.names = event.shown


def _save(_: Points, event: scatter.Saving) -> None:
    st.session_state.saving = event.zoom


def _turn_to(points: Points) -> None:
    """Let the panel show what is selected on a map rather than what was searched for or is on another one."""
    search.close_search()
    st.session_state.space = points.name.kind.value


def _chosen(points: Points, event: scatter.RegionChosen) -> None:
    """Select those points of a region that pass the filters, as a stroke around it would."""
    rows = regions.rows(points, event.key, event.layout)
    if rows is not None:
        _turn_to(points)
        selection.select_rows(rows[filters.visible(points)[rows]], "region", event.mode, points)


def _stroke(points: Points, event: scatter.Stroke) -> None:
    """Select what was drawn around; rows rather than the polygon where tagging them would change what is visible."""
    try:
        layout, polygon = in_numbers(event.layout, tuple((float(x), float(y)) for x, y in event.polygon))
    except ValueError:  # the scale of no map of ours
        return
    _turn_to(points)
    in_force = filters.filters_for(points)
    if any(one.column == SUBSET_COLUMN for one in in_force):
        selection.select_rows(
            np.flatnonzero(opened.view().around(polygon, layout, points) & filters.visible(points)),
            event.kind,
            event.mode,
            points,
        )
    else:
        selection.stroke(Stroke(event.mode, event.kind, str(points.name), layout, polygon, in_force))


def _hide(points: Points, event: scatter.LegendChanged) -> None:
    """Remember hidden legend entries as values, so that they stay hidden whatever the map is coloured by."""
    name = _colour_column(membership.colourings(points))
    column = points.table[name] if name else None
    if isinstance(column, Categorical) and not isinstance(column, Times):
        entries = len(legend(column)[1])
        values = [values_of(column, code) for code in event.hidden if code < entries]
        hidden = dict(st.session_state.hidden)
        hidden[column.name] = frozenset().union(*values)
        st.session_state.hidden = hidden


_ANSWERS: Mapping[type[scatter.ScatterEvent], Callable[[Points, Any], None]] = {
    scatter.Stroke: _stroke,
    scatter.Opened: _open,
    scatter.Command: _commanded,
    scatter.LegendChanged: _hide,
    scatter.RegionChosen: _chosen,
    scatter.NamesShown: _show_names,
    scatter.Rendering: lambda _, event: rendering.choose(event),
    scatter.Resumed: lambda _, event: resume.resume(event.tab),
    scatter.Saving: _save,
    scatter.Dropped: lambda _, event: search_box.ask_image(event.name, event.content),
}
