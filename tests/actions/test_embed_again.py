"""A further encoder: its own vectors, graph and maps beside the first ones, registered to them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.spatial import procrustes

import explorer
from explorer.actions.add import add
from explorer.actions.embed_again import embed_again, remove_encoder
from explorer.actions.grow import grow
from explorer.actions.lay_out_again import lay_out_again
from explorer.actions.search import like_id, like_text
from explorer.data.spaces import SpaceName
from explorer.errors import ModelError, SourceError, WorkspaceError
from explorer.store.decisions.subsets import Member
from explorer.store.relocation import relocate

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

ROOT = Path(__file__).parents[2]
OTHER = SpaceName.parse("image?encoder=other")


@pytest.fixture
def turned(source: Source, tmp_path: Path) -> Path:
    """Vectors in which the images lie in another order: each number `i` of a class is like `i` of the others."""
    vectors = pd.read_parquet(source.vectors)
    numbers = [int(Path(each).stem) for each in vectors["id"]]
    chance = np.random.default_rng(1)
    made = np.eye(20, 24)[numbers] + chance.normal(0, 0.01, (len(numbers), 24))
    file = tmp_path / "other.parquet"
    pd.DataFrame({"id": vectors["id"], "vector": list(made)}).to_parquet(file)
    return file


def test_it_has_vectors_graph_and_maps_of_its_own(workspace: Workspace, turned: Path) -> None:
    first = dict(workspace.manifest.spaces)
    done = embed_again(workspace, "other", vectors=turned)
    after = done.workspace
    assert done.without_vector == 0
    assert {space: after.manifest.spaces[space] for space in first} == first
    assert [str(one) for one in after.every_space if one.encoder] == [f"{space}?encoder=other" for space in first]
    assert after.embeddings(OTHER).vectors.shape == (60, 24)
    near = after.neighbors(OTHER).indices[after.rows["apple/03.png"]][:2]
    assert {after.ids[row] for row in near} == {"leaf/03.png", "sky/03.png"}
    xy, reference = after.layout(OTHER).xy, after.layout().xy
    size = np.linalg.norm(reference - reference.mean(axis=0))
    assert np.square((xy - reference) / size).sum() == pytest.approx(procrustes(reference, xy)[2], rel=1e-3)


def test_search_and_growth_compare_its_vectors(workspace: Workspace, turned: Path) -> None:
    after = embed_again(workspace, "other", vectors=turned).workspace
    found = {hit.id for hit in like_id(after, "apple/03.png", 2, OTHER).hits}
    assert found == {"leaf/03.png", "sky/03.png"}
    members = [Member("apple/03.png", "lasso"), Member("leaf/03.png", "lasso")]
    after.decisions.create_subset("threes", author="Ada", members=members)
    assert grow(after, "threes", 1, among=str(OTHER)).candidates[0].id == "sky/03.png"
    with pytest.raises(ModelError, match="The encoder other is of your own vectors"):
        like_text(after, "a boot", 3, OTHER)


def test_images_without_a_vector_have_no_place(workspace: Workspace, turned: Path) -> None:
    pd.read_parquet(turned)[5:].to_parquet(turned)
    done = embed_again(workspace, "other", vectors=turned)
    after = lay_out_again(done.workspace, "wide", seed=5)
    assert done.without_vector == 5
    for name in (OTHER, SpaceName.parse("label?encoder=other"), SpaceName.parse("image?encoder=other&layout=wide")):
        unplaced = np.isnan(after.layout(name).xy).any(axis=1)
        assert np.flatnonzero(unplaced).tolist() == [0, 1, 2, 3, 4]
    assert after.info()["encoders"][0]["without_vector"] == 5
    assert not set(after.ids[:5]) & {hit.id for hit in like_id(after, "sky/03.png", 60, OTHER).hits}
    assert not {0, 1, 2, 3, 4} & set(after.neighbors(OTHER).indices[5:].ravel().tolist())
    after.decisions.create_subset("one", author="Ada", members=[Member("sky/03.png", "lasso")])
    grown = grow(after, "one", 100, among=str(OTHER))
    assert len(grown.candidates) == 54
    assert not set(after.ids[:5]) & {candidate.id for candidate in grown.candidates}


def test_a_rebuild_keeps_it_without_its_file(source: Source, workspace: Workspace, turned: Path) -> None:
    after = embed_again(workspace, "other", vectors=turned).workspace
    turned.unlink()
    again = explorer.build(source.table, workspace.path, vectors=source.vectors, name="Fruit")
    assert again.manifest.spaces == after.manifest.spaces
    assert again.manifest.encoders == after.manifest.encoders


def test_what_a_rebuild_cannot_make_is_said_and_comes_back(
    source: Source, workspace: Workspace, tmp_path: Path
) -> None:
    """Vectors in the order of the rows do not fit a source of other rows."""
    file = tmp_path / "rows.npy"
    np.save(file, np.random.default_rng(0).normal(size=(60, 5)))
    embed_again(workspace, "other", vectors=file)
    shorter = source.images / "shorter.csv"
    pd.read_csv(source.table)[:40].to_csv(shorter, index=False)
    try:
        without = explorer.build(shorter, workspace.path, vectors=source.vectors)
    finally:
        shorter.unlink()
    assert without.encoders == []
    assert "Expected one row per sample" in without.info()["encoders"][0]["problem"]
    again = explorer.build(source.table, workspace.path, vectors=source.vectors)
    assert again.encoders == ["other"]
    assert again.info()["encoders"][0]["problem"] == ""


@pytest.fixture
def other_clip(clip_folder: Path, tmp_path: Path) -> Path:
    """The tiny CLIP with other weights."""
    from safetensors.numpy import load_file, save_file

    folder = Path(shutil.copytree(clip_folder, tmp_path / "other-clip"))
    weights = load_file(folder / "open_clip_model.safetensors")
    chance = np.random.default_rng(4)
    noisy = {name: np.asarray(one + 0.05 * chance.normal(size=one.shape), one.dtype) for name, one in weights.items()}
    (folder / "open_clip_model.safetensors").unlink()
    save_file(noisy, folder / "open_clip_model.safetensors")
    return folder


def test_a_batch_is_embedded_with_a_second_clip_too(
    source: Source, clip_workspace: Workspace, other_clip: Path, tmp_path: Path
) -> None:
    """Before and after; a copy of an image has its vector and its place."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "copy.png").write_bytes((source.images / "sky" / "07.png").read_bytes())
    added = add(clip_workspace, tmp_path / "new", batch="new").workspace
    after = embed_again(added, "other", pretrained=str(other_clip)).workspace
    row = after.rows["sky/07.png"]
    vectors = after.embeddings(OTHER).vectors
    np.testing.assert_array_equal(vectors[60], vectors[row])
    assert not np.allclose(vectors[60], after.embeddings().vectors[60])
    assert after.neighbors(OTHER).indices[60][0] == row
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "copy2.png").write_bytes((source.images / "leaf" / "01.png").read_bytes())
    more = add(after, tmp_path / "more").workspace
    np.testing.assert_array_equal(more.embeddings(OTHER).vectors[61], vectors[after.rows["leaf/01.png"]])
    assert len(like_text(more, "an apple", 3, OTHER).hits) == 3


