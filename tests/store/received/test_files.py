"""What came is kept as it came, one under a name, and nothing is lost where what follows fails."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.errors import SourceError
from explorer.store.derived.building import holding
from explorer.store.paths import WorkspacePaths
from explorer.store.received.files import digest, received, receiving, remove_received, unreadable

ROOT = Path(__file__).parents[3]
KILLED = {
    "while it copies": ("files._copy = lambda *_: os._exit(9)", "pass", "first"),
    "before it is of use": ("", "os._exit(9)", "first"),
    "while it deletes the old one": (
        "files.shutil.rmtree = lambda old, **_: os._exit(9) if old.exists() else None",
        "pass",
        "second",
    ),
}
"""How a program that receives is ended, what it does meanwhile, and what is there when the next one begins."""


def _file(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_keeps_its_bytes_its_name_and_what_is_known_of_it(tmp_path: Path) -> None:
    file = _file(tmp_path / "from", "v 3.csv", "image,prediction\n")
    with receiving(tmp_path / "kept", "v3", file, {"how": "by hand"}) as one:
        assert one.path.name == "v 3.csv"
    file.unlink()
    (kept,) = received(tmp_path / "kept")
    assert kept.path.read_text("utf-8") == "image,prediction\n"
    assert (kept.name, kept.source, kept.facts) == ("v3", str(file), {"how": "by hand"})
    assert kept.sha256 == hashlib.sha256(b"image,prediction\n").hexdigest()


def test_a_folder_is_kept_with_its_text_files(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    _file(folder, "a.txt", "0 0.5 0.5 1 1 0.9")
    _file(folder / "train", "b.txt", "")
    _file(folder, "picture.png", "not taken")
    with receiving(tmp_path / "kept", "yolo", folder) as one:
        assert sorted(str(file.relative_to(one.path)) for file in one.path.rglob("*.*")) == ["a.txt", "train/b.txt"]
        assert digest(one.path) == digest(folder) == one.sha256


def test_what_was_there_stays_where_the_new_one_fails(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with receiving(kept, "v3", _file(tmp_path / "from", "first.csv", "first")):
        pass
    second = _file(tmp_path / "from", "second.csv", "second")
    with pytest.raises(KeyboardInterrupt), receiving(kept, "v3", second):
        raise KeyboardInterrupt
    assert [one.path.read_text("utf-8") for one in received(kept)] == ["first"]
    with receiving(kept, "v3", second):
        pass
    assert [one.path.read_text("utf-8") for one in received(kept)] == ["second"]
    assert len(list(kept.iterdir())) == 1
    remove_received(kept, "v3")
    assert received(kept) == []


@pytest.mark.parametrize("moment", KILLED)
def test_a_kill_destroys_nothing_that_was_received(moment: str, tmp_path: Path) -> None:
    prepare, meanwhile, expected = KILLED[moment]
    paths = WorkspacePaths(tmp_path / "ws")
    with receiving(paths.predictions, "v3", _file(tmp_path / "from", "v3.csv", "first")):
        pass
    second = _file(tmp_path / "from", "v3.csv", "second")
    script = (
        "import os; from pathlib import Path; from explorer.store.received import files\n"
        f"{prepare}\n"
        f"with files.receiving(Path({str(paths.predictions)!r}), 'v3', Path({str(second)!r})): {meanwhile}"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 9
    with holding(paths):
        assert [one.path.read_text("utf-8") for one in received(paths.predictions)] == [expected]
        assert len(list(paths.predictions.iterdir())) == 1


def test_what_changed_is_named_and_not_read(tmp_path: Path) -> None:
    with receiving(tmp_path / "kept", "v3", _file(tmp_path / "from", "v3.csv", "first")) as one:
        one.path.write_text("changed", encoding="utf-8")
    assert received(tmp_path / "kept") == []
    assert list(unreadable(tmp_path / "kept").values()) == ["content/v3.csv changed or gone"]
    with pytest.raises(SourceError, match="found nothing"), receiving(tmp_path / "kept", "v4", tmp_path / "gone"):
        pass
