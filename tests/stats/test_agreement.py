"""Agreement: known answers of textbooks, other libraries as oracles, and what little data gives."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, bootstrap

from explorer.stats.agreement import Agreement, Coefficient, agreement


def of_table(table: list[list[int]]) -> np.ndarray[Any, Any]:
    """Votes of two raters from how often each pair of choices was given."""
    return np.array(
        [(first, second) for first, row in enumerate(table) for second, n in enumerate(row) for _ in range(n)]
    )


def of_counts(counts: list[list[int]]) -> np.ndarray[Any, Any]:
    """Votes from how many raters gave each item each choice."""
    return np.array([np.repeat(np.arange(len(row)), row) for row in counts])


_ = -1
KRIPPENDORFF = np.array(
    [
        [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
        [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
        [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
    ]
).T
"""The example of Krippendorff, “Computing Krippendorff's alpha-reliability” (2011): three observers, values 1 to 4."""

FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
"""Fourteen raters, ten items, five choices: the textbook example of Fleiss' kappa."""


def test_cohens_kappa_and_ac1_of_a_balanced_table() -> None:
    found = agreement(of_table([[20, 5], [10, 15]]), 2)
    assert found.raw.value == pytest.approx(0.7)
    assert found.cohen[0, 1].value == pytest.approx(0.4)
    assert found.ac1.value == pytest.approx(0.40594, abs=5e-6)
    assert found.dominant == pytest.approx(0.55)


def test_kappa_collapses_where_one_verdict_dominates_and_ac1_does_not() -> None:
    found = agreement(of_table([[118, 5], [2, 0]]), 2)
    assert found.raw.value == pytest.approx(0.944)
    assert found.cohen[0, 1].value == pytest.approx(-0.0234, abs=5e-5)
    assert found.ac1.value == pytest.approx(0.94078, abs=5e-6)
    assert found.dominant == pytest.approx(243 / 250)


def test_fleiss_kappa_of_the_textbook() -> None:
    assert agreement(of_counts(FLEISS), 5).fleiss.value == pytest.approx(0.20993, abs=5e-6)


def test_krippendorffs_alpha_with_missing_votes() -> None:
    votes = np.where(KRIPPENDORFF > 0, KRIPPENDORFF - 1, -1)
    nominal, ordinal = agreement(votes, 4), agreement(votes, 4, ordinal=True)
    assert nominal.alpha.value == pytest.approx(0.69136, abs=5e-6)
    assert ordinal.alpha.value == pytest.approx(0.80672, abs=5e-6)
    assert nominal.alpha.n == 12


def test_kappas_are_those_of_scikit_learn_and_statsmodels() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="an oracle of the extra `test`")
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="an oracle of the extra `test`")
    random = np.random.default_rng(3)
    truth = random.integers(4, size=300)
    votes = np.where(random.random((300, 4)) < 0.6, truth[:, None], random.integers(4, size=(300, 4)))
    found = agreement(votes, 4, draws=10)
    for first, second in combinations(range(4), 2):
        theirs = metrics.cohen_kappa_score(votes[:, first], votes[:, second])
        assert found.cohen[first, second].value == pytest.approx(theirs)
    table, _labels = inter_rater.aggregate_raters(votes)
    assert found.fleiss.value == pytest.approx(inter_rater.fleiss_kappa(table))


def test_intervals_are_those_of_drawing_items_one_by_one() -> None:
    votes = of_table([[20, 5], [10, 15]])
    found = agreement(votes, 2, draws=20_000).cohen[0, 1]

    def kappa(rows: np.ndarray[Any, Any]) -> float:
        return agreement(votes[rows], 2, draws=1).cohen[0, 1].value

    theirs = bootstrap((np.arange(50),), kappa, n_resamples=500, vectorized=False, method="percentile", rng=1)
    assert found.low == pytest.approx(theirs.confidence_interval.low, abs=0.05)
    assert found.high == pytest.approx(theirs.confidence_interval.high, abs=0.05)


