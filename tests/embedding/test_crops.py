"""The pass over boxes embeds each crop once, from the right pixels, and goes on after a kill."""

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

from explorer.data.engines import Ran
from explorer.data.images import OpenImage
from explorer.embedding import crops
from explorer.embedding.crops import corners, embed_crops
from explorer.embedding.vector_store import VectorStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.boxes import Float64
    from explorer.data.records import Float32, Progress
    from explorer.embedding.clip import ClipModel

REPOSITORY = Path(__file__).parents[2]
WIDTH, HEIGHT = 60, 40


class Counting:
    """A real model that also counts what passes through it."""

    enough = None
    fills_the_processor = True
    ran = Ran("counting")

    def __init__(self, model: ClipModel) -> None:
        self.model = model
        self.prepared = 0
        self.embedded = 0
        self._lock = threading.Lock()

    def preprocess(self, image: Image.Image) -> Any:
        with self._lock:
            self.prepared += 1
        return self.model.preprocess(image)

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        self.embedded += len(batch)
        return self.model.encode_images(batch)


def _images(folder: Path, n: int) -> list[Path]:
    generator = np.random.default_rng(n)
    paths = [folder / f"{row:02}.png" for row in range(n)]
    for path in paths:
        Image.fromarray(generator.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)).save(path)
    return paths


def _boxes(*counts: int) -> list[Float64]:
    """Distinct boxes with fractions of pixels, some of them over the edge."""
    chance = np.random.default_rng(3)
    return [
        np.column_stack(
            [chance.uniform(0, WIDTH - 5, m), chance.uniform(0, HEIGHT - 5, m), chance.uniform(3, 20, (m, 2))]
        )
        for m in counts
    ]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Digests of the images whose pixels were decoded, in any order; the decoding itself is the real one."""
    done: list[str] = []
    pixels = OpenImage.pixels

    def counted(opened: OpenImage) -> Image.Image:
        done.append(opened.digest)
        return pixels(opened)

    monkeypatch.setattr(OpenImage, "pixels", counted)
    return done


def test_every_row_is_the_vector_of_its_crop(clip: ClipModel, tmp_path: Path) -> None:
    """Threads finish in any order, and an image has more boxes than one thread prepares at a time."""
    paths, boxes = _images(tmp_path, 4), _boxes(3, 70, 0, 1)
    store = VectorStore(tmp_path / "s", clip.key)
    found = embed_crops(paths, boxes, clip, store, margin=0.25, batch_size=8)
    cuts = [
        Image.open(path).crop(
            (
                max(0, int(np.floor(x - 0.25 * w))),
                max(0, int(np.floor(y - 0.25 * h))),
                min(WIDTH, int(np.ceil(x + 1.25 * w))),
                min(HEIGHT, int(np.ceil(y + 1.25 * h))),
            )
        )
        for path, rows in zip(paths, boxes, strict=True)
        for x, y, w, h in rows
    ]
    alone = np.vstack([clip.encode_images([clip.preprocess(cut)]) for cut in cuts])
    np.testing.assert_allclose(store.vectors[found.rows], alone, atol=1e-5)
    assert (len(found.digests), found.skipped) == (74, ())


@pytest.mark.parametrize(
    ("box", "margin", "expected"),
    [
        ((20, 10, 10, 20), 0, (20, 10, 30, 30)),
        ((20, 10, 10, 20), 0.1, (19, 8, 31, 32)),
        ((20.4, 10.6, 10, 20), 0, (20, 10, 31, 31)),
        ((0, 0, 60, 40), 0.5, (0, 0, 60, 40)),
        ((-5, 30, 10, 20), 0.1, (0, 28, 6, 40)),
        ((20, 10, 0, 0), 0.1, (20, 10, 21, 11)),
        ((59.5, 39.5, 0.1, 0.1), 0, (59, 39, 60, 40)),
        ((-1e30, -1e30, 2e30, 2e30), 0.1, (0, 0, 60, 40)),
        ((60, 10, 5, 5), 0.5, None),
        ((10, -5, 5, 5), 0.5, None),
        ((np.nan, 10, 5, 5), 0.1, None),
        ((10, 10, np.inf, 5), 0.1, None),
    ],
)
def test_a_crop_is_the_box_with_its_margin_within_the_image(
    box: tuple[float, ...], margin: float, expected: tuple[int, ...] | None
) -> None:
    """Whole pixels that cover it, at least one; a margin alone does not bring a box into the image."""
    cut = corners(np.array([box], np.float64), WIDTH, HEIGHT, margin)
    assert tuple(cut[0]) == (expected or (-1, -1, -1, -1))


def test_boxes_follow_the_image_as_it_is_shown(clip: ClipModel, tmp_path: Path) -> None:
    """A phone's photo lies on its side in the file; boxes are drawn on what people see."""
    exif = Image.Exif()
    exif[0x0112] = 6
    _images(tmp_path, 1)
    shown = Image.open(tmp_path / "00.png")
    shown.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    store = VectorStore(tmp_path / "s", clip.key)
    found = embed_crops([tmp_path / "turned.png"], [np.array([[50.0, 0, 10, 8]])], clip, store, margin=0)
    alone = clip.encode_images([clip.preprocess(shown.crop((50, 0, 60, 8)))])
    np.testing.assert_allclose(store.vectors[found.rows], alone, atol=1e-5)


