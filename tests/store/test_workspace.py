"""A workspace says what it holds, and says in a sentence when it cannot be read."""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from explorer import open_workspace
from explorer.data.keys import artefact_key
from explorer.data.records import Embeddings, Layout, Neighbors
from explorer.data.spaces import Space
from explorer.errors import SubsetError, WorkspaceError
from explorer.store.decisions.subsets import Member
from explorer.store.derived.artefacts import SpaceFiles, fresh_folder, write_json
from explorer.store.derived.building import building
from explorer.store.derived.checksums import CHECKSUMS
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace


def test_a_folder_without_a_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="edgecase build SOURCE --workspace"):
        open_workspace(tmp_path)
    with pytest.raises(WorkspaceError, match="found no"):
        open_workspace(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 99}', '"text"', "{}", '{"format": 1}'])
def test_a_manifest_of_another_version_or_none_is_refused(content: str, workspace: Workspace) -> None:
    (workspace.path / MANIFEST).write_text(content)
    with pytest.raises(WorkspaceError, match=MANIFEST):
        open_workspace(workspace.path)


@pytest.mark.parametrize("name", ["layout.npy", "vectors.npy", "neighbors.npy", "space.json"])
@pytest.mark.parametrize("damage", ["gone", "torn"])
def test_a_damaged_file_names_itself_and_the_way_out(name: str, damage: str, workspace: Workspace) -> None:
    file = workspace.path / "derived" / workspace.layout_key() / name
    file.unlink() if damage == "gone" else file.write_bytes(file.read_bytes()[:7])
    with pytest.raises(WorkspaceError, match=rf"{name} cannot be read .*`edgecase build` again"):
        _ = workspace.embeddings(), workspace.neighbors(), workspace.layout()


@pytest.mark.parametrize("content", [None, b"PAR1"])
def test_a_damaged_sample_table_names_itself_and_the_way_out(content: bytes | None, workspace: Workspace) -> None:
    file = workspace.path / "derived" / workspace.manifest.samples / "samples.parquet"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"samples.parquet cannot be read"):
        _ = workspace.samples


def test_an_unknown_space_or_model_names_those_there_are(built: Workspace) -> None:
    with pytest.raises(WorkspaceError, match=r"'pixels'; it has image, label, prediction/v1, prediction/v2"):
        built.layout("pixels")
    with pytest.raises(WorkspaceError, match="'prediction/v9'"):
        built.layout("prediction", "v9")


def test_rows_of_every_array_are_the_samples(built: Workspace) -> None:
    """Ids, vectors, graph and coordinates of each space are in the order of the sample table."""
    n = len(built.samples)
    for space, model in (("image", None), ("label", None), ("prediction", "v1"), ("prediction", "v2")):
        vectors, graph = built.embeddings(space, model), built.neighbors(space, model)
        layout = built.layout(space, model)
        assert vectors.ids == layout.ids == built.ids == tuple(built.samples.index)
        assert np.linalg.norm(vectors.vectors, axis=1) == pytest.approx(np.ones(n), abs=1e-5)
        assert graph.indices.shape == graph.similarities.shape == (n, 15)
        assert (graph.indices != np.arange(n)[:, None]).all()
        assert layout.xy.shape == (n, 2)
        assert layout.xy.dtype == np.float32
        assert vectors.space == space


def test_predictions_without_a_model_are_the_first_models(built: Workspace) -> None:
    assert built.layout_key("prediction") == built.layout_key("prediction", "v1")
    assert built.layout_key("prediction") != built.layout_key("prediction", "v2")


def test_the_sample_table_has_facts_outcomes_metadata_and_signals(built: Workspace) -> None:
    row = built.samples.loc["apple/10.png"]
    assert (row["label"], row["v1.prediction"], row["v1.outcome"], row["v2.outcome"]) == (
        "apple",
        "sky",
        "wrong",
        "correct",
    )
    assert (row["width"], row["height"], row["camera"], row["split"]) == (32, 32, "left", "train")
    assert len(row["digest"]) == 64
    signals = built.samples[["label_disagreement", "neighbor_distance", "neighbors_kept"]]
    assert ((signals >= 0) & (signals <= 1)).all(axis=None)


def test_a_subset_is_found_by_name_or_key_and_listed_by_name(workspace: Workspace) -> None:
    for name in ("zebra", "Apple"):
        workspace.decisions.create_subset(name, author="Ada", members=[Member(workspace.ids[0], "lasso")])
    assert [subset.name for subset in workspace.subsets()] == ["Apple", "zebra"]
    assert workspace.subset("ZEBRA").key == workspace.subset(workspace.subset("zebra").key).key
    with pytest.raises(SubsetError, match="nothing"):
        workspace.subset("nothing")


def test_info_holds_what_the_command_line_promises(workspace: Workspace) -> None:
    workspace.decisions.create_subset("s", author="Ada", members=[Member(workspace.ids[0], "lasso")])
    info = workspace.info()
    promised = {"samples", "skipped", "model", "spaces", "predictions", "trustworthiness", "neighbors_kept", "subsets"}
    assert promised <= info.keys()
    assert (info["samples"], info["skipped"], info["predictions"]) == (60, [], ["v1", "v2"])
    assert info["subsets"] == [{"name": "s", "members": 1}]
    assert json.loads(json.dumps(info)) == info


