"""Every kind of image file is read as a person sees it, or refused with a reason."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from explorer.data.images import IMAGE_SUFFIXES, open_image, pixels_digest, read_image, thumbnail
from explorer.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def _save(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _pixel(path: Path, x: int = 0, y: int = 0) -> tuple[int, ...]:
    return tuple(np.asarray(read_image(path).image)[y, x].tolist())


def test_an_image_comes_with_its_size_and_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.new("RGB", (7, 5), RED))
    read = read_image(path)
    assert (read.width, read.height, read.image.size, read.image.mode) == (7, 5, (7, 5), "RGB")
    assert read.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_png_is_upright_too_whose_orientation_comes_after_its_pixels(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = _save(tmp_path / "a.png", Image.new("RGB", (32, 16), RED), exif=exif).read_bytes()
    start = content.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(content[start : start + 4])
    last = content.index(b"IEND") - 4
    (tmp_path / "b.png").write_bytes(content[:start] + content[end:last] + content[start:end] + content[last:])
    with open_image(tmp_path / "b.png") as opened:
        assert (opened.width, opened.height) == ((32, 16) if orientation < 5 else (16, 32))
        assert opened.pixels().size == (opened.width, opened.height)


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_size_and_pixels_alike(tmp_path: Path, suffix: str, orientation: int) -> None:
    """A photo taken sideways is shown, measured and embedded upright, in every format that can say so."""
    marked = Image.new("RGB", (32, 16), WHITE)
    marked.paste(RED, (0, 0, 16, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = _save(tmp_path / f"a.{suffix}", marked, exif=exif, quality=95)
    with open_image(path) as opened:
        assert (opened.width, opened.height) == ((32, 16) if orientation < 5 else (16, 32))
        assert opened.pixels().size == (opened.width, opened.height)
    corner = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)][orientation - 1]
    read = read_image(path)
    where = (corner[0] * (read.width - 4) + 2, corner[1] * (read.height - 4) + 2)
    red, green, _ = _pixel(path, *where)
    assert red > 200
    assert green < 60


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's, and to the point
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0II*\0\xff"])
def test_damaged_metadata_does_not_cost_the_image(tmp_path: Path, suffix: str, exif: bytes) -> None:
    path = _save(tmp_path / f"a.{suffix}", Image.new("RGB", (32, 16), RED), exif=exif)
    read = read_image(path)
    assert (read.width, read.height) == (32, 16)
    assert thumbnail(path, 8)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("1", "png"), ("L", "png"), ("RGB", "png"), ("CMYK", "jpg"), ("YCbCr", "jpg"), ("LAB", "tif")],
)
def test_every_colour_mode_becomes_rgb(tmp_path: Path, mode: str, suffix: str) -> None:
    white = (255, 128, 128) if mode == "LAB" else Image.new("RGB", (1, 1), WHITE).convert(mode).getpixel((0, 0))
    path = _save(tmp_path / f"a.{suffix}", Image.new(mode, (4, 4), white))
    assert read_image(path).image.mode == "RGB"
    assert min(_pixel(path)) >= 250


def test_cmyk_colours_are_not_inverted(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0)), quality=95)
    red, green, blue = _pixel(path)
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_white(tmp_path: Path, mode: str) -> None:
    """A cut-out object is embedded on white, not on whatever colour hides under its transparency."""
    layer = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    layer.putpixel((1, 1), (0, 0, 0, 255))
    path = _save(tmp_path / "a.png", layer.convert(mode))
    assert (_pixel(path), _pixel(path, 1, 1)) == (WHITE, (0, 0, 0))


def test_a_transparent_palette_entry_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([9, 9, 9, 0, 0, 0])
    image.putpixel((1, 1), 1)
    path = _save(tmp_path / "a.png", image, transparency=0)
    assert (_pixel(path), _pixel(path, 1, 1)) == (WHITE, (0, 0, 0))


def test_half_transparent_red_on_white_is_pink(tmp_path: Path) -> None:
    assert _pixel(_save(tmp_path / "a.png", Image.new("RGBA", (2, 2), (255, 0, 0, 128)))) == (255, 127, 127)


@pytest.mark.parametrize(
    ("dtype", "suffix", "values"),
    [
        (np.uint16, "png", [1000, 2000, 3000]),
        (np.uint16, "tif", [1000, 2000, 3000]),
        (np.int32, "tif", [-5, 0, 5]),
        (np.float32, "tif", [-0.5, 0.0, 0.5]),
    ],
)
def test_deep_images_are_stretched_not_clipped(
    tmp_path: Path, dtype: type[np.generic], suffix: str, values: list[float]
) -> None:
    """A 12-bit microscope image keeps its contrast; Pillow's own conversion would make it all white."""
    path = _save(tmp_path / f"a.{suffix}", Image.fromarray(np.array([values], dtype)))
    assert [_pixel(path, x) for x in range(3)] == [(0, 0, 0), (128, 128, 128), (255, 255, 255)]


