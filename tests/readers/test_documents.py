"""Documents are read within bounds, and what is beyond them is said in a sentence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from explorer.errors import SourceError
from explorer.readers.documents import read_json, read_text, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("read", "text", "found"),
    [
        (read_json, "[" * 100_000, "nested too deeply"),
        (read_json, '{"a":' * 100_000, "nested too deeply"),
        (read_json, "[" + "9" * 5000 + "]", "integer string conversion"),
        (read_json, "{", "Expecting"),
        (read_yaml, "[" * 5000, "nested too deeply"),
        (read_yaml, "a: [", "while parsing"),
        (read_yaml, '"\\UFFFFFFFF"', "in YAML"),
        (read_yaml, "? [a]\n: b", "unhashable"),
        (read_yaml, "a: \x07", "special characters"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(
    tmp_path: Path, read: Callable[[Path], object], text: str, found: str
) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(SourceError, match=found):
        read(tmp_path / "f")


@pytest.mark.parametrize("read", [read_json, read_yaml, read_text])
def test_what_is_too_large_or_no_file_is_never_read(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / "f").touch()
    os.truncate(tmp_path / "f", 3 << 30)
    with pytest.raises(SourceError, match=r"of at most [\d,]+ MB in .*, found 3,072 MB"):
        read(tmp_path / "f")
    with pytest.raises(SourceError, match="a folder or something else"):
        read(tmp_path)
    for none in ("none", "x" * 5000, "nul\0", "\ud800"):
        with pytest.raises(SourceError, match="Expected a file"):
            read(tmp_path / none)


def test_half_a_character_becomes_a_question_mark(tmp_path: Path) -> None:
    text = '["\\ud83d\\ude00", "a\\udcff", "\\\\ud800"]'
    (tmp_path / "f").write_text(text)
    assert read_json(tmp_path / "f") == ["😀", "a?", "\\ud800"]
    (tmp_path / "f").write_bytes(b'["\xed\xa0\x80"]')
    with pytest.raises(SourceError, match="can't decode"):
        read_json(tmp_path / "f")
    (tmp_path / "f").write_text('"a\\udcff"')
    assert read_yaml(tmp_path / "f") == "a?"


def test_values_of_yaml_are_texts_as_written(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("[no, Yes, 01, 12:30, ~, 1_000, 0x10, 1.0, null, '']")
    assert read_yaml(tmp_path / "f") == ["no", "Yes", "01", "12:30", "~", "1_000", "0x10", "1.0", "null", ""]
