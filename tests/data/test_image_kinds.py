"""A file that is no image says what it is, and one of a kind that is not read which."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from explorer.data.image_kinds import kinds
from explorer.data.images import IMAGE_SUFFIXES, read_image
from explorer.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer, not the file"),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", r"a web page \(HTML\)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><svg/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "an XML file"),
        (b'{"error": 404}', "a JSON text"),
        (bytes(10_000), "nothing but zero bytes"),
        (b"\0\0\0\x18ftypmp42", "a video"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC image"),
        (b"\0\0\0\x18ftypcrx ", "a raw photo"),
        (b"RIFF\0\0\0\0AVI LIST", "a video"),
        (b"\x1aE\xdf\xa3", "a video"),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL image"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"8BPS\0\1", "a Photoshop file"),
        (bytes(128) + b"DICM", "a DICOM file"),
        (b"SIMPLE  =                    T", "a FITS image"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"GIF", "not an image, or is damaged at its start"),
    ],
)
def test_a_file_says_what_it_is(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ImageError, match=f"it is {reason}"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("bits", "bands", "form", "reason"),
    [(32, 3, 3, "3 bands of float32"), (64, 1, 3, "1 band of float64"), (64, 2, 2, "2 bands of int64")],
)
def test_a_tiff_of_other_numbers_says_which(
    tmp_path: Path, order: str, bits: int, bands: int, form: int, reason: str
) -> None:
    said = {256: 1, 257: 1, 258: bits, 259: 1, 262: 1, 273: 8, 277: bands, 278: 1, 279: 64, 339: form}
    directory = b"".join(struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0) for tag, value in said.items())
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + 64)
    content = start + bytes(64) + struct.pack(f"{order}H", len(said)) + directory + bytes(4)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(
        ImageError, match=rf"a kind of TIFF that cannot be read \({reason}\): save it with 8 bits a band"
    ):
        read_image(tmp_path / "a.tif")


def test_no_other_program_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow gives PostScript to Ghostscript; here it is not opened at all."""
    started = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {started}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.eps")
    with pytest.raises(ImageError, match="it is a PostScript file"):
        read_image(tmp_path / "a.eps")
    assert not started.exists()


def test_every_ending_that_a_folder_is_searched_for_is_of_a_kind_that_is_read() -> None:
    Image.init()
    assert {Image.registered_extensions()[suffix] for suffix in IMAGE_SUFFIXES} <= set(kinds())
