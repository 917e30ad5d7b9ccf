"""What sets points apart from the rest, in words, figures and pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.explain import phrases_for
from explorer.data.outcomes import in_words
from explorer.ui.session import clip_model, fragments, opened, text
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32
    from explorer.points.points import Points
    from explorer.subsets.explain import Explanation

_EFFECTS = ((0.474, "large"), (0.33, "medium"), (0.0, "small"))


@fragments.dialog("What sets these apart", width="large")
def dialog(points: Points, mask: Bool) -> None:
    """Explain a selection; a click on one of its images leads on to that image."""
    draw(points, mask, key="selection")
    if st.session_state.opened is not None:
        st.rerun()


def draw(points: Points, mask: Bool, key: str) -> None:
    """Explain the rows of `mask` against all others."""
    if mask.all() or not mask.any():
        st.info("There is nothing to compare with: these are all points, or none.")
        return
    phrases = phrases_for(points, partial(_encoded, points.space.key, points.name.encoder))
    found = points.explain(mask, opened.model(), opened.view().models, phrases)
    (st.success if found.cohesion.holds else st.warning)(text.sentence(found.cohesion.sentence), icon=":material/hub:")
    left, right = st.columns(2)
    with left:
        _words(found)
        _values(found, points)
    with right:
        _numbers(found, points)
    for title, rows in (("Most typical", found.typical), ("Most extreme", found.extreme)):
        st.caption(title)
        thumbnails.of_rows(rows.tolist(), points, key=f"{key} {title}", height=130, selectable=False, arrangeable=False)


def _words(found: Explanation) -> None:
    if found.phrases:
        said = [f"- {text.plain(one.text)} :gray[{one.score:.2f}]" for one in found.phrases[:6]]
        st.markdown("\n".join(["**In CLIP's words**", "", *said]))
        st.caption("Phrases that tell these images from the rest of their class, or from all; 1 would be certain.")


def _values(found: Explanation, points: Points) -> None:
    names = points.colourings(opened.model(), opened.view().models)
    if not found.over_represented:
        st.caption("No value is over-represented.")
        return
    lines = [
        f"| {text.cell(names[one.column])} | {text.cell(in_words(one.column, one.value))} "
        f"| {one.share:.0%} | **{one.lift:.1f}×** | {one.p:.1g} |"
        for one in found.over_represented[:8]
    ]
    st.markdown("\n".join(["| Over-represented | | share | lift | p |", "|:--|:--|--:|--:|--:|", *lines]))


def _numbers(found: Explanation, points: Points) -> None:
    names = points.colourings(opened.model(), opened.view().models)
    if not found.differences:
        st.caption("No measure differs.")
        return
    lines = [
        f"| {text.cell(names[one.column])} | {one.median:.3g} | {one.rest:.3g} | **{one.effect:+.2f}** "
        f"{_size(one.effect)} | {one.p:.1g} |"
        for one in found.differences[:8]
    ]
    st.markdown("\n".join(["| Measure | here | rest | effect | p |", "|:--|:--|--:|--:|--:|", *lines]))
    st.caption("Medians; the effect is Cliff's delta, from -1 to 1; p is adjusted for the number of comparisons.")


def _size(effect: float) -> str:
    return next(name for least, name in _EFFECTS if abs(effect) >= least)


@st.cache_resource(show_spinner="Asking CLIP…", max_entries=4)
def _encoded(key: str, encoder: str, _texts: list[str]) -> Float32:  # noqa: ARG001 - the cache's key, as `_texts` is not
    return clip_model.model(encoder).encode_texts(_texts)
