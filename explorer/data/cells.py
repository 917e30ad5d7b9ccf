"""Cells of tables that a spreadsheet opens: none of them runs."""

from __future__ import annotations

_FORMULA_STARTS = ("=", "+", "-", "@")


def defused(cell: object) -> object:
    """A cell with an apostrophe in front where a spreadsheet would run its text as a formula (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def as_written(cell: str) -> str:
    """The text of a cell without the apostrophe that `defused` put in front."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _is_formula(text: str) -> bool:
    return text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA_STARTS)
