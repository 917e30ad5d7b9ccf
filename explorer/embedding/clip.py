"""CLIP models of every kind that open_clip can load: the image side and the text side."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.engines import EXACT
from explorer.embedding.engines import Engine, engine_of, ran_of
from explorer.embedding.model_source import (
    DEFAULT_MODEL,
    DEFAULT_PRETRAINED,
    ModelSource,
    check_known,
    first_line,
    require_hub,
    resolve,
)
from explorer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from explorer.data.engines import Ran
    from explorer.data.records import Float32

__all__ = ["DEFAULT_MODEL", "DEFAULT_PRETRAINED", "ClipModel"]

_TEXT_BATCH = 256

_PATIENT = ("OMP_WAIT_POLICY", "PASSIVE")
"""Threads of torch sleep while they wait for each other, unless the user says otherwise: on a machine that is busy
with other work, spinning threads wait out each other's time slices and make small models ten times slower."""

_ENOUGH = 2
"""Times the side that the model looks at: decoded that much larger and resized, a JPEG looks as if decoded whole."""

_MOST_ELONGATED = 16
"""Ratio of sides beyond which an image is cropped to its middle first: CLIP resizes by the short side before
it crops the middle itself, and a strip of one pixel would become an image of gigabytes."""


@dataclass(frozen=True)
class ClipModel:
    """A loaded CLIP model.

    Attributes:
        key: stable name of these very weights: model and pretrained tag, or a name and the files' SHA-256.
        width: d, the width of its vectors.
        device: where it runs: "cuda", "mps" or "cpu".
        enough: pixels of an image's shorter side beyond which more of them do not show in its vector.
        engine: what runs its image side.
    """

    key: str
    width: int
    device: str
    enough: int
    engine: Engine
    _model: Any
    _transform: Any
    _tokenizer: Any

    @classmethod
    def load(cls, name: str = DEFAULT_MODEL, pretrained: str | None = None, device: str | None = None) -> ClipModel:
        """Load a model through open_clip.

        Args:
            name: an open_clip architecture, `hf-hub:OWNER/REPOSITORY`, or a folder with its weights and an
                open_clip_config.json (also as `local-dir:FOLDER`); the last two need no `pretrained`.
            pretrained: a tag of that architecture, a local weights file, or such a folder; None takes
                `DEFAULT_PRETRAINED`. A weights file with a config beside it (open_clip_config.json, or its
                own name ending in .json) needs no `name`.
            device: where to run; None takes CUDA, else MPS, else the CPU.

        Returns:
            The model, ready, in float32.

        Raises:
            ModelError: the name or the tag is unknown, the weights do not fit or cannot be read, or the model
                hub does not answer.
        """
        source = resolve(name, pretrained)
        os.environ.setdefault(*_PATIENT)
        try:
            return cls._open(source, device or _best_device())
        except ModelError:
            raise
        except Exception as error:  # open_clip passes on whatever a damaged or foreign file leads to
            unsafe = type(error).__name__ == "UnpicklingError"  # torch's own words recommend unpickling
            reason = "the file is no checkpoint that can be loaded safely." if unsafe else first_line(error)
            raise ModelError(
                f"The CLIP model {source} could not be loaded: {reason} "
                "Check that the weights are complete and belong to this architecture."
            ) from error

    @classmethod
    def _open(cls, source: ModelSource, device: str) -> ClipModel:
        import open_clip

        options = _options(source)
        model, _, transform = open_clip.create_model_and_transforms(
            source.name, source.pretrained, precision="fp32", device=device, weights_only=True, **options
        )
        width = open_clip.get_model_config(source.name)["embed_dim"]
        enough = _ENOUGH * int(np.max(model.visual.image_size))
        exact, tokenizer = engine_of(EXACT, model.eval(), device), open_clip.get_tokenizer(source.name)
        return cls(source.key, width, device, enough, exact, model, transform, tokenizer)

    @property
    def fills_the_processor(self) -> bool:
        """Whether a forward pass takes all cores, so that whatever runs beside it holds it up."""
        return self.device == "cpu"

    @property
    def ran(self) -> Ran:
        """What embeds images, and how exactly, as far as that is measured."""
        return ran_of(self.engine)

    def run_by(self, engine: str, before: Sequence[Ran] = (), kept: Path | None = None) -> ClipModel:
        """The same model with another engine.

        Args:
            engine: one of `explorer.data.engines.ENGINES`.
            before: what is known of engines that ran on the same images before.
            kept: the folder for what an engine learns of these images; None keeps nothing.

        Raises:
            ModelError: it is not known, or not installed.
        """
        return replace(self, engine=engine_of(engine, self._model, self.device, before, kept))

    def preprocess(self, image: Image.Image) -> Any:  # noqa: ANN401 - torch is imported only where it is needed
        """Turn an RGB image into the model's input tensor, float32 (3, h, w)."""
        return self._transform(_without_long_ends(image))

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        """Embed preprocessed images: float32 (b, width), unit rows; an image has the same one alone and among others.

        Raises:
            ModelError: the engine that was asked for is not as good as float32.
        """
        import torch

        return self.engine.encode(torch.stack(list(batch)))

    def encode_texts(self, texts: list[str]) -> Float32:
        """Embed texts: float32 (t, width), unit rows."""
        import torch

        rows = [np.empty((0, self.width), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(texts), _TEXT_BATCH):
                tokens = self._tokenizer(texts[start : start + _TEXT_BATCH]).to(self.device)
                rows.append(self._model.encode_text(tokens, normalize=True).float().cpu().numpy())
        return np.concatenate(rows)


def require(source: ModelSource) -> dict[str, Any]:
    """Check that a source can be had, without loading it; gives what open_clip says of a tag.

    Raises:
        ModelError: the name or the tag is unknown, or the model hub does not answer.
    """
    if source.config:
        return {}
    if source.name.startswith("hf-hub:"):
        require_hub(source.name.removeprefix("hf-hub:"), source)
    if source.pretrained is None:
        return {}
    import open_clip

    check_known(source)
    tag: dict[str, Any] = open_clip.get_pretrained_cfg(source.name, source.pretrained) or {}
    if tag:
        require_hub(tag["hf_hub"].rsplit("/", 1)[0], source)
    return tag


def _options(source: ModelSource) -> dict[str, Any]:
    """Check that a source can be had; gives what must be said to open_clip beyond its name."""
    tag = require(source)
    if source.config:
        return _register(source.name, source.config)
    return {"force_quick_gelu": tag.get("quick_gelu", False)} if tag else {}  # open_clip only warns of a mismatch


def _register(name: str, config: Path) -> dict[str, Any]:
    """Make a config file known to open_clip as an architecture; gives the options of its image transform."""
    import open_clip

    content = json.loads(config.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(content.get("model_cfg", content)), encoding="utf-8")
        open_clip.add_model_config(path)
    wanted = ("mean", "std", "interpolation", "resize_mode")
    preprocess = content.get("preprocess_cfg", {})
    return {f"image_{key}": preprocess[key] for key in wanted if key in preprocess}


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _without_long_ends(image: Image.Image) -> Image.Image:
    """Crop an extremely long or tall image to its middle."""
    width, height = image.size
    most = _MOST_ELONGATED * min(width, height)
    if max(width, height) <= most:
        return image
    left, top = max(0, width - most) // 2, max(0, height - most) // 2
    return image.crop((left, top, left + min(width, most), top + min(height, most)))
