"""What runs the image side of a CLIP model: as exact as float32, or faster and measured against it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from explorer.data.engines import AUTO, ENGINES, EXACT, Ran
from explorer.embedding.engines.measured import Measured
from explorer.embedding.engines.openvino import OpenVino, OpenVinoInt8
from explorer.embedding.engines.pytorch import Torch, fast_precision
from explorer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Float32

__all__ = ["Engine", "Measured", "engine_of", "installed", "ran_of"]


_NEEDED = {"openvino": ("openvino",), "int8": ("openvino", "nncf")}
"""Libraries beyond torch."""


class Engine(Protocol):
    """Runs the image side of a model."""

    @property
    def title(self) -> str:
        """What it is called on screen."""

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - a torch tensor, float32 (b, 3, h, w)
        """Embed prepared images: float32 (b, width), unit rows, each the same alone and among others."""


def engine_of(
    asked: str,
    model: Any,  # noqa: ANN401 - an open_clip model
    device: str,
    before: Sequence[Ran] = (),
    kept: Path | None = None,
) -> Engine:
    """The engine that is asked for, measured against float32 where it is another.

    Args:
        asked: one of `ENGINES`.
        model: an open_clip model in float32, on its device.
        device: "cuda", "mps" or "cpu".
        before: what is known of engines that ran on the same images before.
        kept: the folder for what an engine learns of these images; None keeps nothing.

    Raises:
        ModelError: it is not known, or not installed.
    """
    exact = Torch(model, device)
    fast = fast_precision(device)
    if asked == EXACT or (asked == AUTO and not fast):
        return exact
    if asked == AUTO:
        return Measured(exact, Torch(model, device, fast), insists=False, before=before)
    if asked == "bf16":
        return Measured(exact, Torch(model, device, "bfloat16"), before=before)
    if asked == "openvino":
        return Measured(exact, OpenVino(model), before=before)
    if asked == "int8":
        return Measured(exact, OpenVinoInt8(model, kept), before=before)
    raise ModelError(f"Expected an engine ({', '.join(ENGINES)}), found {asked!r}.")


def ran_of(engine: Engine) -> Ran:
    """What an engine is, and how exact it was so far."""
    return engine.ran if isinstance(engine, Measured) else Ran(engine.title)


def installed() -> list[str]:
    """The engines that can be asked for here."""
    return [name for name in ENGINES if all(map(find_spec, _NEEDED.get(name, ())))]