def test_images_of_a_batch_that_moved_are_embedded_where_they_are_now(
    clip_workspace: Workspace, other_clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    Image.new("RGB", (32, 32), (200, 120, 40)).save(tmp_path / "new" / "orange.png")
    added = add(clip_workspace, tmp_path / "new").workspace
    stored = str(added.stored_samples.loc["orange.png", "filepath"])
    (tmp_path / "new").rename(tmp_path / "moved")
    relocate(added, tmp_path / "moved")
    after = embed_again(explorer.open_workspace(added.path), "other", pretrained=str(other_clip)).workspace
    assert np.isfinite(after.layout(OTHER).xy).all()
    assert after.embeddings(OTHER).vectors[60].any()
    assert after.samples.loc["orange.png", "filepath"] == str(tmp_path / "moved" / "orange.png")
    assert str(after.stored_samples.loc["orange.png", "filepath"]) == stored


def test_a_batch_whose_files_are_gone_is_left_off_the_maps_with_a_word(
    clip_workspace: Workspace, other_clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    Image.new("RGB", (32, 32), (200, 120, 40)).save(tmp_path / "new" / "orange.png")
    added = add(clip_workspace, tmp_path / "new", batch="new").workspace
    shutil.rmtree(tmp_path / "new")
    after = embed_again(added, "other", pretrained=str(other_clip)).workspace
    assert np.flatnonzero(np.isnan(after.layout(OTHER).xy).any(axis=1)).tolist() == [60]
    (told,) = after.skipped
    assert told.filepath == "encoder other, batch new"
    assert told.reason.endswith("which is not on its maps: its files are gone or changed")


def test_a_batch_without_vectors_of_the_encoder_is_left_off_its_maps_with_a_word(
    source: Source, clip_workspace: Workspace, turned: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "copy.png").write_bytes((source.images / "sky" / "07.png").read_bytes())
    after = add(embed_again(clip_workspace, "other", vectors=turned).workspace, tmp_path / "new", batch="new").workspace
    assert np.isfinite(after.layout().xy).all()
    for name in (OTHER, SpaceName.parse("label?encoder=other")):
        assert np.flatnonzero(np.isnan(after.layout(name).xy).any(axis=1)).tolist() == [60]
        assert after.neighbors(name).indices[60].tolist() == [60] * 15
    told = {one.filepath: one.reason for one in after.skipped}
    assert told["encoder other, batch new"] == "it has no vectors of this batch, which is not on its maps"


def test_boxes_have_vectors_of_a_second_clip(boxes_workspace: Workspace, other_clip: Path) -> None:
    after = embed_again(boxes_workspace, "other", pretrained=str(other_clip)).workspace
    for space in boxes_workspace.box_spaces:
        name = SpaceName(space.kind, space.model, encoder="other")
        first, further = after.embeddings(space).vectors, after.embeddings(name).vectors
        assert first.shape == further.shape
        assert not np.allclose(first, further)


def test_it_can_be_taken_out_again(workspace: Workspace, turned: Path) -> None:
    with pytest.raises(WorkspaceError, match="There are: none"):
        remove_encoder(workspace, "other")
    embed_again(workspace, "other", vectors=turned)
    with pytest.raises(WorkspaceError, match="an encoder 'other' already"):
        embed_again(workspace, "other", vectors=turned)
    after = remove_encoder(workspace, "other")
    assert after.manifest.spaces == workspace.manifest.spaces
    assert not list(after.paths.encoders.glob("*/"))


def test_nothing_is_kept_of_vectors_that_fit_none(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "foreign.parquet"
    pd.DataFrame({"id": ["nobody"], "vector": [[1.0, 2.0]]}).to_parquet(file)
    with pytest.raises(SourceError, match="found none"):
        embed_again(workspace, "other", vectors=file)
    assert explorer.open_workspace(workspace.path).manifest == workspace.manifest
    assert not list(workspace.paths.encoders.glob("*/"))


def test_killed_it_goes_on(clip_workspace: Workspace, other_clip: Path, tmp_path: Path) -> None:
    """After the first images are stored; what is there then is what an unbroken call makes."""
    whole = shutil.copytree(clip_workspace.path, tmp_path / "whole")
    script = (
        "import explorer, pathlib, explorer.embedding.embedders as e, explorer.embedding.images as i\n"
        "from explorer.actions.embed_again import embed_again\n"
        "e.embed_images.__kwdefaults__['batch_size'] = 16\n"
        f"embed_again(explorer.open_workspace({str(clip_workspace.path)!r}), 'other', pretrained={str(other_clip)!r},\n"
        "    on_progress=lambda one: (print(one.step, one.done, flush=True), __import__('time').sleep(0.2)))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("images")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert explorer.open_workspace(clip_workspace.path).encoders == []
    gone_on = embed_again(explorer.open_workspace(clip_workspace.path), "other", pretrained=str(other_clip)).workspace
    unbroken = embed_again(explorer.open_workspace(whole), "other", pretrained=str(other_clip)).workspace
    assert gone_on.manifest.spaces == unbroken.manifest.spaces
    for name in gone_on.every_space:
        assert gone_on.layout(name).xy.tobytes() == unbroken.layout(name).xy.tobytes()
