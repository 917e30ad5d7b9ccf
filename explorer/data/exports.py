"""An export as it is remembered: what went out, in which form, when, and what it is recognised by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class ExportRecord:
    """One export.

    Attributes:
        digest: SHA-256 of its manifest, which names every image by its own.
        place: the file or folder that was written, the name of a download, or the address of a server.
        form: one of `explorer.exporters.FORMATS`.
        labels: which labels went along.
        subsets: keys of those that went out.
        everything: whether all images did.
        without: keys of the subsets that were left out.
        images: how many rows or images it has.
        author: who exported.
        time: when, UTC.
        taken_back: whether its noting is undone, so that it counts no more.
    """

    digest: str
    place: str
    form: str
    labels: str
    subsets: tuple[str, ...]
    everything: bool
    without: tuple[str, ...]
    images: int
    author: str
    time: datetime
    taken_back: bool = False

    def holds(self, subset: str) -> bool:
        """Whether it was of the subset with this key: of its members, as far as there were any."""
        return subset in self.subsets or (self.everything and subset not in self.without)
