"""Points are compared whitened, by a kernel ridge regression that scikit-learn agrees with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from explorer.subsets.similarity import (
    FEW,
    MOST,
    NOISE,
    SAMPLE,
    SHARPNESS,
    SHRINKAGE,
    WIDTH,
    Whitening,
    is_duplicate,
    nearness,
    scores,
    spread,
)
from tests.subsets.conftest import unit

if TYPE_CHECKING:
    from explorer.data.records import Float32


def _vectors(n: int, width: int = 8, seed: int = 0) -> Float32:
    """Directions that vary unequally, around a mean that is not the origin."""
    noise = np.random.default_rng(seed).normal(size=(n, width)) * np.linspace(3, 0.2, width)
    return unit(noise + 1)


def _axes(*directions: int) -> Float32:
    return np.eye(4, dtype=np.float32)[list(directions)]


def test_whitening_gives_each_direction_the_variance_that_shrinkage_leaves() -> None:
    """A direction of variance v keeps v / (v + SHRINKAGE * the mean variance), and none goes with another."""
    vectors = _vectors(500)
    made = Whitening.of(vectors)
    assert made.mean == pytest.approx(vectors.mean(axis=0))
    variances = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2 / len(vectors)
    projected = (vectors - made.mean) @ made.matrix
    expected = np.sort(variances / (variances + SHRINKAGE * variances.mean()))
    assert projected.T @ projected / len(vectors) == pytest.approx(np.diag(expected), abs=1e-4)


def test_whitened_points_have_length_one_but_for_the_mean() -> None:
    vectors = _vectors(500)
    made = Whitening.of(vectors)
    assert np.linalg.norm(made(vectors), axis=1) == pytest.approx(np.ones(500), abs=1e-5)
    assert made(made.mean[None]) == pytest.approx(np.zeros((1, 8)))


def test_few_points_stay_as_they_are_and_many_directions_are_cut() -> None:
    few = _vectors(FEW - 1)
    assert Whitening.of(few)(few) == pytest.approx(few, abs=1e-6)
    wide = _vectors(300, WIDTH + 20)
    assert Whitening.of(wide)(wide).shape == (300, WIDTH)


def test_the_background_of_many_points_is_that_of_a_seeded_sample() -> None:
    vectors = _vectors(SAMPLE + 500)
    made = Whitening.of(vectors, seed=1)
    assert made.mean.tobytes() == vectors[spread(len(vectors), SAMPLE, 1)].mean(axis=0).tobytes()
    assert made.mean.tobytes() != Whitening.of(vectors, seed=2).mean.tobytes()


def test_scores_are_scikit_learns_kernel_ridge() -> None:
    """Between unit vectors exp(s * (cosine - 1)) is a Gaussian of the distance."""
    points, positives, negatives = _vectors(200), _vectors(12, seed=1), _vectors(7, seed=2)
    ridge = KernelRidge(alpha=NOISE, kernel="rbf", gamma=SHARPNESS / 2)
    ridge.fit(np.vstack([positives, negatives]), np.repeat([1.0, -1.0], [12, 7]))
    assert scores(points, positives, negatives) == pytest.approx(ridge.predict(points), abs=1e-5)


def test_one_member_scores_itself_by_hand() -> None:
    """Kernel 1 over kernel 1 plus the ridge; at a right angle exp(-SHARPNESS) of that."""
    found = scores(_axes(0, 1), _axes(0), _axes())
    assert found == pytest.approx([1 / (1 + NOISE), np.exp(-SHARPNESS) / (1 + NOISE)])


def test_a_large_set_is_learnt_from_a_seeded_part() -> None:
    points, many = _vectors(50), _vectors(MOST + 300, seed=3)
    part = many[spread(len(many), MOST)]
    assert scores(points, many, many[:0]).tobytes() == scores(points, part, many[:0]).tobytes()


def test_nearness_is_the_mean_cosine_to_the_nearest_three() -> None:
    turns = np.deg2rad([0.0, 20, 40, 90])
    members = np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)
    point = np.array([[1, 0]], np.float32)
    assert nearness(point, members) == pytest.approx(np.cos(turns[:3]).mean())
    assert nearness(point, members[2:3]) == pytest.approx(np.cos(turns[2])), "of fewer members, all count"


def test_nearness_of_more_points_than_are_compared_at_once() -> None:
    points, members = unit(np.random.default_rng(5).normal(size=(70_000, 2))), _vectors(MOST)[:, :2]
    some = spread(len(points), 50)
    direct = np.sort(points[some] @ members.T, axis=1)[:, -3:].mean(axis=1)
    assert nearness(points, members)[some] == pytest.approx(np.clip(direct, -1, 1), abs=1e-6)


def test_a_duplicate_is_the_same_picture_embedded_again_not_one_like_it() -> None:
    members = _vectors(3)
    near = np.stack([members[0], members[1] + np.float32(1e-6), unit(members[2:] + 0.02)[0]])
    assert is_duplicate(near, members).tolist() == [True, True, False]
    assert is_duplicate(near, members[:0]).tolist() == [False] * 3
    assert is_duplicate(near[:0], members).tolist() == []


def test_a_spread_sample_is_in_order_without_repeats_and_whole_where_it_can_be() -> None:
    assert spread(5, 5).tolist() == [0, 1, 2, 3, 4]
    some = spread(1000, 100, seed=1)
    assert len(np.unique(some)) == 100
    assert (np.diff(some) > 0).all()
    assert some.tolist() == spread(1000, 100, seed=1).tolist()
    assert some.tolist() != spread(1000, 100, seed=2).tolist()
