"""The command that does the same as what the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.jobs import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def show(arguments: Sequence[str]) -> None:
    """Offer the command line, for a terminal or a script."""
    with st.expander("The same as a command", icon=":material/terminal:"):
        st.code(command_line(arguments), language=None, wrap_lines=True)
