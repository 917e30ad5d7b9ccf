"""JSON, YAML and plain text, no larger and no deeper than can be read."""

from __future__ import annotations

import codecs
import gc
import json
import mmap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENCODINGS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""What first bytes say, those of four bytes first."""

_MEGABYTE = 2**20
MOST_MEGABYTES = {"JSON": 2048, "XML": 1024, "YAML": 4, "text": 256}
"""Largest files that are read: LVIS, the largest of COCO's kind, has 1.1 GB, the names of 21,000 classes 0.6 MB."""


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything
    """Whatever a JSON file holds.

    Raises:
        SourceError: it is missing, too large, not JSON, or nested too deeply.
    """
    raw = _bounded(path, "JSON")
    try:
        return json_of(raw)
    except ValueError as error:
        raise SourceError(f"Expected a file in JSON at {path}, found {error}.") from error


@contextmanager
def not_collecting() -> Iterator[None]:
    """Collect no garbage meanwhile: what is read is none, and to look through it again and again takes as long."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def json_of(raw: bytes | str) -> Any:  # noqa: ANN401 - JSON is anything
    """What JSON means; a half of a character, which no file can hold, becomes a question mark.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    text = raw if isinstance(raw, str) else raw.decode(json.detect_encoding(raw))
    try:
        with not_collecting():
            content = json.loads(text)
        if "\\u" in text and ("\\ud" in text or "\\uD" in text):
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("lists or objects nested too deeply") from error
    return content


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - YAML is anything
    """Whatever a YAML file holds, every value as the text that is written: `no`, `01` and `12:30` are names too.

    Raises:
        SourceError: it is missing, too large, not YAML, or nested too deeply.
    """
    import yaml

    class Texts(yaml.BaseLoader):
        def construct_scalar(self, node: Any) -> str:  # noqa: ANN401 - as the base class has it
            return str(super().construct_scalar(node)).encode("utf-8", "replace").decode()

    raw = _bounded(path, "YAML")
    try:
        return yaml.load(raw, Texts)  # noqa: S506 - a BaseLoader makes texts, lists and mappings alone
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        found = " ".join(str(error).split())
        raise SourceError(f"Expected a file in YAML at {path}, found: {found}") from error
    except RecursionError as error:
        raise SourceError(f"Expected a file in YAML at {path}, found lists or mappings nested too deeply.") from error


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or the Unicode that its first bytes say; what is neither becomes a question mark.

    Raises:
        SourceError: it is missing, too large, or cannot be read.
    """
    raw = _bounded(path, "text")
    return raw.decode(encoding_of(raw), "replace")


def encoding_of(start: bytes) -> str:
    """The encoding of a text whose first four bytes these are, UTF-8 where they do not say."""
    return next((name for mark, name in _ENCODINGS.items() if start.startswith(mark)), "utf-8-sig")


def _bounded(path: Path, kind: str) -> bytes:
    bounded_size(path, kind)
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"Expected a file of {kind} at {path}, found none that can be read: {error.strerror}."
        ) from error


def bounded_size(path: Path, kind: str) -> None:
    """See that a file is there, and no larger than those of its kind are read.

    Raises:
        SourceError: it is not.
    """
    try:
        size = path.stat().st_size
        if size > MOST_MEGABYTES[kind] * _MEGABYTE:
            raise SourceError(
                f"Expected {kind} of at most {MOST_MEGABYTES[kind]:,} MB in {path}, "
                f"found {size / _MEGABYTE:,.0f} MB. Split it, or take out what is not needed."
            )
        if not path.is_file():
            raise SourceError(f"Expected a file of {kind} at {path}, found a folder or something else.")
    except OSError as error:
        raise SourceError(
            f"Expected a file of {kind} at {path}, found none that can be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise SourceError(f"Expected a file of {kind} at {str(path)!a}, found {error}.") from error


def first_bytes(path: Path, count: int = 1) -> bytes:
    """The first bytes of a file that are no white space and no mark of their order; empty where there are none."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()[:count]


def has_words(path: Path, *words: str) -> bool:
    """Whether a file holds each of these words in quotation marks, as the keys of JSON stand there."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return all(content.find(f'"{word}"'.encode()) >= 0 for word in words)


def starts_with(path: Path, word: bytes) -> bool:
    """Whether a word stands in the first 64 KiB of a file."""
    with path.open("rb") as file:
        return word in file.read(2**16)
