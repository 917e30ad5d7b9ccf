"""A batch of added images: which edge cases it belongs to, and what to do with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.add import match_again
from explorer.actions.batch_matches import held_against
from explorer.actions.batches import left_out_batches, take_out
from explorer.actions.drift import batch_drift, sentence
from explorer.actions.tag import tag
from explorer.data.counts import counted
from explorer.data.records import BATCH
from explorer.data.spaces import IMAGES, LABELS, SpaceName
from explorer.data.subsets import Member, Subset
from explorer.errors import ExplorerError
from explorer.points.cache import Cache
from explorer.points.columns import COPY, MATCH, SIMILARITY
from explorer.ui.session import messages, opened, search, selection, text
from explorer.ui.widgets import tag_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.actions.add import Added
    from explorer.data.records import Progress
    from explorer.points.points import Points

T = TypeVar("T")

ORDINARY = "no match"
NONE_YET = (
    "No new images yet. Those added here are placed on the map without moving any other point, and say which stored "
    "edge case they belong to."
)
HEIGHT = 560

_drifts: Cache[str] = Cache()


def draw() -> None:
    """Draw the chosen batch."""
    left, right = st.columns([2, 5], gap="large")
    with left:
        batch = _chosen()
        points = opened.named_points(_space(batch))
        rows = _rows(batch, points)
        _about(batch)
        _drift(batch)
        _show_on_map(points, rows)
        _match_again(batch)
        _take_out(batch)
        _held_against(batch)
    with right:
        _points(batch, points, rows)


def left_out() -> None:
    """Name the batches that were received and are not on this build's maps, with the reason."""
    for name, reason in left_out_batches(opened.view().workspace).items():
        st.warning(f"The batch {text.cell(name)} is not on the map: {text.plain(reason)}.")


def _chosen() -> Mapping[str, Any]:
    """The batch that is looked at, the newest at first."""
    batches = {batch["name"]: batch for batch in reversed(opened.view().workspace.manifest.batches)}
    if st.session_state.get("batch") not in batches:
        st.session_state.batch = next(iter(batches))
    name = st.selectbox("Batch", list(batches), key="batch", format_func=text.short)
    chosen: Mapping[str, Any] = batches[name]
    return chosen


def _space(batch: Mapping[str, Any]) -> SpaceName:
    """Whose points are shown: the images, or in detection their boxes."""
    workspace = opened.view().workspace
    images = workspace.batch_ids(batch["name"])
    boxes = [space for space in workspace.box_spaces if workspace.sample_ids(space).isin(images).any()]
    if not boxes:
        return IMAGES
    names = {str(IMAGES): "Images", str(LABELS): "Labelled boxes"}
    chosen = st.segmented_control(
        "Show",
        [str(IMAGES), *map(str, boxes)],
        default=str(IMAGES),
        required=True,
        key=f"space of {batch['name']}",
        format_func=lambda space: names.get(space, f"Boxes of {text.cell(str(SpaceName.parse(space).model))}"),
    )
    return SpaceName.parse(chosen)


def _rows(batch: Mapping[str, Any], points: Points) -> np.ndarray:
    """Rows of the batch among the points."""
    images = opened.view().workspace.batch_ids(batch["name"])
    owners = opened.view().workspace.sample_ids(points.name)
    return np.flatnonzero(owners.isin(images).to_numpy())


def _about(batch: Mapping[str, Any]) -> None:
    images = opened.view().images.space.counted(batch["images"])
    boxes = f", {batch['boxes']:,} labelled boxes" if batch["boxes"] else ""
    st.markdown(f"**{images}**{boxes}")
    at = f"{datetime.fromisoformat(batch['added_at']):%Y-%m-%d %H:%M} UTC"
    st.caption(f"Added {at} from {_source(batch['source'])}. No point that was already there has moved.")
    frame = opened.view().workspace.samples
    if COPY in frame:
        copies = int(frame.loc[opened.view().workspace.batch_ids(batch["name"]), COPY].notna().sum())
        if copies:
            many = counted(copies, "of them is", "of them are")
            st.caption(f":material/content_copy: {many} the same file as another image, which “copy_of” names.")


def _drift(batch: Mapping[str, Any]) -> None:
    """Whether the batch differs from what was built first, and in what."""
    points, name = opened.view().images, str(batch["name"])
    with st.spinner("Comparing with what was there…"):
        said = _drifts.get((opened.view().key, name), lambda: _said(points, name))
    if said:
        st.caption(f":material/trending_up: {text.plain(said)}")


def _said(points: Points, name: str) -> str:
    found = batch_drift(points, name)
    return sentence(found, points, surely=found.is_sure) if found else ""


def _source(written: str) -> str:
    uploaded = Path(written).is_relative_to(opened.view().workspace.paths.uploads.resolve())
    return "the browser" if uploaded else text.plain(written)


def _show_on_map(points: Points, rows: np.ndarray) -> None:
    if st.button(
        "Show on the map",
        icon=":material/scatter_plot:",
        width="stretch",
        disabled=not points.space.have_map,
        on_click=search.show_on_map,
        args=(rows.tolist(), "filter", points),
        kwargs={"colours": [BATCH]},
    ):
        st.switch_page("map.py")


