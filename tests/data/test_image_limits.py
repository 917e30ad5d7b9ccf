"""One bad image takes no more than half a gigabyte, and no format can hold the build up."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from explorer.data.images import open_image, read_image, thumbnail
from explorer.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

MEASURE = """
import resource, sys
from pathlib import Path
from explorer.data.images import read_image
from explorer.errors import ImageError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    said = str(read_image(Path(sys.argv[1])).image.size)
except ImageError as error:
    said = str(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, said)
"""


def _measured(path: Path) -> tuple[int, str]:
    """Megabytes that reading an image takes at its peak in a process of its own, and the size or the reason."""
    run = [sys.executable, "-W", "ignore", "-c", MEASURE, str(path)]
    megabytes, _, said = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip().partition(" ")
    return int(megabytes), said


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(path: Path, side: int, depth: int, colour: int, bytes_per_pixel: int, *behind: bytes) -> Path:
    """A square PNG of zeros, written row by row."""
    squeezed = zlib.compressobj(1)
    row = bytes(1 + side * bytes_per_pixel)
    body = b"".join(squeezed.compress(row) for _ in range(side)) + squeezed.flush()
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", body) + b"".join(behind) + _chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize(
    ("side", "depth", "colour", "bytes_per_pixel", "said"),
    [
        (13_300, 8, 2, 3, "it is too large: 13,300 x 13,300 pixels; decoding it takes 675 MB, and 450 MB are enough"),
        (13_300, 16, 0, 2, "it is too large: 13,300 x 13,300 pixels; decoding it takes 1,012 MB"),
        (8_000, 16, 0, 2, "(8000, 8000)"),
        (7_500, 8, 6, 4, "(7500, 7500)"),
    ],
)
def test_a_png_takes_no_more_than_is_allowed(
    tmp_path: Path, side: int, depth: int, colour: int, bytes_per_pixel: int, said: str
) -> None:
    """Refused before a byte of it is decoded; deep and transparent ones become RGB strip by strip."""
    megabytes, found = _measured(_png(tmp_path / "a.png", side, depth, colour, bytes_per_pixel))
    assert found.startswith(said)
    assert megabytes < (50 if said.startswith("it") else 500)


def test_a_large_photo_is_decoded_smaller_rather_than_refused(tmp_path: Path) -> None:
    """A hundred million pixels on their side: turning the whole would take a gigabyte."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (11_648, 8_736)).save(tmp_path / "a.jpg", exif=exif)
    megabytes, said = _measured(tmp_path / "a.jpg")
    assert said == "(4368, 5824)"
    assert megabytes < 500


@pytest.mark.parametrize(("suffix", "size"), [("webp", (6_000, 5_000)), ("avif", (7_000, 7_000))])
def test_formats_whose_decoders_take_more_are_allowed_less(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / f"a.{suffix}", quality=1, method=0, speed=10)
    megabytes, said = _measured(tmp_path / f"a.{suffix}")
    assert said.startswith("it is too large")
    assert megabytes < 100


