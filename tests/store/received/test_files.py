"""What came is kept as it came, one under a name, and nothing is lost where what follows fails."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from explorer.errors import SourceError
from explorer.store.received.arrivals import settle
from explorer.store.received.files import digest, receive_file, received, remove_received, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def _file(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_keeps_its_bytes_its_name_and_what_is_known_of_it(tmp_path: Path) -> None:
    file = _file(tmp_path / "from", "v 3.csv", "image,prediction\n")
    arrived = receive_file(tmp_path / "kept", "v3", file, {"how": "by hand"})
    file.unlink()
    settle(tmp_path / "kept", [arrived])
    (kept,) = received(tmp_path / "kept")
    assert kept.path.name == "v 3.csv"
    assert kept.path.read_text("utf-8") == "image,prediction\n"
    assert (kept.name, kept.source, kept.facts) == ("v3", str(file), {"how": "by hand"})
    assert kept.sha256 == hashlib.sha256(b"image,prediction\n").hexdigest()


def test_a_folder_is_kept_with_its_text_files(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    _file(folder, "a.txt", "0 0.5 0.5 1 1 0.9")
    _file(folder / "train", "b.txt", "")
    _file(folder, "picture.png", "not taken")
    (one,) = received(tmp_path / "kept", [receive_file(tmp_path / "kept", "yolo", folder)])
    assert sorted(str(file.relative_to(one.path)) for file in one.path.rglob("*.*")) == ["a.txt", "train/b.txt"]
    assert digest(one.path) == digest(folder) == one.sha256


def _texts(kept: Path, arrived: Sequence[str] = ()) -> list[str]:
    return [one.path.read_text("utf-8") for one in received(kept, arrived)]


def test_what_was_there_stays_until_a_manifest_names_what_arrived_in_its_place(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = receive_file(kept, "v3", _file(tmp_path / "from", "first.csv", "first"))
    assert (_texts(kept), _texts(kept, [first])) == ([], ["first"])
    settle(kept, [first])
    second = receive_file(kept, "v3", _file(tmp_path / "from", "second.csv", "second"))
    assert (_texts(kept, [first]), _texts(kept, [second])) == (["first"], ["second"])
    settle(kept, [first])
    assert _texts(kept) == ["first"]
    third = receive_file(kept, "v3", tmp_path / "from" / "second.csv")
    settle(kept, [third])
    assert _texts(kept) == ["second"]
    assert len(list(kept.iterdir())) == 1
    remove_received(kept, "v3")
    assert list(kept.iterdir()) == []


def test_what_changed_is_named_and_not_read(tmp_path: Path) -> None:
    settle(tmp_path / "kept", [receive_file(tmp_path / "kept", "v3", _file(tmp_path / "from", "v3.csv", "first"))])
    (one,) = received(tmp_path / "kept")
    one.path.write_text("changed", encoding="utf-8")
    assert received(tmp_path / "kept") == []
    assert list(unreadable(tmp_path / "kept").values()) == ["content/v3.csv changed or gone"]
    with pytest.raises(SourceError, match="found nothing"):
        receive_file(tmp_path / "kept", "v4", tmp_path / "gone")
