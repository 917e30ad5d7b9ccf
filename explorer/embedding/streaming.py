"""What every pass over images shares: threads prepare a bounded number ahead of the model, a batch at a time."""

from __future__ import annotations

import os
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from explorer.data.records import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from PIL import Image

    from explorer.data.engines import Ran
    from explorer.data.records import Float32, OnProgress
    from explorer.embedding.vector_store import VectorStore

_IDLE = 10
"""Seconds that a process waits for more work."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class ImageEncoder(Protocol):
    """What a model must offer to embed images."""

    @property
    def enough(self) -> int | None:
        """Pixels of an image's shorter side beyond which it may be decoded smaller; None for all there are."""

    @property
    def fills_the_processor(self) -> bool:
        """Whether nothing should run beside a forward pass."""

    @property
    def ran(self) -> Ran:
        """What embeds, and how exactly as far as that is known."""

    def preprocess(self, image: Image.Image) -> Any:  # noqa: ANN401 - a tensor of whatever kind the encoder likes
        """Turn an RGB image into the model's input; called from several threads."""

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        """Embed preprocessed images: float32 (b, d), unit rows."""


class Batches:
    """Prepared images, gathered until they fill a forward pass.

    Attributes:
        between: set but for the time of a pass that fills the processor, which whatever begins beside it would hold up.
    """

    def __init__(self, model: ImageEncoder, store: VectorStore, size: int) -> None:
        self._model, self._store, self._size = model, store, size
        self._batch: dict[str, Any] = {}
        self.between = Event()
        self.between.set()

    def add(self, digest: str, prepared: Any) -> None:  # noqa: ANN401 - see ImageEncoder
        """Take one image, unless the same content is stored by now; embed a full batch."""
        if digest not in self._store:
            self._batch[digest] = prepared
        if len(self._batch) == self._size:
            self.flush()

    def flush(self) -> None:
        """Embed and store what is gathered."""
        if not self._batch:
            return
        if self._model.fills_the_processor:
            self.between.clear()
        try:
            vectors = self._model.encode_images(list(self._batch.values()))
        finally:
            self.between.set()
        self._store.append(list(self._batch), vectors, self._model.ran)
        self._batch.clear()


class Tally:
    """Counts what is done, and reports it about once a batch and at the end."""

    def __init__(self, step: str, total: int, every: int, on_progress: OnProgress | None) -> None:
        self._step, self._total, self._every, self._report = step, total, every, on_progress
        self._done = self._left_out = 0

    def add(self, count: int, left_out: int = 0) -> None:
        """Count some more, and how many of them cannot be used."""
        before = self._done
        self._done += count
        self._left_out += left_out
        full = self._done // self._every > before // self._every
        if self._report and (full or self._done == self._total):
            self._report(Progress(self._step, self._done, self._total, self._left_out))


@contextmanager
def on_threads(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    ahead: int,
    weight: Callable[[Item], int] = lambda _: 1,
    between: Event | None = None,
) -> Iterator[Iterator[Result]]:
    """Work on items on threads, in order, and stop promptly on an error in the block.

    Args:
        work: what is done with an item; called from several threads.
        items: taken one by one, as there is room for them.
        ahead: how much may be waiting, as results or to be worked on: the sum of the items' weights.
        weight: what an item weighs.
        between: while it is not set, no further item is begun.

    Yields:
        The results, in the order of the items.
    """

    def begun(item: Item) -> Result:
        if between:
            between.wait()
        return work(item)

    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1), thread_name_prefix="images")

    def results() -> Iterator[Result]:
        waiting: deque[tuple[int, Future[Result]]] = deque()
        load = 0
        for item in items:
            waiting.append((weight(item), pool.submit(begun, item)))
            load += waiting[-1][0]
            while load >= ahead:
                weighs, oldest = waiting.popleft()
                load -= weighs
                yield oldest.result()
        while waiting:
            yield waiting.popleft()[1].result()

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # large images, odd metadata: what is read is fine
            yield results()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def on_processes(work: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Iterator[Iterator[Result]]:
    """Work on items in as many processes as there are cores, in order; they end by themselves some seconds later.

    Args:
        work: what is done with an item; what it is made of, its items and its results go from process to process.
        items: taken one by one, as there is room for them.
        ahead: how many may wait to be worked on.

    Yields:
        The results, in the order of the items.
    """
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    run = Parallel(os.cpu_count(), return_as="generator", pre_dispatch=ahead, batch_size=1, idle_worker_timeout=_IDLE)
    results = run(delayed(work)(item) for item in items)
    try:
        yield results
    finally:
        results.close()
