"""New points against detectors: which match, how surely, and which is first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.errors import SubsetError
from explorer.subsets.detector import calibrate
from explorer.subsets.match import Match, match, surest_first
from tests.subsets.conftest import calibrated, images

if TYPE_CHECKING:
    from explorer.subsets.detector import Detector


def test_new_edge_cases_match_and_say_how(detector: Detector) -> None:
    new = images(np.random.default_rng(5), 200, edge=True)
    found = match([detector], new, model="m")
    assert np.mean([bool(one) for one in found]) > 0.8
    best = next(one for one in found if one)[0]
    assert best.name == "odd"
    assert best.score > detector.threshold
    assert 0 < best.p_value <= 0.05
    assert -1 <= best.similarity <= 1


def test_a_copy_of_a_member_matches_however_odd_it_is_among_the_members() -> None:
    """Here an ordinary image, of which other copies were rejected."""
    chance = np.random.default_rng(0)
    vectors = np.vstack([images(chance, 30, edge=True), images(chance, 1000)])
    vectors[31:36] = vectors[30]
    detector = calibrate(vectors, range(31), range(31, 36), name="odd", model="m")
    again = vectors[30:31] + np.float32(1e-7)
    assert detector.scores(again) < detector.threshold
    ((found,),) = match([detector], again, model="m")
    assert found.p_value == pytest.approx(1 / (1 + len(detector.ordinary)))


def test_the_surest_match_comes_first() -> None:
    """Scores of different subsets are no common currency; how rarely ordinary images score as high is."""
    loose, strict = calibrated(0, false_alarm=0.5), calibrated(1)
    found = match([loose, strict], images(np.random.default_rng(6), 50, edge=True), model="m")
    both = [one for one in found if len(one) == 2]
    assert both
    assert all(first.p_value <= second.p_value for first, second in both)


def test_vectors_of_another_model_are_refused(detector: Detector) -> None:
    with pytest.raises(SubsetError, match="Expected vectors of m"):
        match([detector], images(np.random.default_rng(8), 3), model="other")


def test_no_new_images_give_no_matches(detector: Detector) -> None:
    assert match([detector], detector.members[:0], model="m") == []


def test_a_match_says_which_share_of_ordinary_images_scores_as_high(detector: Detector) -> None:
    """And how similar its nearest three members are, on average."""
    new = images(np.random.default_rng(9), 20, edge=True)
    scores = detector.scores(new)
    matched = match([detector], new, model="m")
    assert [bool(each) for each in matched] == (scores > detector.threshold).tolist()
    for row in np.flatnonzero(scores > detector.threshold):
        (found,) = matched[row]
        as_high = int((detector.ordinary >= scores[row]).sum())
        assert found.p_value == (1 + as_high) / (1 + len(detector.ordinary))
        assert found.similarity == pytest.approx(np.sort(detector.members @ new[row])[-3:].mean(), abs=1e-6)
        assert found.score == scores[row]


def test_of_equally_rare_matches_the_more_similar_comes_first() -> None:
    found = [Match("a", 0.9, 0.3, 0.04), Match("b", 0.7, 0.2, 0.01), Match("c", 0.8, 0.1, 0.01)]
    assert [one.name for one in sorted(found, key=surest_first)] == ["c", "b", "a"]


def test_a_detector_of_another_width_is_refused(detector: Detector) -> None:
    with pytest.raises(SubsetError, match="Expected vectors of m for the subset 'odd'"):
        match([detector], np.ones((1, 5), np.float32), model="m")
