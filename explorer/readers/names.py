"""Samples by whatever a table beside them calls them."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.readers.files import located

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class SampleNames:
    """Finds the sample that a row is about: by its id, its image's path, or a file name that only one sample has."""

    def __init__(self, ids: Sequence[str], files: Sequence[str]) -> None:
        """Take the samples' ids and, in the same order, their images as absolute paths."""
        self._names, self._files = ids, files
        self._ids = frozenset(ids)

    def find(self, name: str, folder: Path) -> str | None:
        """The id of the sample that a name means, None if there is none; relative paths start at the folder."""
        if name in self._ids:
            return name
        return self._by_file.get(located(name, folder)) or self._by_form.get(_form(name))

    @cached_property
    def _by_file(self) -> dict[str, str]:
        return dict(zip(self._files, self._names, strict=False))

    @cached_property
    def _by_form(self) -> dict[str, str]:
        count = Counter(map(os.path.basename, self._files))
        alone = {name: sample for file, sample in self._by_file.items() if count[name := os.path.basename(file)] == 1}  # noqa: PTH119
        return {_form(name): sample for name, sample in alone.items()} | {_form(name): name for name in self._names}


def _form(name: str) -> str:
    """What is the same in all ways of writing a name: slashes, and letters composed as macOS does not write them."""
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))