def test_boxes_that_are_cut_alike_share_a_vector(clip: ClipModel, tmp_path: Path, decoded: list[str]) -> None:
    """Truth and a perfect detection differ by rounding; their crop is one, and its image is decoded once."""
    counting = Counting(clip)
    box = np.array([[10.5, 10.5, 10, 10], [10.4, 10.6, 10, 10], [30, 10, 10, 10]])
    found = embed_crops(_images(tmp_path, 1), [box], counting, VectorStore(tmp_path / "s", clip.key), margin=0)
    assert (found.rows[0], counting.prepared, counting.embedded, len(decoded)) == (found.rows[1], 2, 2, 1)
    assert found.digests[0] == found.digests[1] != found.digests[2]


def test_an_image_is_decoded_once_however_many_boxes_it_has(
    clip: ClipModel, tmp_path: Path, decoded: list[str]
) -> None:
    paths, boxes = _images(tmp_path, 3), _boxes(200, 1, 40)
    embed_crops(paths, boxes, clip, VectorStore(tmp_path / "s", clip.key), batch_size=16)
    assert len(decoded) == len(set(decoded)) == 3


def test_a_second_run_decodes_and_embeds_only_what_is_new(clip: ClipModel, tmp_path: Path, decoded: list[str]) -> None:
    """One more model's detections on the first image cost those crops alone."""
    paths, boxes = _images(tmp_path, 3), _boxes(5, 5, 5)
    before = embed_crops(paths, boxes, clip, VectorStore(tmp_path / "s", clip.key))
    decoded.clear()
    counting = Counting(clip)
    boxes[0] = np.vstack([boxes[0], [[1, 2, 3, 4], [5, 6, 7, 8]]])
    store = VectorStore(tmp_path / "s", clip.key)
    after = embed_crops(paths, boxes, counting, store)
    assert (counting.prepared, counting.embedded, len(decoded)) == (2, 2, 1)
    assert list(after.rows[:5]) == list(before.rows[:5])
    embed_crops(paths, boxes, counting, store)
    assert (counting.embedded, len(decoded)) == (2, 1)


def test_another_margin_is_another_crop(clip: ClipModel, tmp_path: Path) -> None:
    """Vectors of a former margin must not stand for the new one."""
    paths, boxes = _images(tmp_path, 1), [np.array([[20.0, 10, 10, 10]])]
    store = VectorStore(tmp_path / "s", clip.key)
    rows = [embed_crops(paths, boxes, clip, store, margin=margin).rows[0] for margin in (0, 0.1, 0)]
    assert rows == [0, 1, 0]


