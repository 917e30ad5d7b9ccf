"""The model as OpenVINO runs it on Intel's and AMD's processors: the extras `openvino` and `int8`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.embedding.engines.pytorch import own_image_side
from explorer.embedding.engines.tiles import filled
from explorer.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32


class OpenVino:
    """An open_clip model, converted and compiled at its first batch; it multiplies in bfloat16 where the CPU does."""

    title, extra = "OpenVINO", "openvino"

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - as open_clip gives it
        """Take a model in float32.

        Raises:
            ModelError: OpenVINO is not installed.
        """
        self._openvino, self._model = _imported("openvino", self.extra), model
        self._compiled: Any = None

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - see Engine
        """See `Engine.encode`."""
        if self._compiled is None:
            made = self._converted(batch)
            self._compiled = self._openvino.compile_model(made, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        return np.array(self._compiled(filled(batch).numpy())[0][: len(batch)], np.float32)

    def _converted(self, batch: Any) -> Any:  # noqa: ANN401 - OpenVINO's own
        import torch

        class ImageSide(torch.nn.Module):
            def __init__(self, model: Any) -> None:  # noqa: ANN401 - as above
                super().__init__()
                self.model = model

            def forward(self, images: Any) -> Any:  # noqa: ANN401 - a tensor
                return self.model.encode_image(images, normalize=True)

        side = ImageSide(own_image_side(self._model, "cpu"))
        with torch.inference_mode():
            return self._openvino.convert_model(side, example_input=batch[:1], input=[-1, *batch.shape[1:]])


class OpenVinoInt8(OpenVino):
    """The same with weights and what flows between layers in 8 bits, on scales that NNCF takes from the first batch."""

    title, extra = "OpenVINO in int8", "int8"

    def __init__(self, model: Any, kept: Path | None = None) -> None:  # noqa: ANN401 - as open_clip gives it
        """Take a model in float32, and a folder in which to keep it in int8: later images need the same scales.

        Raises:
            ModelError: OpenVINO or NNCF is not installed.
        """
        super().__init__(model)
        self._nncf, self._kept = _imported("nncf", self.extra), kept

    def _converted(self, batch: Any) -> Any:  # noqa: ANN401 - as above
        if not self._kept:
            return self._quantised(batch)
        if not self._kept.exists():
            scratch = self._kept.with_name(f"{self._kept.name}.partial")
            self._openvino.save_model(self._quantised(batch), scratch / "model.xml", compress_to_fp16=False)
            scratch.replace(self._kept)
        return self._openvino.Core().read_model(self._kept / "model.xml")

    def _quantised(self, batch: Any) -> Any:  # noqa: ANN401 - as above
        with redirect_stdout(sys.stderr):  # where it draws its progress
            return self._nncf.quantize(
                super()._converted(batch),
                self._nncf.Dataset([image.numpy() for image in batch.split(1)]),
                preset=self._nncf.QuantizationPreset.MIXED,
                model_type=self._nncf.ModelType.TRANSFORMER,
                subset_size=len(batch),
            )


def _imported(library: str, extra: str) -> Any:  # noqa: ANN401 - a module
    """A library of OpenVINO's, without the package by which these tell their makers what runs where."""
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)  # as if it were not installed
    try:
        return import_module(library)
    except ImportError as error:
        raise ModelError(
            f"Expected {library} for the engine {extra}, found none: pip install 'edgecase-explorer[{extra}]'."
        ) from error
