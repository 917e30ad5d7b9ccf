"""What `edgecase analyze` says of signals: how many images have each, and what could not be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.columns import Numeric
from explorer.data.counts import counted
from explorer.points.columns import COUNTED, MATCH, PLUMBING_OF_IMAGES, SIMILARITY

if TYPE_CHECKING:
    from explorer.actions.signals import SignalsNow
    from explorer.data.columns import Table

SIGNALS = "signals"
"""What `--only` calls them."""

_NAMED = 5


def numbers_of(table: Table, models: list[str]) -> dict[str, np.ndarray]:
    """The numbers that images have, float64 (n,) by column, NaN where missing: signals, and a table's own columns.

    Not what only counts how models did.
    """
    left_out = PLUMBING_OF_IMAGES | {MATCH, SIMILARITY, *(f"{model}.{one}" for model in models for one in COUNTED)}
    coded = {name: table[name] for name in map(str, table.frame.columns) if name not in left_out}
    return {name: one.values.astype(np.float64) for name, one in coded.items() if isinstance(one, Numeric)}


def rows(now: SignalsNow, table: Table) -> dict[str, dict[str, int]]:
    """`{name: {n, missing, computed_now}}`: images that have each signal, that do not, and that got it just now."""
    names = {*now.workspace.manifest.signals, *numbers_of(table, now.workspace.manifest.predictions)}
    missing = {name: int(pd.isna(table.frame[name]).sum()) for name in map(str, table.frame.columns) if name in names}
    return {
        name: {"n": len(table) - none, "missing": none, "computed_now": now.computed.get(name, 0)}
        for name, none in missing.items()
    }


def reason(now: SignalsNow) -> str:
    """Why numbers are missing, sentences; empty where all is well."""
    told = list(now.problems)
    if now.unreadable:
        named = "; ".join(f"{file}: {why}" for file, why in now.unreadable[:_NAMED])
        more = f"; and {len(now.unreadable) - _NAMED:,} more" if len(now.unreadable) > _NAMED else ""
        what = (
            "1 image cannot be measured"
            if len(now.unreadable) == 1
            else f"{counted(len(now.unreadable), 'image')} cannot be measured"
        )
        told.append(f"{what}: {named}{more}.")
    return " ".join(told)


def line(named: tuple[str, dict[str, Any]]) -> str:
    """A row as the command line prints it."""
    name, row = named
    said = [counted(row["n"], "image"), *([f"{row['missing']:,} missing"] * bool(row["missing"]))]
    said += [f"{row['computed_now']:,} computed now"] * bool(row["computed_now"])
    return f"{name}: {', '.join(said)}"
