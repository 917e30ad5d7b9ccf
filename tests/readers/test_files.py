"""Where a written path leads and what lies below a folder is the same for every reader."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.errors import SourceError
from explorer.readers.files import all_located, files_below, located

if TYPE_CHECKING:
    from collections.abc import Sequence

NFC, NFD = (unicodedata.normalize(form, "Übung") for form in ("NFC", "NFD"))


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("a/b.png", "a/b.png"),
        ("./a/../a/b.png", "a/b.png"),
        ("a\\b.png", "a/b.png"),
        (".\\a\\b.png", "a/b.png"),
        ("~/a/b.png", "home/a/b.png"),
        ("~\\a\\b.png", "home/a/b.png"),
        ("~b.png", "~b.png"),
        ("c\\d.png", "c\\d.png"),
        (f"{NFC}/{NFC}.png", f"{NFD}/{NFD}.png"),
        (f"{NFD}/{NFC}.png", f"{NFC}/{NFD}.png"),
    ],
)
def test_a_path_leads_to_the_file_it_means(
    written: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    _touch(tmp_path, file)
    assert located(written, tmp_path / "none", tmp_path) == str(tmp_path / file)
    assert located(str(tmp_path / written) if "~" not in written else written, tmp_path) == str(tmp_path / file)


@pytest.mark.parametrize("written", ["no\\file.png", "x" * 5000, "nul\0.png", "\ud800.png", f"{NFC}.png"])
def test_a_path_that_leads_nowhere_starts_at_the_first_folder(written: str, tmp_path: Path) -> None:
    assert located(written, tmp_path, Path("/")) == f"{tmp_path}/{written}".replace("\\", "/")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["b.png", "a/2.png", "a/1.txt"], ["b.png", "a/1.txt", "a/2.png"]),
        ([".a.png", ".ipynb_checkpoints/a.png", ".Trash-1000/files/a.png", "b.png"], ["b.png"]),
        (["$RECYCLE.BIN/a.png", "__MACOSX/a.png", "@eaDir/a.png", "b.png"], ["b.png"]),
    ],
)
def test_files_below_a_folder_without_what_is_hidden(names: Sequence[str], found: list[str], tmp_path: Path) -> None:
    _touch(tmp_path, *names)
    assert files_below(tmp_path) == (found, [])


def test_what_is_not_searched_is_listed(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", "work/edgecase.json", "work/crop.png")
    (tmp_path / "again").symlink_to(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")).touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xe9")).mkdir()
    found, skipped = files_below(tmp_path)
    assert found == ["a.png"]
    assert [(one.filepath.rpartition("/")[2], one.reason) for one in skipped] == [
        ("again", "it is a link to a folder, which is not followed"),
        ("d\\udce9'", "its name is not valid Unicode"),
        ("caf\\udce9.png'", "its name is not valid Unicode"),
        ("work", "it is a workspace, whose pictures are not images of the source"),
    ]


def test_the_whole_file_system_is_no_folder_of_images() -> None:
    with pytest.raises(SourceError, match="the root of the file system"):
        files_below(Path("/"))


@pytest.mark.parametrize(
    "written",
    [
        "a.jpg",
        "x y/b-1.jpg",
        "../up.jpg",
        "./a.jpg",
        "a//b.jpg",
        "/abs/a.jpg",
        "~/a.jpg",
        "sub\\a.jpg",
        "ä.jpg",
        ".a",
        "a/..",
    ],
)
def test_many_paths_lead_where_each_does_alone(written: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").touch()
    for folder in (tmp_path / "sub" / "..", Path("relative"), Path("/")):
        assert all_located([written], folder) == [located(written, folder)]
