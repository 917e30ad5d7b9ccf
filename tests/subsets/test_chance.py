"""The best hit is held against what phrases without meaning find, and against how alike the images are themselves."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.subsets.chance import Chance, is_unlike, phrases
from tests.subsets.conftest import unit

IMAGES = unit(np.random.default_rng(0).normal(size=(400, 64)))


def _nearest(vector: np.ndarray, k: int = 50) -> np.ndarray:
    return IMAGES[np.argsort(-(IMAGES @ vector))[:k]]


def _chance(count: int = 40) -> Chance:
    return Chance.of(unit(np.random.default_rng(1).normal(size=(count, 64))), _nearest)


def test_the_bests_are_standardised_by_the_other_phrases() -> None:
    """For each phrase and image: less the mean of what the others reach there, over their spread."""
    made = _chance(5)
    others = made.vectors[1:]
    found = _nearest(made.vectors[0])
    reached = [[float(image @ other) for other in others] for image in found]
    expected = max(
        (float(image @ made.vectors[0]) - np.mean(known)) / np.std(known)
        for image, known in zip(found, reached, strict=True)
    )
    assert made.bests[0] == pytest.approx(expected, rel=1e-4)


def test_what_an_image_shows_is_better_than_chance_and_one_of_the_phrases_is_not() -> None:
    made = _chance()
    assert made.share(IMAGES[7], _nearest(IMAGES[7])) == pytest.approx(1 / 41)
    assert not made.explains(IMAGES[7], _nearest(IMAGES[7]))
    worst = made.vectors[int(made.bests.argmin())]
    assert made.explains(worst, _nearest(worst))


def test_an_image_that_all_phrases_are_alike_to_says_nothing() -> None:
    """A model rates some images as alike to everything: as similar as ever, and no sign of anything."""
    axes = np.eye(8, dtype=np.float32)
    spoken = unit(0.2 * np.random.default_rng(2).normal(size=(41, 8)) + axes[0])
    made = Chance.of(spoken[:-1], lambda _: axes[:3])
    assert made.share(spoken[-1], axes[:3]) > 0.05
    assert made.share(axes[1], axes[:3]) == pytest.approx(1 / 41)


def test_phrases_are_always_the_same_and_all_different() -> None:
    assert phrases(3) == phrases(3)
    assert len(set(phrases())) == 64
    assert all(4 <= len(word) <= 9 and word.isalpha() for phrase in phrases() for word in phrase.split())


def test_an_image_is_unlike_where_hardly_one_of_those_here_is_as_unlike() -> None:
    own = np.linspace(0.5, 1, 101, dtype=np.float32)
    assert is_unlike(0.5, own)
    assert not is_unlike(0.51, own)
    assert not is_unlike(0.1, np.full(3, np.nan, np.float32)), "of one image nothing is known"
