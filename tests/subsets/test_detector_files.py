"""A library of detectors says what new images match, and is handed on as plain JSON and arrays."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.errors import SubsetError
from explorer.subsets.detector import calibrate
from explorer.subsets.detector_files import Match, load, match, save, surest_first
from tests.subsets.conftest import calibrated, images

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_detector_comes_back_as_it_was_saved(detector: Detector, tmp_path: Path) -> None:
    """The library is handed on as plain JSON and arrays, and decides the same elsewhere."""
    save(detector, tmp_path)
    again = load(tmp_path)
    new = images(np.random.default_rng(7), 100, edge=True)
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
