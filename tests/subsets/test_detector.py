"""A subset recognises new images at the false-alarm rate that was set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.errors import SubsetError
from explorer.subsets.detector import _boundary, _shuffled, calibrate, with_false_alarm
from explorer.subsets.match import match
from tests.subsets.conftest import calibrated, images

if TYPE_CHECKING:
    from explorer.subsets.detector import Detector


@pytest.mark.parametrize("wanted", [0.02, 0.05, 0.2])
def test_fresh_ordinary_images_fire_as_often_as_was_set(wanted: float) -> None:
    """Over many calibrations the rate on images nobody saw is the one set, neither higher nor far lower."""
    fired = 0
    for seed in range(20):
        fresh = images(np.random.default_rng(1000 + seed), 500)
        fired += sum(map(bool, match([calibrated(seed, false_alarm=wanted)], fresh, model="m")))
    # each of the 20 thresholds is itself drawn from 498 held-out images: that spread comes on top of the binomial
    spread = np.sqrt(wanted * (1 - wanted) * (1 / 10_000 + 1 / (20 * 498)))
    assert abs(fired / 10_000 - wanted) < 4 * spread + 1 / 500


def test_the_interval_of_the_measured_rate_covers_the_rate_on_fresh_images() -> None:
    """At 95% about 57 of 60 calibrations do, the luck of the threshold included; a measurement on one cut would not."""
    fresh = images(np.random.default_rng(77), 20_000)
    covered = 0
    for seed in range(60):
        one = calibrated(seed)
        true = (one.scores(fresh) > one.threshold).mean()
        covered += one.measured.low <= true <= one.measured.high
    assert covered >= 57, covered


def test_held_out_rates_are_stated_with_their_interval(detector: Detector) -> None:
    assert detector.measured.n == (1000 - 4) // 2
    assert detector.measured.low <= 0.05 <= detector.measured.high
    assert detector.recall.n == 30
    assert detector.recall.value > 0.8


def test_a_stricter_rate_matches_fewer(detector: Detector) -> None:
    strict = with_false_alarm(detector, 0.01)
    assert strict.threshold > detector.threshold
    assert strict.measured.n == 0
    with pytest.raises(SubsetError, match="498 ordinary"):
        with_false_alarm(detector, 0.0001)


def test_points_of_one_image_stay_on_one_side() -> None:
    """Boxes of one image resemble each other: halves that share images would be no test of each other."""
    groups = np.repeat(np.arange(40), 25)
    rows, place = _shuffled(np.arange(1000), groups, np.random.default_rng(0))
    half = _boundary(place, 500 - 10)
    assert half == 500
    assert not {*groups[rows[:half]].tolist()} & {*groups[rows[half:]].tolist()}
    assert sorted(rows.tolist()) == list(range(1000))
    chance = np.random.default_rng(0)
    vectors = np.vstack([images(chance, 30, edge=True), images(chance, 1000)])
    of_image = np.concatenate([np.arange(30), 30 + np.arange(1000) // 20])
    made = calibrate(vectors, range(30), name="odd", model="m", groups=of_image, margin=0.1)
    assert made.measured.n == 500
    assert made.recall.value > 0.8


def test_what_cannot_be_calibrated_is_said() -> None:
    with pytest.raises(SubsetError, match="ordinary images"):
        calibrated(ordinary=60)
    with pytest.raises(SubsetError, match="members"):
        calibrate(images(np.random.default_rng(0), 50), [], name="none", model="m")


def test_one_member_has_no_recall_to_state() -> None:
    vectors = images(np.random.default_rng(0), 300)
    assert calibrate(vectors, [0], name="one", model="m").recall.n == 0