def test_deep_images_with_holes_or_a_single_value_are_read(tmp_path: Path) -> None:
    holes = Image.fromarray(np.array([[np.nan, 1, 2, np.inf]], np.float32))
    assert _pixel(_save(tmp_path / "holes.tif", holes), 2) == WHITE
    flat = Image.fromarray(np.full((2, 2), 7, np.uint16))
    assert _pixel(_save(tmp_path / "flat.png", flat)) == (0, 0, 0)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_the_first_frame_of_an_animation_is_read(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN)]
    path = tmp_path / f"a.{suffix}"
    _save(path, frames[0], save_all=True, append_images=frames[1:], lossless=True)
    assert _pixel(path) == RED


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "tif", "bmp"])
def test_a_truncated_image_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = _save(tmp_path / f"a.{suffix}", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ImageError, match=r"damaged"):
        read_image(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"this is no image", "not an image"),
        ("header.png", b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=reason):
        read_image(tmp_path / name)


def test_missing_folder_and_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, reason in [("none.jpg", "does not exist"), (".", "folder"), ("pipe.jpg", "regular file")]:
        with pytest.raises(ImageError, match=reason):
            read_image(tmp_path / name)


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.new("RGB", (2, 2)))
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        with pytest.raises(ImageError, match="Permission denied"):
            read_image(path)
    finally:
        os.seteuid(user)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_decompression_bomb_is_refused_before_decoding(tmp_path: Path) -> None:
    """A few hundred bytes that claim 10 gigapixels neither fill the memory nor stop the build."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(ImageError, match=r"too large.*10000000000 pixels"):
        read_image(tmp_path / "bomb.png")
    assert limit == Image.MAX_IMAGE_PIXELS


def test_a_thumbnail_is_small_upright_webp(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = _save(tmp_path / "a.jpg", Image.new("RGB", (1600, 800), RED), exif=exif)
    small = Image.open(io.BytesIO(thumbnail(path, 100)))
    assert (small.format, small.size) == ("WEBP", (50, 100))


def test_a_thumbnail_never_enlarges_and_refuses_what_cannot_be_read(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.new("RGBA", (20, 10), (0, 0, 0, 0)))
    assert Image.open(io.BytesIO(thumbnail(path, 100))).size == (20, 10)
    with pytest.raises(ImageError, match="does not exist"):
        thumbnail(tmp_path / "none.png", 100)


def test_every_known_ending_can_be_opened() -> None:
    """A folder is searched only for what Pillow can decode here."""
    assert set(Image.registered_extensions()) >= IMAGE_SUFFIXES


def _quarters(path: Path, **options: Any) -> Path:
    """A square of 200 pixels, red at the top left, green at the bottom right, white elsewhere."""
    image = Image.new("RGB", (200, 200), WHITE)
    image.paste(RED, (0, 0, 100, 100))
    image.paste(GREEN, (100, 100, 200, 200))
    return _save(path, image, **options)


def _small(path: Path, crop: tuple[float, float, float, float], longest_side: int = 50) -> Image.Image:
    return Image.open(io.BytesIO(thumbnail(path, longest_side, crop)))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_crop_shows_its_part_of_the_image(tmp_path: Path, suffix: str) -> None:
    """Also of a JPEG, which is decoded no larger than needed."""
    path = _quarters(tmp_path / f"a{suffix}")
    for crop, colour in (((0, 0, 96, 96), RED), ((104, 104, 200, 200), GREEN), ((104, 0, 200, 96), WHITE)):
        shown = np.asarray(_small(path, crop, 8), int)
        assert shown.shape == (8, 8, 3)
        assert np.abs(shown - colour).max() < 40


@pytest.mark.parametrize(
    ("crop", "size"),
    [
        ((10, 20, 40, 35), (30, 15)),
        ((10.2, 20.9, 39.1, 34.5), (30, 15)),
        ((-30, -10, 20, 10), (20, 10)),
        ((190, 180, 400, 300), (10, 20)),
        ((60, 60, 60.4, 60.4), (1, 1)),
        ((50, 50, 50, 50), (1, 1)),
        ((300, 300, 400, 400), (1, 1)),
        ((-50, 20, -10, 30), (1, 10)),
        ((0, 0, 100, 200), (25, 50)),
    ],
)
def test_a_crop_is_clipped_never_empty_and_never_enlarged(
    tmp_path: Path, crop: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    assert _small(_quarters(tmp_path / "a.png"), crop).size == size


def test_a_crop_is_given_in_the_upright_image(tmp_path: Path) -> None:
    """Orientation 3 stands on its head: what is stored at the bottom right is seen at the top left."""
    exif = Image.Exif()
    exif[0x0112] = 3
    path = _quarters(tmp_path / "a.jpg", exif=exif)
    assert np.abs(np.asarray(_small(path, (0, 0, 96, 96), 8), int) - GREEN).max() < 40


def test_what_is_no_part_of_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError):
        thumbnail(_quarters(tmp_path / "a.png"), 50, (float("nan"), 0, 10, 10))


def test_the_same_pixels_have_the_same_checksum_in_whatever_file(tmp_path: Path) -> None:
    grey = Image.fromarray(np.arange(24, dtype=np.uint8).reshape(6, 4))
    grey.save(tmp_path / "grey.png")
    grey.convert("RGB").save(tmp_path / "colour.bmp")
    grey.convert("RGBA").save(tmp_path / "opaque.webp", lossless=True)
    Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6)).save(tmp_path / "wide.png")
    Image.fromarray(np.arange(1, 25, dtype=np.uint8).reshape(6, 4)).save(tmp_path / "other.png")
    same, *others = (
        {pixels_digest(tmp_path / name) for name in names}
        for names in (("grey.png", "colour.bmp", "opaque.webp"), ("wide.png",), ("other.png",))
    )
    assert len(same) == 1
    assert len(same.union(*others)) == 3
