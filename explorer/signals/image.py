"""Signals of an image itself: its size, and once images were measured its pixels and what the camera wrote.

Their names begin with `image.` and `exif.`, so that a table may have columns such as `brightness` of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.signals.exif import CAMERA, LATITUDE, LONGITUDE, TIME
from explorer.signals.pixels import COLOURS, VERSION
from explorer.signals.registry import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Float32
    from explorer.signals.registry import Direction, SignalInputs, Values


def odd_aspect(width: NDArray[np.float64], height: NDArray[np.float64]) -> Float32:
    """The shorter side over the longer one, float32 (n,), as CleanVision has it."""
    return np.asarray(np.minimum(width / height, height / width), np.float32)


def odd_size(size: NDArray[np.float64]) -> Float32:
    """How near a size is to the middle of those that are usual, 1 at it, below 0.5 for outliers, as CleanVision has it.

    Args:
        size: float64 (n,), square roots of areas in pixels.
    """
    if not len(size):
        return np.empty(0, np.float32)
    low, high = np.quantile(size, [0.25, 0.75])
    middle, width = (low + high) / 2, 7 * (high - low)  # three widths of the quartiles beyond either
    return np.asarray(1 - np.clip(np.abs(size - middle) / (width or middle), 0, 1), np.float32)


def _sides(build: SignalInputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return build.samples["width"].to_numpy(np.float64), build.samples["height"].to_numpy(np.float64)


def _aspect(build: SignalInputs) -> Float32:
    width, height = _sides(build)
    return (width / height).astype(np.float32)


def _size(build: SignalInputs) -> NDArray[np.float64]:
    width, height = _sides(build)
    return np.sqrt(width) * np.sqrt(height)


def _measured(build: SignalInputs, name: str) -> Float32 | None:
    return None if build.measured is None else build.measured[name].to_numpy(np.float32)


def _written(build: SignalInputs, name: str) -> Values | None:
    """What cameras wrote; None where no image says it."""
    if build.measured is None or build.measured[name].isna().all():
        return None
    column = build.measured[name]
    if name == CAMERA:
        return column.fillna("").to_numpy(np.str_)
    return column.to_numpy("datetime64[s]" if name == TIME else np.float64)


def _pixels(  # what is said of a signal of pixels
    name: str, title: str, unit: str, direction: Direction = "neutral", measured: str | None = None
) -> Signal:
    return Signal(
        name=f"image.{name}",
        title=title,
        of="image",
        direction=direction,
        unit=unit,
        version=VERSION,
        compute=lambda build: _measured(build, measured or name),
        of_pixels=True,
    )


def _camera(name: str, title: str, unit: str) -> Signal:
    return Signal(
        name=name,
        title=title,
        of="image",
        direction="neutral",
        unit=unit,
        version=VERSION,
        compute=lambda build: _written(build, name),
        of_pixels=True,
    )


_LOW: Direction = "low is suspicious"

SIGNALS = (
    _pixels("brightness", "Brightness", "share of white"),
    _pixels("dark_score", "Dark (low: even its bright parts are dark)", "luminance", _LOW, "dark"),
    _pixels("light_score", "Over-exposed (low: even its dark parts are light)", "1 - luminance", _LOW, "light"),
    _pixels("contrast", "Contrast", "share of white", _LOW),
    _pixels("sharpness", "Sharpness", "variance of the Laplacian", _LOW),
    _pixels("blurry_score", "Blurry (low: few edges)", "score", _LOW, "blurry"),
    _pixels("low_information_score", "Information (low: little to see)", "bits / 10", _LOW, "information"),
    _pixels("greyness", "Greyness", "share of pixels"),
    _pixels("grayscale_score", "Colour file (0: one grey channel)", "yes or no", measured="coloured"),
    *(_pixels(colour, colour.capitalize(), "share of pixels") for colour in COLOURS),
    Signal(
        name="image.aspect",
        title="Aspect",
        of="image",
        direction="neutral",
        unit="width / height",
        version=1,
        compute=_aspect,
    ),
    Signal(
        name="image.odd_aspect_ratio_score",
        title="Aspect, either way round (low: long and thin)",
        of="image",
        direction=_LOW,
        unit="shorter / longer side",
        version=1,
        compute=lambda build: odd_aspect(*_sides(build)),
    ),
    Signal(
        name="image.size",
        title="Size",
        of="image",
        direction="neutral",
        unit="pixels, square root of the area",
        version=1,
        compute=lambda build: _size(build).astype(np.float32),
    ),
    Signal(
        name="image.odd_size_score",
        title="Usual size (low: unlike the others)",
        of="image",
        direction=_LOW,
        unit="score",
        version=1,
        compute=lambda build: odd_size(_size(build)),
    ),
    _camera(TIME, "Taken at", "time"),
    _camera(CAMERA, "Camera", "name"),
    _camera(LATITUDE, "Latitude", "degrees"),
    _camera(LONGITUDE, "Longitude", "degrees"),
)
