"""The list of where to look first, while nothing is selected: the best of all findings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.keys import artefact_key
from explorer.maps.regions import outline
from explorer.store.derived.analyses import kept_analyses
from explorer.ui.components.findings import Listed, Listing, findings
from explorer.ui.session import findings as found
from explorer.ui.session import opened, placement, search, selection

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed
    from explorer.actions.inbox import Inbox
    from explorer.data.findings import Finding
    from explorer.data.records import Float32
    from explorer.points.points import Points

SHOWN = 5
PICTURES = 6


def draw() -> None:
    """Draw the list beside the map; it is made when the browser has drawn that."""
    points, of = opened.points(), found.of()
    if not len(points) or not points.space.have_map:
        return
    placed = placement.of(points)
    xy, layout = (placed.drawn, placed.layout_key) if placed else (points.space.xy, points.space.layout_key)
    name = artefact_key(
        points=points.space.key,
        space=str(points.name),
        at=points.at,
        model=of.model,
        how=found.settings(),
        layout=layout,
        analyses=kept_analyses(of.workspace.paths.derived, of.workspace.manifest),
        decided=[one.key for one in found.decided().dismissed()],
    )
    st.markdown("##### Where to look first")
    findings(
        partial(_listing, of, points, xy),
        name=name,
        layout_key=layout,
        key=f"findings {points.name}",
        on_choose=partial(_choose, of, points),
    )


def _inbox(of: Analyzed) -> Inbox:
    from explorer.actions.inbox import at_once  # all kinds of analysis, which the map is drawn without

    return at_once(of)


def _listing(of: Analyzed, points: Points, xy: Float32) -> Listing:
    now = _inbox(of)
    nothing = now.nothing or ("" if now.listed else "Every finding is dismissed: the Findings page lists them.")
    return Listing([_listed(one.finding, of, points, xy) for one in now.listed[:SHOWN]], nothing)


def _listed(one: Finding, of: Analyzed, shown: Points, xy: Float32) -> Listed:
    """A finding with its most telling pictures, and where it lies among the shown points."""
    points = opened.serve_pictures(found.points_of(one, of.view, shown))
    place = outline(xy, found.among(one, points, shown, of.view))
    text = one.sentence.removeprefix(f"{one.title}: ")
    return Listed(one.title, text, points.space.key, found.telling(one, points, of.model)[:PICTURES].tolist(), place)


def _choose(of: Analyzed, shown: Points, place: int) -> None:
    """Select what a finding is about."""
    listed = _inbox(of).listed[:SHOWN]
    if place < len(listed):
        one = listed[place].finding
        points = found.points_of(one, of.view, shown)
        search.close_search()
        selection.select_rows(points.space.rows(one.ids), "finding", among=points)
