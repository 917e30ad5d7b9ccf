"""What a region is called in words, and when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions.build import build
from explorer.actions.demo import sample_data
from explorer.analysis.region_words import worded
from explorer.data.findings import Region
from explorer.data.spaces import IMAGES
from explorer.points.opened_build import View
from explorer.subsets.explain import Phrases

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32

N, WIDTH = 1000, 64


def _unit(rows: np.ndarray) -> Float32:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _noise(count: int, seed: int) -> Float32:
    return _unit(np.random.default_rng(seed).normal(size=(count, WIDTH)))


def _region(rows: range, name: str = "") -> Region:
    return Region(f"{rows.start}", 0, name, "", np.array(rows, np.int64), (0.0, 0.0))


WORDS = Phrases(("a dark photo", "a photo of an apple", "an occluded photo"), _noise(3, 1))
MEANINGLESS = _noise(64, 2)


def _vectors(share: float = 1.0) -> Float32:
    """Noise, in which a share of the first hundred fit the second word."""
    vectors = _noise(N, 3)
    fitting = int(100 * share)
    vectors[:fitting] = _unit(vectors[:fitting] + 2 * WORDS.vectors[1])
    return vectors


def test_a_region_is_called_by_the_word_that_sets_it_apart() -> None:
    (first, second) = worded([_region(range(100)), _region(range(100, 200))], _vectors(0.9), WORDS, MEANINGLESS)
    assert first.name == "apple"
    assert 0.9 <= int(first.why.split("%")[0]) / 100 < 0.96
    assert first.why.endswith("% are in the fifth of all images that is most like “a photo of an apple”")
    assert (second.name, second.why) == ("", "")


@pytest.mark.parametrize(("word", "called"), [(0, "dark"), (2, "occluded")])
def test_a_way_of_looking_is_said_without_its_photo(word: int, called: str) -> None:
    vectors = _noise(N, 3)
    vectors[:100] = _unit(vectors[:100] + 2 * WORDS.vectors[word])
    assert worded([_region(range(100))], vectors, WORDS, MEANINGLESS)[0].name == called


def test_what_has_a_name_keeps_it() -> None:
    named = _region(range(100), "fruit")
    assert worded([named], _vectors(), WORDS, MEANINGLESS) == [named]


def test_most_of_a_region_must_fit_the_word() -> None:
    assert not worded([_region(range(100))], _vectors(0.3), WORDS, MEANINGLESS)[0].name


def test_a_word_that_sets_apart_no_more_than_letters_without_meaning_is_no_name() -> None:
    meaningless = np.concatenate([MEANINGLESS, _unit(WORDS.vectors[1:2] + 0.5 * MEANINGLESS[:1])])
    vectors = _noise(N, 3)
    vectors[:100] = _unit(vectors[:100] + 2 * meaningless[-1])
    assert not worded([_region(range(100))], vectors, WORDS, meaningless)[0].name


def test_chance_alone_names_at_most_5_of_100_maps() -> None:
    wrong = 0
    for seed in range(100):
        regions = [_region(range(start, start + 100)) for start in range(0, N, 100)]
        wrong += any(one.name for one in worded(regions, _noise(N, 100 + seed), WORDS, MEANINGLESS))
    assert wrong <= 5


@pytest.mark.slow
def test_images_without_labels_are_named_as_their_model_sees_them(tmp_path: Path) -> None:
    """The demo's CLIP was taught garments: what it says of regions is what their labels say; it is silent elsewhere."""
    workspace = build(sample_data() / "fashion" / "images", tmp_path, pretrained=str(sample_data() / "model"))
    names = {one.name for one in View(workspace).regions(IMAGES) if one.name}
    assert {"dress", "pair of trousers"} <= names <= {"dress", "pair of trousers", "coat", "bag", "shirt", "shoe"}
