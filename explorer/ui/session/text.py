"""Text from data, made safe for Streamlit's Markdown and for charts, and short enough for where it stands."""

from __future__ import annotations

import re
from html import escape

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~:&])")

# What Streamlit looks for in the text that Markdown leaves, where no backslash is left to hold it back: icons, its own
# logo, arrows and dashes between spaces, and what looks like an address.
_LATER = re.compile(
    r"(?<=:)(?=material[/_]|streamlit:)"
    r"|(?:(?<=^[-<>~])|(?<=\s[-<>~]))(?=[-=>]{1,2}(?:\s|$))"
    r"|(?<=http)(?=s?:)|(?<=www)(?=\.)|(?<=@)",
    re.IGNORECASE,
)
_UNSEEN = "\u2060"
"""A word joiner, which takes no room: what stands on its two sides is no longer one word to Streamlit."""

MOST = 38
"""Characters of a name where it stands among others."""

_CODE = re.compile(r"(`[^`]+`)")


def plain(text: str) -> str:
    """Escape text from data so that Markdown shows it as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", _LATER.sub(_UNSEEN, " ".join(text.split())))


def sentence(text: str) -> str:
    """Escape a sentence of ours that quotes data; commands between backticks stay code."""
    return "".join(part if _CODE.fullmatch(part) else _kept_apart(part) for part in _CODE.split(text))


def _kept_apart(text: str) -> str:
    """Escape a part of a sentence, with the white space at its ends."""
    return f"{' ' * text[:1].isspace()}{plain(text)}{' ' * (text[-1:].isspace() and len(text) > 1)}"


def on_chart(text: str) -> str:
    """Escape text from data for Plotly, which takes labels for HTML but does not know how quotes are written in it."""
    return escape(text, quote=False)


def short(text: str, most: int = MOST) -> str:
    """Cut a long text in its middle, where names of one kind differ least from each other."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def whole(text: str, most: int = MOST) -> str | None:
    """The whole of a text that `short` cuts, escaped, as the help of the element that shows it."""
    return plain(text) if len(text) > most else None


def file_stem(name: str) -> str:
    """The name of something as that of a file, without its ending."""
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-") or "unnamed"


def cell(text: str) -> str:
    """A text from data, short and safe for a cell of a Markdown table or for a label."""
    return plain(short(text))
