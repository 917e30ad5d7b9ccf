"""Whose labels they are: by id, digest and path, and never by guessing."""

from __future__ import annotations

import pytest

from explorer.corrections.matching import KnownImage, match
from explorer.data.labelled_images import LabelledImage

KNOWN = [
    KnownImage("train/1.png", "/data/train/1.png", "aa"),
    KnownImage("val/1.png", "/data/val/1.png", "bb"),
    KnownImage("größe 猫.png", "/data/größe 猫.png", "cc"),
    KnownImage("a <b>.png", "/data/a <b>.png", "dd"),
    KnownImage("copy.png", "/data/copy.png", "dd"),
    KnownImage("17", "/elsewhere/photo.jpg", "ee"),
]


def found(path: str = "", identity: str = "", digest: str = "") -> tuple[str, str] | str:
    matched, unmatched = match([LabelledImage("here", path, id=identity, digest=digest)], KNOWN)
    return (matched[0].id, matched[0].by) if matched else unmatched[0].reason


def test_an_id_comes_first_then_a_digest_then_a_path() -> None:
    assert found("val/1.png", "train/1.png") == ("train/1.png", "id")
    assert found("val/1.png", "train/1.png", "aa") == ("train/1.png", "id")
    assert found("copy.png", "gone", "bb") == ("val/1.png", "digest")
    assert found("copy.png", "gone") == ("copy.png", "path")


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("train/1.png", "train/1.png"),
        ("images/train/1", "train/1.png"),
        ("C:\\work\\val\\1.png", "val/1.png"),
        ("/data/upload/3/0a1b2c3d-größe 猫.png", "größe 猫.png"),
        ("gro\u0308ße 猫.png", "größe 猫.png"),
        ("images/a _b_.png", "a <b>.png"),
        ("photo.jpg", "17"),
        ("images/photo", "17"),
    ],
)
def test_a_path_is_known_in_all_the_ways_that_tools_write_it(written: str, image: str) -> None:
    assert found(written) == (image, "path")


def test_what_is_not_sure_is_listed_with_its_reason() -> None:
    assert found("1.png") == "2 images are called so, such as train/1.png"
    assert found("other/1.png") == "2 images are called so, such as train/1.png"
    assert found("x.png") == "no image is called so"
    assert found("", "train/1.png", "bb") == (
        "the image train/1.png has another content here than the one that was labelled"
    )
    assert found("copy.png", digest="dd") == "2 images have its content"
    assert found("copy.png", digest="ff" * 32) == "no image has its digest ffffffffffff…"
    assert found() == "it says no id, no digest and no path"
