"""Findings as cards: pictures, the claim, its figure, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.analyzed import BUDGET
from explorer.actions.drift import DRIFT
from explorer.actions.driver_findings import DRIVERS
from explorer.actions.duplicate_findings import DUPLICATES
from explorer.actions.export import finding_as_subset
from explorer.actions.findings import gain_in_words
from explorer.actions.label_issues import LABEL_ISSUES
from explorer.actions.next_to_label import NEXT
from explorer.actions.segment_findings import SEGMENTS
from explorer.ui.findings import copies, dismissing, recommending
from explorer.ui.findings.heading import titled
from explorer.ui.session import findings, messages, opened, search, text
from explorer.ui.widgets import export_dialog, recommended, tag_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.actions.findings import Known
    from explorer.actions.inbox import Inbox
    from explorer.data.findings import DecidedFinding, Finding
    from explorer.points.points import Points

PER_PAGE = 10
PICTURES = 5

BUDGETS = (10, BUDGET, 50, 100, 200, 500)
"""How many images to label next one may ask for."""

_SIZE = 78
"""Least width of a picture, pixels."""


def draw(shown: Sequence[Known] | None, now: Inbox, of: Analyzed) -> None:
    """The cards of the findings, a page at a time; of those that were dismissed where none are given."""
    if shown is None:
        _dismissed({one.key: one for one in now.dismissed}, of)
        return
    if not shown:
        _nothing(now)
        return
    first = _first_of_page(len(shown))
    for one in shown[first : first + PER_PAGE]:
        with st.container(border=True, key=f"finding-{one.key}"):
            _card(one, of)


def _nothing(now: Inbox) -> None:
    said = now.nothing if not now.dismissed else "Every finding is dismissed: Dismissed lists them, with the reasons."
    st.info(text.sentence(said), icon=":material/task_alt:")


def _first_of_page(n: int) -> int:
    pages = -(-n // PER_PAGE)
    if pages < 2:  # noqa: PLR2004 - nothing to turn to
        return 0
    st.session_state.finding_page = min(st.session_state.finding_page or 0, pages - 1)
    page = st.segmented_control(
        "Page",
        range(pages),
        key="finding_page",
        required=True,
        label_visibility="collapsed",
        format_func=lambda page: _places(page * PER_PAGE + 1, min(n, (page + 1) * PER_PAGE)),
    )
    return int(page or 0) * PER_PAGE


def _places(first: int, last: int) -> str:
    return f"{first}–{last}" if last > first else f"{first}"


def _card(one: Known, of: Analyzed) -> None:
    points = _shown(one.finding, of)
    rows = findings.telling(one.finding, points, of.model)
    left, right = st.columns([5, 8], vertical_alignment="center", gap="medium")
    with left:
        _pictures(one, points, rows[:PICTURES].tolist())
    with right:
        _claim(one)
        _actions(one, points, rows.tolist(), of)


def _shown(one: Finding, of: Analyzed) -> Points:
    return opened.serve_pictures(findings.points_of(one, of.view, of.points))


def _pictures(one: Known, points: Points, rows: Sequence[int]) -> None:
    thumbnails.of_rows(
        rows,
        points,
        key=f"finding {one.key}",
        height=_SIZE + 76,
        size=_SIZE,
        arrangeable=False,
        selectable=False,
        empty="None of its images is in this build.",
    )


def _claim(known: Known) -> None:
    """The sentence, what is to be done about it, and its figure with its interval."""
    one = known.finding
    words, figure = st.columns([5, 2], vertical_alignment="center")
    said = one.sentence.removeprefix(f"{one.title}: ")
    gain = gain_in_words(one.figures.get("metric"), one.score)
    fixing = f"  \n:gray[Fixing it gains {gain}.]" if gain else ""
    words.markdown(f"**{text.plain(one.title)}** :blue-badge[{titled(one.kind)}]  \n{text.plain(said)}{fixing}")
    if known.decided and known.decided.actions:
        words.markdown(recommended.in_words(known.decided.actions))
    if findings.has_interval(one):
        with figure:
            st.html(_interval(one.figures))


def _interval(figures: Mapping[str, float | int | str]) -> str:
    """A rate and its interval on a line from 0 to 1, with a tick where the rest is."""
    rate, low, high = (float(figures[name]) for name in ("rate", "low", "high"))
    bars = [_bar(0, 1, 2, 0.25), _bar(low, high - low, 6, 1.0)]
    label = f"{rate:.0%}, {low:.0%} to {high:.0%}"
    if "elsewhere" in figures:
        rest = float(figures["elsewhere"])
        bars.append(_bar(rest, 0, 14, 0.6))
        label += f", elsewhere {rest:.0%}"
    return (
        f'<div role="img" aria-label="{label}" title="{label}" style="max-width:11rem">'
        f'<div style="font-size:1.35rem;font-weight:600;line-height:1.2">{rate:.0%}</div>'
        f'<div style="position:relative;height:14px;margin:.2rem 0">{"".join(bars)}</div>'
        f'<div style="font-size:.8rem;opacity:.75">{low:.0%} to {high:.0%}</div></div>'
    )


def _bar(start: float, width: float, height: int, opacity: float) -> str:
    """A part of a line that is 14 pixels high, two pixels wide at least."""
    place = f"left:{start:.1%};width:max(2px,{width:.1%});top:{(14 - height) // 2}px;height:{height}px"
    return f'<div style="position:absolute;{place};background:currentColor;opacity:{opacity}"></div>'


def _actions(one: Known, points: Points, rows: Sequence[int], of: Analyzed) -> None:
    has_more = one.finding.kind in (DUPLICATES, LABEL_ISSUES, NEXT, SEGMENTS)
    with st.container(key=f"row-of-{one.key}"):
        *own, first, second, out, third = st.columns(4 + has_more)
    for place in own:
        with place:
            _own_action(one, of)
    if first.button(
        "Show on map",
        icon=":material/scatter_plot:",
        width="stretch",
        key=f"show {one.key}",
        on_click=search.show_on_map,
        args=(rows, "finding", points),
        kwargs={"model": one.model, "colours": _colours(one.finding)},
        disabled=not rows,
    ):
        st.switch_page("map.py")
    with second:
        tag_dialog.tag_button(rows, points, key=f"tag {one.key}", origin="finding")
    with out:
        export_dialog.button([finding_as_subset(one, messages.author_name())], key=f"export {one.key}")
    if third.button("Dismiss…", icon=":material/do_not_disturb_on:", width="stretch", key=f"dismiss {one.key}"):
        dismissing.dialog(one)


def _colours(one: Finding) -> list[str]:
    """The column that tells of it on the map, where it is about one: what differs, or what errors go with."""
    return [str(one.figures["column"])] if one.kind in (DRIFT, DRIVERS) else []


def _own_action(one: Known, of: Analyzed) -> None:
    """What can be done about findings of its kind alone."""
    if one.finding.kind == DUPLICATES:
        copies.button(of, one.key)
    elif one.finding.kind == SEGMENTS:
        if st.button("To do…", icon=":material/checklist:", width="stretch", key=f"todo {one.key}"):
            recommending.dialog(one)
    elif one.finding.kind == NEXT:
        st.selectbox(
            "How many to label",
            BUDGETS,
            key="label_budget",
            format_func=lambda n: f"{n:,} at most",
            label_visibility="collapsed",
        )
    elif st.button("Review labels", icon=":material/rule:", width="stretch", key=f"review {one.key}"):
        st.session_state.update(label_at=None, label_pair=None)
        st.switch_page("labels.py")


def _dismissed(found: Mapping[str, Known], of: Analyzed) -> None:
    """Every finding that is dismissed, with the reason; those that the build finds no longer have no pictures."""
    every = findings.decided().dismissed()
    if not every:
        st.info("No finding is dismissed.", icon=":material/task_alt:")
    first = _first_of_page(len(every))
    for decided in every[first : first + PER_PAGE]:
        with st.container(border=True, key=f"dismissed-{decided.key}"):
            _decided(decided, found.get(decided.key), of)


def _decided(decided: DecidedFinding, one: Known | None, of: Analyzed) -> None:
    left, middle, right = st.columns([5, 6, 2], vertical_alignment="center", gap="medium")
    with left:
        if one:
            points = _shown(one.finding, of)
            _pictures(one, points, findings.telling(one.finding, points, of.model)[:PICTURES].tolist())
        else:
            st.caption("Not found in this build, or not for this model.")
    of_model = f" · {text.cell(decided.model)}" if decided.model else ""
    middle.markdown(
        f"**{text.plain(decided.title)}** :blue-badge[{titled(decided.kind)}]{of_model}  \n"
        f"{text.plain(decided.reason)}  \n"
        f":gray[dismissed by {text.plain(decided.author)} on {decided.time:%Y-%m-%d %H:%M} UTC]"
    )
    right.button(
        "Restore",
        icon=":material/restore_from_trash:",
        width="stretch",
        key=f"restore {decided.key}",
        on_click=dismissing.restore,
        args=(decided,),
    )
