"""Files of others: what they hold is bounded before it is read, and what is wrong with them is one of a few errors."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MALFORMED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    MemoryError,
    SyntaxError,
    EOFError,
    TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading JSON, arrays and archives raises where they are gone, damaged or made to harm."""

MOST_TIMES = 100
AT_LEAST = 64 * 2**20
MOST_JSON = 2**20


def refuse_expanding(archive: zipfile.ZipFile, most: int) -> None:
    """See that an archive unpacks to no more than it can hold in earnest, by what it says of itself.

    Args:
        archive: an opened file; a reader gives no more of an entry than was said here.
        most: bytes, whatever its size.

    Raises:
        ValueError: it unpacks to more than a hundred times its size and 64 MiB, or to more than the most.
    """
    limit = min(most, max(AT_LEAST, MOST_TIMES * Path(str(archive.filename)).stat().st_size))
    size = sum(entry.file_size for entry in archive.infolist())
    if size > limit:
        raise ValueError(f"it would unpack to {size:,} bytes, at most {limit:,} are taken of a file of its size")


def read_json(path: Path, most: int = MOST_JSON) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The content of a small JSON file.

    Raises:
        ValueError: it is larger than this many bytes; other faults are of `MALFORMED`.
    """
    size = path.stat().st_size
    if size > most:
        raise ValueError(f"{path.name} has {size:,} bytes, at most {most:,} are taken")
    return json.loads(path.read_text("utf-8"))


def read_array(path: Path) -> np.ndarray:
    """The array in a .npy file, which must hold as much as its header promises.

    Raises:
        ValueError: it is no whole array of numbers.
    """
    import numpy as np

    try:
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except MALFORMED:  # numpy's own words recommend unpickling
        raise ValueError(f"{path.name} is no whole array") from None
