"""The panel beside the map: how many, how good, what stands out, how spread, one by one, and what to do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.analysis.segments import drawn_again, rate_on
from explorer.data.counts import counted
from explorer.data.outcomes import in_words
from explorer.data.spaces import LABELS
from explorer.signals.neighborhood import DISAGREEMENT
from explorer.subsets.over_represented import over_represented
from explorer.ui.map import distributions, first_look, part_of, search_results, table
from explorer.ui.session import filters, membership, opened, search, selection, text
from explorer.ui.widgets import explain_dialog, tag_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool
    from explorer.points.points import Points
    from explorer.stats.intervals import Rate

IMAGES, DISTRIBUTIONS, TABLE = "images", "distributions", "table"
TABS = {IMAGES: "Images", DISTRIBUTIONS: "Distributions", TABLE: "Table"}
"""What can be looked at beside the map, by what the session key `open_tab` calls it."""

VALUES_SHOWN = 4
LOOK_AT_LABELS = (
    "Without predictions, look at the labels: colour by *Neighbours disagree with the label*. Where most of the images "
    "around one are called something else, its label may be wrong, or the image is an edge case."
)
TOO_FEW = 20
"""Below this many rows a rate is only hinted at."""


def draw() -> None:
    """Draw what fits the moment: a search's hits, the selection, or how to begin; of the tabs only the open one."""
    if not len(opened.view().images):
        st.info("This workspace has no images: every one was left out. The Dataset page says why.")
        return
    tab = st.segmented_control(
        "Beside the map",
        list(TABS),
        key="open_tab",
        required=True,
        format_func=TABS.__getitem__,
        label_visibility="collapsed",
    )
    found = search.current()
    about = search.strokes(found) if found else selection.strokes()
    mask = opened.view().mask(about, opened.points())
    if found and tab == IMAGES:
        search_results.draw()
        return
    if found:
        search_results.title(found)
        st.button("Close search", on_click=search.close_search)
    elif mask.any():
        _selection(mask)
    elif tab == TABLE:
        st.caption("Nothing is selected: these are all points that the map shows.")
    if tab == DISTRIBUTIONS:
        distributions.draw(about, "found" if found else "selected")
    elif tab == TABLE:
        table.draw(np.array(_worst_first(mask if mask.any() else filters.visible()), np.int64))
    elif mask.any():
        _images(mask)
    else:
        _nothing_selected()


def _selection(mask: Bool) -> None:
    """How many are selected, how good the model is on them, and what they are part of."""
    count = int(mask.sum())
    left, right = st.columns(2, vertical_alignment="center")
    left.markdown(f"#### {count:,} selected  \n:gray[{count / len(mask):.1%} of {len(mask):,}]")
    with right:
        tag_dialog.tag_button(np.flatnonzero(mask).tolist())
    unseen = int((mask & ~filters.visible()).sum())
    if unseen:
        st.caption(f":material/filter_alt: {unseen:,} of them are hidden by the filters.")
    _accuracy(mask)
    part_of.draw(mask)


def _images(mask: Bool) -> None:
    """What stands out in the selection, and its images."""
    _over_represented(mask)
    if st.button("What sets these apart…", icon=":material/troubleshoot:", width="stretch"):
        explain_dialog.dialog(opened.points(), mask)
    actions = st.container()
    checked = thumbnails.of_rows(
        _worst_first(mask), opened.points(), key="selection", height=thumbnails.PANEL_HEIGHT, order="Worst first"
    )
    if checked:
        with actions:
            _checked_actions(opened.points(), checked)


