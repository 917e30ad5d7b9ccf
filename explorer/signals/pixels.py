"""What is measured on an image's pixels: light, contrast, sharpness, information and colour.

Where CleanVision (https://github.com/cleanlab/cleanvision) has a score of the same thing, this is its definition, and
the numbers are equal; its package is the oracle of the tests. Images of the same size are measured together.
"""

from __future__ import annotations

from functools import cache
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

VERSION = 2
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
_GREY = 3
"""Dimensions of images of one grey channel: as many, height, width; those of more have one more."""

_STRIP = 2**15
"""Pixels of a large image that are squared at a time."""

_KEPT = 31 * 2**20
"""Bytes: just less than the most that the C library keeps."""

_TO_GREY = (19595, 38470, 7471)
"""Weights of red, green and blue as Pillow turns them to grey, in 65,536ths."""


class Prepared(NamedTuple):
    """One decoded image, as it is measured.

    Attributes:
        shape: height, width and bands.
        pixels: uint8 (h, w) of a grey file, else (h, w, bands); None of an image that is longer than `BLUR_SIDE`.
        large: what is made of such an image.
    """

    shape: tuple[int, int, int]
    pixels: NDArray[np.uint8] | None = None
    large: Large | None = None


class Large(NamedTuple):
    """What is made of one large image; of small ones it is made of many at once, and nothing is enlarged.

    Attributes:
        ends: float64 (2,), the 5th and the 99th percentile of its luminance, 0..1.
        counts: int64 (bands, 256), how often each value stands in each band, alpha among them.
        tiny: uint8, grey, its longest side `BLUR_SIDE`.
        colours: uint8 (.., .., 3), the same in colours; of a grey file the grey.
        grey: uint8, its longest side `SIDE`.
    """

    ends: NDArray[np.float64]
    counts: NDArray[np.int64]
    tiny: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    grey: NDArray[np.uint8]


def prepare(image: Image.Image) -> Prepared:
    """Prepare one image of a mode in `MEASURABLE`; which side is up makes no difference to what is measured."""
    _keep_memory()
    shape = (image.height, image.width, len(image.getbands()))
    return Prepared(shape, large=_large(image)) if max(image.size) > BLUR_SIDE else Prepared(shape, np.asarray(image))


@cache
def _keep_memory() -> None:
    """Have this process keep the memory of images for the next ones, which is a quarter faster than to fetch it anew.

    The C library of Linux does so of blocks as large as one that was given back (`mallopt(3)`, M_MMAP_THRESHOLD).
    """
    np.empty(_KEPT, np.uint8)


def _large(image: Image.Image) -> Large:
    tiny = image.resize(_within(image.size))
    return Large(
        _ends(image),
        np.array(image.histogram(), np.int64).reshape(-1, 256),
        np.asarray(tiny.convert("L")),
        np.asarray(tiny if tiny.mode in ("L", "RGB") else tiny.convert("RGB")),
        np.asarray(image.convert("L").resize(_at_side(image.size), Image.Resampling.BILINEAR, reducing_gap=2.0)),
    )


def _ends(image: Image.Image) -> Float64:
    """The percentiles of a large image's luminance, some pixels at a time: whole, it would leave the cache."""
    bands = [np.asarray(band).ravel() for band in image.split()[:3]]
    weights = np.sqrt(LUMINANCE) if len(bands) > 1 else np.ones(1, np.float32)
    squares = np.zeros(len(bands[0]), np.float32)
    scratch = np.empty(_STRIP, np.float32)
    for start in range(0, len(squares), _STRIP):
        here = slice(start, start + _STRIP)
        weighted = scratch[: len(squares[here])]
        for band, weight in zip(bands, weights, strict=True):
            np.multiply(band[here], weight, out=weighted)
            weighted *= weighted
            squares[here] += weighted
    return np.asarray(_percentiles(squares[None])[0], np.float64)


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which blur is measured, rounded as CleanVision does."""
    ratio = max(size) / BLUR_SIDE
    return max(int(size[0] // ratio), 1), max(int(size[1] // ratio), 1)


def _at_side(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which sharpness and contrast are measured."""
    first, second = (max(1, round(side * SIDE / max(size))) for side in size)
    return first, second


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
    order = sorted(range(len(images)), key=lambda i: images[i].shape)
    found: dict[str, Float32] = {}
    for _, group in groupby(order, key=lambda i: images[i].shape):
        rows = list(group)
        for name, values in _together([images[i] for i in rows]).items():
            found.setdefault(name, np.empty(len(images), np.float32))[rows] = values
    return found