def test_one_build_at_a_time(tmp_path: Path) -> None:
    with building(tmp_path / "ws"):
        refused: list[str] = []

        def second() -> None:
            try:
                with building(tmp_path / "ws"):
                    refused.append("let in")
            except WorkspaceError as error:
                refused.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert refused == [f"Another build is running in {tmp_path / 'ws'}. Wait for it to finish."]
    with building(tmp_path / "ws"):
        pass  # the lock is free again


def test_a_foreign_folder_is_not_built_into(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(WorkspaceError, match="Choose another --workspace"), building(tmp_path):
        pytest.fail("let in")
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_in_the_workspaces_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "ws"):
        with pytest.raises(WorkspaceError, match="cannot be written"), building(place):
            pytest.fail("let in")


@pytest.mark.parametrize(
    "other",
    [
        {"ids": ["a", "b"], "xy": np.zeros(2), "seed": 2},
        {"ids": ["ab"], "xy": np.zeros(2), "seed": 1},
        {"ids": ["a", "b"], "xy": np.ones(2), "seed": 1},
        {"ids": ["a", "b"], "xy": np.zeros(2), "s": "eed", "eed": 1},
        {"ids": ["a", "b"], "xy": np.zeros(2)},
    ],
)
def test_a_key_changes_with_anything_it_depends_on(other: dict[str, Any]) -> None:
    key = artefact_key(ids=["a", "b"], xy=np.zeros(2), seed=1)
    assert key == artefact_key(seed=1, xy=np.zeros(2), ids=["a", "b"])
    assert key != artefact_key(**other)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), fresh_folder(tmp_path / "space") as scratch:
        (scratch / "half").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with fresh_folder(tmp_path / "space") as scratch:
        (scratch / "whole").touch()
    assert {file.name for file in (tmp_path / "space").iterdir()} == {"whole", CHECKSUMS}


def test_json_is_replaced_in_one_step(tmp_path: Path) -> None:
    """What cannot be written as JSON leaves the former version in place."""
    write_json(tmp_path / "a.json", {"猫": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"猫": 1}


@pytest.mark.parametrize("trust", [0.75, math.nan])
def test_a_space_comes_back_as_it_was_saved(trust: float, tmp_path: Path) -> None:
    ids = ("a", "b")
    vectors = np.eye(2, dtype=np.float32)
    graph = Neighbors(np.array([[1], [0]]), np.zeros((2, 1), np.float32), 0.5)
    layout = Layout(ids, vectors + 1, np.array([0.5, 1], np.float32), trust)
    files = SpaceFiles(tmp_path / "space", ids)
    assert not files.exists
    files.save(Embeddings(ids, vectors, "tiny", Space.LABEL), graph, layout)
    assert files.exists
    loaded = files.embeddings()
    assert (loaded.ids, loaded.model, loaded.space) == (ids, "tiny", Space.LABEL)
    assert loaded.vectors.tolist() == vectors.tolist()
    assert files.neighbors().recall == 0.5
    assert files.neighbors().indices.tolist() == [[1], [0]]
    assert files.layout().xy.tolist() == (vectors + 1).tolist()
    assert files.layout().trustworthiness == pytest.approx(trust, nan_ok=True)


def test_the_sample_table_survives_a_move_of_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    """A workspace is a folder: moved as a whole, it opens with its decisions."""
    workspace.decisions.create_subset("kept", author="Ada", members=[Member(workspace.ids[0], "lasso")])
    moved = open_workspace(shutil.copytree(workspace.path, tmp_path / "elsewhere"))
    pd.testing.assert_frame_equal(moved.samples, workspace.samples)
    assert moved.subset("kept").ids == (workspace.ids[0],)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("spaces", 5), ("spaces", {"image": 5}), ("samples", None), ("predictions", "a"), ("predictions", [1])],
        *[
            ("model", {"name": "x"}),
            ("model", {"name": "x", "key": 1}),
            ("batches", [{}]),
            ("batches", {}),
            ("base", {"samples": 1}),
        ],
        *[("signals", []), ("moved", {"a": 1}), ("task", 1), ("root", []), ("parameters", 1)],
    ],
)
def test_a_manifest_with_a_value_of_another_type_is_one_sentence(
    name: str, value: object, workspace: Workspace
) -> None:
    """Whoever reads the value later need not doubt it."""
    manifest = workspace.path / "edgecase.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {name: value}))
    with pytest.raises(WorkspaceError, match=r"is damaged .* Run `edgecase build SOURCE"):
        open_workspace(workspace.path)


@pytest.mark.parametrize("content", ["[" * 200_000, '{"format": 1, "name": "\\ud800"}', "[]", '"x"'])
def test_a_manifest_that_is_none_is_one_sentence(content: str, workspace: Workspace) -> None:
    (workspace.path / "edgecase.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"edgecase\.json"):
        open_workspace(workspace.path)


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_derived_folders_and_files_follow_the_umask(umask: int, tmp_path: Path) -> None:
    """So that whoever may read the workspace can open it."""
    former = os.umask(umask)
    try:
        with fresh_folder(tmp_path / "ws" / "derived" / "space") as scratch:
            write_json(scratch / "about.json", {})
    finally:
        os.umask(former)
    made = [tmp_path / "ws", *(tmp_path / "ws").rglob("*")]
    assert len(made) == 5
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o777 & ~umask}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o666 & ~umask}
