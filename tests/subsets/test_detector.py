"""A subset recognises new images at the false-alarm rate that was set, and can be handed on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.errors import SubsetError
from explorer.subsets.detector import Detector, _boundary, _shuffled, calibrate, with_false_alarm
from explorer.subsets.detector_files import load, match, save

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32

WIDTH = 16


def _images(chance: np.random.Generator, n: int, *, edge: bool = False) -> Float32:
    """Ordinary images of five classes; edge cases are shifted, whatever their class."""
    classes = 3 * np.random.default_rng(99).normal(size=(5, WIDTH))
    vectors = classes[chance.integers(5, size=n)] + 0.6 * chance.normal(size=(n, WIDTH))
    vectors += 4 * edge * np.random.default_rng(98).normal(size=WIDTH)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _calibrated(seed: int = 0, ordinary: int = 1000, false_alarm: float = 0.05) -> Detector:
    chance = np.random.default_rng(seed)
    vectors = np.vstack([_images(chance, 30, edge=True), _images(chance, ordinary)])
    return calibrate(vectors, range(30), range(30, 34), name="odd", model="m", seed=seed, false_alarm=false_alarm)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return _calibrated()


@pytest.mark.parametrize("wanted", [0.02, 0.05, 0.2])
def test_fresh_ordinary_images_fire_as_often_as_was_set(wanted: float) -> None:
    """Over many calibrations the rate on images nobody saw is the one set, neither higher nor far lower."""
    fired = 0
    for seed in range(20):
        fresh = _images(np.random.default_rng(1000 + seed), 500)
        fired += sum(map(bool, match([_calibrated(seed, false_alarm=wanted)], fresh, model="m")))
    # each of the 20 thresholds is itself drawn from 498 held-out images: that spread comes on top of the binomial
    spread = np.sqrt(wanted * (1 - wanted) * (1 / 10_000 + 1 / (20 * 498)))
    assert abs(fired / 10_000 - wanted) < 4 * spread + 1 / 500


def test_the_interval_of_the_measured_rate_covers_the_rate_on_fresh_images() -> None:
    """At 95% about 57 of 60 calibrations do, the luck of the threshold included; a measurement on one cut would not."""
    fresh = _images(np.random.default_rng(77), 20_000)
    covered = 0
    for seed in range(60):
        one = _calibrated(seed)
        true = (one.scores(fresh) > one.threshold).mean()
        covered += one.measured.low <= true <= one.measured.high
    assert covered >= 57, covered


def test_held_out_rates_are_stated_with_their_interval(detector: Detector) -> None:
    assert detector.measured.n == (1000 - 4) // 2
    assert detector.measured.low <= 0.05 <= detector.measured.high
    assert detector.recall.n == 30
    assert detector.recall.value > 0.8


def test_new_edge_cases_match_and_say_how(detector: Detector) -> None:
    new = _images(np.random.default_rng(5), 200, edge=True)
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
    vectors = np.vstack([_images(chance, 30, edge=True), _images(chance, 1000)])
    vectors[31:36] = vectors[30]
    detector = calibrate(vectors, range(31), range(31, 36), name="odd", model="m")
    again = vectors[30:31] + np.float32(1e-7)
    assert detector.scores(again) < detector.threshold
    ((found,),) = match([detector], again, model="m")
    assert found.p_value == pytest.approx(1 / (1 + len(detector.ordinary)))


def test_the_surest_match_comes_first() -> None:
    """Scores of different subsets are no common currency; how rarely ordinary images score as high is."""
    loose, strict = _calibrated(0, false_alarm=0.5), _calibrated(1)
    found = match([loose, strict], _images(np.random.default_rng(6), 50, edge=True), model="m")
    both = [one for one in found if len(one) == 2]
    assert both
    assert all(first.p_value <= second.p_value for first, second in both)


def test_a_stricter_rate_matches_fewer(detector: Detector) -> None:
    strict = with_false_alarm(detector, 0.01)
    assert strict.threshold > detector.threshold
    assert strict.measured.n == 0
    with pytest.raises(SubsetError, match="498 ordinary"):
        with_false_alarm(detector, 0.0001)


def test_a_detector_comes_back_as_it_was_saved(detector: Detector, tmp_path: Path) -> None:
    """The library is handed on as plain JSON and arrays, and decides the same elsewhere."""
    save(detector, tmp_path)
    again = load(tmp_path)
    new = _images(np.random.default_rng(7), 100, edge=True)
    assert again.scores(new).tobytes() == detector.scores(new).tobytes()
    assert (again.name, again.model, again.threshold) == (detector.name, detector.model, detector.threshold)
    assert (again.measured, again.recall) == (detector.measured, detector.recall)


def test_a_detector_of_the_first_format_is_one_of_whole_images(detector: Detector, tmp_path: Path) -> None:
    save(replace(detector, margin=0.1), tmp_path)
    assert load(tmp_path).margin == 0.1
    about = tmp_path / "detector.json"
    old = {name: value for name, value in json.loads(about.read_text()).items() if name != "margin"}
    about.write_text(json.dumps(old | {"format": 1}))
    assert load(tmp_path).margin is None


def test_points_of_one_image_stay_on_one_side() -> None:
    """Boxes of one image resemble each other: halves that share images would be no test of each other."""
    groups = np.repeat(np.arange(40), 25)
    rows, place = _shuffled(np.arange(1000), groups, np.random.default_rng(0))
    half = _boundary(place, 500 - 10)
    assert half == 500
    assert not {*groups[rows[:half]].tolist()} & {*groups[rows[half:]].tolist()}
    assert sorted(rows.tolist()) == list(range(1000))
    chance = np.random.default_rng(0)
    vectors = np.vstack([_images(chance, 30, edge=True), _images(chance, 1000)])
    of_image = np.concatenate([np.arange(30), 30 + np.arange(1000) // 20])
    made = calibrate(vectors, range(30), name="odd", model="m", groups=of_image, margin=0.1)
    assert made.measured.n == 500
    assert made.recall.value > 0.8


@pytest.mark.parametrize("damage", ["missing", "torn", "foreign", "pickle", "width", "format"])
def test_a_damaged_detector_is_refused_in_words(detector: Detector, tmp_path: Path, damage: str) -> None:
    save(detector, tmp_path)
    about = tmp_path / "detector.json"
    if damage == "missing":
        (tmp_path / "members.npy").unlink()
    elif damage == "torn":
        about.write_text(about.read_text()[:40])
    elif damage == "foreign":
        shutil.copy(about, tmp_path / "mean.npy")
    elif damage == "pickle":
        np.save(tmp_path / "members.npy", np.array([{}]), allow_pickle=True)
    elif damage == "width":
        np.save(tmp_path / "members.npy", np.ones((3, 5), np.float32))
    else:
        about.write_text(about.read_text().replace('"format": 2', '"format": 3'))
    with pytest.raises(SubsetError, match="cannot be read"):
        load(tmp_path)


def test_vectors_of_another_model_are_refused(detector: Detector) -> None:
    with pytest.raises(SubsetError, match="Expected vectors of m"):
        match([detector], _images(np.random.default_rng(8), 3), model="other")


def test_what_cannot_be_calibrated_is_said() -> None:
    with pytest.raises(SubsetError, match="ordinary images"):
        _calibrated(ordinary=60)
    with pytest.raises(SubsetError, match="members"):
        calibrate(_images(np.random.default_rng(0), 50), [], name="none", model="m")


def test_one_member_has_no_recall_to_state() -> None:
    vectors = _images(np.random.default_rng(0), 300)
    assert calibrate(vectors, [0], name="one", model="m").recall.n == 0


def test_no_new_images_give_no_matches(detector: Detector) -> None:
    assert match([detector], np.empty((0, WIDTH), np.float32), model="m") == []
