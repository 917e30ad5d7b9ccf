"""Batches of a size at which an image has the same vector, to the last bit, alone and among others."""

from __future__ import annotations

from typing import Any

TILE = 16
"""A forward pass is of a multiple of this: rows that do not fill a tile of the matrix products are added up in another
order."""


def filled(batch: Any) -> Any:  # noqa: ANN401 - torch tensors, float32 (b, 3, h, w)
    """A batch with its last image repeated until it fills whole tiles."""
    import torch

    missing = -len(batch) % TILE
    return torch.cat([batch, batch[-1:].expand(missing, *batch.shape[1:])]) if missing else batch