def _accuracy(mask: Bool) -> None:
    model = text.plain(str(opened.model()))
    points, verb = opened.points(), _verb(opened.points(), opened.model())
    judged = points.judged(opened.model())
    drawn = drawn_again(judged)
    here, rest = (rate_on(judged, np.flatnonzero(part), drawn) for part in (mask, ~mask))
    if not here.n:
        return
    if here.n < TOO_FEW:
        st.markdown(f"{_of(here)} {verb} here by {model}: too few to say more")
        return
    line = f"**{here.value:.0%} {verb}** here by {model} ({here.low:.0%} to {here.high:.0%})"
    if rest.n:
        gap = round(here.value * 100) - round(rest.value * 100)
        colour = "red" if here.high < rest.value else "green" if here.low > rest.value else "gray"
        line += f"  \n{rest.value:.0%} on the rest, :{colour}[**{gap:+.0f} points**]".replace("-", "−")
    interval = "by drawing images again: what is on one image hangs together" if drawn else "Wilson's"
    st.markdown(line, help=f"{_of(here)} here, {_of(rest)} on the rest; the range is the 95% interval, {interval}.")


def _verb(points: Points, model: str | None) -> str:
    """What a model did that got something right."""
    if f"{model}.tp" in points.table:
        return "of the objects found"
    return "found" if points.space.are_boxes and points.name == LABELS else "correct"


def _of(one: Rate) -> str:
    return f"{one.hits:,} of {one.n:,}"


def _over_represented(mask: Bool) -> None:
    points, names = opened.points(), membership.colourings(opened.points())
    found = over_represented(points.table, points.explaining(opened.model(), opened.view().models), mask)[:VALUES_SHOWN]
    if not found:
        st.caption("Nothing is over-represented here.")
        return
    lines = [
        f"| {text.cell(names[one.column])} | {text.cell(in_words(one.column, one.value))} "
        f"| {one.share:.0%} | **{one.lift:.1f}×** |"
        for one in found
    ]
    st.markdown("\n".join(["| Over-represented | | share | lift |", "|:--|:--|--:|--:|", *lines]))


def _worst_first(mask: Bool) -> list[int]:
    """The rows of a selection, what is most wrong first."""
    rows: list[int] = opened.points().worst_first(np.flatnonzero(mask), opened.model()).tolist()
    return rows


def _checked_actions(points: Points, checked: Sequence[int]) -> None:
    """Narrow the selection by thumbnail: keep what is checked, or drop it."""
    keep, drop = st.columns(2)
    keep.button(
        f"Keep only {points.space.counted(len(checked))}",
        on_click=selection.select_rows,
        args=(checked, "thumbnail"),
        kwargs={"among": points},
        width="stretch",
        icon=":material/check:",
    )
    drop.button(
        f"Leave out {points.space.counted(len(checked))}",
        on_click=selection.select_rows,
        args=(checked, "thumbnail", "subtract"),
        kwargs={"among": points},
        width="stretch",
        icon=":material/close:",
    )
    search_results.more_button(points, checked)


def _nothing_selected() -> None:
    judged = opened.view().judges
    if judged:
        _overall()
    elif DISAGREEMENT in opened.points().table:
        st.markdown(LOOK_AT_LABELS)
    first_look.draw()
    st.markdown("##### Draw around a suspicious cluster")
    st.markdown(
        "Drag on the map to lasso points; **Shift** adds, **Alt** takes away, the wheel zooms, **Esc** clears. "
        f"What you select appears here: {'how well the model does on it, ' * judged}what it has too much of, and its "
        "images."
    )
    subsets = opened.decisions().state().subsets
    if subsets:
        many = counted(len(subsets), "edge-case subset")
        st.caption(f"{many} so far: see the Subsets page.")


def _overall() -> None:
    """How good each model is on everything that is shown."""
    view = opened.view()
    for model in view.models:
        for title, of, points in view.judged(model, opened.thresholds()):
            _figure(title, of, points, model)


def _figure(title: str, of: str, points: Points, model: str) -> None:
    judged = points.judged(model)
    share = rate_on(judged, np.flatnonzero(filters.visible(points)), drawn_again(judged))
    if share.n:
        where = ", as filtered" if filters.filters_for(points) else ""
        st.markdown(
            f"{text.plain(title)} **{share.value:.1%}** {of}{where}  \n"
            f":gray[{_of(share)}; {share.low:.1%} to {share.high:.1%}]"
        )
