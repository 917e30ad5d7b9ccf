"""Two models on the same samples or objects: what the second one repairs, and what it breaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.stats.significance import mcnemar

FIXED, REGRESSED, STILL_WRONG, STILL_RIGHT = CHANGES = ("fixed", "regressed", "still wrong", "still right")

_MEANS_RIGHT = {"correct": True, "tp": True, "wrong": False, "fp": False, "fn": False}


@dataclass(frozen=True)
class Comparison:
    """What changed from one model to another.

    Attributes:
        change: index as given; one of `CHANGES`, None where either model's outcome is unknown.
        counts: how many there are of each change.
    """

    change: pd.Series
    counts: dict[str, int]

    @property
    def p(self) -> float:
        """Exact two-sided McNemar p.

        How likely a split of fixed and regressed at least this uneven is if both models are equally good; 1 where
        nothing changed.
        """
        return mcnemar(self.counts[FIXED], self.counts[REGRESSED])


def compare(before: pd.Series, after: pd.Series) -> Comparison:
    """Compare two models' outcomes, of samples or of ground-truth objects.

    Args:
        before: index id; the outcomes of the first model: correct, tp, wrong, fn or fp. Anything else is unknown.
        after: those of the second model; an id that only one of them has is unknown.
    """
    first, second = _right(before), _right(after.reindex(before.index.union(after.index, sort=False)))
    first = first.reindex(second.index)
    known = first.notna() & second.notna()
    was, now = (outcome.eq(True).to_numpy(np.bool_) for outcome in (first, second))  # noqa: FBT003 - missing is not
    names = np.array(CHANGES, object)[np.select([~was & now, was & ~now, ~was], [0, 1, 2], 3)]
    change = pd.Series(names, second.index, object).where(known, None)
    counts = {name: int((change == name).sum()) for name in CHANGES}
    return Comparison(change, counts)


def _right(outcome: pd.Series) -> pd.Series:
    return pd.Series([_MEANS_RIGHT.get(value) for value in outcome], outcome.index, object)
