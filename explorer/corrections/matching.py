"""Which image of a workspace each image of a file of labels is: by its id, else its digest, else its path."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, NamedTuple

from explorer.exporters.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.data.labelled_images import LabelledImage

By = Literal["id", "digest", "path"]

_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio writes before the name of a file that was uploaded."""

_SHORTENED = 12
"""Letters of a digest that are named."""


class KnownImage(NamedTuple):
    """An image of the workspace: its id, its file, and the SHA-256 of its content."""

    id: str
    file: str
    digest: str


class Matched(NamedTuple):
    """An image of the file with the id of the workspace's, and by what it was found."""

    image: LabelledImage
    id: str
    by: By


class Unmatched(NamedTuple):
    """An image of the file that is none of the workspace, or not surely one, and why."""

    image: LabelledImage
    reason: str


def match(images: Iterable[LabelledImage], known: Sequence[KnownImage]) -> tuple[list[Matched], list[Unmatched]]:
    """Find whose labels these are; nothing is guessed.

    An id counts where the file says no digest, or the image's own. A path counts where it leads to one image: all of
    it, or as many of its last parts as tell the images of its name apart; with the names that files have in exports, or
    that labelling tools give them, and without the ending where it has none.
    """
    digests: dict[str, list[str]] = {}
    for one in known:
        digests.setdefault(one.digest, []).append(one.id)
    index = _Index({one.id: one.digest for one in known}, digests, _Paths(known))
    matched, unmatched = [], []
    for image in images:
        found = index.find(image)
        if isinstance(found, str):
            unmatched.append(Unmatched(image, found))
        else:
            matched.append(Matched(image, *found))
    return matched, unmatched


class _Index(NamedTuple):
    by_id: Mapping[str, str]
    by_digest: Mapping[str, Sequence[str]]
    paths: _Paths

    def find(self, image: LabelledImage) -> tuple[str, By] | str:
        """The image that is meant, or why none is."""
        if image.id in self.by_id:
            if image.digest in ("", self.by_id[image.id]):
                return image.id, "id"
            return f"the image {image.id} has another content here than the one that was labelled"
        if image.digest:
            alike = self.by_digest.get(image.digest, ())
            if len(alike) > 1:
                return f"{len(alike)} images have its content"
            return (alike[0], "digest") if alike else f"no image has its digest {image.digest[:_SHORTENED]}…"
        if not image.path:
            return f"no image has the id {image.id}" if image.id else "it says no id, no digest and no path"
        return self.paths.find(image.path)


class _Paths:
    """Images by the last parts of their ids and paths."""

    def __init__(self, known: Sequence[KnownImage]) -> None:
        self._by_name: dict[str, dict[str, set[tuple[str, ...]]]] = {}
        for one in known:
            for written in (one.id, one.file, _as_exported(one.id)):
                parts = _parts(written)
                for name in {parts[-1], PurePosixPath(parts[-1]).stem} if parts else ():
                    self._by_name.setdefault(name, {}).setdefault(one.id, set()).add(parts[:-1])

    def find(self, written: str) -> tuple[str, By] | str:
        """The one image that a path leads to, or why none is."""
        parts = _parts(written)
        names = [parts[-1], _UPLOADED.sub("", parts[-1], count=1)] if parts else []
        found = next((self._by_name[name] for name in names if name in self._by_name), {})
        shared = {each: max(_shared(parts[:-1], folders) for folders in known) for each, known in found.items()}
        most = max(shared.values(), default=0)
        best = [each for each, count in shared.items() if count == most]
        if len(best) == 1:
            return best[0], "path"
        return f"{len(best)} images are called so, such as {best[0]}" if best else "no image is called so"


def _as_exported(sample: str) -> str:
    """An id as the name of a file, as exports write it."""
    return "/".join(safe_name(part) for part in sample.removeprefix("images/").split("/"))


def _parts(written: str) -> tuple[str, ...]:
    """The parts of a path, the same in all ways of writing it: slashes, and letters composed or not."""
    slashed = unicodedata.normalize("NFC", written.replace("\\", "/"))
    return tuple(part for part in slashed.split("/") if part not in ("", ".", ".."))


def _shared(first: Sequence[str], second: Sequence[str]) -> int:
    """How many of the last folders are the same."""
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count


def twice(matched: Sequence[Matched]) -> set[str]:
    """The ids that several images of the file were found to be."""
    return {each for each, number in Counter(one.id for one in matched).items() if number > 1}
