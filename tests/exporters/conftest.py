"""Packages of files on disk, what a CSV holds, and a disk that is full."""

from __future__ import annotations

import csv
import hashlib
import io
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd

from explorer.exporters.package import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def package_of(files: dict[str, Path], **columns: list[object]) -> Package:
    """A package of files by id, with their true digests."""
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files.values()]
    facts = {"filepath": [str(file) for file in files.values()], "digest": digests, **columns}
    return Package(pd.DataFrame(facts, index=pd.Index(list(files), name="id", dtype=object)), {"subset": "s"})


def file_at(path: Path, content: bytes = b"pixels") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes, as the operating system tells it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
