"""How a model did on a point: what files, filters and commands call it, and its one word and colour on every screen."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

OUTCOME = ".outcome"
"""How the names of columns that hold outcomes end."""


class Outcome(NamedTuple):
    """What an outcome is on screen.

    Attributes:
        word: of one point.
        several: of a number of points, as a heading.
        colour: ``#rrggbb``.
        safe: ``#rrggbb`` told apart with every kind of colour vision (Okabe and Ito 2008).
        symbol: what tells it without colour; no tick and no cross, which are for what a person decides.
    """

    word: str
    several: str
    colour: str
    safe: str
    symbol: str


_GREEN, _RED, _BLUE, _GREY = "#2e9e5b", "#d63a3a", "#2f80ed", "#9aa0a6"
_SAFE_RIGHT, _SAFE_WRONG, _SAFE_MISSED = "#56b4e9", "#d55e00", "#cc79a7"

OUTCOMES = MappingProxyType(
    {
        "correct": Outcome("correct", "Correct", _GREEN, _SAFE_RIGHT, "="),
        "wrong": Outcome("wrong", "Wrong", _RED, _SAFE_WRONG, "≠"),
        "tp": Outcome("found", "Found", _GREEN, _SAFE_RIGHT, "●"),
        "fp": Outcome("false alarm", "False alarms", _RED, _SAFE_WRONG, "▲"),
        "fn": Outcome("missed", "Missed", _BLUE, _SAFE_MISSED, "○"),
        "ignored": Outcome("ignored", "Ignored", _GREY, _GREY, ""),
    }
)
"""By the value in files: green is right, red is wrong, blue is missed."""


def in_words(column: str, value: str) -> str:
    """A value of a column as it is called on screen."""
    return OUTCOMES[value].word if column.endswith(OUTCOME) and value in OUTCOMES else value