def test_a_jpeg_in_thousands_of_scans_is_refused(tmp_path: Path) -> None:
    """Each of a hundred bytes goes over all pixels once more; such a file of 300 kB takes minutes."""
    buffer = io.BytesIO()
    Image.new("L", (4_000, 4_000), 90).save(buffer, "JPEG", progressive=True)
    whole = buffer.getvalue()
    last = whole[whole.rfind(b"\xff\xda") : -2]
    (tmp_path / "a.jpg").write_bytes(whole[:-2] + last * 3000 + b"\xff\xd9")
    with pytest.raises(ImageError, match=r"a JPEG in 3,0\d\d scans, at most 312 are read at its size"):
        read_image(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes(whole)
    assert read_image(tmp_path / "a.jpg").image.size == (4_000, 4_000)


def test_decoders_in_python_are_given_little_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.ppm").write_bytes(b"P6 2000 2000 100\n" + bytes(12_000_000))
    with pytest.raises(ImageError, match=r"2,000 x 2,000 pixels; decoding ppm is too slow for more than 2 million"):
        read_image(tmp_path / "a.ppm")
    (tmp_path / "a.ppm").write_bytes(b"P6 2000 2000 255\n" + bytes(12_000_000))
    assert read_image(tmp_path / "a.ppm").image.size == (2000, 2000)


def test_a_tiff_in_pieces_larger_than_itself_is_refused(tmp_path: Path) -> None:
    """Sixty-four pixels that are said to lie in a tile of a gigapixel."""
    data = zlib.compress(bytes(1000))
    entries = [
        *((256, 4, 64), (257, 4, 64), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1)),
        *((322, 4, 32_000), (323, 4, 31_008), (324, 4, 8), (325, 4, len(data))),
    ]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    header = b"II*\0" + struct.pack("<I", 8 + len(data))
    (tmp_path / "a.tif").write_bytes(header + data + struct.pack("<H", len(entries)) + directory + bytes(4))
    with pytest.raises(ImageError, match="a TIFF in pieces of 946 MB, at most 450 MB"):
        read_image(tmp_path / "a.tif")


def test_only_the_header_of_a_png_is_read_until_its_pixels_are_asked_for(tmp_path: Path) -> None:
    """Its data is damaged, which only decoding sees; its orientation may stand behind the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    late = _chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    sound = _png(tmp_path / "late.png", 8, 8, 2, 3, late)
    with open_image(sound) as opened:
        assert opened.turn is Image.Transpose.ROTATE_270
    torn = _png(tmp_path / "torn.png", 64, 8, 2, 3)
    content = torn.read_bytes()
    at = content.index(b"IDAT") + 4
    torn.write_bytes(content[:at] + b"?" + content[at + 1 :])
    with open_image(torn) as opened:
        assert (opened.width, opened.height) == (64, 64)
    with pytest.raises(ImageError, match="damaged"):
        read_image(torn)


def test_what_was_decoded_smaller_still_shows_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a megabyte is all there is, a photo of three is decoded at half its size."""
    monkeypatch.setattr("explorer.data.image_limits.MOST_MEGABYTES", 1)
    image = Image.new("RGB", (1000, 600), "white")
    image.paste((255, 0, 0), (0, 0, 500, 300))
    image.save(tmp_path / "a.jpg", quality=95)
    assert read_image(tmp_path / "a.jpg").image.size == (500, 300)
    red = np.asarray(Image.open(io.BytesIO(thumbnail(tmp_path / "a.jpg", 64, (0, 0, 480, 280)))), int)
    assert np.abs(red - (255, 0, 0)).max() < 40
    white = np.asarray(Image.open(io.BytesIO(thumbnail(tmp_path / "a.jpg", 64, (520, 320, 1000, 600)))), int)
    assert np.abs(white - 255).max() < 40


def _text(size: int) -> bytes:
    return _chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b" " * size))


@pytest.mark.parametrize("order", ["before", "behind"])
def test_a_long_text_in_a_png_does_not_cost_its_pixels(tmp_path: Path, order: str) -> None:
    sound = _png(tmp_path / "a.png", 4, 8, 2, 3, *([_text(2**21)] if order == "behind" else []))
    if order == "before":
        content = sound.read_bytes()
        at = content.index(b"IDAT") - 4
        sound.write_bytes(content[:at] + _text(2**21) + content[at:])
    assert read_image(sound).image.size == (4, 4)


LARGE: dict[str, Any] = {"duration": 100, "save_all": True}


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_of_many_frames_one_is_decoded(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (1000, 1000), (shade, 0, 0)) for shade in range(0, 250, 25)]
    frames[0].save(tmp_path / f"a.{suffix}", append_images=frames[1:], **LARGE)
    megabytes, said = _measured(tmp_path / f"a.{suffix}")
    assert said == "(1000, 1000)"
    assert megabytes < 100
