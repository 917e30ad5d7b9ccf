"""Every way of naming a model finds the right weights, or says plainly what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from explorer.data.images import read_image
from explorer.embedding.clip import ClipModel
from explorer.embedding.label_text import class_vectors
from explorer.embedding.lazy_clip import LazyClip
from explorer.errors import ModelError

if TYPE_CHECKING:
    from explorer.data.records import Float32

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]


def _noise(width: int = 40, height: int = 30) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def _vector(model: ClipModel) -> Float32:
    return model.encode_images([model.preprocess(_noise())])


def test_both_sides_give_unit_float32_rows(clip: ClipModel) -> None:
    images = clip.encode_images([clip.preprocess(_noise()), clip.preprocess(Image.new("RGB", (9, 9)))])
    texts = clip.encode_texts(["a cat", "a dog", "猫"])
    assert (images.shape, str(images.dtype)) == ((2, 16), "float32")
    assert (texts.shape, str(texts.dtype)) == ((3, 16), "float32")
    np.testing.assert_allclose(np.linalg.norm(np.vstack([images, texts]), axis=1), 1, atol=1e-5)
    assert clip.encode_texts([]).shape == (0, 16)


def test_vectors_are_those_of_a_plain_open_clip_loop(clip: ClipModel, clip_folder: Path) -> None:
    """What users compute elsewhere with the same weights can be compared with ours."""
    import open_clip
    import torch

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{clip_folder}")
    with torch.no_grad():
        image = model.eval().encode_image(preprocess(_noise())[None], normalize=True).numpy()
        tokens = open_clip.get_tokenizer(f"local-dir:{clip_folder}")(["a cat"])
        text = model.encode_text(tokens, normalize=True)[0].numpy()
    np.testing.assert_allclose(_vector(clip), image, atol=1e-6)
    np.testing.assert_allclose(clip.encode_texts(["a cat"])[0], text, atol=1e-6)


def test_a_folder_a_prefixed_folder_and_its_weights_file_are_one_model(clip: ClipModel, clip_folder: Path) -> None:
    weights = clip_folder / "open_clip_model.safetensors"
    for arguments in [(f"local-dir:{clip_folder}", None), ("ViT-B-32", str(clip_folder)), ("ViT-B-32", str(weights))]:
        np.testing.assert_array_equal(_vector(ClipModel.load(*arguments, device="cpu")), _vector(clip))


def test_a_weights_file_finds_the_config_with_its_own_name(clip: ClipModel, clip_folder: Path, tmp_path: Path) -> None:
    """Several weights may lie in one folder, each with its config, bare or wrapped."""
    shutil.copy(clip_folder / "open_clip_model.safetensors", tmp_path / "mine.safetensors")
    config = json.loads((clip_folder / "open_clip_config.json").read_text())
    (tmp_path / "mine.json").write_text(json.dumps(config))
    model = ClipModel.load(pretrained=str(tmp_path / "mine.safetensors"))
    assert model.width == 16
    np.testing.assert_array_equal(_vector(model), _vector(clip))
    (tmp_path / "mine.json").write_text(json.dumps(config["model_cfg"]))
    bare = ClipModel.load(pretrained=str(tmp_path / "mine.safetensors"))
    assert bare.key != model.key
    assert np.abs(_vector(bare) - _vector(clip)).max() > 1e-4


def test_the_key_follows_the_weights_and_is_known_before_loading(clip_folder: Path, tmp_path: Path) -> None:
    """Vectors cached for other weights under the same file name would silently be wrong."""
    other = Path(shutil.copytree(clip_folder, tmp_path / clip_folder.name))
    key = LazyClip(str(clip_folder), None).key
    assert LazyClip(str(other), None).key == ClipModel.load(str(other)).key == key
    with (other / "open_clip_model.safetensors").open("ab") as file:
        file.write(b"\0")
    assert LazyClip(str(other), None).key != key
    assert LazyClip("ViT-B/16", "openai").key == "ViT-B-16/openai"


def test_naming_a_model_does_not_import_torch() -> None:
    """A second build with nothing new to embed starts without the seconds that torch takes."""
    name = "from explorer.embedding.lazy_clip import LazyClip; LazyClip('a', 'b')"
    code = f"import sys; {name}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


@pytest.mark.parametrize(
    ("name", "pretrained", "message"),
    [
        ("ViT-B32", None, "'ViT-B32' is neither.*ViT-B-32"),
        ("ViT-B-32", "laion2b", "'laion2b' is neither a file nor.*laion2b_e16"),
        ("ViT-B-32", "/none/weights.pt", "neither a file nor a pretrained tag"),
        ("local-dir:/none", None, "/none was expected to hold open_clip_config.json"),
    ],
)
def test_unknown_names_are_answered_with_near_ones(name: str, pretrained: str | None, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ClipModel.load(name, pretrained)


def test_weights_that_do_not_fit_or_are_damaged_are_refused(clip_folder: Path, tmp_path: Path) -> None:
    weights = clip_folder / "open_clip_model.safetensors"
    shutil.copy(weights, tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="could not be loaded"):
        ClipModel.load("RN50", str(tmp_path / "w.safetensors"))
    shutil.copy(clip_folder / "open_clip_config.json", tmp_path)
    with pytest.raises(ModelError, match="no weights"):
        ClipModel.load(str(Path(shutil.copytree(tmp_path, tmp_path / "x", ignore=lambda *_: ["w.safetensors", "x"]))))
    (tmp_path / "w.safetensors").write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="complete"):
        ClipModel.load(str(tmp_path))


def test_pickled_weights_cannot_run_code(clip_folder: Path, tmp_path: Path) -> None:
    """Weights from the internet are data; torch.load must not execute what is pickled in them."""
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    shutil.copy(clip_folder / "open_clip_config.json", tmp_path)
    (tmp_path / "w.pt").write_bytes(pickle.dumps({"state_dict": Evil()}, protocol=2))
    with pytest.raises(ModelError):
        ClipModel.load(pretrained=str(tmp_path / "w.pt"))
    assert not (tmp_path / "owned").exists()


def test_a_hub_that_does_not_answer_names_the_three_ways_on(tmp_path: Path) -> None:
    """Offline is where this tool must still be of use; retrying for a minute is not."""
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    code = """
from explorer.embedding.clip import ClipModel
from explorer.errors import ModelError
for name in ("ViT-B-32", "hf-hub:owner/repository"):
    try:
        ClipModel.load(name)
    except ModelError as error:
        print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    messages = run.stdout.splitlines()
    assert len(messages) == 2
    for message in messages:
        assert all(way in message for way in ("--pretrained FILE", "--vectors FILE", "edgecase demo"))
    assert "Retrying" not in run.stderr


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1)])
def test_a_strip_of_one_pixel_does_not_fill_the_memory(clip: ClipModel, size: tuple[int, int]) -> None:
    """Resized by its short side it would have 20 million pixels here, and gigabytes at CLIP's real size."""
    assert tuple(clip.preprocess(Image.new("RGB", size)).shape) == (3, 32, 32)


def test_cropping_long_ends_changes_nothing_that_clip_sees(clip: ClipModel) -> None:
    long = _noise(20 * 32, 32)
    np.testing.assert_allclose(clip.preprocess(long).numpy(), clip._transform(long).numpy(), atol=1e-6)


def test_the_demo_model_finds_images_by_words() -> None:
    """Text search of the demo: among real test images, the class asked for comes first."""
    folder = REPOSITORY / "sample_data"
    model = ClipModel.load(str(folder / "model"), device="cpu")
    rows = [line.split(",") for line in (folder / "fashion" / "truth.csv").read_text().splitlines()[1:]]
    clean = [(row[0], row[3]) for row in rows if row[2] == "clean"]
    paths = [folder / "fashion" / image for image, _ in clean]
    images = model.encode_images([model.preprocess(read_image(path).image) for path in paths])
    labels = sorted({label for _, label in clean})
    words = class_vectors(model, labels)
    best = (images @ np.stack([words[label] for label in labels]).T).argmax(axis=1)
    assert np.mean([labels[row] == label for row, (_, label) in zip(best, clean, strict=True)]) >= 0.8
