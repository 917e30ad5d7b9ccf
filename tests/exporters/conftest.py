"""Packages of files on disk, of labelled images and of boxes; what a CSV holds; and a disk that is full."""

from __future__ import annotations

import csv
import hashlib
import io
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from explorer.data.spaces import Task
from explorer.exporters.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = [(31, 17), (1, 1), (640, 3), (96, 64)]
"""Width and height of images, in turn."""

NAMES = ["größe 猫 🐈.png", "a & b/<1>.png", "=1+1.png", "x#1 'q' \"p\".png"]
"""What images may be called, in turn after their number."""

CLASSES = ["cell & <dot>", "=猫", "../up"]


def package_of(files: dict[str, Path], **columns: list[object]) -> Package:
    """A package of files by id, with their true digests."""
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files.values()]
    facts = {"filepath": [str(file) for file in files.values()], "digest": digests, **columns}
    table = pd.DataFrame(facts, index=pd.Index(list(files), name="id", dtype=object))
    return Package(
        table,
        {"subsets": [{"name": "s"}]},
        images=table[["filepath", "digest"]].assign(width=1, height=1),
        truth=_of_images([], []),
        predictions={},
        classes=(),
        tags={},
        vectors=lambda: np.empty((len(table), 0), np.float32),
    )


def classified(folder: Path, count: int = 8) -> Package:
    """So many images on disk of two classes and a third that nobody has, every fifth without a label.

    The model `v 1` says another class of every third, with confidences; `v/2` the same without confidences.
    """
    images = _images(folder, count)
    labels = [CLASSES[row % 2] for row in range(count)]
    truth = _of_images(list(images.index), labels)
    said = [CLASSES[(row + (row % 3 == 0)) % 3] for row in range(count)]
    first = _of_images(list(images.index), said).assign(confidence=np.linspace(0.1, 0.9, count))
    second = _of_images(list(images.index), said).assign(confidence=np.full(count, np.nan))
    truth = truth[np.arange(count) % 5 != 4]
    table = images.join(truth["label"]).drop(columns=["width", "height"])
    return Package(
        table,
        {"workspace": "Größe & <co>", "exported_by": "Ada", "written_at": "2026-01-02 03:04:05 UTC"},
        images,
        truth,
        {"v 1": first, "v/2": second},
        tuple(CLASSES),
        {images.index[0]: ("dark ones", "a;b")} if count else {},
        lambda: np.eye(count, 4, dtype=np.float32),
    )


def detected(folder: Path, count: int = 8, each: int = 3) -> Package:
    """So many images on disk with boxes on each but every fourth, within their image and of odd sizes; one model."""
    images = _images(folder, count)
    chance = np.random.default_rng(3)
    owners = [row for row in range(count) if row % 4 != 3 for _ in range(each)]
    truth, said = (_boxes(images, owners, chance, prefix) for prefix in ("gt:", "v 1:"))
    truth = truth.assign(area=truth["width"] * truth["height"], crowd=False, ignore=False)
    said.insert(2, "confidence", chance.uniform(0, 1, len(said)))
    whole = classified(folder, 0)
    return Package(
        images.drop(columns=["width", "height"]),
        whole.about,
        images,
        truth,
        {"v 1": said},
        whole.classes,
        {"gt:1": ("small ones",), images.index[0]: ("dark ones",)} if count else {},
        lambda: np.eye(count, 4, dtype=np.float32),
        Task.DETECTION,
    )


def _images(folder: Path, count: int) -> pd.DataFrame:
    rows = []
    for row in range(count):
        name, size = f"{row}-{NAMES[row % len(NAMES)]}", SIZES[row % len(SIZES)]
        file = folder / f"{row}.png"
        if not file.exists():
            Image.new("RGB", size, (row % 256, row // 256, 9)).save(file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        rows.append((name, str(file), digest, *size, ["train", "val", None][row % 3]))
    frame = pd.DataFrame(rows, columns=["id", "filepath", "digest", "width", "height", "split"], dtype=object)
    return frame.set_index("id").astype({"width": int, "height": int})


def _of_images(ids: list[str], labels: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"sample": ids, "label": labels}, pd.Index(ids, name="id", dtype=object), dtype=object)


def _boxes(images: pd.DataFrame, owners: list[int], chance: np.random.Generator, prefix: str) -> pd.DataFrame:
    size = images[["width", "height"]].to_numpy(np.float64)[owners] if owners else np.empty((0, 2))
    start = chance.uniform(0, 0.6, (len(owners), 2)) * size
    extent = chance.uniform(0.1, 0.4, (len(owners), 2)) * size
    ids = pd.Index([f"{prefix}{number}" for number in range(1, len(owners) + 1)], name="id", dtype=object)
    frame = pd.DataFrame({"sample": images.index[owners] if owners else []}, ids, dtype=object)
    frame["label"] = [CLASSES[number % 3] for number in range(len(owners))]
    frame[["x", "y"]], frame[["width", "height"]] = start, extent
    return frame


def file_at(path: Path, content: bytes = b"pixels") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes, as the operating system tells it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
