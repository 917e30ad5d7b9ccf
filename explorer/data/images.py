"""Reading one image file: what is in it, or a plain reason why it cannot be used."""

from __future__ import annotations

import hashlib
import io
import math
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from explorer.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

Crop = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels of the upright image."""

_FORMATS = "avif bmp gif jfif jp2 jpe jpeg jpg pbm pgm png pnm ppm tif tiff webp"

IMAGE_SUFFIXES = frozenset(f".{name}" for name in _FORMATS.split())
"""File name endings, in lower case, that a folder is searched for."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings an image upright, by EXIF orientation; from 5 on, width and height change places."""

_SIDEWAYS = frozenset(list(_TURNS.values())[3:])

_PNG_START = 8
"""Bytes before a PNG's first chunk."""

_PNG_TOLD = frozenset([b"eXIf", b"tEXt", b"zTXt", b"iTXt"])
"""Chunks that can hold EXIF; those before the pixels Pillow has read with the header."""

_PNG_EXIF = frozenset(["exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"])

_DEEP_MODES = ("I", "F")
"""Modes with more than 8 bits per pixel: "I;16" and its relatives, "I" and "F"."""


@dataclass(frozen=True)
class DecodedImage:
    """One image and its facts.

    Attributes:
        digest: SHA-256 of the file's bytes, hexadecimal.
        width: pixels, as shown (after EXIF orientation).
        height: pixels, as shown.
        image: the first frame, upright, mode RGB.
    """

    digest: str
    width: int
    height: int
    image: Image.Image


@dataclass(frozen=True)
class OpenImage:
    """An image whose header is read and whose pixels are not, valid inside `open_image`."""

    digest: str
    width: int
    height: int
    raw: Image.Image
    turn: Image.Transpose | None

    @property
    def is_sideways(self) -> bool:
        """Whether width and height change places when it is turned upright."""
        return self.turn in _SIDEWAYS

    def pixels(self) -> Image.Image:
        """Decode the first frame: upright, mode RGB."""
        self.raw.load()
        return _to_rgb(self.raw if self.turn is None else self.raw.transpose(self.turn))


def read_image(path: Path) -> DecodedImage:
    """Read and decode an image file of any kind Pillow knows.

    EXIF orientation is applied. Of an animation or a multi-page file the first frame is taken. Transparent
    pixels show white. Deep grey images (16 bits and more) are stretched from their own smallest to their own
    largest value onto 0..255, because files differ in how much of their range they use.

    Args:
        path: the image file.

    Returns:
        The digest, the size and the decoded pixels.

    Raises:
        ImageError: the file is missing, unreadable, empty, damaged, no image, or larger than Pillow's limit
            for decompression bombs (about 179 million pixels; refused before decoding).
    """
    with open_image(path) as opened:
        return DecodedImage(opened.digest, opened.width, opened.height, opened.pixels())


def thumbnail(path: Path, longest_side: int, crop: Crop | None = None) -> bytes:
    """Make a small WebP of an image file or a part of it, read by the rules of `read_image` and never enlarged.

    Args:
        path: the image file.
        longest_side: pixels.
        crop: left, top, right and bottom in pixels of the upright image, widened to whole pixels and clipped to the
            image, of which at least one pixel is kept; None for the whole image.

    Returns:
        The WebP file's bytes.

    Raises:
        ImageError: as for `read_image`.
    """
    with open_image(path) as opened:
        box = _whole_pixels(crop or (0, 0, opened.width, opened.height), opened.width, opened.height)
        share = max(opened.width, opened.height) / max(box[2] - box[0], box[3] - box[1])
        enough = math.ceil(2 * longest_side * share)
        opened.raw.draft(None, (enough, enough))  # a JPEG is decoded no larger than needed
        image = opened.pixels()
    if crop:
        across, down = image.width / opened.width, image.height / opened.height
        scaled = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        image = image.crop(_whole_pixels(scaled, image.width, image.height))
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80)
    return buffer.getvalue()


def _whole_pixels(crop: Crop, width: int, height: int) -> tuple[int, int, int, int]:
    """The smallest part of an image, in whole pixels and not empty, that holds what of the crop lies inside."""
    left, top = (min(max(math.floor(at), 0), most - 1) for at, most in zip(crop, (width, height), strict=False))
    right, bottom = (min(math.ceil(at), most) for at, most in zip(crop[2:], (width, height), strict=True))
    return left, top, max(right, left + 1), max(bottom, top + 1)


@contextmanager
def open_image(path: Path, *, hashed: bool = True) -> Iterator[OpenImage]:
    """Hash a file and read its header, leaving the decoding to `OpenImage.pixels`.

    Args:
        path: the image file.
        hashed: whether its digest is wanted, for which all of it is read.

    Yields:
        The opened image.

    Raises:
        ImageError: as for `read_image`; whatever decoding raises inside the block becomes one as well.
    """
    try:
        with _regular_file(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest() if hashed else ""
            file.seek(0)
            with Image.open(file) as raw:
                turn = _turn(raw, file)
                width, height = raw.size[::-1] if turn in _SIDEWAYS else raw.size
                yield OpenImage(digest, width, height, raw, turn)
    except ImageError:
        raise
    except Exception as error:  # broken bytes make decoders raise nearly anything
        raise ImageError(_reason(error)) from error


def _regular_file(path: Path) -> Path:
    """The same path, once it is known to be a file with something in it."""
    if path.is_dir():
        raise ImageError("it is a folder, not an image file")
    if not path.is_file():
        raise ImageError("it is not a regular file" if path.exists() else "the file does not exist")
    if path.stat().st_size == 0:
        raise ImageError("the file is empty (0 bytes)")
    return path


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is not an image, or is damaged at its start"
    if isinstance(error, Image.DecompressionBombError):
        return f"it is too large to decode safely: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be read: {error.strerror}"
    if isinstance(error, MemoryError):
        return "decoding it needs more memory than there is"
    return f"the image data is damaged or incomplete: {error}"


def _turn(raw: Image.Image, file: BinaryIO) -> Image.Transpose | None:
    """What brings the image upright; nothing for a TIFF, which Pillow turns itself."""
    if raw.format == "TIFF" or (raw.format == "PNG" and not _may_be_turned(raw, file)):
        return None
    try:
        return _TURNS.get(raw.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged metadata raises nearly anything and leaves the pixels usable
        return None


def _may_be_turned(png: Image.Image, file: BinaryIO) -> bool:
    """Whether a PNG says anything of its orientation; Pillow would decode all of it to find out that it does not."""
    if _PNG_EXIF.intersection(png.info):
        return True
    at, pixels_seen = file.tell(), False
    file.seek(_PNG_START)
    try:
        while len(head := file.read(8)) == 8:  # noqa: PLR2004 - a chunk's length and its type
            kind = head[4:]
            if pixels_seen and kind in _PNG_TOLD:
                return True
            pixels_seen |= kind == b"IDAT"
            file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)
    finally:
        file.seek(at)
    return False


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(_DEEP_MODES):
        return _stretched(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """A deep single-channel image, its finite range mapped onto 0..255."""
    values = np.asarray(image, np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    scaled = (np.where(finite, values, low) - low) * (255.0 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")
