"""The list of where to look first, while nothing is selected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.actions.findings import FirstLook, first_look
from explorer.actions.segment_findings import SEGMENTS
from explorer.data.keys import artefact_key
from explorer.maps.regions import outline
from explorer.points.cache import Cache
from explorer.ui.components.findings import Listed, Listing, findings
from explorer.ui.session import opened, placement, search, selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.findings import Finding
    from explorer.data.records import Float32
    from explorer.points.opened_build import View
    from explorer.points.points import Points

SHOWN = 5
PICTURES = 6

_found: Cache[FirstLook] = Cache()


def draw() -> None:
    """Draw the list for the points of the map; it is made when the browser has drawn that."""
    view, points, model = opened.view(), opened.points(), opened.model()
    if not len(points) or not points.space.have_map:
        return
    name = artefact_key(points=points.space.key, space=str(points.name), at=points.at, model=model)
    look = partial(_look, name, view, points, model)
    placed = placement.of(points)
    xy, layout = (placed.drawn, placed.layout_key) if placed else (points.space.xy, points.space.layout_key)
    st.markdown("##### Where to look first")
    findings(
        partial(_listing, look, points, model, xy),
        name=artefact_key(found=name, drawn=layout),
        collection=points.space.key,
        layout_key=layout,
        key=f"findings {points.name}",
        on_choose=partial(_choose, look, points),
    )


def _look(name: str, view: View, points: Points, model: str | None) -> FirstLook:
    return _found.get(name, lambda: first_look(view, points, model, SHOWN))


def _listing(look: Callable[[], FirstLook], points: Points, model: str | None, xy: Float32) -> Listing:
    found = look()
    return Listing([_listed(one, points, model, xy) for one in found.findings], found.nothing)


def _listed(one: Finding, points: Points, model: str | None, xy: Float32) -> Listed:
    """A finding with its most telling pictures: of a segment the surest mistakes, of others as they are listed."""
    rows = np.array(points.space.rows(one.ids), np.int64)
    shown = points.worst_first(rows, model) if one.kind == SEGMENTS else rows
    text = one.sentence.removeprefix(f"{one.title}: ")
    return Listed(one.title, text, shown[:PICTURES].tolist(), outline(xy, rows))


def _choose(look: Callable[[], FirstLook], points: Points, place: int) -> None:
    """Select what a finding is about."""
    found = look().findings
    if place < len(found):
        search.close_search()
        selection.select_rows(points.space.rows(found[place].ids), "finding", among=points)
