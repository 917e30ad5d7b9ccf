"""A second map turned, mirrored, scaled and moved so that it lies over the first as well as it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explorer.data.records import Float32


def registered(xy: Float32, reference: Float32) -> Float32:
    """Bring a map onto another one of the same points (Procrustes; Gower 1975): float32 (n, 2).

    Rotation or reflection, one scale and a translation are chosen to make the sum of squared distances least. Points
    keep their shape among each other, so neighbours and trust are as before.

    Args:
        xy: float32 (n, 2), the map to bring.
        reference: float32 (n, 2), where the same points lie on the other map.
    """
    moving, fixed = np.asarray(xy, np.float64), np.asarray(reference, np.float64)
    if not len(moving):
        return xy
    middle, target = moving.mean(axis=0), fixed.mean(axis=0)
    moving, fixed = moving - middle, fixed - target
    left, fits, right = np.linalg.svd(moving.T @ fixed)
    size = float((moving**2).sum())
    scale = float(fits.sum()) / size if size and fits.sum() else 1.0
    return np.asarray(moving @ (left @ right) * scale + target, np.float32)
