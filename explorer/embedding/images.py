"""The one pass over the images: read, check, hash and embed them, a batch at a time."""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from explorer.errors import ImageError
from explorer.images import open_image
from explorer.records import Progress, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from PIL import Image

    from explorer.embedding.vectors import VectorStore
    from explorer.records import Float32, Int64, OnProgress


class ImageEncoder(Protocol):
    """What a model must offer to embed images."""

    def preprocess(self, image: Image.Image) -> Any:  # noqa: ANN401 - a tensor of whatever kind the encoder likes
        """Turn an RGB image into the model's input; called from several threads."""

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        """Embed preprocessed images: float32 (b, d), unit rows."""


@dataclass(frozen=True)
class Inspection:
    """What one pass found, one entry per path.

    Attributes:
        digests: SHA-256 of each file, hexadecimal; "" where the image was skipped.
        widths: int64 (n,), pixels as shown; 0 where skipped.
        heights: int64 (n,), pixels as shown; 0 where skipped.
        rows: int64 (n,), rows of the vector store; -1 where skipped, or where no model was given.
        skipped: the images that cannot be used, with reasons.
    """

    digests: tuple[str, ...]
    widths: Int64
    heights: Int64
    rows: Int64
    skipped: tuple[Skipped, ...]


class _Facts(NamedTuple):
    digest: str
    width: int
    height: int


class _Read(NamedTuple):
    """One image as a worker hands it over: its facts, and the model's input where that is still needed."""

    facts: _Facts | Skipped
    prepared: Any = None


def embed_images(
    paths: Sequence[Path],
    model: ImageEncoder | None,
    store: VectorStore | None,
    *,
    batch_size: int = 64,
    on_progress: OnProgress | None = None,
) -> Inspection:
    """Read every image once and embed what the store does not hold yet.

    Threads decode and prepare at most two batches ahead of the forward pass, so memory does not grow with the
    number of images. Each batch is on disk before the next one starts: a killed run goes on where it stopped.
    Identical files are embedded once. Of an image whose vector is stored only the header is read.

    Args:
        paths: n image files.
        model: embeds the images; None to read and check them only.
        store: the model's vectors; None exactly where `model` is None.
        batch_size: images per forward pass.
        on_progress: called after every batch of images read.

    Returns:
        What was found in each file. Unusable images are listed there, none is fatal.

    Raises:
        WorkspaceError: the vectors cannot be saved.
    """
    found: list[_Facts | Skipped] = []
    pending = _Pending(model, store, batch_size) if model is not None and store is not None else None
    with _reading(paths, model, store, ahead=2 * batch_size) as images:
        for facts, prepared in images:
            found.append(facts)
            if pending and isinstance(facts, _Facts) and prepared is not None:
                pending.add(facts.digest, prepared)
            if on_progress and (len(found) % batch_size == 0 or len(found) == len(paths)):
                on_progress(Progress("images", len(found), len(paths)))
        if pending:
            pending.flush()
    return _inspection(found, store)


class _Pending:
    """Prepared images, gathered until they fill a forward pass."""

    def __init__(self, model: ImageEncoder, store: VectorStore, size: int) -> None:
        self._model, self._store, self._size = model, store, size
        self._batch: dict[str, Any] = {}

    def add(self, digest: str, prepared: Any) -> None:  # noqa: ANN401 - see ImageEncoder
        """Take one image, unless the same content is stored by now; embed a full batch."""
        if digest not in self._store:
            self._batch[digest] = prepared
        if len(self._batch) == self._size:
            self.flush()

    def flush(self) -> None:
        """Embed and store what is gathered."""
        if self._batch:
            self._store.append(list(self._batch), self._model.encode_images(list(self._batch.values())))
            self._batch.clear()


def _inspection(found: list[_Facts | Skipped], store: VectorStore | None) -> Inspection:
    facts = [_Facts("", 0, 0) if isinstance(entry, Skipped) else entry for entry in found]
    digests = tuple(fact.digest for fact in facts)
    return Inspection(
        digests=digests,
        widths=np.array([fact.width for fact in facts], np.int64),
        heights=np.array([fact.height for fact in facts], np.int64),
        rows=np.full(len(facts), -1, np.int64) if store is None else store.rows(digests),
        skipped=tuple(entry for entry in found if isinstance(entry, Skipped)),
    )


@contextmanager
def _reading(
    paths: Sequence[Path], model: ImageEncoder | None, store: VectorStore | None, ahead: int
) -> Iterator[Iterator[_Read]]:
    """Read images in order on threads that are at most `ahead` images ahead; stop promptly on an error."""
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1), thread_name_prefix="images")

    def images() -> Iterator[_Read]:
        waiting: deque[Future[_Read]] = deque()
        for path in paths:
            waiting.append(pool.submit(_read, path, model, store))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # large images, odd metadata: what is read is fine
            yield images()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(path: Path, model: ImageEncoder | None, store: VectorStore | None) -> _Read:
    """Open one image and, unless its vector is stored, decode it and prepare it for the model."""
    try:
        with open_image(path) as opened:
            facts = _Facts(opened.digest, opened.width, opened.height)
            if store is not None and opened.digest in store:
                return _Read(facts)
            image = opened.pixels()
    except ImageError as error:
        return _Read(Skipped(str(path), str(error)))
    return _Read(facts, model.preprocess(image) if model else None)
