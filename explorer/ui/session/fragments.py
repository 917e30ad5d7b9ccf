"""Parts of a page that are drawn without the rest: dialogs, which no work that ends closes, and what follows work.

Between two whole runs of a page Streamlit forgets widgets that the last one did not draw; what is drawn then has them
back first.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Literal, ParamSpec

import streamlit as st

from explorer.ui.session import kept

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")


def dialog(
    title: str, *, width: Literal["small", "medium", "large"] = "small", on_dismiss: Callable[[], None] | None = None
) -> Callable[[Callable[_Given, None]], Callable[_Given, None]]:
    """Make a function draw its widgets in a dialog, of which `redraw` knows; see `streamlit.dialog`."""

    def decorated(draw: Callable[_Given, None]) -> Callable[_Given, None]:
        @st.dialog(title, width=width, on_dismiss=on_dismiss or "rerun")
        @wraps(draw)
        def drawn(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
            kept.restore()
            st.session_state.dialog_open = True
            draw(*args, **kwargs)

        return drawn

    return decorated


def repeated(seconds: float) -> Callable[[Callable[_Given, None]], Callable[_Given, None]]:
    """Make a function draw its part of the page again and again; see `streamlit.fragment`."""

    def decorated(draw: Callable[_Given, None]) -> Callable[_Given, None]:
        @st.fragment(run_every=seconds)
        @wraps(draw)
        def drawn(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
            kept.restore()
            draw(*args, **kwargs)

        return drawn

    return decorated


def begin() -> None:
    """Begin to draw a page anew: this closes the dialog that is open, unless it is drawn again."""
    st.session_state.dialog_open = False


def redraw() -> None:
    """Draw the page anew, or leave that to the dialog that is open, whose end does so."""
    if not st.session_state.dialog_open:
        st.rerun()
