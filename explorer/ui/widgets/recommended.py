"""What is recommended to do about a category, a subset or a finding: a field of it, and how it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.categories import DOING
from explorer.ui.session import text

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE = "Recommended"

HELP = (
    f"What is to be done, one a line: {', '.join(DOING)}, a colon, and what. The report recommends it; where there is "
    "nothing, it drafts some from what was counted."
)
_EXAMPLE = "relabel: Look at them again, two people each."
_HEIGHT = 80


def field(actions: Iterable[str], key: str) -> list[str]:
    """Ask what is to be done; `actions` is what stands there at first. Gives what stands there now."""
    said = "\n".join(actions)
    return lines(str(st.text_area(TITLE, said, key=key, help=HELP, height=_HEIGHT, placeholder=_EXAMPLE)))


def lines(said: str) -> list[str]:
    """The lines of a field that are not empty."""
    return [line.strip() for line in said.splitlines() if line.strip()]


def in_words(actions: Iterable[str]) -> str:
    """One line of Markdown for each: `Relabel: look at them again`."""
    parts = (one.partition(": ") for one in actions)
    return "  \n".join(f":material/checklist: **{DOING.get(do, do)}:** {text.plain(what)}" for do, _, what in parts)
