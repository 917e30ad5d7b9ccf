"""The model as torch runs it: in float32, or multiplying in half of its bits where the machine is made for that."""

from __future__ import annotations

from contextlib import nullcontext
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.embedding.engines.tiles import filled

if TYPE_CHECKING:
    from explorer.data.records import Float32


class Torch:
    """An open_clip model on its device."""

    def __init__(self, model: Any, device: str, precision: str = "float32") -> None:  # noqa: ANN401 - as open_clip gives it
        """Take a model in float32, and the precision in which it multiplies."""
        import torch

        self.title = f"torch in {precision} on {device}"
        self._dtype, self._device = getattr(torch, precision), device
        self._casts = self._dtype != torch.float32 and device != "cpu"
        self._model = model if self._casts or precision == "float32" else own_image_side(model, self._dtype)

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - see Engine
        """See `Engine.encode`."""
        import torch

        whole = filled(batch)
        images = whole.to(self._device) if self._casts else whole.to(self._device, self._dtype)
        casts = torch.autocast(self._device, self._dtype) if self._casts else nullcontext()
        with torch.inference_mode(), casts:
            vectors = self._model.encode_image(images)[: len(batch)].float()
            return np.asarray(torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy(), np.float32)


def own_image_side(model: Any, to: Any) -> Any:  # noqa: ANN401 - as above
    """A model whose image side is a copy on another device, or in fewer bits: a CPU that cast each time saved none."""
    other = copy(model)
    other._modules = {**model._modules, "visual": deepcopy(model.visual).to(to)}  # noqa: SLF001 - a module's parts
    return other


def fast_precision(device: str) -> str:
    """The precision in which a device multiplies several times as fast as in float32; empty where there is none."""
    import torch

    if device != "cpu":
        return "float16"  # as fast as bfloat16, and a hundred times as exact
    can = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bfloat16" if can.get("avx512_bf16") or can.get("amx_bf16") or can.get("bf16") else ""
