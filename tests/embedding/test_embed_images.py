"""The pass over the images embeds each content once, goes on after a kill, and no image is fatal."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from explorer.actions.demo import sample_data
from explorer.data.engines import LEAST_COSINE, Ran
from explorer.data.images import open_image
from explorer.embedding.clip import ClipModel
from explorer.embedding.images import embed_images
from explorer.embedding.vector_store import VectorStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Float32, Progress

REPOSITORY = Path(__file__).parents[2]


class Counting:
    """A real model that also counts what passes through it."""

    enough = None
    fills_the_processor = True
    ran = Ran("counting")

    def __init__(self, model: ClipModel) -> None:
        self.model = model
        self.prepared = 0
        self.batches: list[int] = []
        self._lock = threading.Lock()

    def preprocess(self, image: Image.Image) -> Any:
        with self._lock:
            self.prepared += 1
        return self.model.preprocess(image)

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        self.batches.append(len(batch))
        return self.model.encode_images(batch)


def _images(folder: Path, n: int) -> list[Path]:
    generator = np.random.default_rng(n)
    paths = [folder / f"{row}.png" for row in range(n)]
    for path in paths:
        Image.fromarray(generator.integers(0, 256, (20, 30, 3), np.uint8)).save(path)
    return paths


def test_every_row_is_the_vector_of_its_image(clip: ClipModel, tmp_path: Path) -> None:
    """Threads finish in any order; vectors must not."""
    paths = _images(tmp_path, 23)
    store = VectorStore(tmp_path / "s", clip.key)
    found = embed_images(paths, clip, store, batch_size=5)
    assert set(found.widths) == {30}
    assert set(found.heights) == {20}
    assert found.skipped == ()
    alone = np.vstack([clip.encode_images([clip.preprocess(Image.open(path))]) for path in paths])
    np.testing.assert_allclose(store.vectors[found.rows], alone, atol=1e-5)


def test_vectors_do_not_depend_on_how_images_are_batched(clip: ClipModel, tmp_path: Path) -> None:
    """To the last bit: an image that comes later has the vector that it would have had among the others."""
    paths, made = _images(tmp_path, 23), set()
    for size in (1, 5, 64):
        store = VectorStore(tmp_path / f"of {size}", clip.key)
        rows = embed_images(paths, clip, store, batch_size=size).rows
        made.add(store.vectors[rows].tobytes())
    assert len(made) == 1


@pytest.mark.slow
def test_photographs_of_4000_pixels_are_decoded_small_and_keep_their_vectors(tmp_path: Path) -> None:
    """With the demo's model, whose images have 48 pixels: an eighth is decoded, as exactly as an engine must be."""
    model, paths = ClipModel.load(str(sample_data() / "model")), []
    for picture in sorted((sample_data() / "scenes" / "images").iterdir())[:8]:
        paths.append(tmp_path / f"{picture.stem}.jpg")
        Image.open(picture).convert("RGB").resize((4_000, 3_000), Image.Resampling.BICUBIC).save(paths[-1], quality=90)
    store = VectorStore(tmp_path / "s", model.key)
    found = embed_images(paths, model, store)
    assert (set(found.widths), set(found.heights)) == ({4_000}, {3_000})
    with open_image(paths[0]) as opened:
        assert opened.pixels(model.enough).size == (500, 375)
    whole = model.encode_images([model.preprocess(Image.open(path)) for path in paths])
    assert np.einsum("bd,bd->b", store.vectors[found.rows], whole).mean() > LEAST_COSINE


def test_a_second_run_embeds_only_what_is_new(clip: ClipModel, tmp_path: Path) -> None:
    paths = _images(tmp_path, 12)
    store = VectorStore(tmp_path / "s", clip.key)
    embed_images(paths[:7], clip, store, batch_size=4)
    counting = Counting(clip)
    found = embed_images(paths, counting, VectorStore(tmp_path / "s", clip.key), batch_size=4)
    assert (counting.prepared, sum(counting.batches)) == (5, 5)
    assert (found.rows >= 0).all()


def test_copies_are_embedded_once_and_keep_their_own_entry(clip: ClipModel, tmp_path: Path) -> None:
    """Duplicates are edge cases to be found, not to be merged."""
    paths = _images(tmp_path, 3)
    copies = [tmp_path / f"copy{row}.png" for row in range(9)]
    for row, copy in enumerate(copies):
        copy.write_bytes(paths[row % 3].read_bytes())
    counting = Counting(clip)
    found = embed_images([*paths, *copies], counting, VectorStore(tmp_path / "s", clip.key), batch_size=4)
    assert sum(counting.batches) == 3
    assert list(found.rows) == [0, 1, 2] * 4
    assert found.digests[:3] == found.digests[3:6]


