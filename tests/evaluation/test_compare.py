"""What one model repairs and breaks against another, and how sure that is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.evaluation.compare import CHANGES, compare


def _series(*values: object) -> pd.Series:
    return pd.Series(list(values), [f"s{row}" for row in range(len(values))], object)


def test_each_sample_is_fixed_regressed_or_still_what_it_was() -> None:
    found = compare(_series("wrong", "correct", "wrong", "correct"), _series("correct", "wrong", "wrong", "correct"))
    assert found.change.tolist() == list(CHANGES)
    assert found.counts == dict.fromkeys(CHANGES, 1)


def test_objects_are_compared_by_their_outcome() -> None:
    """Ignored objects are unknown."""
    found = compare(_series("fn", "tp", "ignored"), _series("tp", "fn", "tp"))
    assert found.change.tolist() == ["fixed", "regressed", None]


def test_what_either_model_did_not_judge_is_missing() -> None:
    found = compare(_series("wrong", None, "correct"), _series("correct", "correct", np.nan, "wrong"))
    assert found.change.tolist() == ["fixed", None, None, None]
    assert sum(found.counts.values()) == 1


def test_samples_are_joined_by_id_not_by_place() -> None:
    after = _series("correct", "wrong")
    found = compare(_series("wrong", "correct"), after.iloc[::-1])
    assert found.change.to_dict() == {"s0": "fixed", "s1": "regressed"}
