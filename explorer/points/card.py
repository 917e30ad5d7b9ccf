"""What the card beside the cursor says of a point: little, and the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.columns import MISSING, Categorical, in_short
from explorer.data.outcomes import OUTCOMES, in_words
from explorer.points.columns import ARROW, screen_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.points.points import Points

MORE = 4
"""Facts beside the value that the map is coloured by, the id among them."""

_ROLES = ("prediction", "confidence", "error", "iou")
"""Of what a model said, the columns that are told, by the end of their names."""


def card(points: Points, row: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    """The facts of a row as pairs of name and text.

    The value that the map is coloured by, what it is called and what it was found to be, or metadata where it is not
    called anything, its id, and the subsets it is in.

    Args:
        points: the points.
        row: one of them.
        asked: `first`, the column that the map is coloured by, and its `title`; `model`, whose predictions are told.
    """
    first, model = asked.get("first", ""), asked.get("model", "")
    coloured = [(asked.get("title", first), _value(points, first, row))] if first in points.table else []
    facts = [*_facts(points, row, first, model)][: MORE - 1]
    subsets = [("in", ", ".join(points.subsets[row]))] if row in points.subsets else []
    return [*coloured, *facts, ("id", points.space.ids[row]), *subsets]


def _value(points: Points, name: str, row: int) -> str:
    column = points.table[name]
    if isinstance(column, Categorical):
        code = int(column.codes[row])
        return MISSING if code < 0 else in_words(name, column.values[code])
    return text_of(column.values[row]) or MISSING


def _facts(points: Points, row: int, first: str, model: str) -> Iterator[tuple[str, str]]:
    """What is known of a row, the most telling first."""
    frame, titles = points.table.frame, screen_names(model)
    judged = ["label", *(f"{model}.{role}" for role in _ROLES)]
    for name in (*judged, *_metadata(points)):
        text = text_of(frame[name].iat[row]) if name in frame and name != first else ""
        if text:
            yield titles.get(name, titled(name)), in_words(name, text)


def _metadata(points: Points) -> Iterator[str]:
    """Columns that no model wrote."""
    models = {name.rpartition(".")[0] for name in points.telling if name.endswith((".prediction", ".outcome"))}
    for name in points.telling:
        if name != "label" and ARROW not in name and name.partition(".")[0] not in models:
            yield name


def titled(column: str) -> str:
    """A column as it is called on a card; the numbers of boxes found and missed have no name of their own."""
    model, dot, role = column.rpartition(".")
    return f"{model}{dot}{OUTCOMES[role].several.lower()}" if role in ("tp", "fp", "fn") and dot else column


def text_of(value: object) -> str:
    """One cell of a table as a card says it; empty where there is nothing to say."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else in_short(float(value))
    return str(value)
