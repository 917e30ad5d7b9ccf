"""Labels that came back: what a file, a folder or a ZIP says of images, which need not be there themselves."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from explorer.data.untrusted import refuse_expanding
from explorer.data.whole import told_as
from explorer.errors import SourceError
from explorer.readers import coco_labels, cvat, fiftyone, folder_labels, label_studio, table_labels, yolo_labels
from explorer.readers.archives import MOST_BYTES, unpack
from explorer.readers.documents import read_json
from explorer.readers.manifests import with_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from explorer.data.labelled_images import LabelFile


class Form(NamedTuple):
    """A format in which labels come back.

    Attributes:
        title: what it is called on screen.
        places: where its file lies in a folder, likeliest first.
        takes: whether a file is one.
        read: reads it.
    """

    title: str
    places: tuple[str, ...]
    takes: Callable[[Path], bool]
    read: Callable[[Path], LabelFile]


_JSON = ("*.json", "*/*.json")

FORMS = {
    "label-studio": Form("Label Studio", ("tasks.json", *_JSON), label_studio.takes, label_studio.read_labels),
    "cvat": Form("CVAT for images 1.1", (cvat.ANNOTATIONS, "*.xml", "*/*.xml"), cvat.takes, cvat.read_labels),
    "coco": Form("COCO", ("instances.json", *_JSON), coco_labels.takes, coco_labels.read_labels),
    "fiftyone": Form("FiftyOne dataset", (fiftyone.SAMPLES, *_JSON), fiftyone.takes, fiftyone.read_labels),
    "yolo": Form("YOLO", yolo_labels.PLACES, yolo_labels.takes, yolo_labels.read_labels),
    "table": Form("Table", table_labels.PLACES, table_labels.takes, table_labels.read_labels),
    "folder": Form("Folders of images by class", (), folder_labels.takes, folder_labels.read_labels),
}
"""In the order in which they are looked for."""

ENDINGS = frozenset(
    [".json", ".xml", ".yaml", ".yml", ".txt", ".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".names"]
)
"""Of files that hold labels; the rest of a ZIP, such as the images, is not unpacked."""


class ReturnedLabels(NamedTuple):
    """What came back.

    Attributes:
        form: one of `FORMS`.
        path: the file or folder that was read.
        content: what it holds.
    """

    form: str
    path: Path
    content: LabelFile


def read_returned(source: Path, form: str | None = None) -> ReturnedLabels:
    """Read labels that came back.

    Args:
        source: a file, a folder, or a ZIP of one.
        form: one of `FORMS`; None for what it looks like.

    Raises:
        SourceError: there is nothing that holds labels, several files do, or one cannot be read.
    """
    if form is not None and form not in FORMS:
        raise SourceError(f"Expected one of {', '.join(FORMS)} as the format, found {form!r}.")
    if not source.exists():
        raise SourceError(f"Expected a file, a folder or a ZIP of labels at {source}, found nothing.")
    if source.suffix.lower() == ".zip" and source.is_file():
        with _unpacked(source, form) as folder:
            return _read(folder, form, str(source))._replace(path=source)
    return _read(source, form, str(source))


@contextmanager
def _unpacked(source: Path, form: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch, told_as(Path(scratch), str(source)):
        _refuse_bomb(source)
        unpack(Path(scratch), source.name, source, lambda parts: _is_wanted(parts, form))
        yield Path(scratch)


def _refuse_bomb(source: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            refuse_expanding(archive, MOST_BYTES)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"Expected a ZIP of labels at {source}, found: {error}.") from error


def _is_wanted(parts: Sequence[str], form: str | None) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not hidden and (form == "folder" or PurePosixPath(parts[-1]).suffix.lower() in ENDINGS)


def _read(source: Path, form: str | None, where: str) -> ReturnedLabels:
    found = _found(source, FORMS if form is None else {form: FORMS[form]})
    if found is None and form is not None:  # a file without an image may not look like what it is
        files = [source] if source.is_file() else [file for each in FORMS[form].places for file in source.glob(each)]
        found = (form, files[0]) if files else None
    if found is None:
        if source.is_file() and source.suffix.lower() == ".json":
            read_json(source)  # says where it is cut off
        wanted = "labels in a known format" if form is None else f"labels of {FORMS[form].title}"
        raise SourceError(f"Expected {wanted} in {where}, found none. Known are {', '.join(FORMS)}.")
    name, path = found
    content = FORMS[name].read(path)
    folder = path if path.is_dir() else path.parent
    return ReturnedLabels(name, path, content._replace(images=with_ids(content.images, folder)))


def _found(source: Path, forms: dict[str, Form]) -> tuple[str, Path] | None:
    """The format, and the file that has the labels."""
    if source.is_file():
        return next(((name, source) for name, form in forms.items() if form.takes(source)), None)
    for name, form in forms.items():
        if not form.places and form.takes(source):
            return name, source
        for place in form.places:
            there = [file for file in sorted(source.glob(place)) if not file.name.startswith(".")]
            files = [file for file in there if form.takes(file) and not table_labels.lies_beside(file)]
            if len(files) > 1:
                names = ", ".join(str(file.relative_to(source)) for file in files[:5])
                raise SourceError(
                    f"Expected one file of {form.title} in {source}, found {len(files)}: {names}. Name the one meant."
                )
            if files:
                return name, files[0]
    inner = [each for each in source.iterdir() if not each.name.startswith((".", "__MACOSX"))]
    return _found(inner[0], forms) if len(inner) == 1 and inner[0].is_dir() else None