def test_unreadable_images_and_boxes_outside_are_listed_and_the_rest_goes_on(clip: ClipModel, tmp_path: Path) -> None:
    paths, boxes = _images(tmp_path, 4), _boxes(2, 40, 3, 1)
    paths[1].write_bytes(paths[1].read_bytes()[:300])
    boxes[2][1, :2] = WIDTH, HEIGHT
    paths[3] = tmp_path / "none.png"
    found = embed_crops(paths, boxes, clip, VectorStore(tmp_path / "s", clip.key))
    assert list(found.rows) == [0, 1, *[-1] * 40, 2, -1, 3, -1]
    assert [bool(digest) for digest in found.digests] == list(found.rows >= 0)
    assert [skip.filepath for skip in found.skipped] == [str(paths[1]), str(paths[2]), str(paths[3])]
    assert "1 of its 3 boxes" in found.skipped[1].reason
    assert found.skipped[2].reason == "the file does not exist"


def test_without_boxes_no_image_is_opened(clip: ClipModel, tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "s", clip.key)
    for paths in ([], [tmp_path / "none.png"]):
        found = embed_crops(paths, [np.empty((0, 4)) for _ in paths], clip, store)
        assert (found.digests, found.rows.shape, found.skipped) == ((), (0,), ())


def test_progress_counts_boxes_up_to_the_end(clip: ClipModel, tmp_path: Path) -> None:
    reports: list[Progress] = []
    store = VectorStore(tmp_path / "s", clip.key)
    embed_crops(_images(tmp_path, 4), _boxes(3, 3, 0, 4), clip, store, batch_size=4, on_progress=reports.append)
    assert [(report.done, report.total) for report in reports] == [(6, 10), (10, 10)]


def test_crops_wait_in_memory_for_two_batches_at_most(clip: ClipModel, tmp_path: Path) -> None:
    """However slow the model is and however many boxes an image has, prepared crops do not pile up."""
    ahead: list[int] = []

    class Slow(Counting):
        def encode_images(self, batch: Sequence[Any]) -> Float32:
            time.sleep(0.05)
            ahead.append(self.prepared - self.embedded)
            return super().encode_images(batch)

    counting = Slow(clip)
    store = VectorStore(tmp_path / "s", clip.key)
    found = embed_crops(_images(tmp_path, 4), _boxes(300, 1, 1, 100), counting, store, batch_size=16)
    assert counting.embedded == len(set(found.digests))
    assert max(ahead) <= 3 * 16 + 2 * crops._PART  # the batch in hand, two more, and the parts at either end


_RUN = """
import sys
from pathlib import Path
import numpy as np
from explorer.embedding.clip import ClipModel
from explorer.embedding.vector_store import VectorStore
from explorer.embedding.crops import embed_crops
images, folder, model = map(Path, sys.argv[1:])
clip = ClipModel.load(str(model), device="cpu")
paths = sorted(images.glob("*.png"))
boxes = [np.load(path.with_suffix(".npy")) for path in paths]
def report(progress):
    print(progress.done, flush=True)
    if progress.done >= 24:
        sys.stdin.read()  # waits, as a slow model would
embed_crops(paths, boxes, clip, VectorStore(folder, clip.key), batch_size=4, on_progress=report)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_goes_on_where_it_was(
    clip: ClipModel, clip_folder: Path, tmp_path: Path, how: signal.Signals
) -> None:
    """After kill -9 or Ctrl-C a second run computes only what the first had not stored."""
    images = tmp_path / "images"
    images.mkdir()
    paths, boxes = _images(images, 10), _boxes(*[4] * 10)
    for path, rows in zip(paths, boxes, strict=True):
        np.save(path.with_suffix(".npy"), rows)
    command = [sys.executable, "-c", _RUN, str(images), str(tmp_path / "s"), str(clip_folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=REPOSITORY, **pipes) as run:
        assert run.stdout is not None
        for _ in range(6):
            last = run.stdout.readline()
        run.send_signal(how)
        assert run.wait(timeout=60) != 0
    assert last == b"24\n"
    store = VectorStore(tmp_path / "s", clip.key)
    assert len(store) == 24
    counting = Counting(clip)
    found = embed_crops(paths, boxes, counting, store, batch_size=4)
    assert counting.embedded == 16
    fresh = VectorStore(tmp_path / "fresh", clip.key)
    whole = embed_crops(paths, boxes, clip, fresh)
    np.testing.assert_allclose(store.vectors[found.rows], fresh.vectors[whole.rows], atol=1e-5)
