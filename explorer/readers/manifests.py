"""What an export of ours says of the names that it gave to images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from explorer.errors import SourceError
from explorer.readers.documents import first_bytes, has_words, read_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.labelled_images import LabelledImage

MANIFEST = "manifest.json"

_SAID = ("id", "digest", "exported_as")


def with_ids(images: list[LabelledImage], folder: Path) -> list[LabelledImage]:
    """Images with the ids and digests that a manifest in the folder gives their names; those with an id stay."""
    if all(image.id or image.digest for image in images):
        return images
    names = _names(folder / MANIFEST)

    def known(image: LabelledImage) -> LabelledImage:
        identity, digest = ("", "") if image.id or image.digest else names.get(image.path, ("", ""))
        return replace(image, id=identity, digest=digest) if identity else image

    return [known(image) for image in images]


def _names(manifest: Path) -> dict[str, tuple[str, str]]:
    """Id and digest by the path of each image in an export, with and without its first folder and its ending."""
    if first_bytes(manifest) != b"{" or not has_words(manifest, "images", *_SAID):
        return {}
    try:
        content = read_json(manifest)
    except SourceError:
        return {}
    entries = content.get("images") if isinstance(content, dict) else None
    found: dict[str, tuple[str, str]] = {}
    for entry in entries if isinstance(entries, list) else []:
        said = [entry.get(name) for name in _SAID] if isinstance(entry, dict) else []
        if len(said) == len(_SAID) and all(isinstance(each, str) and each for each in said):
            identity, digest, place = map(str, said)
            for name in (place, place.removeprefix("images/")):
                found[name] = found[str(PurePosixPath(name).with_suffix(""))] = identity, digest
    return found
