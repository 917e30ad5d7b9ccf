"""A library of detectors says what new images match, and is handed on as plain JSON and arrays."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.errors import SubsetError
from explorer.subsets.detector_files import load, save
from tests.subsets.conftest import images

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.subsets.detector import Detector


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
