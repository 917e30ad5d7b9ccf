"""Cells of tables that a spreadsheet opens: none of them runs."""

from __future__ import annotations

import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@")


def defused(cell: object) -> object:
    """A cell with an apostrophe in front where a spreadsheet would run its text as a formula (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def defused_column(column: pd.Series) -> pd.Series:
    """A column with each cell `defused`; as it is where no text in it begins as a formula may."""
    if column.dtype.kind in "biuf":
        return column
    texts = column if column.dtype == "str" else pd.Series([one for one in column if isinstance(one, str)], dtype="str")
    begins = texts.str[:1].dropna().unique()
    return column.map(defused) if any(one.isspace() or one in _FORMULA_STARTS for one in begins) else column


def as_written(cell: str) -> str:
    """The text of a cell without the apostrophe that `defused` put in front."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(text: str) -> bool:
    return text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA_STARTS)
