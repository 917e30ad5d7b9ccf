"""A real CLIP of the smallest size, saved as a user would have it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from explorer.embedding.clip import ClipModel

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: dict[str, dict[str, Any]] = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.25, 0.5, 0.75], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear"},
}


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder: open_clip_config.json and randomly initialised weights."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("tiny")
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG))
    torch.manual_seed(0)
    model = open_clip.CLIP(**CONFIG["model_cfg"])
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture(scope="session")
def clip(clip_folder: Path) -> ClipModel:
    """The model, loaded."""
    return ClipModel.load(str(clip_folder), device="cpu")
