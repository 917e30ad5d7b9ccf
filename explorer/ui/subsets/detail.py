"""One subset on a page: its images, and everything that can be done with it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.decide import take_out
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import from_json
from explorer.ui.session import fragments, live_subsets, messages, opened, search, text
from explorer.ui.subsets import grow, removal
from explorer.ui.subsets.grow import points_of
from explorer.ui.widgets import explain_dialog, export_dialog, recommended, tag_dialog, thumbnails
from explorer.ui.widgets.name_field import text_or_one_of

if TYPE_CHECKING:
    from explorer.store.decisions.subsets import Subset

IMAGES, GROW, PROVENANCE, HISTORY = "Images", "Grow", "Where each comes from", "History"
"""What is shown of a subset, one at a time."""

ORIGINS = {
    "lasso": "Lasso",
    "search": "Search",
    "grown": "Grown",
    "rule": "Rule",
    "finding": "Finding",
    "thumbnail": "Thumbnail",
    "import": "Imported",
    "ids": "List of ids",
    "reviews": "Review",
}
"""How a member was found, in words."""

MOST_LISTED = 5000

HEX = re.compile("#[0-9a-fA-F]{6}")
"""A colour of ours; whatever else was stored is not drawn."""
_FIRST_COLOUR = "#d95f02"
_DOTS = {
    "🔴": (221, 46, 68),
    "🟠": (244, 144, 12),
    "🟡": (253, 203, 88),
    "🟢": (120, 177, 89),
    "🔵": (85, 172, 238),
    "🟣": (170, 142, 214),
    "🟤": (193, 105, 79),
    "⚫": (49, 55, 61),
    "⚪": (230, 231, 232),
}


def above(subsets: list[Subset]) -> None:
    """The way back to the list and to every other subset."""
    with st.container(key="row-subset"):
        back, choice, undo = st.columns([2, 5, 3], vertical_alignment="bottom")
    back.button("All subsets", icon=":material/arrow_back:", on_click=_show_all, width="stretch")
    with choice:
        _choose(subsets)
    with undo:
        tag_dialog.undo_buttons()


def _show_all() -> None:
    st.session_state.subset = None


def _choose(subsets: list[Subset]) -> None:
    found = {subset.key: live_subsets.now(subset).subset for subset in subsets}
    names = {key: f"{dot(one.colour)}{text.short(one.name)} ({progress(one)})" for key, one in found.items()}
    st.session_state.subset = str(st.session_state.subset)  # or one whose count has changed would no longer be chosen
    st.selectbox(
        "Subset", list(found), key="subset", format_func=lambda key: names.get(key, key), label_visibility="collapsed"
    )


def draw(subset: Subset) -> grow.Judge | None:
    """One subset: what it is, what can be done with it, and a part of what there is to see.

    Returns:
        What decides on an image that is shown large; None where it is not about candidates.
    """
    subset, problem = live_subsets.now(subset)
    if problem:
        st.warning(text.plain(problem), icon=":material/filter_alt_off:")
    head(subset)
    actions(subset)
    parts = [IMAGES, GROW, PROVENANCE, HISTORY]
    st.session_state.subset_tab = str(st.session_state.subset_tab)  # or the first is shown on coming back to the page
    part = st.segmented_control("Show", parts, key="subset_tab", required=True, label_visibility="collapsed")
    if part == GROW:
        return _grow(subset)
    if part == PROVENANCE:
        provenance(subset)
    elif part == HISTORY:
        _events(subset)
    else:
        members(subset)
    return None


def _grow(subset: Subset) -> grow.Judge | None:
    left, right = st.columns([2, 5], gap="large")
    with left:
        grow.members(subset)
    with right:
        return grow.candidates(subset)


def progress(subset: Subset) -> str:
    """How many members, and of how many: `23 of 50`."""
    return f"{len(subset.members):,}" + (f" of {subset.target:,}" if subset.target else "")


def dot(colour: str) -> str:
    """A dot of nearly this colour for a list of plain text, with a space; empty where there is no colour."""
    if not HEX.fullmatch(colour):
        return ""
    red, green, blue = bytes.fromhex(colour[1:])
    near = min(_DOTS, key=lambda each: sum((a - b) ** 2 for a, b in zip(_DOTS[each], (red, green, blue), strict=True)))
    return f"{near} "


def head(subset: Subset) -> None:
    """Name, colour, category, note, target, rule, and who made it when."""
    if HEX.fullmatch(subset.colour):
        st.html(f'<div style="width:3rem;height:.35rem;border-radius:.2rem;background:{subset.colour}"></div>')
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    with left:
        st.markdown(f"#### {text.cell(subset.name)}", help=text.whole(subset.name))
        badge = f":blue-badge[{text.cell(subset.category)}] " if subset.category else ""
        st.caption(
            f"{badge}{points_of(subset).space.counted(len(subset.members))} · made by "
            f"{text.plain(subset.created_by)} on {subset.created_at:%Y-%m-%d %H:%M} UTC",
            help=text.whole(subset.category),
        )
    if subset.target:
        right.progress(min(1.0, len(subset.members) / subset.target), text=f"{progress(subset)} aimed at")
    _mark(subset)
    if subset.note:
        st.text(subset.note)
    if subset.actions:
        st.markdown(recommended.in_words(subset.actions))
    if subset.rule:
        st.markdown(f":material/filter_alt: Live: {text.plain(in_words(subset))}")


def _mark(subset: Subset) -> None:
    """Mark a subset for removal, and say how good the models are without its members."""
    key = f"remove {subset.key}"
    st.session_state[key] = subset.remove
    st.toggle(
        "These are to leave the data set",
        key=key,
        on_change=_set_remove,
        args=(subset, key),
        help="Exports leave them out, and the figures without them stand here. No file is touched.",
    )
    if subset.remove:
        removal.draw(subset)


def _set_remove(subset: Subset, key: str) -> None:
    messages.attempt(opened.decisions().edit_subset, subset.key, remove=bool(st.session_state[key]))


def in_words(subset: Subset) -> str:
    """What the rule of a live subset asks for."""
    try:
        return live_subsets.in_words(from_json(subset.rule or {}))
    except ExplorerError as error:
        return str(error)


def actions(subset: Subset) -> None:
    """Show on the map, grow, explain, edit, delete.

    A click on a subset that another tab has deleted meanwhile does nothing to the one that takes its place.
    """
    key = subset.key
    with st.container(key="row-actions"):
        one, five, three, out, four = st.columns(5)
    points = points_of(subset)
    rows = points.space.rows(subset.ids)
    if one.button(
        "Show on map",
        icon=":material/scatter_plot:",
        width="stretch",
        type="primary",
        key=f"show {key}",
        on_click=search.show_on_map,
        args=(rows, "subset", points),
    ):
        st.switch_page("map.py")
    if five.button("What sets these apart…", icon=":material/troubleshoot:", width="stretch", key=f"explain {key}"):
        mask = np.zeros(len(points), np.bool_)
        mask[rows] = True
        explain_dialog.dialog(points, mask)
    if three.button("Edit…", icon=":material/edit:", width="stretch", key=f"edit {key}"):
        _edit(subset)
    with out:
        export_dialog.button([subset], key=f"export {key}")
    four.button(
        "Delete",
        icon=":material/delete:",
        width="stretch",
        help="It can be restored, under Deleted.",
        key=f"delete {key}",
        on_click=_delete,
        args=(subset,),
    )


def _delete(subset: Subset) -> None:
    if messages.attempt(opened.decisions().delete_subset, subset.key):
        st.session_state.subset = None
        messages.say(f"Deleted “{text.cell(subset.name)}”. Restore it under Deleted, or with Undo.")


@fragments.dialog("Edit subset")
def _edit(subset: Subset) -> None:
    name = st.text_input("Name", subset.name)
    category = text_or_one_of(
        "Category", tag_dialog.category_names(), key=f"category of {subset.key}", first=subset.category
    )
    note = st.text_area("Note", subset.note, max_chars=2000)
    actions = recommended.field(subset.actions, key=f"actions of {subset.key}")
    left, right = st.columns(2, vertical_alignment="bottom")
    target = left.number_input("Members aimed at", min_value=0, value=subset.target or 0, help="0: no aim.")
    coloured = right.toggle("With a colour", bool(HEX.fullmatch(subset.colour)))
    first = subset.colour if HEX.fullmatch(subset.colour) else _FIRST_COLOUR
    colour = right.color_picker("Colour", first) if coloured else ""
    if st.button("Save", type="primary", width="stretch"):
        facts = {"name": name, "note": note, "category": category, "colour": colour, "target": int(target)}
        if messages.attempt(opened.decisions().edit_subset, subset.key, **facts, actions=actions):
            st.rerun()
        messages.show_refusal()
    if subset.rule and st.button("Keep what the rule finds now, and stop following it", width="stretch"):
        freeze(subset)
        st.rerun()


def freeze(subset: Subset) -> None:
    """Make the live members fixed ones, then drop the rule."""
    found = [Member(one.id, "rule", None) for one in subset.members.values() if one.origin == "rule"]
    if not found or messages.attempt(opened.decisions().add_members, subset.key, found, reason=in_words(subset)):
        messages.attempt(opened.decisions().edit_subset, subset.key, rule={})


def members(subset: Subset) -> None:
    """The member images, by where they come from; checked ones can be taken out."""
    points = points_of(subset)
    missing = len(subset.members) - len(points.space.rows(subset.ids))
    if missing:
        st.warning(f"{counted(missing, 'member is', 'members are')} not in the current build, and kept in the subset.")
    origins = _origins(subset)
    rows = points.space.rows(one.id for one in subset.members.values() if one.origin in origins)
    given = {row: subset.members[points.space.ids[row]].score for row in rows}
    scores = {row: score for row, score in given.items() if score is not None}
    checked = thumbnails.of_rows(
        rows,
        points,
        key=f"members {subset.key}",
        height=420,
        scores=scores,
        order="As they came in",
        tagged=False,
        empty="No members yet.",
    )
    label = f"Take {len(checked):,} out of {text.cell(subset.name)}"
    if checked and st.button(label, icon=":material/remove:", key=f"take out {subset.key}"):
        messages.attempt(take_out, opened.decisions(), subset.key, points.space.ids_of(checked))
        st.rerun()


def _origins(subset: Subset) -> set[str]:
    """The origins to show, all unless the person narrows."""
    counts = Counter(one.origin for one in subset.members.values())
    if len(counts) < 2:  # noqa: PLR2004 - nothing to choose between
        return set(counts)
    chosen = st.pills(
        "Members from",
        list(counts),
        selection_mode="multi",
        key=f"origins {subset.key}",
        format_func=lambda origin: f"{ORIGINS.get(origin, origin)} ({counts[origin]:,})",
    )
    return set(chosen) or set(counts)


def provenance(subset: Subset) -> None:
    """How each member was found, by whom and when."""
    rows = [
        (one.id, ORIGINS.get(one.origin, one.origin), one.score, one.author, f"{one.time:%Y-%m-%d %H:%M}")
        for one in list(subset.members.values())[:MOST_LISTED]
    ]
    frame = pd.DataFrame(rows, columns=["id", "origin", "score", "by", "at (UTC)"])
    st.dataframe(frame, hide_index=True, width="stretch", placeholder="")
    if len(subset.members) > MOST_LISTED:
        st.caption(f"The first {MOST_LISTED:,} of {len(subset.members):,}; the CSV export has all.")


def deleted() -> None:
    """Deleted subsets, each one click from being back."""
    gone = opened.decisions().state().deleted
    if not gone:
        return
    with st.expander(f"Deleted ({len(gone)})"):
        for subset in gone:
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(
                f"{dot(subset.colour)}{text.cell(subset.name)} :gray[({counted(len(subset.members), 'member')})]"
            )
            right.button(
                "Restore",
                key=f"restore {subset.key}",
                on_click=_restore,
                args=(subset,),
                width="stretch",
            )


def _restore(subset: Subset) -> None:
    """Bring it back, and show it."""
    if messages.attempt(opened.decisions().restore_subset, subset.key):
        st.session_state.subset = subset.key
        messages.say(f"“{text.cell(subset.name)}” is back.")


def history() -> None:
    """What was decided about all subsets, newest first."""
    with st.expander("History"):
        _events(None)


def _events(subset: Subset | None) -> None:
    for event in opened.decisions().history(subset.key if subset else None, limit=100):
        line = text.plain(event.sentence)
        said = f"~~{line}~~ (undone)" if event.undone else line
        st.markdown(f":gray[{event.time:%Y-%m-%d %H:%M}] {said}")
