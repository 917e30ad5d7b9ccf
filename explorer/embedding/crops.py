"""The pass over the boxes of images: cut out each object with some surroundings, and embed what is new."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.data.images import open_image
from explorer.data.records import Skipped
from explorer.embedding.streaming import Batches, Tally, on_threads
from explorer.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL import Image

    from explorer.data.boxes import Float64
    from explorer.data.records import Int64, OnProgress
    from explorer.embedding.streaming import ImageEncoder
    from explorer.embedding.vector_store import VectorStore

_PART = 32
"""Boxes of one image that a thread prepares at a time: few enough to bound memory, however many an image has."""


class Corners(NamedTuple):
    """Edges of a crop in pixels, the last two exclusive."""

    left: int
    upper: int
    right: int
    lower: int


@dataclass(frozen=True)
class CropInspection:
    """What one pass found, one entry per box: all boxes of the first image, then of the second, and so on.

    Attributes:
        digests: what stands for the crop's content, hexadecimal; "" where there is no crop.
        rows: int64 (n,), rows of the vector store; -1 where the image is unreadable, or the box outside it.
        skipped: the images that cannot be read, and those with boxes outside them, with reasons.
    """

    digests: tuple[str, ...]
    rows: Int64
    skipped: tuple[Skipped, ...]


class _Opened(NamedTuple):
    """An image: a digest per box ("" outside the image), the corners of new crops, and the pixels if there are any."""

    digests: list[str]
    new: dict[str, Corners]
    pixels: Image.Image | None


class _Prepared(NamedTuple):
    """Some boxes of one image as a worker hands them over: their digests, and the model's input for new ones."""

    digests: list[str]
    inputs: dict[str, Any]
    skipped: Skipped | None


def embed_crops(
    paths: Sequence[Path],
    boxes: Sequence[Float64],
    model: ImageEncoder,
    store: VectorStore,
    *,
    margin: float = 0.10,
    batch_size: int = 64,
    on_progress: OnProgress | None = None,
) -> CropInspection:
    """Embed the crop of every box that the store does not hold yet.

    Each image is decoded once, so the boxes of ground truth and of all models belong into one call. Threads
    prepare about two batches ahead of the forward pass, so memory grows neither with the number of images nor
    with the boxes on one. Each batch is on disk before the next one starts: a killed run goes on where it
    stopped. A crop is known by its image's content and its corners: boxes of several sources that are cut alike
    share a vector, and another margin makes other crops. Of an image whose crops are all stored only the header
    is read; one without boxes is not opened.

    Args:
        paths: n image files.
        boxes: for each image float64 (m, 4): x, y, width, height in pixels of the upright image.
        model: embeds the crops.
        store: the model's vectors of crops.
        margin: share of the box's width added left and right, and of its height above and below.
        batch_size: crops per forward pass.
        on_progress: called about once per batch, with boxes as the unit.

    Returns:
        Where each box's vector is. Unreadable images and boxes outside are listed there, none is fatal.

    Raises:
        WorkspaceError: the vectors cannot be saved.
    """
    digests: list[str] = []
    skipped: dict[Skipped, None] = {}
    batches = Batches(model, store, batch_size)
    tally = Tally("crops", sum(map(len, boxes)), batch_size, on_progress)
    parts = _parts(paths, boxes, store, margin)
    prepare = partial(_prepare, model=model)
    with on_threads(prepare, parts, 2 * batch_size, _Part.__len__, batches.between) as prepared:
        for part in prepared:
            digests += part.digests
            if part.skipped:
                skipped[part.skipped] = None
            for digest, crop in part.inputs.items():
                batches.add(digest, crop)
            tally.add(len(part.digests))
        batches.flush()
    rows = np.full(len(digests), -1, np.int64)
    cut = np.array([bool(digest) for digest in digests], bool)
    rows[cut] = store.rows([digest for digest in digests if digest])
    return CropInspection(tuple(digests), rows, tuple(skipped))