def test_the_interval_of_raw_agreement_is_that_of_the_binomial() -> None:
    found = agreement(of_table([[20, 5], [10, 15]]), 2, draws=20_000).raw
    low, high = binom.ppf([0.025, 0.975], 50, 0.7) / 50
    assert (found.low, found.high) == (low, high)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Two raters who each say what is so in 80% of the items: raw agreement is .68."""
    random = np.random.default_rng(5)
    covered = 0
    for trial in range(100):
        truth = random.integers(2, size=80)
        votes = np.where(random.random((80, 2)) < 0.8, truth[:, None], 1 - truth[:, None])
        raw = agreement(votes, 2, draws=200, seed=trial).raw
        covered += raw.low <= 0.68 <= raw.high
    assert 88 <= covered <= 99


def test_groups_that_are_drawn_together_widen_the_interval() -> None:
    """Forty items that are four, ten times each, say no more than four."""
    votes = np.repeat([[0, 0], [1, 1], [0, 1], [1, 0]], 10, axis=0)
    single, grouped = agreement(votes, 2).raw, agreement(votes, 2, np.repeat(np.arange(4), 10)).raw
    assert grouped.value == single.value == 0.5
    assert (grouped.low, grouped.high) == (0.0, 1.0)
    assert single.low > 0.3
    assert single.high < 0.7


def test_groups_need_not_be_sorted() -> None:
    random = np.random.default_rng(1)
    votes, groups = random.integers(3, size=(60, 3)), random.integers(9, size=60)
    order = np.argsort(groups, kind="stable")
    found, sorted_ = agreement(votes, 3, groups), agreement(votes[order], 3, groups[order])
    assert (found.raw.low, found.raw.high) == pytest.approx((sorted_.raw.low, sorted_.raw.high))
    assert found.fleiss.value == pytest.approx(sorted_.fleiss.value)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    votes = np.random.default_rng(2).integers(3, size=(100, 2))
    assert agreement(votes, 3, seed=1) == agreement(votes, 3, seed=1)
    assert agreement(votes, 3, seed=1).fleiss != agreement(votes, 3, seed=2).fleiss


def values(found: Agreement) -> list[float]:
    return [each.value for each in (found.raw, found.fleiss, found.ac1, found.alpha, *found.cohen.values())]


def ends(found: Coefficient) -> list[float]:
    return [found.low, found.high]


@pytest.mark.parametrize(
    "votes",
    [
        pytest.param(np.empty((0, 2), np.int64), id="no item"),
        pytest.param(np.empty((0, 0), np.int64), id="nobody"),
        pytest.param(np.zeros((5, 1), np.int64), id="one rater"),
        pytest.param(np.full((3, 2), -1), id="no vote"),
        pytest.param(np.array([[0, -1], [-1, 1]]), id="no item twice"),
    ],
)
@pytest.mark.parametrize("ordinal", [False, True])
def test_without_a_pair_of_votes_nothing_is_said(votes: np.ndarray[Any, Any], *, ordinal: bool) -> None:
    found = agreement(votes, 2, ordinal=ordinal)
    assert np.isnan(values(found)).all()
    assert found.raw.n == 0
    assert np.isnan(ends(found.raw)).all()


def test_one_item_has_a_value_and_no_interval() -> None:
    raw = agreement(np.array([[0, 1]]), 2).raw
    assert raw.value == 0
    assert raw.n == 1
    assert np.isnan(ends(raw)).all()


def test_one_group_has_no_interval() -> None:
    raw = agreement(np.array([[0, 1], [1, 1]]), 2, np.zeros(2, np.int64)).raw
    assert raw.value == 0.5
    assert np.isnan(ends(raw)).all()


def test_two_items_that_agree_on_different_choices() -> None:
    found = agreement(np.array([[0, 0], [1, 1]]), 2)
    assert values(found) == [1, 1, 1, 1, 1]


def test_where_all_votes_are_equal_chance_explains_all_and_only_ac1_can_say_more() -> None:
    found = agreement(np.zeros((20, 3), np.int64), 2)
    assert found.raw.value == found.ac1.value == found.dominant == 1
    assert np.isnan([found.fleiss.value, found.alpha.value, *(each.value for each in found.cohen.values())]).all()
    assert np.isnan(ends(found.fleiss)).all()
