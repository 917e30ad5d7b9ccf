"""The one pass over the images: read, check, hash and embed them, a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.data.images import open_image
from explorer.data.records import Skipped
from explorer.embedding.streaming import Batches, Tally, on_threads
from explorer.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Int64, OnProgress
    from explorer.embedding.streaming import ImageEncoder
    from explorer.embedding.vector_store import VectorStore


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
    batches = Batches(model, store, batch_size) if model is not None and store is not None else None
    tally = Tally("images", len(paths), batch_size, on_progress)
    read = partial(_read, model=model, store=store)
    with on_threads(read, paths, ahead=2 * batch_size, between=batches.between if batches else None) as images:
        for facts, prepared in images:
            found.append(facts)
            if batches and isinstance(facts, _Facts) and prepared is not None:
                batches.add(facts.digest, prepared)
            tally.add(1, left_out=isinstance(facts, Skipped))
        if batches:
            batches.flush()
    return _inspection(found, store)


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


def _read(path: Path, model: ImageEncoder | None, store: VectorStore | None) -> _Read:
    """Open one image and, unless its vector is stored, decode it and prepare it for the model."""
    try:
        with open_image(path) as opened:
            facts = _Facts(opened.digest, opened.width, opened.height)
            if store is not None and opened.digest in store:
                return _Read(facts)
            image = opened.pixels(model.enough if model else None)
    except ImageError as error:
        return _Read(Skipped(str(path), str(error)))
    return _Read(facts, model.preprocess(image) if model else None)
