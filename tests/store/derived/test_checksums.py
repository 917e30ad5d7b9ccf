"""A derived file that changed by itself is noticed, told, and made anew; nothing decided is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer import build, open_workspace
from explorer.cli import main
from explorer.maps.neighbors import load_or_build
from explorer.store.derived.checksums import CHECKSUMS, damaged_in, write_checksums
from explorer.store.derived.manifest import damaged_files

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def _flip(file: Path) -> None:
    """Turn one bit in the middle of a file over, as a bad disk does."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_sealed_folder_is_whole_until_a_bit_turns(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(bytes(100))
    (tmp_path / "b.txt").write_text("text")
    assert damaged_in(tmp_path) == [CHECKSUMS]
    write_checksums(tmp_path)
    assert damaged_in(tmp_path) == []
    _flip(tmp_path / "a.npy")
    (tmp_path / "b.txt").unlink()
    assert damaged_in(tmp_path) == ["a.npy", "b.txt"]


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"a": '])
def test_a_seal_that_cannot_be_read_vouches_for_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(bytes(100))
    write_checksums(tmp_path)
    (tmp_path / CHECKSUMS).write_text(content)
    assert damaged_in(tmp_path) == ([] if content == "[]" else [CHECKSUMS])


@pytest.mark.parametrize(
    "name", ["layout.npy", "vectors.npy", "neighbors.npy", "samples.parquet", "neighbor_distance.npy"]
)
def test_a_flipped_bit_is_found_and_the_next_build_makes_the_file_anew(
    name: str, workspace: Workspace, source: Source
) -> None:
    """The same bytes as before, and what people decided is as it was."""
    workspace.decisions.create_subset("kept", author="Ada")
    manifest = workspace.manifest
    others = {"samples.parquet": manifest.samples, "neighbor_distance.npy": manifest.signals["neighbor_distance"]}
    file = workspace.path / "derived" / others.get(name, workspace.layout_key()) / name
    before = file.read_bytes()
    _flip(file)
    assert damaged_files(workspace.path, workspace.manifest) == [file]
    build(source.table, workspace.path, vectors=source.vectors)
    assert file.read_bytes() == before
    assert damaged_files(workspace.path, open_workspace(workspace.path).manifest) == []
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["kept"]


def test_a_damaged_index_is_found_and_dropped_by_a_build(workspace: Workspace, source: Source) -> None:
    key = workspace.layout_key()
    file = workspace.path / "derived" / f"{key}.faiss"
    load_or_build(file, np.asarray(workspace.embeddings().vectors), key)
    assert damaged_files(workspace.path, workspace.manifest) == []
    _flip(file)
    assert damaged_files(workspace.path, workspace.manifest) == [file]
    build(source.table, workspace.path, vectors=source.vectors)
    assert not file.exists()


def test_info_names_damaged_files(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    file = workspace.path / "derived" / workspace.layout_key() / "layout.npy"
    _flip(file)
    assert main(["info", str(workspace.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["damaged"] == [str(file)]
    assert main(["info", str(workspace.path)]) == 0
    assert f"{file} is not as it was written" in capsys.readouterr().err
