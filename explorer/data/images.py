"""Reading one image file: what is in it, or a plain reason why it cannot be used."""

from __future__ import annotations

import hashlib
import io
import math
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from explorer.data.image_kinds import kinds, what_it_is
from explorer.data.image_limits import prepare
from explorer.errors import ExplorerError, ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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

_AT_ONCE = 2**22
"""Bytes of a file that is read at once."""

_STRIP = 2**20
"""Pixels that are brought to RGB at a time."""

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
    raw: ImageFile.ImageFile
    turn: Image.Transpose | None
    file: BinaryIO

    @property
    def is_sideways(self) -> bool:
        """Whether width and height change places when it is turned upright."""
        return self.turn in _SIDEWAYS

    def pixels(self, enough: int | None = None) -> Image.Image:
        """Decode the first frame: upright, mode RGB.

        A JPEG is decoded at a half, a quarter or an eighth of its size where the whole would take too much memory, or
        where its shorter side then still has as many pixels as are `enough`.

        Raises:
            ImageError: it is larger than `explorer.data.image_limits` allows.
        """
        image = _to_rgb(self.as_stored(enough))
        return image if self.turn is None else image.transpose(self.turn)

    def as_stored(self, enough: int | None = None) -> Image.Image:
        """Decode the first frame in the file's own mode, not turned; else as `pixels`, and valid as long as this is."""
        prepare(self.raw, self.file, turned=self.turn is not None, enough=enough)
        self.raw.load()
        return self.raw


def read_image(path: Path) -> DecodedImage:
    """Read and decode an image file of a kind in `explorer.data.image_kinds`.

    EXIF orientation is applied. Of an animation or a multi-page file the first frame is taken. Transparent
    pixels show white. Deep grey images (16 bits and more) are stretched from their own smallest to their own
    largest value onto 0..255, because files differ in how much of their range they use.

    Args:
        path: the image file.

    Returns:
        The digest, the size and the decoded pixels.

    Raises:
        ImageError: the file is missing, unreadable, empty, damaged, no image, or larger than
            `explorer.data.image_limits` allows; refused before decoding.
    """
    with open_image(path) as opened:
        return DecodedImage(opened.digest, opened.width, opened.height, opened.pixels())


def pixels_digest(path: Path) -> str:
    """SHA-256 of an image's decoded pixels and its size, hexadecimal: the same in whatever format they are saved.

    Raises:
        ImageError: as for `read_image`.
    """
    with open_image(path, hashed=False) as opened:
        pixels = opened.pixels()
    digest = hashlib.sha256(repr(pixels.size).encode())
    for _, strip in _strips(pixels):
        digest.update(strip.tobytes())
    return digest.hexdigest()


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
        image = opened.pixels(math.ceil(2 * longest_side * share))
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
        with _content(path, at_once=hashed) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest() if hashed else ""
            file.seek(0)
            with _opened(file) as raw:
                turn = _turn(raw, file)
                width, height = raw.size[::-1] if turn in _SIDEWAYS else raw.size
                yield OpenImage(digest, width, height, raw, turn, file)
    except ExplorerError:  # what is no fault of the image, such as a model that cannot be loaded, stays what it is
        raise
    except Exception as error:  # broken bytes make decoders raise nearly anything
        raise ImageError(_reason(error)) from error


def _opened(file: BinaryIO) -> ImageFile.ImageFile:
    try:
        return Image.open(file, formats=kinds())
    except UnidentifiedImageError:
        raise ImageError(what_it_is(file)) from None


def _content(path: Path, *, at_once: bool) -> io.BytesIO | io.BufferedReader:
    """What is in a file, once it is known to be one with something in it: read at once where all of it is wanted."""
    try:
        about = path.stat()
    except FileNotFoundError:
        raise ImageError("the file does not exist") from None
    if stat.S_ISDIR(about.st_mode):
        raise ImageError("it is a folder, not an image file")
    if not stat.S_ISREG(about.st_mode):
        raise ImageError("it is not a regular file")
    if about.st_size == 0:
        raise ImageError("the file is empty (0 bytes)")
    return io.BytesIO(path.read_bytes()) if at_once and about.st_size <= _AT_ONCE else path.open("rb")


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"it is too large to decode safely: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be read: {error.strerror}"
    if isinstance(error, MemoryError):
        return "decoding it needs more memory than there is"
    return f"the image data is damaged or incomplete: {error}"


def _turn(raw: ImageFile.ImageFile, file: BinaryIO) -> Image.Transpose | None:
    """What brings the image upright; nothing for a TIFF, which Pillow turns itself."""
    if raw.format == "TIFF" or (raw.format == "PNG" and not _may_be_turned(raw, file)):
        return None
    try:
        if raw.format == "PNG" and "exif" not in raw.info:
            prepare(raw, file, turned=False)  # Pillow decodes it for what stands behind its pixels
        return _TURNS.get(raw.getexif().get(_ORIENTATION, 1))
    except ImageError:
        raise
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
    """The image itself, or strip by strip, so that one more copy of it is all there ever is."""
    if image.mode.startswith(_DEEP_MODES):
        return _by_strips(image, _stretching(image))
    if image.has_transparency_data:
        return _by_strips(image, _on_white)
    return image if image.mode == "RGB" else image.convert("RGB")


def _by_strips(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    made = Image.new("RGB", image.size)
    for top, strip in _strips(image):
        made.paste(convert(strip), (0, top))
    return made


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image in pieces of whole rows, each with the row at its top."""
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _on_white(strip: Image.Image) -> Image.Image:
    layer = strip.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _stretching(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What maps the finite range of a deep single-channel image onto 0..255."""
    ends = [_range(strip) for _, strip in _strips(image)]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    low, high = (low, high) if low <= high else (0.0, 0.0)

    def stretch(strip: Image.Image) -> Image.Image:
        values = np.asarray(strip, np.float64)
        scaled = (np.where(np.isfinite(values), values, low) - low) * (255.0 / (high - low) if high > low else 0.0)
        return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")

    return stretch


def _range(strip: Image.Image) -> tuple[float, float]:
    """The smallest and the largest finite value; infinity and its negative where there is none."""
    values = np.asarray(strip, np.float64)
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (math.inf, -math.inf)
