"""What is measured on an image's pixels: light, contrast, sharpness, information and colour.

Where CleanVision (https://github.com/cleanlab/cleanvision) has a score of the same thing, this is its definition, and
the numbers are equal; its package is the oracle of the tests. Images of the same size are measured together.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from explorer.data.records import Float32  # noqa: TC001 - NamedTuple fields are evaluated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]
    Pixels = NDArray[np.uint8]

VERSION = 1
"""Raised when the same pixels give other numbers."""

MEASURABLE = frozenset({"L", "RGB", "RGBA"})
"""Modes that are measured as the file has them; an image of another is brought to RGB first."""

LUMINANCE = np.array([0.241, 0.691, 0.068], np.float32)
"""Weights of the squares of red, green and blue."""

BLUR_SIDE, SIDE = 64, 128
"""Longest sides, in pixels, at which blur, and at which sharpness and contrast are measured."""

CHROMA = 26
"""From which difference between its strongest and its weakest channel on a pixel has a colour: a tenth of all."""

COLOURS = ("red", "yellow", "green", "cyan", "blue", "magenta")
"""Sixths of the circle of hues, each around its own."""

_DARK, _LIGHT = 0.99, 0.05
_GREY_SPREAD = 0.18


class Prepared(NamedTuple):
    """One decoded image, as it is measured.

    Attributes:
        pixels: uint8 (h, w) of a grey file, else (h, w, 3).
        counts: int64 (256 * bands,), how often each value stands in each band, alpha among them.
        tiny: uint8, grey, its longest side at most `BLUR_SIDE`.
        colours: uint8 (.., .., 3), the same in colours; None of a grey file.
        grey: uint8, its longest side `SIDE`.
    """

    pixels: NDArray[np.uint8]
    counts: NDArray[np.int64]
    tiny: NDArray[np.uint8]
    colours: NDArray[np.uint8] | None
    grey: NDArray[np.uint8]


def prepare(image: Image.Image) -> Prepared:
    """Prepare one image of a mode in `MEASURABLE`; which side is up makes no difference to what is measured."""
    tiny = image.resize(_within(image.size)) if max(image.size) > BLUR_SIDE else image
    is_grey = image.mode == "L"
    pixels = np.asarray(image)
    return Prepared(
        pixels if is_grey else pixels[..., :3],
        np.array(image.histogram(), np.int64),
        np.asarray(tiny.convert("L")),
        None if is_grey else np.asarray(tiny.convert("RGB")),
        np.asarray(_at_side(image.convert("L"))),
    )


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which blur is measured, rounded as CleanVision does."""
    ratio = max(size) / BLUR_SIDE
    return max(int(size[0] // ratio), 1), max(int(size[1] // ratio), 1)


def _at_side(grey: Image.Image) -> Image.Image:
    longest = max(grey.size)
    width, height = (max(1, round(side * SIDE / longest)) for side in grey.size)
    return grey.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def measure(images: Sequence[Prepared]) -> dict[str, Float32]:
    """Measure images.

    Returns:
        float32 (n,) by name: `brightness`, the root of the weighted squares of the channels' means, 0..1; `dark`, the
        luminance that 1% of the pixels pass; `light`, 1 less that which 5% stay below; `information`, a tenth of the
        histogram's entropy in bits, at most 1; `blurry`, 1 where edges are strong or tones many; `coloured`, 0 for a
        file of one grey channel, else 1; `contrast`, the standard deviation of the grey values, 0..0.5; `sharpness`,
        the variance of their Laplacian; `greyness`, the share of pixels without colour; and of each of `COLOURS` the
        share of pixels that have it.
    """
    order = sorted(range(len(images)), key=lambda i: _shape(images[i]))
    found: dict[str, Float32] = {}
    for _, group in groupby(order, key=lambda i: _shape(images[i])):
        rows = list(group)
        for name, values in _together([images[i] for i in rows]).items():
            found.setdefault(name, np.empty(len(images), np.float32))[rows] = values
    return found


def _shape(image: Prepared) -> tuple[int, ...]:
    return (len(image.counts), *image.pixels.shape)


def _together(images: Sequence[Prepared]) -> dict[str, Float64]:
    """Measure images of the same size and mode."""
    counts = np.stack([one.counts for one in images])
    dark, bright = _luminance(np.stack([one.pixels for one in images]))
    grey = np.stack([one.grey for one in images]).astype(np.float32)
    return {
        "brightness": _brightness(counts),
        "dark": bright,
        "light": 1 - dark,
        "information": np.minimum(0.1 * _entropy(counts), 1),
        "blurry": _blurry(np.stack([one.tiny for one in images])),
        "coloured": np.full(len(images), float(images[0].colours is not None)),
        "contrast": grey.std(axis=(1, 2)) / 255,
        "sharpness": _sharpness(grey),
        **_colours([one.colours for one in images]),
    }


def _brightness(counts: NDArray[np.int64]) -> Float64:
    """From the means of the channels, float64 (n,)."""
    bands = counts.reshape(len(counts), -1, 256)
    means = bands @ np.arange(256) / bands.sum(axis=2)
    if bands.shape[1] == 1:
        return np.asarray(means[:, 0] / 255, np.float64)
    return np.asarray(np.sqrt(means[:, :3] ** 2 @ LUMINANCE.astype(np.float64)) / 255, np.float64)


def _luminance(pixels: Pixels) -> tuple[Float64, Float64]:
    """The 5th and the 99th percentile of each image's luminance, 0..1, two float64 (n,)."""
    squares = pixels.astype(np.float32)
    squares *= squares
    if pixels.ndim == 4:  # noqa: PLR2004 - with channels
        squares = squares @ LUMINANCE
    squares = squares.reshape(len(pixels), -1)
    low, high = ((squares.shape[1] - 1) * share for share in (_LIGHT, _DARK))
    squares.partition(int(high), axis=1)
    squares[:, : int(high)].partition(min(int(low), max(int(high) - 1, 0)), axis=1)
    return _percentile(squares, low), _percentile(squares, high)


def _percentile(squares: Float32, at: float) -> Float64:
    """The root between the two smallest squares from a place on, of rows that are partitioned there."""
    place = int(at)
    here = np.sqrt(squares[:, place].astype(np.float64)) / 255
    if place == at:
        return here
    after = np.sqrt(squares[:, place + 1 :].min(axis=1).astype(np.float64)) / 255
    return np.asarray(here + (after - here) * (at - place), np.float64)


def _entropy(counts: NDArray[np.int64]) -> Float64:
    """Bits per value, float64 (n,)."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(-(shares * np.log2(shares, where=counts > 0, out=np.zeros_like(shares))).sum(axis=1), np.float64)


def _blurry(grey: Pixels) -> Float64:
    """How strong edges are, and more where tones are concentrated, 0..1, float64 (n,)."""
    n, height, width = grey.shape
    values = grey.astype(np.int16)
    edges = values.copy()  # the border stays, as in Pillow's filter
    if min(height, width) >= 3:  # noqa: PLR2004 - a kernel
        rows = values[:, :-2] + values[:, 1:-1] + values[:, 2:]
        around = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
        edges[:, 1:-1, 1:-1] = np.clip(9 * values[:, 1:-1, 1:-1] - around, 0, 255)
    tones = np.bincount((np.arange(n)[:, None] * 256 + values.reshape(n, -1)).ravel(), minlength=256 * n)
    spread = -np.expm1(-tones.reshape(n, 256).std(axis=1) / 100)
    edge = -np.expm1(-edges.std(axis=(1, 2)) / 100)
    return np.asarray(np.minimum(edge + np.where(spread <= _GREY_SPREAD, 0, spread), 1), np.float64)


def _sharpness(grey: Float32) -> Float64:
    """Variance of the Laplacian, the border repeated, float64 (n,)."""
    values = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    laplacian = values[:, :-2, 1:-1] + values[:, 2:, 1:-1]
    laplacian += values[:, 1:-1, :-2]
    laplacian += values[:, 1:-1, 2:]
    laplacian -= 4 * grey
    return np.asarray(laplacian.var(axis=(1, 2)), np.float64)


def _colours(images: Sequence[Pixels | None]) -> dict[str, Float64]:
    """The share of pixels without colour, and with each, which sum up to 1."""
    known = [one for one in images if one is not None]
    if not known:
        nothing = np.zeros(len(images))
        return {"greyness": nothing + 1, **dict.fromkeys(COLOURS, nothing)}
    pixels = np.stack(known).astype(np.int16).reshape(len(known), -1, 3)
    red, green, blue = (pixels[..., channel] for channel in range(3))
    most, chroma = pixels.max(axis=2), np.ptp(pixels, axis=2)
    over = np.where(most == red, green - blue, np.where(most == green, blue - red, red - green))
    turn = np.where(most == red, 0, np.where(most == green, 2, 4))
    hue = turn + np.divide(over, chroma, out=np.zeros(over.shape, np.float32), where=chroma > 0)
    sixth = np.where(chroma < CHROMA, len(COLOURS), np.rint(hue).astype(np.int16) % len(COLOURS))
    share = {name: (sixth == number).mean(axis=1) for number, name in enumerate((*COLOURS, "greyness"))}
    return {"greyness": share.pop("greyness"), **share}
