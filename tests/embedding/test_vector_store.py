"""Cached vectors survive crashes, full disks and mix-ups, and never belong to the wrong image."""

from __future__ import annotations

import hashlib
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.data.engines import Ran
from explorer.embedding import vector_store
from explorer.embedding.vector_store import VectorStore, ran_in
from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Float32

REPOSITORY = Path(__file__).parents[2]


def _digests(*names: int) -> list[str]:
    return [hashlib.sha256(str(name).encode()).hexdigest() for name in names]


def _vectors(*names: int) -> Float32:
    return np.array([[name, -name, 0.5] for name in names], np.float32)


def _filled(folder: Path) -> VectorStore:
    store = VectorStore(folder, "m")
    store.append(_digests(1, 2), _vectors(1, 2))
    store.append(_digests(3), _vectors(3))
    return store


def test_vectors_come_back_by_content_also_after_reopening(tmp_path: Path) -> None:
    for store in (_filled(tmp_path / "s"), VectorStore(tmp_path / "s", "m")):
        rows = store.rows(_digests(3, 9, 1))
        assert list(rows) == [2, -1, 0]
        np.testing.assert_array_equal(store.vectors[rows[[0, 2]]], _vectors(3, 1))
        assert (len(store), store.width) == (3, 3)
        assert _digests(2)[0] in store
        assert _digests(9)[0] not in store


def test_an_unused_store_is_empty_and_writes_nothing(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "s", "m")
    assert (len(store), store.vectors.shape, list(store.rows(_digests(1)))) == (0, (0, 0), [-1])
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("file", "tail"), [("vectors.f32", b"x" * 12), ("vectors.f32", b"x" * 5), ("digests.bin", b"x" * 31)]
)
def test_a_torn_batch_is_dropped_and_overwritten(tmp_path: Path, file: str, tail: bytes) -> None:
    """What a process killed in the middle of a write leaves behind never becomes somebody's vector."""
    _filled(tmp_path / "s")
    with (tmp_path / "s" / file).open("ab") as torn:
        torn.write(tail)
    store = VectorStore(tmp_path / "s", "m")
    assert len(store) == 3
    store.append(_digests(4), _vectors(4))
    reopened = VectorStore(tmp_path / "s", "m")
    np.testing.assert_array_equal(reopened.vectors, _vectors(1, 2, 3, 4))
    assert list(reopened.rows(_digests(4))) == [3]


def test_a_full_disk_is_reported_and_what_was_stored_stays(tmp_path: Path) -> None:
    """The kernel's own file size limit stands in for a full disk."""
    store = _filled(tmp_path / "s")
    many = range(10, 2000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        with pytest.raises(WorkspaceError, match=r"could not be saved.*make room"):
            store.append(_digests(*many), _vectors(*many))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    np.testing.assert_array_equal(VectorStore(tmp_path / "s", "m").vectors, _vectors(1, 2, 3))
    store.append(_digests(*many), _vectors(*many))
    reopened = VectorStore(tmp_path / "s", "m")
    np.testing.assert_array_equal(reopened.vectors[reopened.rows(_digests(1999))], _vectors(1999))


def test_vectors_of_another_model_are_never_mixed_in(tmp_path: Path) -> None:
    _filled(tmp_path / "s")
    with pytest.raises(WorkspaceError, match=r"made for format 1 and model m\. Delete it"):
        VectorStore(tmp_path / "s", "other")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("meta.json", b"{"),
        ("meta.json", b"{}"),
        ("meta.json", b""),
        ("vectors.f32", b"short"),
    ],
)
def test_damaged_files_are_refused_naming_what_to_delete(tmp_path: Path, file: str, content: bytes) -> None:
    _filled(tmp_path / "s")
    (tmp_path / "s" / file).write_bytes(content)
    with pytest.raises(WorkspaceError, match=rf"{tmp_path / 's'} .*Delete it"):
        VectorStore(tmp_path / "s", "m")


