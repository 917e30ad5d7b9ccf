"""Points far from everything else."""

from __future__ import annotations

import numpy as np

from explorer.analysis.outliers import outliers


def test_what_lies_far_beyond_the_quartiles_is_flagged() -> None:
    """Quartiles .2 and .4, so that the cut is .4 + 1.7 * .2 = .74."""
    found = outliers(np.array([0.1, 0.2, 0.3, 0.4, 0.73, 0.2, 0.4, 0.3, 0.75], np.float32))
    assert found.flagged.tolist() == [False] * 8 + [True]


def test_a_score_is_higher_where_it_is_farther() -> None:
    found = outliers(np.array([0.1, 0.2, 0.4], np.float32))
    assert np.allclose(found.score, [1 - np.exp(-0.5), 1 - np.exp(-1), 1 - np.exp(-2)])


def test_far_ones_are_told_apart() -> None:
    distance = np.full(100, 0.01, np.float32)
    distance[:2] = 0.2, 0.25
    found = outliers(distance)
    assert found.score[1] > found.score[0]
    assert found.flagged.sum() == 2


def test_what_has_no_neighbours_is_unknown() -> None:
    found = outliers(np.array([np.nan, 0.1, 0.1], np.float32))
    assert np.isnan(found.score[0])
    assert not found.flagged[0]
    nothing = outliers(np.full(3, np.nan, np.float32))
    assert np.isnan(nothing.score).all()
    assert not nothing.flagged.any()
    assert not len(outliers(np.empty(0, np.float32)).score)
