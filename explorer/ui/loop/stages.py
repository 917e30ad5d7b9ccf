"""How far each subset is on its way through the loop, and one click to do what is next."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.stages import Stage, Way, ways
from explorer.ui.session import judged, live_subsets, opened, text
from explorer.ui.widgets import export_dialog

if TYPE_CHECKING:
    from explorer.data.subsets import Subset

NO_SUBSET = "No subset yet. Lasso images on the map and tag them: each subset is followed here from then on."
MOST = 50
"""Subsets that are drawn, the last changed first."""

_RETURNED, _VERSIONS = "Returned labels", "Model versions"
_DONE, _OPEN = "var(--st-primary-color, #d95f02)", "color-mix(in srgb, currentColor 25%, transparent)"


def draw() -> None:
    """Draw a row of stages for each subset."""
    subsets = sorted(opened.decisions().state().subsets, key=lambda one: one.updated_at, reverse=True)
    if not subsets:
        st.info(NO_SUBSET, icon=":material/bookmark_add:")
        return
    living = [live_subsets.now(one).subset for one in subsets[:MOST]]
    for way in ways(judged.newest(opened.given_view()), living):
        with st.container(border=True, key=f"way-{way.subset.key}"):
            _row(way)
    if len(subsets) > MOST:
        st.caption(f"The {MOST} that were changed last, of {len(subsets):,}.")


def _row(way: Way) -> None:
    left, right = st.columns([4, 3], vertical_alignment="center")
    badge = " :red-badge[to be removed]" if way.subset.remove else ""
    left.markdown(f"**{text.cell(way.subset.name)}**{badge}  \n:gray[{text.plain(way.waits)}]")
    with right:
        _next(way)
    st.html(_line(way))


def _line(way: Way) -> str:
    """The stages as a line of seven, those that are done in colour."""
    steps = "".join(_step(stage, is_next=stage.name == way.step) for stage in way.stages)
    return f'<ol style="display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0;padding:0">{steps}</ol>'


def _step(stage: Stage, *, is_next: bool) -> str:
    colour, weight = (_DONE, 600) if stage.done else (_OPEN, 400)
    border = "dashed" if is_next else "solid"
    when = f"{stage.at:%Y-%m-%d}" if stage.at else "next" if is_next else "–"
    count = "yes" if stage.name == "verified" and stage.done else f"{stage.done:,}"
    said = escape(stage.said, quote=True)
    return (
        f'<li title="{said}" style="flex:1 1 6.2rem;border-top:3px {border} {colour};padding:.25rem 0;'
        f'font-size:.8rem;line-height:1.3"><div style="font-weight:{weight}">{stage.name}</div>'
        f'<div style="font-size:1.05rem;font-weight:{weight}">{count}</div><div style="opacity:.75">{when}</div></li>'
    )


def _next(way: Way) -> None:
    """The button that does what is next, or leads to where it is done."""
    subset = way.subset
    if way.step in ("tagged", ""):
        _lead("Show the images" if way.step else "Show the comparison", way)
    elif way.step == "reviewed":
        _review(subset)
    elif way.step == "exported":
        export_dialog.button([subset], key=f"export {subset.key}")
    else:
        _lead({"returned": "Import labels…", "retrained": "Add predictions…", "verified": "Compare…"}[way.step], way)


def _review(subset: Subset) -> None:
    """Reviewing may be left out: what was tagged can be exported at once."""
    left, right = st.columns(2)
    if left.button("Review…", icon=":material/rule:", width="stretch", key=f"next {subset.key}"):
        st.switch_page("review.py")
    with right:
        export_dialog.button([subset], key=f"export {subset.key}")


def _lead(label: str, way: Way) -> None:
    page, part = {
        "tagged": ("subsets.py", ""),
        "returned": ("loop.py", _RETURNED),
        "retrained": ("dataset.py", ""),
        "verified": ("loop.py", _VERSIONS),
        "": ("loop.py", _VERSIONS),
    }[way.step]
    key = way.subset.key
    if part:
        st.button(
            label, icon=":material/arrow_forward:", width="stretch", key=f"next {key}", on_click=_turn_to, args=(part,)
        )
    elif st.button(label, icon=":material/arrow_forward:", width="stretch", key=f"next {key}"):
        st.session_state.subset = key
        st.switch_page(page)


def _turn_to(part: str) -> None:
    st.session_state.loop_part = part
