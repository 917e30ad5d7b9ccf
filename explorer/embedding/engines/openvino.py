"""The model as OpenVINO runs it on Intel's and AMD's processors: the extra `openvino`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ModelError

if TYPE_CHECKING:
    from explorer.data.records import Float32


class OpenVino:
    """An open_clip model, converted and compiled at its first batch; it multiplies in bfloat16 where the CPU does."""

    title = "OpenVINO"

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - as open_clip gives it
        """Take a model in float32.

        Raises:
            ModelError: OpenVINO is not installed.
        """
        try:
            import openvino
        except ImportError as error:
            raise ModelError(
                "Expected OpenVINO for the engine openvino, found none: pip install 'edgecase-explorer[openvino]'."
            ) from error
        self._openvino, self._model = openvino, model
        self._compiled: Any = None

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - see Engine
        """See `Engine.encode`."""
        if self._compiled is None:
            self._compiled = self._compile(batch[:1])
        return np.array(self._compiled(batch.numpy())[0], np.float32)

    def _compile(self, example: Any) -> Any:  # noqa: ANN401 - OpenVINO's own
        import torch

        class ImageSide(torch.nn.Module):
            def __init__(self, model: Any) -> None:  # noqa: ANN401 - as above
                super().__init__()
                self.model = model

            def forward(self, images: Any) -> Any:  # noqa: ANN401 - a tensor
                return self.model.encode_image(images, normalize=True)

        with torch.inference_mode():
            side = self._openvino.convert_model(
                ImageSide(self._model.cpu()), example_input=example, input=[-1, *example.shape[1:]]
            )
        return self._openvino.compile_model(side, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
