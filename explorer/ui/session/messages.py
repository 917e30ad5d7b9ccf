"""What the last action has to say, and who decides."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.session import identity, text, workspaces


def attempt(action: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passes any verb through
    """Run a decision; a refusal is shown as a sentence and nothing is lost."""
    try:
        refuse_viewer()
        return action(*arguments, author=author_name(), **options)
    except ExplorerError as error:
        st.session_state.refusal = str(error)
        return None


def author_name() -> str:
    """Who decides in this session."""
    return identity.name()


def refuse_viewer() -> None:
    """Raise ReviewError where this person may look, and no more."""
    folder = workspaces.current()
    if folder is not None:
        identity.refuse_viewer(folder, author_name())


def say(sentence: str) -> None:
    """Show a short message at the next rerun, Markdown."""
    st.session_state.said = " ".join(filter(None, [st.session_state.get("said"), sentence]))


def show_said() -> None:
    """Show what `say` left, once."""
    sentence = st.session_state.pop("said", None)
    if sentence:
        st.toast(sentence, icon=":material/check_circle:")


def show_refusal() -> None:
    """Show why the last decision or search was refused, once."""
    refusal = st.session_state.pop("refusal", None)
    if refusal:
        st.error(text.sentence(refusal), icon=":material/error:")
