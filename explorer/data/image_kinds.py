"""Which kinds of image are read, and what a file is that is none of them."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

_KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "JPEG2000", "AVIF", "TGA", "PCX", "ICO")
"""Formats of Pillow that are read: pictures, decoded by nothing but Pillow. EPS would start another program."""

_HEAD = 4096

_STARTS = {
    b"version https://git-lfs": "a Git LFS pointer, not the file: fetch it with `git lfs pull`",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript file",
    b"\xc5\xd0\xd3\xc6": "a PostScript file",
    b"8BPS": "a Photoshop file",
    b"\xff\x0a": "a JPEG XL image",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL image",
    b"\x1aE\xdf\xa3": "a video (Matroska or WebM)",
    b"\x00\x00\x01\xba": "a video (MPEG)",
    b"\x00\x00\x01\xb3": "a video (MPEG)",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a file compressed with gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"SIMPLE  =": "a FITS image",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"\x76\x2f\x31\x01": "an OpenEXR image",
    b"#?RADIANCE": "a Radiance HDR image",
    b"SQLite format": "a database",
}

_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "a HEIC image"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF image that cannot be decoded here"),
    b"crx ": "a raw photo (CR3)",
}
"""What the first boxes of ISO media files say."""

_TYPES = {1: "uint", 2: "int", 3: "float", 5: "complex int", 6: "complex"}


@cache
def kinds() -> tuple[str, ...]:
    """The formats that are read, as far as this Pillow has them."""
    Image.init()
    return tuple(kind for kind in _KINDS if kind in Image.OPEN)


def what_it_is(file: BinaryIO) -> str:
    """Say of a file that could not be opened as an image what it is instead."""
    file.seek(0)
    head = file.read(_HEAD)
    named = next((name for start, name in _STARTS.items() if head.startswith(start)), "")
    for recognise in (_media, _of_text, _of_zeros, _dicom):
        named = named or recognise(head)
    if not named and head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        named = _tiff(file)
    return f"it is {named}" if named else "it is not an image, or is damaged at its start"


def _media(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a video (MP4 or QuickTime)")
    return "a video (AVI)" if head.startswith(b"RIFF") and head[8:12] == b"AVI " else ""


def _of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page (HTML), as servers send instead of a file that is not there"
    if text.startswith((b"<svg", b"<?xml")):
        return "an SVG drawing" if b"<svg" in text else "an XML file"
    return "a JSON text" if text.startswith((b"{", b"[")) else ""


def _of_zeros(head: bytes) -> str:
    return "" if head.strip(b"\0") else "nothing but zero bytes: it was never written, or lost"


def _dicom(head: bytes) -> str:
    return "a DICOM file" if head[128:132] == b"DICM" else ""


def _tiff(file: BinaryIO) -> str:
    """A TIFF of pixels that Pillow does not know: what they are of."""
    try:
        file.seek(0)
        header = file.read(16)
        tags = TiffImagePlugin.ImageFileDirectory_v2(header if b"+" in header[2:4] else header[:8])
        file.seek(tags.next)
        tags.load(file)
        bits, bands, form = _of(tags, 258, 1), _of(tags, 277, 1), _of(tags, 339, 1)
    except Exception:  # noqa: BLE001 - a damaged directory raises nearly anything
        return ""
    numbers = f"{bands} band{'s' * (bands != 1)} of {_TYPES.get(form, 'unknown type ')}{bits}"
    return f"a kind of TIFF that cannot be read ({numbers}): save it with 8 bits a band"


def _of(tags: TiffImagePlugin.ImageFileDirectory_v2, tag: int, otherwise: int) -> int:
    value = tags.get(tag, otherwise)
    return int(value[0] if isinstance(value, tuple) else value)
