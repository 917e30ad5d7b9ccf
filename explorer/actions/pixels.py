"""What images are of, whatever file each is in: the same for the same decoded pixels."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.duplicates import may_be_same
from explorer.data.images import pixels_digest
from explorer.errors import ImageError
from explorer.store.derived.analyses import Analysis

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed

_PIXELS = "pixels"


def contents_of(of: Analyzed) -> list[str]:
    """A name of each image's content: the checksum of its pixels where another may have the same, else of its file.

    Only images that an encoder cannot tell apart are decoded, once for a build; one that cannot be read has its file's.
    """
    frame = of.images.table.frame
    digests: list[str] = frame["digest"].tolist()
    rows = may_be_same(of.images.space.neighbors, digests, frame[["width", "height"]].to_numpy(np.int64))
    alike = {digests[row]: int(row) for row in rows}
    pixels = _pixels(of, alike) if alike else {}
    return [pixels.get(digest, digest) for digest in digests]


def _pixels(of: Analyzed, alike: dict[str, int]) -> dict[str, str]:
    """The checksum of the pixels of each of these files, by that of the file; kept as long as the build."""
    kept = Analysis(of.workspace.paths.derived, of.workspace.manifest, _PIXELS, {})
    known: dict[str, str] = (kept.read(_PIXELS) if kept.exists else None) or {}
    missing = [digest for digest in alike if digest not in known]
    for done, digest in enumerate(missing):
        of.told("duplicates", done, len(missing))
        with suppress(ImageError):
            known[digest] = pixels_digest(of.images.filepath(alike[digest]))
    if missing:
        kept.keep({_PIXELS: json.dumps(known)})
    return known
