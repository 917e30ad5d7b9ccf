"""The confusion matrix of boxes agrees with all other counts, and is the same as counted anew at every threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import BOX
from explorer.evaluation.confusion import confusion
from explorer.evaluation.outcomes import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet


def _table(*boxes: tuple[str, float, float]) -> pd.DataFrame:
    """Boxes of 10 x 10 on one image: class, left edge, confidence."""
    rows = [("a", label, x, 0.0, 10.0, 10.0, sure, 100.0, False, False) for label, x, sure in boxes]
    return pd.DataFrame(rows, columns=["sample", "label", *BOX, "confidence", "area", "crowd", "ignore"])


def test_a_matrix_by_hand() -> None:
    """One cat is found, one is taken for a dog, a dog is missed, and a dog is seen where nothing is."""
    truth = _table(("cat", 0, np.nan), ("cat", 100, np.nan), ("dog", 200, np.nan))
    made = _table(("cat", 1, 0.9), ("dog", 101, 0.8), ("dog", 300, 0.7))
    found = confusion(["a"], truth, made)
    assert found.classes == ("cat", "dog")
    assert found.counts(found.at(0.0)).tolist() == [[1, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert found.counts(found.at(0.75)).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert found.counts(found.at(0.85)).tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_what_is_found_below_the_threshold_is_taken_for_what_is_above_it() -> None:
    """The right detection is less sure than the wrong one: found where both count, confused where one does."""
    truth, made = _table(("cat", 0, np.nan)), _table(("dog", 0, 0.9), ("cat", 1, 0.4))
    found = confusion(["a"], truth, made)
    assert found.counts(found.at(0.3)).tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert found.counts(found.at(0.5)).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_the_surest_of_two_wrong_detections_takes_the_object() -> None:
    truth, made = _table(("cat", 0, np.nan)), _table(("dog", 0, 0.5), ("cow", 1, 0.9))
    found = confusion(["a"], truth, made)
    assert found.classes == ("cat", "cow", "dog")
    assert found.counts(found.at(0.0)).tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]


@pytest.mark.parametrize("confidence", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("iou", [0.3, 0.5])
def test_the_matrix_agrees_with_found_false_and_missed(
    random_coco: Callable[..., CocoSet], confidence: float, iou: float
) -> None:
    for seed in range(4):
        tables = random_coco(seed).tables()
        found = confusion(*tables, iou=iou)
        counts = found.counts(found.at(confidence))
        anew = outcomes(*tables, iou=iou, confidence=confidence).counts
        diagonal = int(np.trace(counts))
        assert diagonal == anew["tp"]
        assert int(counts[:-1].sum()) - diagonal == anew["fn"]
        assert int(counts[:, :-1].sum()) - diagonal == anew["fp"]


def test_a_threshold_is_as_if_what_lies_below_were_not_there(random_coco: Callable[..., CocoSet]) -> None:
    samples, truth, made = random_coco(5).tables()
    whole = confusion(samples, truth, made)
    for confidence in (0.2, 0.45, 0.7):
        above = confusion(samples, truth, made[made["confidence"] >= confidence])
        counts = pd.DataFrame(whole.counts(whole.at(confidence)), [*whole.classes, ""], [*whole.classes, ""])
        other = pd.DataFrame(above.counts(above.at(0.0)), [*above.classes, ""], [*above.classes, ""])
        assert (counts == other.reindex(index=counts.index, columns=counts.columns, fill_value=0)).all(axis=None)
