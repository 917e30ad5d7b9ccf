"""How the workspace is analysed: what the command takes as options, kept while one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.analyze import FINDINGS
from explorer.actions.analyzed import encoder_names
from explorer.actions.hygiene import groupings
from explorer.actions.jobs import ANALYZE, command_line
from explorer.actions.own_signals import own_columns
from explorer.actions.signal_findings import SIGNALS
from explorer.analysis.divided import Between
from explorer.ui.session import findings, fragments, opened, text
from explorer.ui.widgets import command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.points.opened_build import View

_TOGETHER = "A column such as patient, scene or video: images with the same value are not independent."
_WHOSE = "On labels all of these vote; slices, drift, outliers, copies and what to label next look at the first."
_USUAL = (
    "Unless two values are chosen, every split is held against train, every batch against what was built first, and "
    "each period of a date against the one before."
)
_MOST = 2**31 - 1


def button() -> None:
    """Open what changes all that the analyses say."""
    if st.button("How it is analysed…", icon=":material/tune:", width="stretch", key="how analysed"):
        _dialog()


@fragments.dialog("How it is analysed")
def _dialog() -> None:
    view, now = opened.view(), findings.settings()
    columns = [name for name in groupings(view) if name]
    group = _one_of("Together by", columns, now.group_by, "each image alone", _TOGETHER)
    encoders = _encoders(view, now.encoders)
    seed = st.number_input("Seed", 0, _MOST, now.seed, key="how seed", help="Of what is drawn at random")
    between, is_one = _between(now.between)
    if st.button("Analyse so", type="primary", width="stretch", key="analyse so", disabled=is_one):
        st.session_state.update(
            analysis_seed=seed, analysis_groups=group, analysis_encoders=encoders, analysis_between=between
        )
        st.rerun()
    _own_numbers(view)
    command.show(findings.command(FINDINGS))


def _one_of(label: str, offered: Sequence[str], now: str | None, none: str, why: str) -> str | None:
    """One of several columns, or none."""
    place = offered.index(now) if now in offered else None
    return st.selectbox(label, offered, place, key=f"how {label}", format_func=text.short, placeholder=none, help=why)


def _encoders(view: View, now: Sequence[str]) -> Sequence[str]:
    """Whose vectors count, where there is more than one encoder."""
    names = list(encoder_names(view.workspace))
    if len(names) == 1:
        return ()
    return st.multiselect("Vectors of", names, now, key="how encoders", placeholder="all encoders", help=_WHOSE)


def _between(now: Between | None) -> tuple[Between | None, bool]:
    """The two parts that are compared for drift, None for all that usually are; and whether it is one part twice."""
    known = findings.dividing()
    if not known:
        return None, False
    column = _one_of("Drift between", list(known), now.column if now else None, "all splits, batches, dates", _USUAL)
    if column is None:
        return None, False
    values, first = list(known[column].parts), known[column].first
    before, after = now[1:] if now and now.column == column else (first, next(one for one in values if one != first))
    with st.container(horizontal=True):
        before = st.selectbox("Before", values, values.index(before), key=f"how before {column}")
        after = st.selectbox("After", values, values.index(after), key=f"how after {column}")
    if before == after:
        st.caption("Two different values can be compared.")
    return Between(column, before, after), before == after


def _own_numbers(view: View) -> None:
    """Numbers of the user's own, and the command that adds one: a page runs no code that whoever reaches it names."""
    own = ", ".join(map(text.plain, own_columns(view.workspace.manifest)))
    st.caption(
        f"{f'Numbers of your own: {own}. ' if own else ''}A function that gives a number for an image is a signal "
        "too. As it is code, the command line alone runs it; what it gave is analysed here:"
    )
    asked = [ANALYZE, str(opened.workspace_path()), "--signal", "module:function", "--only", SIGNALS]
    st.code(command_line(asked), language=None, wrap_lines=True)
