"""What runs the image side of a CLIP model: as exact as float32, or faster and measured against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from explorer.data.engines import AUTO, ENGINES, EXACT
from explorer.embedding.engines.measured import Measured
from explorer.embedding.engines.openvino import OpenVino
from explorer.embedding.engines.pytorch import Torch, fast_precision
from explorer.errors import ModelError

if TYPE_CHECKING:
    from explorer.data.records import Float32

__all__ = ["Engine", "Measured", "engine_of"]


class Engine(Protocol):
    """Runs the image side of a model."""

    @property
    def title(self) -> str:
        """What it is called on screen."""

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - a torch tensor, float32 (b, 3, h, w)
        """Embed prepared images: float32 (b, width), unit rows."""


def engine_of(asked: str, model: Any, device: str) -> Engine:  # noqa: ANN401 - an open_clip model
    """The engine that is asked for, measured against float32 where it is another.

    Args:
        asked: one of `ENGINES`.
        model: an open_clip model in float32, on its device.
        device: "cuda", "mps" or "cpu".

    Raises:
        ModelError: it is not known, or not installed.
    """
    exact = Torch(model, device)
    fast = fast_precision(device)
    if asked == EXACT or (asked == AUTO and not fast):
        return exact
    if asked == AUTO:
        return Measured(exact, Torch(model, device, fast), insists=False)
    if asked == "bf16":
        return Measured(exact, Torch(model, device, "bfloat16"))
    if asked == "openvino":
        return Measured(exact, OpenVino(model))
    raise ModelError(f"Expected an engine ({', '.join(ENGINES)}), found {asked!r}.")
