"""How much memory and time decoding an image may take, known from its header before anything is decoded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image, ImageFile, PngImagePlugin

from explorer.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEGABYTES = 450
"""Memory that decoding one image may take: enough for a JPEG or PNG of 112 million pixels."""

MOST_SCANNED = 5_000_000_000
"""Pixels that the scans of a JPEG go over, each over all; cameras and programs write up to about twelve scans."""

MOST_SLOW_SAMPLES = 6_000_000
"""Samples, each a band of a pixel, of an image whose decoder is written in Python: about a microsecond each."""

PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20
"""Text beside the pixels of a PNG: workflows and reports take more than the megabyte that Pillow allows."""

_MEGABYTE = 2**20
_DECODERS = {"WEBP": 17, "AVIF": 10, "JPEG2000": 20}
"""Bytes for each pixel that decoders of these formats take at most, measured, what they give included."""

_REDUCIBLE = {"JPEG": (2, 4, 8), "JPEG2000": (2, 4, 8)}
"""By how much these formats can be decoded smaller, at a fraction of the memory."""

_SMALL_MODES = {"1": 1, "L": 1, "P": 1}
_MARKER, _SCAN = 0xFF, 0xDA
_TILE_WIDTH, _TILE_LENGTH, _ROWS_PER_STRIP, _BITS, _SAMPLES = 322, 323, 278, 258, 277


def prepare(raw: ImageFile.ImageFile, file: BinaryIO, *, turned: bool, enough: int | None = None) -> None:
    """Have an image decoded as large as the limits allow and as is needed: as it is, or a JPEG smaller.

    Args:
        raw: an image whose header is read.
        file: its content.
        turned: whether it is brought upright afterwards.
        enough: how many pixels its shorter side must have at least; None for all there are.

    Raises:
        ImageError: it would take too much memory or time; with its size and the limit.
    """
    pixels = raw.width * raw.height
    _refuse_slow(raw, pixels)
    scans = _scans(file) if raw.format in ("JPEG", "MPO") else 0
    if scans > max(1, MOST_SCANNED // pixels):
        allowed = f"at most {MOST_SCANNED // pixels:,} are read at its size"
        raise ImageError(f"it is too slow to decode: a JPEG in {scans:,} scans, {allowed}")
    fixed = _coefficients(raw) if scans > 1 else _strip(raw)
    if scans <= 1 and fixed > MOST_MEGABYTES * _MEGABYTE:
        raise ImageError(
            f"it is too large: a TIFF in pieces of {fixed / _MEGABYTE:,.0f} MB, at most {MOST_MEGABYTES} MB"
        )
    each = _bytes_per_pixel(raw, turned=turned)
    most = MOST_MEGABYTES * _MEGABYTE
    needed = 0.0
    for shrink in (1, *_REDUCIBLE.get(raw.format or "", ())):
        needed = fixed + pixels / shrink**2 * each
        if needed <= most:
            _reduce(raw, max(shrink, _not_needed(raw, enough)))
            return
    why = f"decoding it takes {needed / _MEGABYTE:,.0f} MB, and {MOST_MEGABYTES} MB are enough for"
    raise _too_large(raw, why, int(pixels * most / needed))


def _refuse_slow(raw: ImageFile.ImageFile, pixels: int) -> None:
    bands = len(raw.getbands())
    if raw.tile and raw.tile[0].codec_name in Image.DECODERS and bands * pixels > MOST_SLOW_SAMPLES:
        why = f"decoding {raw.tile[0].codec_name} is too slow for more than"
        raise _too_large(raw, why, MOST_SLOW_SAMPLES // bands)


def _not_needed(raw: Image.Image, enough: int | None) -> int:
    """By how much a JPEG can be smaller where fewer pixels are enough."""
    if enough is None or raw.format != "JPEG":
        return 1
    return max((shrink for shrink in _REDUCIBLE["JPEG"] if min(raw.size) // shrink >= enough), default=1)


def _too_large(raw: Image.Image, why: str, most: int) -> ImageError:
    return ImageError(f"it is too large: {raw.width:,} x {raw.height:,} pixels; {why} {most / 1e6:,.0f} million")


def _bytes_per_pixel(raw: Image.Image, *, turned: bool) -> int:
    """Memory of a pixel at its peak: decoded, as RGB beside, and turned beside that."""
    decoded = 2 if raw.mode.startswith("I;16") else _SMALL_MODES.get(raw.mode, 4)
    as_rgb = 0 if raw.mode == "RGB" and not raw.has_transparency_data else 4
    return max(_DECODERS.get(raw.format or "", 0), decoded + as_rgb + 4 * turned)


def _scans(file: BinaryIO) -> int:
    """How often a JPEG goes over its pixels; the marker of a scan stands nowhere else but in thumbnails."""
    before = file.tell()
    file.seek(0)
    last, found = b"", 0
    while block := file.read(_MEGABYTE):
        seen = np.frombuffer(last + block, np.uint8)
        found += int(np.count_nonzero((seen[:-1] == _MARKER) & (seen[1:] == _SCAN)))  # five times as fast as to count
        last = block[-1:]
    file.seek(before)
    return found


def _coefficients(raw: Image.Image) -> int:
    """Bytes that a JPEG in several scans keeps whole, whatever size it is decoded to: two a sample."""
    layers = getattr(raw, "layer", [])
    sampled = [across * down for _, across, down, *_ in layers]
    share = sum(sampled) / max(sampled) if sampled and max(sampled) else 3
    return int(2 * share * raw.width * raw.height)


def _strip(raw: ImageFile.ImageFile) -> int:
    """Bytes of the largest piece that a TIFF is decoded in."""
    if raw.format != "TIFF" or not raw.tile or raw.tile[0].codec_name != "libtiff":
        return 0
    tags = raw.tag_v2  # type: ignore[attr-defined]
    width = int(tags.get(_TILE_WIDTH, raw.width))
    length = int(tags.get(_TILE_LENGTH) or min(tags.get(_ROWS_PER_STRIP, raw.height), raw.height))
    bits = max(_numbers(tags.get(_BITS, 1)))
    return math.ceil(width * length * int(tags.get(_SAMPLES, 1)) * bits / 8)


def _numbers(value: int | tuple[int, ...]) -> Iterator[int]:
    yield from value if isinstance(value, tuple) else (value,)


def _reduce(raw: Image.Image, shrink: int) -> None:
    if shrink == 1:
        return
    if raw.format == "JPEG2000":
        raw.reduce = shrink.bit_length() - 1  # type: ignore[method-assign, assignment]
    else:
        raw.draft(None, (max(1, raw.width // shrink), max(1, raw.height // shrink)))
