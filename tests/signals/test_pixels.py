"""What is measured on pixels, held against the `cleanvision` package where it has a score, else worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from explorer.signals.image import odd_aspect, odd_size
from explorer.signals.pixels import COLOURS, measure, prepare

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SCORES = {
    "dark_score": "dark",
    "light_score": "light",
    "low_information_score": "information",
    "blurry_score": "blurry",
    "grayscale_score": "coloured",
}
"""Scores of CleanVision, and what we call them."""


def _picture(mode: str, size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    """A picture of blots, darker or lighter, with or without noise."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    blots = chance.integers(0, 256, (max(2, size[1] // 9), max(2, size[0] // 9), bands), np.uint8)
    made = [Image.fromarray(blots[..., band]).resize(size, Image.Resampling.BICUBIC) for band in range(bands)]
    noise = chance.normal(0, chance.choice([0, 0, 20]), (size[1], size[0], bands))
    values = np.stack([np.asarray(band) for band in made], axis=2) * chance.choice([0.1, 0.6, 1.0]) + noise
    pixels = np.clip(values + chance.choice([0, 0, 150]), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if bands == 1 else pixels, mode)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pictures of every mode that the package is meant for, small, large, flat, tiny and long."""
    folder = tmp_path_factory.mktemp("pictures")
    chance = np.random.default_rng(5)
    made = []
    for mode in ("L", "RGB", "RGBA"):
        for size in ((28, 28), (64, 64), (65, 40), (333, 250), (250, 333), (500, 20), (1, 1), (2, 90), (1, 300)):
            made += [(mode, _picture(mode, size, chance)) for _ in range(2)]
        made.append((mode, Image.new(mode, (40, 30))))
    paths = []
    for number, (_, image) in enumerate(made):
        paths.append(folder / f"{number:03}.png")
        image.save(paths[-1])
    for number, (mode, image) in enumerate(made):
        if mode != "RGBA":
            paths.append(folder / f"{number:03}.jpg")
            image.save(paths[-1], quality=80)
    return paths


@pytest.fixture(scope="module")
def theirs(files: list[Path]) -> pd.DataFrame:
    cleanvision = pytest.importorskip("cleanvision", reason="the oracle of the test, in the extra `test`")
    lab = cleanvision.Imagelab(filepaths=[str(file) for file in files], verbose=False)
    kinds = ("dark", "light", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")
    lab.find_issues({kind: {} for kind in kinds}, n_jobs=1, verbose=False)
    issues: pd.DataFrame = lab.issues.loc[[str(file) for file in files]]
    return issues


def test_scores_of_cleanvision_are_equal_image_by_image(files: list[Path], theirs: pd.DataFrame) -> None:
    ours = measure([prepare(Image.open(file)) for file in files])
    for score, name in SCORES.items():
        assert ours[name] == pytest.approx(theirs[score].to_numpy(np.float64), abs=1e-6), score
        assert len(set(theirs[score])) > 1, "a score that is the same for all shows nothing"


def test_scores_of_size_are_equal_too(files: list[Path], theirs: pd.DataFrame) -> None:
    width, height = (np.array([Image.open(file).size[axis] for file in files], np.float64) for axis in (0, 1))
    assert odd_aspect(width, height) == pytest.approx(theirs["odd_aspect_ratio_score"].to_numpy(), abs=1e-6)
    assert odd_size(np.sqrt(width) * np.sqrt(height)) == pytest.approx(theirs["odd_size_score"].to_numpy(), abs=1e-6)


def test_where_all_have_one_size_another_is_odd() -> None:
    assert odd_size(np.array([10.0] * 9 + [20.0])) == pytest.approx([1] * 9 + [0])


def test_it_makes_no_difference_what_is_measured_together(files: list[Path]) -> None:
    prepared = [prepare(Image.open(file)) for file in files]
    together = measure(prepared)
    for row, one in enumerate(prepared):
        for name, value in measure([one]).items():
            assert value[0] == pytest.approx(together[name][row], rel=1e-6, abs=1e-6)


def test_which_side_is_up_makes_no_difference() -> None:
    image = _picture("RGB", (160, 90), np.random.default_rng(2))
    upright, turned = measure([prepare(image)]), measure([prepare(image.transpose(Image.Transpose.ROTATE_180))])
    assert {name: float(value[0]) for name, value in turned.items()} == pytest.approx(
        {name: float(value[0]) for name, value in upright.items()}, rel=0.02, abs=0.01
    )


def test_half_white_half_black() -> None:
    pixels = np.zeros((128, 128), np.uint8)
    pixels[:, 64:] = 255
    found = {name: float(value[0]) for name, value in measure([prepare(Image.fromarray(pixels))]).items()}
    assert found["brightness"] == pytest.approx(0.5)
    assert found["contrast"] == pytest.approx(0.5)
    assert found["information"] == pytest.approx(0.1), "one bit"
    assert found["greyness"] == 1
    # the Laplacian is -255 and 255 in the two columns at the edge, and 0 elsewhere
    assert found["sharpness"] == pytest.approx(255**2 * 2 / 128)


def test_blur_lowers_sharpness_and_size_does_not_matter_much() -> None:
    sharp = _picture("RGB", (640, 480), np.random.default_rng(1))
    blurred, large = sharp.filter(ImageFilter.GaussianBlur(8)), sharp.resize((1280, 960), Image.Resampling.BICUBIC)
    first, second, third = measure([prepare(one) for one in (sharp, blurred, large)])["sharpness"]
    assert second < 0.5 * first
    assert third == pytest.approx(first, rel=0.25)


@pytest.mark.parametrize(
    ("name", "colour"),
    list(zip(COLOURS, [(9, 0, 0), (9, 9, 0), (0, 9, 0), (0, 9, 9), (0, 0, 9), (9, 0, 9)], strict=True)),
)
def test_colours_are_shares_of_pixels(name: str, colour: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (40, 40), (128, 128, 128))
    image.paste(tuple(25 * part for part in colour), (0, 0, 40, 10))
    found = measure([prepare(image)])
    assert found[name][0] == pytest.approx(0.25)
    assert found["greyness"][0] == pytest.approx(0.75)
    assert sum(float(found[each][0]) for each in (*COLOURS, "greyness")) == pytest.approx(1)


@pytest.mark.parametrize("size", [(28, 28), (64, 40), (3, 50), (1, 1)])
def test_small_images_are_measured_as_if_they_were_enlarged(size: tuple[int, int]) -> None:
    """Pillow rounds what it enlarges to whole grey values, which adds about 20 / 12 to the Laplacian's variance."""
    small = _picture("L", size, np.random.default_rng(3))
    longest = max(size)
    large = small.resize((round(128 * size[0] / longest), round(128 * size[1] / longest)), Image.Resampling.BILINEAR)
    here, there = (measure([prepare(one)]) for one in (small, large))
    assert here["contrast"][0] == pytest.approx(there["contrast"][0], abs=1e-3)
    assert here["sharpness"][0] == pytest.approx(there["sharpness"][0], abs=2.5)
