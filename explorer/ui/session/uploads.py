"""Files from the browser, and what is said of them: by their own names, not by where they were put meanwhile."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.runtime.uploaded_file_manager import UploadedFile


@contextmanager
def as_file(upload: UploadedFile) -> Iterator[Path]:
    """The upload as a file while the block runs; a refusal in it names the upload."""
    with tempfile.TemporaryDirectory() as scratch, told_without(Path(scratch)):
        file = Path(scratch) / own_name(upload)
        file.write_bytes(upload.getvalue())
        yield file


@contextmanager
def told_without(folder: Path) -> Iterator[None]:
    """Leave a folder that nobody will find again out of the refusals in the block."""
    try:
        yield
    except ExplorerError as error:
        raise type(error)(str(error).replace(f"{folder}{os.sep}", "")) from error


def own_name(upload: UploadedFile) -> str:
    """The name of an upload without the folders that a browser may put before it."""
    return last_part(upload.name)


def last_part(name: str) -> str:
    """The last part of a path as any browser may write it, as the name of a file."""
    return PurePosixPath(name.replace("\\", "/").replace("\0", "")).name or "upload"
