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
from explorer.ui.session import findings, opened, text
from explorer.ui.widgets import command

if TYPE_CHECKING:
    from explorer.points.opened_build import View

_TOGETHER = "A column such as patient, scene or video: images with the same value are not independent."
_WHOSE = "On labels all of these vote; slices, drift, outliers, copies and what to label next look at the first."
_MOST = 2**31 - 1


def draw() -> None:
    """A button behind which everything is chosen that changes what the analyses say."""
    view = opened.view()
    with st.popover("How it is analysed", icon=":material/tune:", width="stretch", key="how-analysed"):
        _groups(view)
        _encoders(view)
        st.number_input("Seed", 0, _MOST, step=1, key="analysis_seed", help="Of what is drawn at random")
        _own_numbers(view)
        command.show(findings.command(FINDINGS))


def _groups(view: View) -> None:
    offered = [None, *dict.fromkeys(filter(None, groupings(view)))]
    if st.session_state.analysis_groups not in offered:  # of another build
        st.session_state.analysis_groups = None
    st.selectbox(
        "Together by",
        offered,
        key="analysis_groups",
        format_func=lambda name: "each image alone" if name is None else text.short(name),
        help=_TOGETHER,
    )


def _encoders(view: View) -> None:
    """Whose vectors count, where there is more than one encoder."""
    names = list(encoder_names(view.workspace))
    if not set(st.session_state.analysis_encoders) <= set(names):
        st.session_state.analysis_encoders = []
    if len(names) > 1:
        st.multiselect("Vectors of", names, key="analysis_encoders", placeholder="all encoders", help=_WHOSE)


def _own_numbers(view: View) -> None:
    """Numbers of the user's own, and the command that adds one: a page runs no code that whoever reaches it names."""
    own = ", ".join(map(text.plain, own_columns(view.workspace.manifest)))
    st.caption(
        f"{f'Numbers of your own: {own}. ' if own else ''}A function that gives a number for an image is a signal "
        "too. As it is code, the command line alone runs it; what it gave is analysed here:"
    )
    asked = [ANALYZE, str(opened.workspace_path()), "--signal", "module:function", "--only", SIGNALS]
    st.code(command_line(asked), language=None, wrap_lines=True)