def _match_again(batch: Mapping[str, Any]) -> None:
    label = "Match again" if batch["matches"] else "Match with the edge cases"
    if st.button(label, icon=":material/search_check:", width="stretch", help="With the subsets as they are now."):
        workspace, rate = opened.view().workspace, st.session_state.false_alarm / 100

        def act(tell: Callable[[Progress], None]) -> Added:
            return match_again(workspace, batch["name"], false_alarm=rate, on_progress=tell)

        done = attempted("Matching…", act)
        if done:
            st.session_state.left_out = (done.unmatched,) if done.unmatched else ()
            points = counted(len(done.matches), "point matches", "points match")
            messages.say(f"Of {text.cell(batch['name'])}, {points} a subset.")
            st.rerun()


def _take_out(batch: Mapping[str, Any]) -> None:
    with st.popover("Take out…", icon=":material/delete:", width="stretch"):
        st.markdown(
            "The images leave the maps and the tables; what was decided about them stays, and counts again "
            "when they are added again."
        )
        if st.button(f"Take out {text.cell(batch['name'])}", type="primary", width="stretch"):
            workspace = opened.view().workspace
            if attempted("Taking out…", lambda tell: take_out(workspace, batch["name"], on_progress=tell)):
                st.session_state.left_out = ()
                messages.say(f"Took out {text.cell(batch['name'])}.")
                st.rerun()


def _held_against(batch: Mapping[str, Any]) -> None:
    """How good each detector was on what it was not made from."""
    figures = held_against(opened.view().workspace, batch["name"])
    if not figures:
        return
    with st.expander("How sure the matches are"):
        rows = [
            {
                "Subset": one["name"],
                "Of": one["of"],
                "False alarms set": f"{one['false_alarm']:.1%}",
                "Measured": "{:.1%} ({:.1%} to {:.1%})".format(*one["measured_false_alarm"]),
                "Members recognised": "–" if one["recall"] is None else f"{one['recall']:.0%}",
            }
            for one in figures
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", placeholder="–")
        st.caption(
            "Measured on ordinary points that had no part in setting the threshold, with a 95% interval; members are "
            "recognised when they are left out of their own subset."
        )


def attempted(title: str, act: Callable[[Callable[[Progress], None]], T]) -> T | None:
    """Do something that takes a while, with its progress; a refusal is shown as a sentence."""
    try:
        messages.refuse_viewer()
        with st.status(title) as status:
            return act(lambda now: status.update(label=f"{now.step}: {now.done:,} of {now.total:,}"))
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
    except OSError as error:
        st.error(
            f"{text.plain(str(error.filename))}: {error.strerror}. Check its permissions and the free space.",
            icon=":material/error:",
        )
    return None


def _points(batch: Mapping[str, Any], points: Points, rows: np.ndarray) -> None:
    """The points of the batch by what they match, with the ways to keep them."""
    frame = points.table.frame.iloc[rows]
    subset = frame[MATCH] if MATCH in frame else pd.Series([None] * len(rows), frame.index, object)
    if batch["matches"]:
        shown = _by_match(batch, subset.fillna(ORDINARY))
    else:
        st.caption("Not matched with any edge case yet.")
        shown = None
    picked = rows if shown is None else rows[(subset.fillna(ORDINARY) == shown).to_numpy()]
    known = frame[SIMILARITY] if SIMILARITY in frame else pd.Series(np.nan, frame.index)
    scores = {int(row): float(score) for row, score in zip(rows, known, strict=True) if not np.isnan(score)}
    actions = st.container()
    checked = thumbnails.of_rows(picked.tolist(), points, key=f"batch {batch['name']}", height=HEIGHT, scores=scores)
    with actions:
        _actions(points, checked or picked.tolist(), scores, "" if shown in (None, ORDINARY) else str(shown))


def _by_match(batch: Mapping[str, Any], subset: pd.Series) -> str | None:
    counts = subset.value_counts()
    names = sorted(counts.index, key=lambda name: (name == ORDINARY, -counts[name]))
    chosen: str | None = st.pills(
        "Matches",
        names,
        default=next(iter(names), None),
        format_func=lambda name: f"{text.cell(name)} ({counts[name]:,})",
        key=f"match {batch['name']}",
    )
    return chosen


def _actions(points: Points, rows: Sequence[int], scores: Mapping[int, float], subset: str) -> None:
    """Put the rows into the subset they match, or tag them as something else."""
    left, right = st.columns(2)
    known = next((one for one in opened.decisions().state().subsets if one.name == subset), None)
    with left:
        if known:
            _add_button(points, [row for row in rows if points.space.ids[row] not in known.members], scores, known)
    with right:
        tag_dialog.tag_button(rows, points)


def _add_button(points: Points, rows: Sequence[int], scores: Mapping[int, float], subset: Subset) -> None:
    """Offer to put into a subset what matches it and is not in it yet."""
    name, many = text.cell(subset.name), points.space.counted(len(rows))
    label = f"Add {many} to {name}" if rows else f"All are in {name}"
    if st.button(label, type="primary", icon=":material/check:", width="stretch", disabled=not rows):
        members = [Member(points.space.ids[row], "search", scores.get(row)) for row in rows]
        if messages.attempt(tag, opened.decisions(), subset.name, members, context=selection.context()):
            messages.say(f"{many} added to “{text.cell(subset.name)}”.")
            st.rerun()
