"""Files that are sent become received data of a new workspace: all of them, or none."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import explorer
from explorer import readers
from explorer.actions.receive import receive
from explorer.data.spaces import Task
from explorer.errors import SourceError, WorkspaceError
from explorer.readers import archives
from explorer.store.derived.building import building

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import BoxSource, Source

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Where a new workspace will be."""
    return tmp_path / "new" / "ws"


def _png(shade: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (shade % 256, shade // 256, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def _zip(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _uploads(workspace: Path) -> list[str]:
    uploads = workspace / "received" / "uploads"
    return sorted(entry.name for entry in uploads.iterdir()) if uploads.exists() else []


def test_dropped_images_are_a_folder_of_images(workspace: Path) -> None:
    source = receive(workspace, [(f"{number}.png", _png(number)) for number in range(500)])
    assert len(readers.read(source).samples) == 500
    assert source.parent == workspace / "received" / "uploads"


def test_folders_of_dropped_images_are_classes(workspace: Path) -> None:
    source = receive(workspace, [("cat/1.png", _png(1)), ("dog/1.png", _png(2))])
    assert readers.read(source).ground_truth["label"].tolist() == ["cat", "dog"]


def test_a_zip_is_unpacked_from_its_one_outer_folder_on(workspace: Path, tmp_path: Path) -> None:
    """What a Mac and a person leave in it is left out."""
    files: dict[str, bytes | str] = {f"all/{label}/1.png": _png(number) for number, label in enumerate(["cat", "dog"])}
    junk: dict[str, bytes | str] = {
        "__MACOSX/all/._1.png": b"?",
        "all/.DS_Store": b"?",
        "all/notes.docx": b"?",
        "all/.hidden/x.png": _png(),
    }
    (tmp_path / "photos.zip").write_bytes(_zip(files | junk))
    source = receive(workspace, [("photos.zip", tmp_path / "photos.zip")])
    assert source.name == "all"
    assert readers.read(source).ground_truth["label"].tolist() == ["cat", "dog"]
    assert sorted(file.name for file in source.rglob("*")) == ["1.png", "1.png", "cat", "dog"]


@pytest.mark.parametrize("name", ["labels.csv", "labels.tsv", "labels.jsonl", "labels.parquet"])
def test_a_table_beside_images_or_a_zip_of_them_is_the_source(name: str, workspace: Path, tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"image": ["a/1.png", "2.png"], "label": ["cat", "dog"]})
    write = {
        "csv": lambda: frame.to_csv(tmp_path / name, index=False),
        "tsv": lambda: frame.to_csv(tmp_path / name, index=False, sep="\t"),
        "jsonl": lambda: frame.to_json(tmp_path / name, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(tmp_path / name),
    }
    write[name.partition(".")[2]]()
    images = _zip({"a/1.png": _png(1)})
    source = receive(workspace, [("2.png", _png(2)), (name, tmp_path / name), ("images.zip", images)])
    assert source.name == name
    assert readers.read(source).ground_truth["label"].tolist() == ["cat", "dog"]


def test_coco_in_a_zip_is_the_source(box_source: BoxSource, workspace: Path) -> None:
    """Results beside it are no ground truth."""
    folder = box_source.truth.parent
    files: dict[str, bytes | str] = {f"set/images/{file.name}": file.read_bytes() for file in folder.glob("*.png")}
    notes = {"set/annotations/instances.json": box_source.truth.read_bytes(), "set/v1.json": box_source.v1.read_bytes()}
    source = receive(workspace, [("set.zip", _zip(files | notes))])
    assert source.name == "instances.json"
    dataset = readers.read(source)
    assert (dataset.task, len(dataset.samples), len(dataset.ground_truth)) == (Task.DETECTION, 12, 31)


def test_yolo_in_a_zip_is_the_source(workspace: Path) -> None:
    files: dict[str, bytes | str] = {
        "yolo/data.yaml": "train: images\nnames: [cell]\n",
        "yolo/images/1.png": _png(),
        "yolo/labels/1.txt": "0 0.5 0.5 0.2 0.2\n",
        "yolo/notes.csv": "a,b\n1,2\n",
    }
    dataset = readers.read(receive(workspace, [("yolo.zip", _zip(files))]))
    assert dataset.ground_truth["label"].tolist() == ["cell"]


def test_a_table_whose_columns_have_other_names_waits_for_theirs(workspace: Path) -> None:
    table = b"path,kind\n1.png,cat\n"
    source = receive(workspace, [("t.csv", table), ("1.png", _png())])
    assert source.name == "t.csv"
    assert len(readers.read(source, columns={"image": "path", "label": "kind"}).ground_truth) == 1


def test_equal_names_are_kept_apart(workspace: Path) -> None:
    source = receive(workspace, [("1.png", _png(1)), ("1.png", _png(2)), ("1.png", _png(3))])
    assert sorted(file.name for file in source.iterdir()) == ["1 (2).png", "1 (3).png", "1.png"]


@pytest.mark.parametrize("name", ["../../evil.png", "/etc/evil.png", "C:\\evil.png", "..\\evil.png", "./../evil.png"])
def test_a_dropped_name_leads_nowhere(name: str, workspace: Path) -> None:
    source = receive(workspace, [(name, _png()), ("other.png", _png(1))])
    assert all(path.is_relative_to(source) for path in workspace.parent.rglob("*evil.png"))
    assert len(list(source.rglob("*evil.png"))) == 1


@pytest.mark.parametrize("name", ["x" * 3000 + ".png", "ü" * 300 + ".png", "a\0b.png", "new\nline.png"])
def test_a_name_that_no_file_can_have_is_made_one(name: str, workspace: Path) -> None:
    source = receive(workspace, [(name, _png())])
    assert len(readers.read(source).samples) == 1


def _link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("1.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_zip({"../evil.png": _png()}), "below a folder"),
        (_zip({"/evil.png": _png()}), "below a folder"),
        (_zip({"C:/evil.png": _png()}), "below a folder"),
        (_zip({"a/..\\..\\evil.png": _png()}), "below a folder"),
        (_link(), "found a link"),
        (b"PK no zip", "can be unpacked"),
        (_zip({"1.png": _png() * 40})[:-60], "can be unpacked"),
        (_zip({"readme.md": "nothing"}), "Expected images"),
        (_zip({"1.png": _png(), "1.png/2.png": _png()}), "found both"),
        (_zip({"photos/C:evil.png": _png()}), "files below a folder"),
        (_zip({"a.csv": "image\n1.png\n", "b.csv": "image\n1.png\n", "1.png": _png()}), "found 2: a.csv, b.csv"),
    ],
)
def test_a_zip_that_cannot_be_used_leaves_nothing(content: bytes, said: str, workspace: Path) -> None:
    with pytest.raises(SourceError, match=said) as refused:
        receive(workspace, [("photos.zip", content)])
    assert ".partial" not in str(refused.value)
    assert _uploads(workspace) == []
    assert not list(workspace.parent.rglob("*evil*"))


def test_a_zip_is_bounded_whatever_it_says_of_itself(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    bomb = _zip({"1.png": b"\0" * 200_000})
    with pytest.raises(SourceError, match="found more"):
        receive(workspace, [("bomb.zip", bomb)])
    lying = bomb.replace((200_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    with pytest.raises(SourceError, match="found"):
        receive(workspace, [("bomb.zip", lying)])
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    with pytest.raises(SourceError, match="Expected up to 3 files"):
        receive(workspace, [("many.zip", _zip({f"{number}.png": _png() for number in range(4)}))])
    assert _uploads(workspace) == []


def test_a_table_cannot_name_images_elsewhere(source: Source, workspace: Path) -> None:
    """Neither when it is sent, nor when its columns are named later."""
    elsewhere = next(source.images.glob("apple/*.png"))
    with pytest.raises(SourceError, match="among the files that were sent"):
        receive(workspace, [("t.csv", f"image\n{elsewhere}\n".encode()), ("1.png", _png())])
    table = receive(workspace, [("t.csv", f"path\n1.png\n{elsewhere}\n".encode()), ("1.png", _png())])
    with pytest.raises(SourceError, match="among the files that were sent"):
        explorer.build(table, workspace, columns={"image": "path"})
    yaml = f"path: {source.images}\ntrain: apple\nnames: [cell]\n".encode()
    with pytest.raises(SourceError, match="among the files that were sent"):
        receive(workspace, [("data.yaml", yaml)])


def test_nothing_is_received_while_a_build_runs(workspace: Path) -> None:
    with building(workspace), pytest.raises(WorkspaceError, match="Another build is running"):
        receive(workspace, [("1.png", _png())])


def test_what_was_killed_half_way_is_taken_for_nothing(workspace: Path, tmp_path: Path) -> None:
    """The file that it waits for never comes; the next one that writes there clears it away."""
    os.mkfifo(tmp_path / "endless.png")
    script = (
        "from pathlib import Path; from explorer.actions.receive import receive\n"
        f"receive(Path({str(workspace)!r}), [('1.png', b'x'), ('2.png', Path({str(tmp_path / 'endless.png')!r}))])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    while not list(workspace.glob("received/uploads/*/1.png")):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [name[:9] for name in _uploads(workspace)] == [".partial-"]
    source = receive(workspace, [("1.png", _png())])
    assert _uploads(workspace) == [source.name]


@pytest.mark.slow
def test_a_workspace_with_its_own_images_can_be_moved(source: Source, workspace: Path, tmp_path: Path) -> None:
    files = [(f"{file.parent.name}/{file.name}", file) for file in source.images.glob("*/*.png")]
    table = source.table.read_bytes()
    received = receive(workspace, [*files, ("table.csv", table)])
    explorer.build(received, workspace, vectors=source.vectors, name="Sent")
    moved = explorer.open_workspace(workspace.rename(tmp_path / "moved"))
    assert moved.manifest.name == "Sent"
    assert len(moved.ids) == 60
    assert all(Path(path).is_relative_to(tmp_path / "moved") for path in moved.samples["filepath"])
    assert all(Path(path).exists() for path in moved.samples["filepath"])