def _together(images: Sequence[Prepared]) -> dict[str, Float64]:
    """Measure images of the same size and bands."""
    large = [one.large for one in images if one.large]
    if large:
        ends, counts, tiny, colours, grey = (np.stack(each) for each in zip(*large, strict=True))
        contrast, sharpness = _contrast(grey), _sharpness(grey)
    else:
        pixels = np.stack([one.pixels for one in images if one.pixels is not None])
        colours = pixels if pixels.ndim == _GREY else pixels[..., :3]
        ends, counts, tiny = _percentiles(_squares(pixels)), _counts(pixels), _grey(colours)
        contrast, sharpness = _enlarged(tiny)
    return {
        "brightness": _brightness(counts),
        "dark": ends[:, 1],
        "light": 1 - ends[:, 0],
        "information": np.minimum(0.1 * _entropy(counts.reshape(len(counts), -1)), 1),
        "blurry": _blurry(tiny),
        "coloured": np.full(len(images), float(images[0].shape[2] > 1)),
        "contrast": contrast,
        "sharpness": sharpness,
        **_colours(colours),
    }


def _grey(colours: Pixels) -> Pixels:
    """As Pillow turns RGB to grey."""
    if colours.ndim == _GREY:
        return colours
    weighted = sum(colours[..., band].astype(np.int32) * weight for band, weight in enumerate(_TO_GREY))
    return np.asarray((weighted + 0x8000) >> 16, np.uint8)


def _counts(pixels: Pixels) -> NDArray[np.int64]:
    """How often each value stands in each band of each image, int64 (n, bands, 256)."""
    n, bands = len(pixels), 1 if pixels.ndim == _GREY else pixels.shape[-1]
    values = pixels.reshape(n, -1, bands) + 256 * np.arange(n * bands).reshape(n, 1, bands)
    return np.bincount(values.ravel(), minlength=256 * n * bands).reshape(n, bands, 256)


def _brightness(counts: NDArray[np.int64]) -> Float64:
    """From the means of the channels, float64 (n,)."""
    means = counts @ np.arange(256) / counts.sum(axis=2)
    if counts.shape[1] == 1:
        return np.asarray(means[:, 0] / 255, np.float64)
    return np.asarray(np.sqrt(means[:, :3] ** 2 @ LUMINANCE.astype(np.float64)) / 255, np.float64)


def _squares(pixels: Pixels) -> Float32:
    """The squares of luminance, 0..255 squared, of each image's pixels, float32 (n, h * w)."""
    squares = (pixels if pixels.ndim == _GREY else pixels[..., :3]).astype(np.float32)
    squares *= squares
    return (squares if pixels.ndim == _GREY else squares @ LUMINANCE).reshape(len(pixels), -1)


def _percentiles(squares: Float32) -> Float64:
    """The 5th and the 99th percentile of luminance in each row of squares, 0..1, float64 (n, 2); sorts them in part."""
    low, high = ((squares.shape[1] - 1) * share for share in (_LIGHT, _DARK))
    bits = squares.view(np.int32)  # in the same order as the numbers, which are none below 0, and faster to divide
    bits.partition(int(high), axis=1)
    bits[:, : int(high)].partition(min(int(low), max(int(high) - 1, 0)), axis=1)
    return np.stack([_percentile(squares, low), _percentile(squares, high)], axis=1)


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
    height, width = grey.shape[1:]
    values = grey.astype(np.int16)
    edges = values.copy()  # the border stays, as in Pillow's filter
    if min(height, width) >= 3:  # noqa: PLR2004 - a kernel
        rows = values[:, :-2] + values[:, 1:-1] + values[:, 2:]
        around = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
        edges[:, 1:-1, 1:-1] = np.clip(9 * values[:, 1:-1, 1:-1] - around, 0, 255)
    spread = -np.expm1(-_counts(grey).std(axis=(1, 2)) / 100)
    edge = -np.expm1(-edges.std(axis=(1, 2)) / 100)
    return np.asarray(np.minimum(edge + np.where(spread <= _GREY_SPREAD, 0, spread), 1), np.float64)


