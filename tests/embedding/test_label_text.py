"""Joined vectors put a wrong label at a distance from the images that look alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.embedding.label_text import class_means, class_vectors, joined
from explorer.embedding.own_vectors import read_vectors

if TYPE_CHECKING:
    from explorer.data.records import Float32
    from explorer.embedding.clip import ClipModel

CLOTHING = Path(__file__).parents[2].parent / "shared" / "data" / "clothing"


def _clusters() -> tuple[Float32, list[str | None]]:
    """Three well separated classes of ten unit vectors of width 8."""
    generator = np.random.default_rng(0)
    vectors = np.repeat(np.eye(3, 8), 10, axis=0) + 0.1 * generator.normal(size=(30, 8))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32), [label for label in "abc" for _ in range(10)]


def test_class_vectors_are_one_unit_vector_per_distinct_label(clip: ClipModel) -> None:
    vectors = class_vectors(clip, ["T-shirt", "{odd}", "T-shirt"])
    assert list(vectors) == ["T-shirt", "{odd}"]
    for vector in vectors.values():
        assert vector.shape == (16,)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert class_vectors(clip, []) == {}


def test_class_means_stand_in_for_text() -> None:
    vectors, labels = _clusters()
    means = class_means(vectors, [*labels[:-1], None])
    assert list(means) == ["a", "b", "c"]
    np.testing.assert_allclose(means["b"], np.eye(3, 8)[1], atol=0.2)


def test_the_mean_of_a_class_is_of_its_own_images_wherever_they_stand() -> None:
    vectors = np.eye(5, dtype=np.float32)
    means = class_means(vectors, ["b", None, "a", "b", "a"])
    assert list(means) == ["b", "a"]
    np.testing.assert_allclose(means["b"], np.array([1, 0, 0, 1, 0]) / np.sqrt(2), atol=1e-6)
    np.testing.assert_allclose(means["a"], np.array([0, 0, 1, 0, 1]) / np.sqrt(2), atol=1e-6)


@pytest.mark.parametrize("weight", [0.25, 0.5, 0.75])
def test_a_swapped_label_moves_a_point_away_from_all_its_former_neighbours(weight: float) -> None:
    vectors, labels = _clusters()
    classes = class_means(vectors, labels)
    right = joined(vectors, labels, classes, weight)
    wrong = joined(vectors, ["b", *labels[1:]], classes, weight)
    neighbours = slice(1, 10)
    assert (wrong[neighbours] @ wrong[0] < right[neighbours] @ right[0]).all()
    assert (wrong[10:20] @ wrong[0] > right[10:20] @ right[0]).all()


def test_the_cosine_is_the_weighted_sum_of_the_parts() -> None:
    """The formula of the docstring, computed another way."""
    vectors, labels = _clusters()
    classes = class_means(vectors, labels)
    centred = vectors - vectors.mean(axis=0)
    images = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    spread = np.array([classes[label] for label in "abc"]) - np.mean(list(classes.values()), axis=0)
    texts = (spread / np.linalg.norm(spread, axis=1, keepdims=True)).repeat(10, axis=0)
    z = joined(vectors, labels, classes, 0.3)
    assert (z.shape, str(z.dtype)) == ((30, 16), "float32")
    np.testing.assert_allclose(z @ z.T, 0.7 * images @ images.T + 0.3 * texts @ texts.T, atol=1e-5)


def test_a_missing_label_leaves_the_image_alone() -> None:
    vectors, labels = _clusters()
    z = joined(vectors, [None, *labels[1:]], class_means(vectors, labels))
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, atol=1e-5)
    assert not z[0, 8:].any()
    assert z[0, :8].any()


def test_nothing_known_is_zero_not_noise() -> None:
    """Identical images and a single class have no direction; rounding errors must not become one."""
    same = np.full((5, 4), 0.5, np.float32)
    assert not joined(same, ["a"] * 5, class_means(same, ["a"] * 5)).any()
    assert not joined(same[:1], [None], {}).any()
    assert joined(same[:0], [], {}).shape == (0, 8)


@pytest.mark.skipif(not CLOTHING.is_dir(), reason="needs the shared clothing data beside the repository")
def test_real_label_errors_stand_out_in_the_label_space() -> None:
    """On 300 real photos with 26 wrong labels, the wrong ones are lonelier there than among images."""
    table = pd.read_csv(CLOTHING / "labels.csv")
    vectors = read_vectors(CLOTHING / "vectors.npy", list(table["image"])).vectors
    labels = list(table["label"])
    wrong = (table["label"] != table["corrected_label"]).to_numpy()
    assert wrong.sum() == 26

    def loneliness_auroc(space: Float32) -> float:
        similarity = space @ space.T - 2 * np.eye(len(space))
        nearest = np.sort(similarity, axis=1)[:, -10:].mean(axis=1)
        return float((nearest[wrong][:, None] < nearest[~wrong]).mean())

    in_label_space = loneliness_auroc(joined(vectors, labels, class_means(vectors, labels)))
    assert in_label_space > 0.75
    assert in_label_space > loneliness_auroc(vectors) + 0.1