def test_unusable_images_are_listed_and_the_rest_goes_on(clip: ClipModel, tmp_path: Path) -> None:
    paths = _images(tmp_path, 3)
    paths[1].write_bytes(paths[1].read_bytes()[:300])
    paths.append(tmp_path / "none.png")
    found = embed_images(paths, clip, VectorStore(tmp_path / "s", clip.key))
    assert [skip.filepath for skip in found.skipped] == [str(paths[1]), str(paths[3])]
    assert [bool(digest) for digest in found.digests] == [True, False, True, False]
    assert list(found.rows) == [0, -1, 1, -1]
    assert list(found.widths) == [30, 0, 30, 0]


def test_without_a_model_images_are_checked_to_the_last_pixel(tmp_path: Path) -> None:
    """With own vectors nothing is embedded, and a truncated image is still found."""
    paths = _images(tmp_path, 2)
    paths[0].write_bytes(paths[0].read_bytes()[:-200])
    found = embed_images(paths, None, None)
    assert [skip.filepath for skip in found.skipped] == [str(paths[0])]
    assert (list(found.rows), found.widths[1]) == ([-1, -1], 30)


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_inputs_are_embedded(clip: ClipModel, tmp_path: Path, n: int) -> None:
    found = embed_images(_images(tmp_path, n), clip, VectorStore(tmp_path / "s", clip.key))
    assert (len(found.digests), len(found.rows), len(found.widths)) == (n, n, n)


def test_progress_counts_up_to_the_end(clip: ClipModel, tmp_path: Path) -> None:
    reports: list[Progress] = []
    store = VectorStore(tmp_path / "s", clip.key)
    embed_images(_images(tmp_path, 10), clip, store, batch_size=4, on_progress=reports.append)
    assert [(report.done, report.total) for report in reports] == [(4, 10), (8, 10), (10, 10)]


def test_images_wait_in_memory_for_two_batches_at_most(clip: ClipModel, tmp_path: Path) -> None:
    """However slow the model is, decoded images do not pile up."""
    counting = Counting(clip)
    ahead: list[int] = []

    class Slow(Counting):
        def encode_images(self, batch: Sequence[Any]) -> Float32:
            time.sleep(0.05)
            ahead.append(self.prepared - sum(self.batches))
            return super().encode_images(batch)

    counting = Slow(clip)
    embed_images(_images(tmp_path, 60), counting, VectorStore(tmp_path / "s", clip.key), batch_size=5)
    assert sum(counting.batches) == 60
    assert max(ahead) <= 3 * 5  # the batch in hand and two more


_RUN = """
import sys
from pathlib import Path
from explorer.embedding.clip import ClipModel
from explorer.embedding.vector_store import VectorStore
from explorer.embedding.images import embed_images
images, folder, model = map(Path, sys.argv[1:])
clip = ClipModel.load(str(model), device="cpu")
paths = sorted(images.glob("*.png"))
def report(progress):
    print(progress.done, flush=True)
    if progress.done >= 20:
        sys.stdin.read()  # waits, as a slow model would
embed_images(paths, clip, VectorStore(folder, clip.key), batch_size=4, on_progress=report)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_was(
    clip: ClipModel, clip_folder: Path, tmp_path: Path, how: signal.Signals
) -> None:
    """After kill -9 or Ctrl-C a second run computes only what the first had not stored."""
    images = tmp_path / "images"
    images.mkdir()
    paths = sorted(_images(images, 40))
    command = [sys.executable, "-c", _RUN, str(images), str(tmp_path / "s"), str(clip_folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=REPOSITORY, **pipes) as run:
        assert run.stdout is not None
        for _ in range(5):
            last = run.stdout.readline()
        run.send_signal(how)
        assert run.wait(timeout=60) != 0
    assert last == b"20\n"
    store = VectorStore(tmp_path / "s", clip.key)
    assert len(store) == 20
    counting = Counting(clip)
    found = embed_images(paths, counting, store, batch_size=4)
    assert sum(counting.batches) == 20
    alone = np.vstack([clip.encode_images([clip.preprocess(Image.open(path))]) for path in paths])
    np.testing.assert_allclose(store.vectors[found.rows], alone, atol=1e-5)
