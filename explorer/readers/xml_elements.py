"""XML of others, one element after the other, without the means by which a small file becomes a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element
from xml.parsers import expat

from explorer.errors import SourceError
from explorer.readers.documents import bounded_size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_CHUNK = 2**20
_DEEPEST = 100


class _RefusedError(ValueError):
    """The file is XML that is not read."""


def elements(path: Path, names: Collection[str]) -> Iterator[Element]:
    """Give the elements of these names, each whole, in the order of their ends; what is around them is not kept.

    Raises:
        SourceError: the file is missing, too large, not XML, nested too deeply, or declares a document type, which
            is where entities come from.
    """
    bounded_size(path, "XML")
    reading = _Reading(frozenset(names))
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                reading.feed(chunk)
                yield from reading.taken()
            reading.end()
    except (expat.ExpatError, _RefusedError, ValueError, LookupError) as error:
        raise SourceError(f"Expected a file in XML at {path}, found {error}.") from error
    except OSError as error:
        raise SourceError(
            f"Expected a file in XML at {path}, found none that can be read: {error.strerror}."
        ) from error
    yield from reading.taken()


class _Reading:
    """Elements as the parser comes to them."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names, self._depth = names, 0
        self._open: list[Element] = []
        self._text: list[str] = []
        self._whole: list[Element] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def feed(self, chunk: bytes) -> None:
        """Go on by so much."""
        self._parser.Parse(chunk, False)  # noqa: FBT003 - the parser's own way

    def end(self) -> None:
        """See that it is whole."""
        self._parser.Parse(b"", True)  # noqa: FBT003

    def taken(self) -> list[Element]:
        """Take the elements that are whole by now."""
        whole, self._whole = self._whole, []
        return whole

    def _doctype(self, *_: object) -> None:
        raise _RefusedError("a document type, by which XML can name other files and grow without end. Remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _RefusedError("elements nested too deeply")
        self._text.clear()
        if self._open or name in self._names:
            element = Element(name, attributes)
            if self._open:
                self._open[-1].append(element)
            self._open.append(element)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._open:
            element = self._open.pop()
            element.text = "".join(self._text)
            if not self._open:
                self._whole.append(element)
        self._text.clear()
