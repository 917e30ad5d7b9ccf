"""An engine is as exact as float32 on the images at hand, or it is not used; what ran is said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from explorer.data.engines import AUTO, ENGINES, EXACT, FIRST, LEAST_COSINE, WORTH_MEASURING, Ran
from explorer.embedding.engines import Measured, engine_of, installed
from explorer.embedding.engines.pytorch import Torch, fast_precision
from explorer.embedding.lazy_clip import LazyClip
from explorer.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32
    from explorer.embedding.clip import ClipModel

pytestmark = pytest.mark.slow


def _prepared(clip: ClipModel, n: int) -> Any:
    import torch

    chance = np.random.default_rng(n)
    images = [Image.fromarray(chance.integers(0, 256, (40, 40, 3), np.uint8)) for _ in range(n)]
    return torch.stack([clip.preprocess(image) for image in images])


class Turned:
    """An engine that is off by a known angle, as one of too few bits is by an unknown one."""

    title = "turned"

    def __init__(self, exact: Any, cosine: float) -> None:
        self._exact, self._cosine = exact, cosine

    def encode(self, batch: Any) -> Float32:
        vectors = self._exact.encode(batch)
        across = np.roll(vectors, 1, axis=1)
        across -= np.einsum("bd,bd->b", across, vectors)[:, None] * vectors
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return np.asarray(self._cosine * vectors + np.sqrt(1 - self._cosine**2) * across, np.float32)


def test_half_of_the_bits_are_nearly_as_exact(clip: ClipModel) -> None:
    batch = _prepared(clip, 32)
    exact, half = clip.engine.encode(batch), Torch(clip._model, "cpu", "bfloat16").encode(batch)
    cosines = np.einsum("bd,bd->b", exact, half)
    assert cosines.mean() > 0.9995
    assert (exact != half).any()
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(clip.engine.encode(batch), exact)  # the model itself stays whole


def test_an_engine_that_is_as_exact_goes_on_and_says_how_exact_it_is(clip: ClipModel) -> None:
    measured = Measured(clip.engine, Turned(clip.engine, 0.9996))
    batch = _prepared(clip, 64)
    for _ in range(3):
        assert (measured.encode(batch) != clip.engine.encode(batch)).all()
    assert measured.images == 128 >= FIRST, "measured on the first hundred, and no more"
    assert measured.cosine == pytest.approx(0.9996, abs=1e-5)
    assert measured.title == "turned (mean cosine to float32 0.99960 on the first 128 images)"


def test_what_was_measured_before_goes_on(clip: ClipModel) -> None:
    """An image that comes later is not judged alone, and after the first hundred none is embedded twice."""
    batch, exact = _prepared(clip, 16), clip.engine
    some = Measured(exact, Turned(exact, 0.9993), before=[Ran("other", 0.9, 50), Ran("turned", 0.9999, 48)])
    some.encode(batch)
    assert some.ran._replace(cosine=None) == Ran("turned", images=64)
    assert some.cosine == pytest.approx((48 * 0.9999 + 16 * 0.9993) / 64, abs=1e-5)
    enough = Measured(exact, Turned(exact, 0.9993), before=[Ran("turned", 0.9996, 128)])
    enough.encode(batch)
    assert enough.ran == Ran("turned", 0.9996, 128)


def test_an_engine_that_is_not_is_refused_where_it_was_asked_for(clip: ClipModel) -> None:
    measured = Measured(clip.engine, Turned(clip.engine, 0.9993))
    with pytest.raises(
        ModelError, match=r"0\.9995 at least.*found 0\.99930 on the first 16 images with turned. Choose"
    ):
        measured.encode(_prepared(clip, 16))


def test_and_stands_aside_where_it_was_not(clip: ClipModel) -> None:
    measured = Measured(clip.engine, Turned(clip.engine, 0.9993), insists=False)
    batch = _prepared(clip, 16)
    np.testing.assert_array_equal(measured.encode(batch), clip.engine.encode(batch))
    assert (
        measured.title == "torch in float32 on cpu (mean cosine to float32 0.99930 on the first 16 images with turned)"
    )


def test_what_is_not_known_or_not_installed_says_so(clip: ClipModel) -> None:
    with pytest.raises(ModelError, match="auto, float32, bf16, openvino, int8"):
        clip.run_by("int3")
    for name in {*ENGINES} - {*installed()}:
        with pytest.raises(ModelError, match=rf"pip install 'edgecase-explorer\[{name}\]'"):
            clip.run_by(name)


def test_every_engine_that_is_here_gives_the_vectors_of_float32(clip: ClipModel) -> None:
    batch = _prepared(clip, 16)
    for name in {*installed()} - {"int8"}:
        cosines = np.einsum("bd,bd->b", engine_of(name, clip._model, "cpu").encode(batch), clip.engine.encode(batch))
        assert cosines.mean() > 0.9995, name


def test_an_image_has_the_same_vector_alone_and_among_others_whatever_runs(clip: ClipModel) -> None:
    batch = _prepared(clip, 19)
    for name in {*installed()} - {"int8"}:
        engine = engine_of(name, clip._model, "cpu")
        alone = np.concatenate([engine.encode(batch[row : row + 1]) for row in range(19)])
        assert alone.tobytes() == engine.encode(batch).tobytes(), name


@pytest.mark.skipif("int8" not in installed(), reason="the extra int8 is not installed")
def test_int8_is_held_against_the_bar_and_later_images_get_the_same_scales(clip: ClipModel, tmp_path: Path) -> None:
    from explorer.embedding.engines.openvino import OpenVinoInt8

    batch, kept = _prepared(clip, 32), tmp_path / "scales"
    vectors = OpenVinoInt8(clip._model, kept).encode(batch)
    cosine = float(np.einsum("bd,bd->b", vectors, clip.engine.encode(batch)).mean())
    assert 0.9 < cosine < 0.999999
    few = OpenVinoInt8(clip._model, kept).encode(batch[:5])  # whose own scales would be others
    assert few.tobytes() == vectors[:5].tobytes()
    measured = engine_of("int8", clip._model, "cpu", kept=kept)
    if cosine < LEAST_COSINE:
        with pytest.raises(ModelError, match=rf"found {cosine:.5f} on the first 32 images with OpenVINO in int8"):
            measured.encode(batch)
    else:
        assert measured.encode(batch).tobytes() == vectors.tobytes()
    assert sys.modules["openvino_telemetry"] is None, "nobody is told"


@pytest.mark.skipif(not fast_precision("cpu"), reason="this CPU does not multiply in bfloat16")
def test_many_images_are_worth_measuring_and_few_are_not(clip_folder: Path) -> None:
    lazy, chance = LazyClip(str(clip_folder), None, AUTO), np.random.default_rng(0)
    image = Image.fromarray(chance.integers(0, 256, (40, 40, 3), np.uint8))
    lazy.expect(WORTH_MEASURING - 1)
    few = lazy.encode_images([lazy.preprocess(image)])
    assert lazy.ran == Ran("torch in float32 on cpu")
    np.testing.assert_array_equal(few, LazyClip(str(clip_folder), None, EXACT).encode_images([lazy.preprocess(image)]))
    lazy.expect(WORTH_MEASURING)
    many = lazy.encode_images([lazy.preprocess(image)])
    assert "torch in bfloat16 on cpu (mean cosine to float32 0.999" in str(lazy.ran)
    assert 0.9995 < float(few[0] @ many[0]) < 1


def test_a_large_jpeg_is_decoded_smaller_and_looks_the_same(clip: ClipModel, tmp_path: Path) -> None:
    """Of 1,200 pixels for a model of 32 an eighth is decoded: the same picture, at a fraction of the time."""
    from explorer.data.images import open_image

    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    Image.fromarray(coarse).resize((1_600, 1_200)).save(tmp_path / "large.jpg", quality=90)
    with open_image(tmp_path / "large.jpg") as opened:
        small = opened.pixels(clip.enough)
    with open_image(tmp_path / "large.jpg") as opened:
        whole = opened.pixels()
    assert (small.size, whole.size) == ((200, 150), (1_600, 1_200))
    one, other = clip.encode_images([clip.preprocess(small), clip.preprocess(whole)])
    assert one @ other > 0.999