def corners(boxes: Float64, width: int, height: int, margin: float) -> Int64:
    """The pixels to cut out for boxes.

    Args:
        boxes: float64 (m, 4): x, y, width, height in pixels.
        width: of the image, pixels.
        height: of the image, pixels.
        margin: share of the box's own width and height added on each side.

    Returns:
        int64 (m, 4), left, upper, right, lower (exclusive): whole pixels that cover the box and its margin, within
        the image and at least one pixel wide and high; all -1 where the box itself lies outside the image.
    """
    start, size, limit = boxes[:, :2], boxes[:, 2:], np.array([width, height])
    inside = np.isfinite(boxes) & np.hstack([start < limit, (start >= 0) | (start + size > 0)])
    usable = inside.all(axis=1, keepdims=True)
    start, size = np.where(usable, start, 0), np.where(usable, size, 0)
    first = np.clip(np.floor(start - margin * size), 0, limit - 1)
    last = np.clip(np.ceil(start + size + margin * size), first + 1, limit)
    return np.where(usable, np.hstack([first, last]), -1).astype(np.int64)


class _Image:
    """One image and its boxes; opened by the first thread that needs it, dropped with its last part."""

    def __init__(self, path: Path, boxes: Float64, store: VectorStore, margin: float) -> None:
        self.path, self.boxes = path, boxes
        self._store, self._margin = store, margin
        self._lock = Lock()
        self._opened: _Opened | Skipped | None = None

    def opened(self) -> _Opened | Skipped:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> _Opened | Skipped:
        try:
            with open_image(self.path) as image:
                found = corners(self.boxes, image.width, image.height, self._margin)
                cuts = [Corners(*row) for row in found.tolist()]
                digests = [_digest(image.digest, cut) if cut.left >= 0 else "" for cut in cuts]
                new = {digest: cut for digest, cut in zip(digests, cuts, strict=True) if self._is_new(digest)}
                if not new:
                    return _Opened(digests, new, None)
                pixels = image.pixels()
                across, down = pixels.width / image.width, pixels.height / image.height
                return _Opened(digests, {one: _scaled(cut, across, down) for one, cut in new.items()}, pixels)
        except ImageError as error:
            return Skipped(str(self.path), str(error))

    def _is_new(self, digest: str) -> bool:
        return bool(digest) and digest not in self._store


def _scaled(cut: Corners, across: float, down: float) -> Corners:
    """The corners in an image that was decoded smaller, still at least a pixel wide and high."""
    left, upper = int(cut.left * across), int(cut.upper * down)
    return Corners(left, upper, max(left + 1, round(cut.right * across)), max(upper + 1, round(cut.lower * down)))


@dataclass(frozen=True)
class _Part:
    """A run of one image's boxes."""

    image: _Image
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def _parts(paths: Sequence[Path], boxes: Sequence[Float64], store: VectorStore, margin: float) -> Iterator[_Part]:
    for path, of_image in zip(paths, boxes, strict=True):
        image = _Image(path, of_image, store, margin)
        for start in range(0, len(of_image), _PART):
            yield _Part(image, start, min(start + _PART, len(of_image)))


def _prepare(part: _Part, model: ImageEncoder) -> _Prepared:
    """Cut out the new crops of a part and prepare them for the model."""
    opened = part.image.opened()
    if isinstance(opened, Skipped):
        return _Prepared([""] * len(part), {}, opened)
    digests = opened.digests[part.start : part.stop]
    inputs = {}
    if opened.pixels:
        new = dict.fromkeys(digest for digest in digests if digest in opened.new)
        inputs = {digest: model.preprocess(opened.pixels.crop(opened.new[digest])) for digest in new}
    return _Prepared(digests, inputs, _outside(part.image.path, opened.digests))


def _outside(path: Path, digests: list[str]) -> Skipped | None:
    count = digests.count("")
    return Skipped(str(path), f"{count} of its {len(digests)} boxes lie outside it and have no crop") if count else None


def _digest(image: str, cut: Corners) -> str:
    """SHA-256 of the image's digest and the corners: the content of a crop, without decoding it."""
    return hashlib.sha256(" ".join(map(str, (image, *cut))).encode()).hexdigest()
