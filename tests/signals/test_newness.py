"""Where new images lie among the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.records import Layout, Neighbors
from explorer.signals.newness import SIGNALS
from explorer.signals.registry import SignalInputs

(NEW,) = SIGNALS


def _inputs(**columns: list[str | None]) -> SignalInputs:
    """Four images, each the neighbour of the three others but the last, whose neighbours are the first two."""
    ids = ("a", "b", "c", "d")
    indices = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 0]])
    return SignalInputs(
        samples=pd.DataFrame({"filepath": ids, **columns}, index=pd.Index(ids)),
        labels=None,
        vectors=np.eye(4, dtype=np.float32),
        graph=Neighbors(indices, np.ones((4, 3), np.float32)),
        layout=Layout(ids, np.zeros((4, 2), np.float32), np.ones(4, np.float32), 0.9),
    )


def test_it_is_the_share_of_neighbours_that_came_with_a_batch() -> None:
    batch: list[str | None] = ["original", "original", "monday", "tuesday"]
    split: list[str | None] = ["test", "train", "train", "train"]
    assert NEW.compute(_inputs(batch=batch, split=split)) == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0])


def test_without_batches_it_is_the_share_in_another_split_than_train() -> None:
    """An image of no split is not new."""
    assert NEW.compute(_inputs(split=["train", "test", None, "val"])) == pytest.approx([2 / 3, 1 / 3, 2 / 3, 1 / 3])


def test_without_both_it_is_the_share_in_the_newest_quarter_of_a_date() -> None:
    """An image without a date is not new; neither batch nor split that say nothing are in the way."""
    inputs = _inputs(split=["a", "b", "a", "b"])
    inputs.samples["taken"] = pd.to_datetime(pd.Series(["2024-03-01", "2024-01-01", None, "2024-01-02"])).to_numpy()
    assert NEW.compute(inputs) == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3])


@pytest.mark.parametrize("columns", [{}, {"split": ["a", "b", "a", "b"]}, {"split": ["train"] * 4}])
def test_where_nothing_is_new_there_is_no_such_number(columns: dict[str, list[str | None]]) -> None:
    assert NEW.compute(_inputs(**columns)) is None
