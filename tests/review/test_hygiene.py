"""An example that a model may have learnt from is found by itself, by a near copy, and by its group."""

from __future__ import annotations

import numpy as np

from explorer.analysis.duplicates import Copies
from explorer.review.hygiene import leaks

TRAINING = np.array([True, True, False, False, False, False, False])
"""Images 0 and 1 were learnt from."""


def test_each_way_is_told_and_the_plainest_first() -> None:
    copies = [Copies(np.array([1, 3]), "near", 0.97), Copies(np.array([4, 5]), "exact", 1.0)]
    groups = np.array([8, 9, 8, 8, 9, -1, -1])
    found = leaks(np.arange(7), TRAINING, copies, groups)
    assert {row: (leak.way, leak.other) for row, leak in found.items()} == {
        0: ("itself", 0),
        1: ("itself", 1),
        2: ("group", 0),
        3: ("copy", 1),
        4: ("group", 1),
    }
    assert found[3].similarity == 0.97
    assert np.isnan(found[2].similarity)


def test_only_examples_are_told_and_copies_outside_training_are_no_leak() -> None:
    assert leaks(np.array([4, 5]), TRAINING, [Copies(np.array([4, 5]), "exact", 1.0)]) == {}
    assert list(leaks(np.array([2]), TRAINING, groups=np.array([8, 9, 9, 9, 9, 9, 9]))) == [2]


def test_images_without_a_group_hang_together_with_none() -> None:
    assert leaks(np.array([5, 6]), TRAINING, groups=np.full(7, -1)) == {}
