"""What a package says, image by image, in the terms that every format has: to hold against what a reader found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from explorer.data.boxes import BOX

if TYPE_CHECKING:
    import pandas as pd

    from explorer.exporters.package import Package

Boxes = tuple[float, ...]


class Said(NamedTuple):
    """One label or detection: its class, its box (empty where there is one label an image) and its confidence."""

    label: str
    box: Boxes
    confidence: float | None


def said(package: Package, of: str = "ground_truth") -> dict[str, list[Said]]:
    """What is said of each image, in order."""
    frames: dict[str, pd.DataFrame] = dict(package.objects())
    found: dict[str, list[Said]] = {sample: [] for sample in package.images.index}
    for row in frames[of].to_dict("records"):
        box = tuple(float(row[side]) for side in BOX) if package.has_boxes else ()
        known = row.get("confidence")
        confidence = None if known is None or known != known else float(known)  # noqa: PLR0124 - NaN
        found[row["sample"]].append(Said(row["label"], box, confidence))
    return found


def alike(found: dict[str, list[Said]], expected: dict[str, list[Said]], within: float = 1e-9) -> None:
    """See that a reader found what was said, boxes and confidences within so much."""
    assert found.keys() == expected.keys()
    for sample, each in expected.items():
        assert [one.label for one in found[sample]] == [one.label for one in each]
        for one, other in zip(found[sample], each, strict=True):
            assert len(one.box) == len(other.box)
            assert all(abs(a - b) <= within for a, b in zip(one.box, other.box, strict=True)), (sample, one, other)
            assert (one.confidence is None) == (other.confidence is None)
            assert abs((one.confidence or 0) - (other.confidence or 0)) <= within