def _contrast(grey: Pixels) -> Float64:
    """Standard deviation as a share of white, float64 (n,)."""
    return np.asarray(grey.astype(np.float32).std(axis=(1, 2)) / 255, np.float64)


def _sharpness(grey: Pixels) -> Float64:
    """Variance of the Laplacian, the border repeated, float64 (n,)."""
    values = np.pad(grey.astype(np.float32), ((0, 0), (1, 1), (1, 1)), mode="edge")
    laplacian = values[:, :-2, 1:-1] + values[:, 2:, 1:-1]
    laplacian += values[:, 1:-1, :-2]
    laplacian += values[:, 1:-1, 2:]
    laplacian -= 4 * values[:, 1:-1, 1:-1]
    return np.asarray(laplacian.var(axis=(1, 2)), np.float64)


def _enlarged(grey: Pixels) -> tuple[Float64, Float64]:
    """The contrast and the sharpness of small images as they are at `SIDE`, linearly interpolated; two float64 (n,).

    An enlarged image A X B' is linear in the pixels X, and so is its Laplacian DA X B' + A X (DB)', whose mean is 0. So
    the variances of both are sums of products such as <A'A X, X B'B>: nothing is enlarged.
    """
    rows, columns = (_stretch(side, to) for side, to in zip(grey.shape[1:], _at_side(grey.shape[1:]), strict=True))
    values = np.asarray(grey - grey.mean(axis=(1, 2), keepdims=True), np.float32)
    mean = values @ columns.mean(axis=0) @ rows.mean(axis=0)
    down, down_once, down_twice = np.split(np.vstack(_products(rows)) @ values, 3, axis=1)
    across, across_once, across_twice = np.split(values @ np.hstack(_products(columns)), 3, axis=2)
    pairs = (down, across), (down_twice, across), (down, across_twice), (down_once, across_once)
    plain, *curved = (np.einsum("nij,nij->n", one, other, dtype=np.float64) for one, other in pairs)
    many = len(rows) * len(columns)
    contrast = np.sqrt(np.maximum(plain / many - mean**2, 0)) / 255
    return contrast, np.maximum(curved[0] + curved[1] + 2 * curved[2], 0) / many


def _stretch(side: int, to: int) -> Float32:
    """What interpolates `side` values to more of them as Pillow does, float32 (to, side)."""
    centre = (np.arange(to) + 0.5) * side / to - 0.5
    weights = np.maximum(1 - np.abs(centre[:, None] - np.arange(side)), 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _products(stretch: Float32) -> tuple[Float32, Float32, Float32]:
    """A'A, A'DA and (DA)'DA, where D makes second differences of rows, the border repeated."""
    bent = np.diff(np.pad(stretch, ((1, 1), (0, 0)), mode="edge"), n=2, axis=0)
    return stretch.T @ stretch, stretch.T @ bent, bent.T @ bent


def _colours(pixels: Pixels) -> dict[str, Float64]:
    """The share of pixels without colour, and with each, which sum up to 1."""
    n, kinds = len(pixels), len(COLOURS) + 1
    if pixels.ndim == _GREY:
        return {"greyness": np.ones(n), **dict.fromkeys(COLOURS, np.zeros(n))}
    red, green, blue = np.moveaxis(pixels.reshape(n, -1, 3).astype(np.int16), 2, 0)
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    chroma = most - least
    is_red, is_green = most == red, most == green
    over = 2 * np.where(is_red, green - blue, np.where(is_green, blue - red, red - green))
    sixth = np.where(is_red, 6, np.where(is_green, 2, 4)) + (over > chroma) - (over < -chroma)
    kind = np.where(chroma < CHROMA, len(COLOURS), sixth % len(COLOURS)) + kinds * np.arange(n)[:, None]
    share = np.bincount(kind.ravel(), minlength=kinds * n).reshape(n, kinds) / kind.shape[1]
    return {"greyness": share[:, -1], **dict(zip(COLOURS, share.T, strict=False))}