@pytest.mark.parametrize("file", ["vectors.f32", "digests.bin", "checks.bin"])
def test_a_row_in_which_a_bit_turned_over_is_embedded_again(tmp_path: Path, file: str) -> None:
    """And is sound from then on; the others stay."""
    _filled(tmp_path / "s")
    path = tmp_path / "s" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4  # in the second of three rows
    path.write_bytes(content)
    store = VectorStore(tmp_path / "s", "m")
    assert list(store.rows(_digests(1, 2, 3))) == [0, -1, 2]
    assert _digests(2)[0] not in store
    store.append(_digests(2), _vectors(2))
    reopened = VectorStore(tmp_path / "s", "m")
    np.testing.assert_array_equal(reopened.vectors[reopened.rows(_digests(1, 2, 3))], _vectors(1, 2, 3))


def test_a_store_without_checks_is_embedded_again(tmp_path: Path) -> None:
    _filled(tmp_path / "s")
    (tmp_path / "s" / "checks.bin").unlink()
    assert list(VectorStore(tmp_path / "s", "m").rows(_digests(1, 2, 3))) == [-1, -1, -1]


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkspaceError, match="not image vectors"):
        VectorStore(tmp_path, "m")
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_killed_start_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    meta = {"format": 1, "model": "m", "width": 3}
    (folder / "meta.json").write_text(json.dumps(meta))
    store = VectorStore(folder, "m")
    store.append(_digests(1), _vectors(1))
    np.testing.assert_array_equal(VectorStore(folder, "m").vectors, _vectors(1))


def test_a_writer_killed_again_and_again_leaves_only_whole_rows(tmp_path: Path) -> None:
    """Ten times kill -9 in the middle of appending: every vector found belongs to its digest."""
    code = f"""
import hashlib, itertools, numpy as np, pathlib
from explorer.embedding.vector_store import VectorStore
store = VectorStore(pathlib.Path({str(tmp_path / "s")!r}), "m")
print("ready", flush=True)
for start in itertools.count(len(store), 50):
    names = range(start, start + 50)
    store.append([hashlib.sha256(str(n).encode()).hexdigest() for n in names],
                 np.array([[n, -n, 0.5] for n in names], np.float32))
    print(start, flush=True)
"""
    acknowledged = 0
    for round_ in range(10):
        with subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(round_ + 2):
                last = writer.stdout.readline().strip()
            writer.kill()
        acknowledged = int(last) + 50
        store = VectorStore(tmp_path / "s", "m")
        assert len(store) >= acknowledged
        np.testing.assert_array_equal(store.vectors, _vectors(*range(len(store))))
        assert list(store.rows(_digests(*range(len(store))))) == list(range(len(store)))


def test_what_made_the_vectors_is_kept_with_them(tmp_path: Path) -> None:
    """Each engine once, as it was measured last, the first of them first; what cannot be read is no note."""
    store = _filled(tmp_path / "s")
    assert store.ran == ()
    for name, ran in enumerate((Ran("fast", 0.9998, 64), Ran("exact"), Ran("fast", 0.9999, 128)), start=4):
        store.append(_digests(name), _vectors(name), ran)
    told = (Ran("fast", 0.9999, 128), Ran("exact"))
    assert store.ran == VectorStore(tmp_path / "s", "m").ran == ran_in(tmp_path / "s") == told
    (tmp_path / "s" / "engines.json").write_text('[{"title": "fast"')
    assert VectorStore(tmp_path / "s", "m").ran == ()


@pytest.mark.parametrize("moment", range(5))
def test_no_vector_is_there_without_what_made_it(tmp_path: Path, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended before any of its files is there, an append has noted the engine, or stored nothing."""
    steps = 0

    def ending(step: Callable[..., object]) -> Callable[..., object]:
        def taken(*args: object) -> object:
            nonlocal steps
            steps += 1
            if steps > moment:
                raise KeyboardInterrupt
            return step(*args)

        return taken

    monkeypatch.setattr(vector_store, "_write", ending(vector_store._write))
    monkeypatch.setattr(Path, "replace", ending(Path.replace))
    store = VectorStore(tmp_path / "s", "m")
    with pytest.raises(KeyboardInterrupt):
        store.append(_digests(1), _vectors(1), Ran("exact"))
    monkeypatch.undo()
    left = VectorStore(tmp_path / "s", "m")
    assert (len(left), left.ran) == (0, (Ran("exact"),) if moment == 4 else ())
    left.append(_digests(1), _vectors(1), Ran("exact"))
    assert VectorStore(tmp_path / "s", "m").ran == (Ran("exact"),)
