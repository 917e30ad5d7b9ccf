"""Folders with images and what is known of them: there whole or not at all, whatever ends the program."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence  # noqa: TC003 - fields are part of the interface
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from explorer.data.records import Skipped
from explorer.data.whole import whole_folder
from explorer.errors import ExportError
from explorer.exporters.names import image_names
from explorer.exporters.package import Package, Written

if TYPE_CHECKING:
    from explorer.exporters import Media

FILE = "file"
"""The column of a package's images that says where a written folder has, or names, the image file."""

EXPORTED_AS = "exported_as"
"""The column that says where an image lies in the folder, or would."""


def in_images(package: Package) -> Sequence[str]:
    """Where most formats have images: below `images`, named by their ids."""
    return [f"images/{name}" for name in image_names(package.images.index, package.images["filepath"])]


class FolderFormat(NamedTuple):
    """A format that is a folder.

    Attributes:
        write: writes what is known of the images, whose `FILE` and `EXPORTED_AS` are set by then.
        place: the path in the folder of each image; an empty one where the format has no place for it.
        unplaced: why it has none.
    """

    write: Callable[[Package, Path], object]
    place: Callable[[Package], Sequence[str]] = in_images
    unplaced: str = ""


def export_folder(package: Package, folder: Path, form: FolderFormat, media: Media = "") -> Written:
    """Write a folder with `manifest.json`, and the images where they are to go along.

    A file that is gone, or whose content is no longer what was embedded, does not go along and is listed.

    Raises:
        ExportError: the folder is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"Expected a new or empty folder, found something at {folder}. Choose another --out.")
    placed = replace(package, images=package.images.assign(**{EXPORTED_AS: form.place(package)}))
    places = placed.images[EXPORTED_AS]
    left_out = dict.fromkeys(map(str, places.index[places == ""]), form.unplaced)
    done = 0
    try:
        with whole_folder(folder) as draft:
            for sample, source, digest, place in placed.images[["filepath", "digest", EXPORTED_AS]].itertuples():
                reason = _bring(Path(source), draft / place, digest, media) if media and place else ""
                left_out |= {sample: reason} if reason else {}
                done += not reason
            _write(placed, form, media, left_out, draft)
    except OSError as error:
        raise ExportError(
            f"{folder} cannot be written after {done} of {len(placed.images)} images ({error}). Free some space, or "
            "choose another --out in a folder that you may write to; nothing was left half written."
        ) from error
    listed = (Skipped(str(package.images.at[sample, "filepath"]), reason) for sample, reason in left_out.items())
    return Written(folder, len(placed.images) - len(left_out), tuple(listed))


def _write(package: Package, form: FolderFormat, media: Media, left_out: dict[str, str], folder: Path) -> None:
    """Write what is known of the images that go along, and the manifest."""
    along = package.of(package.images.index.difference(list(left_out)))
    named = along.images[EXPORTED_AS if media else "filepath"]
    along = replace(
        along,
        images=along.images.assign(**{FILE: named}),
        about={
            **package.about,
            "left_out": [
                {"id": sample, "filepath": package.images.at[sample, "filepath"], "reason": reason}
                for sample, reason in left_out.items()
            ],
        },
    )
    form.write(along, folder)
    (folder / "manifest.json").write_text(along.manifest(), "utf-8")


def _bring(source: Path, target: Path, digest: str, media: Media) -> str:
    """Copy or link one file; gives the reason why not, or an empty string."""
    try:
        content = source.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if hashlib.sha256(content).hexdigest() != digest:
        return "has changed since it was embedded; build again"
    target.parent.mkdir(parents=True, exist_ok=True)
    if media == "link":
        target.symlink_to(source.absolute())
    else:
        target.write_bytes(content)
        shutil.copystat(source, target)
    return ""
