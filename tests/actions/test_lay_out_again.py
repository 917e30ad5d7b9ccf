"""A further layout lies over the first, from the same graph; what is selected on one is selected on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import procrustes

import explorer
from explorer.actions import build_spaces
from explorer.actions.add import add
from explorer.actions.lay_out_again import lay_out_again, remove_layout
from explorer.data.spaces import SpaceName
from explorer.errors import SourceError, WorkspaceError
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.placement import place
from explorer.points.opened_build import View
from explorer.store.derived.manifest import damaged_files
from explorer.subsets.selection import Stroke

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

WIDE = SpaceName.parse("image?layout=wide")
AROUND = ((-1e3, -1e3), (-1e3, 1e3), (1e3, 1e3), (1e3, -1e3))


def _wide(workspace: Workspace) -> Workspace:
    return lay_out_again(workspace, "wide", n_neighbors=10, min_dist=0.5, seed=1)


def test_every_space_has_a_further_map_over_the_first(workspace: Workspace) -> None:
    first = {space: np.array(workspace.layout(space).xy) for space in workspace.spaces}
    spaces = dict(workspace.manifest.spaces)
    after = _wide(workspace)
    assert [str(space) for space in after.every_space if space.layout] == [f"{space}?layout=wide" for space in first]
    assert {space: after.manifest.spaces[space] for space in spaces} == spaces
    for space, xy in first.items():
        further = after.layout(f"{space}?layout=wide").xy
        np.testing.assert_array_equal(after.layout(space).xy, xy)
        assert not np.allclose(further, xy)
        size = np.linalg.norm(xy - xy.mean(axis=0))
        assert np.square((further - xy) / size).sum() == pytest.approx(procrustes(xy, further)[2], rel=1e-3)
    assert after.embeddings(WIDE).vectors.tobytes() == after.embeddings().vectors.tobytes()
    assert damaged_files(after.path, after.manifest) == []


def test_it_reads_the_graph_that_is_there(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where more neighbours are asked for than are kept, they are looked for; what is kept stays."""
    asked: list[int] = []
    search = neighbor_graph

    def counted(vectors: np.ndarray, k: int, *_: object, **__: object) -> object:
        asked.append(k)
        return search(vectors, k)

    monkeypatch.setattr(build_spaces, "neighbor_graph", counted)
    _wide(workspace)
    assert asked == []
    after = lay_out_again(workspace, "wider", n_neighbors=30)
    assert asked == [30] * len(workspace.spaces)
    assert after.neighbors("image?layout=wider").k == 15


def test_a_lasso_on_one_selects_the_same_rows_on_the_other(workspace: Workspace) -> None:
    view = View(_wide(workspace))
    further = view.points(WIDE)
    x, y = np.array(further.space.xy[:20]).mean(axis=0)
    corners = ((x - 2, y - 2), (x - 2, y + 2), (x + 2, y + 2), (x + 2, y - 2))
    drawn = Stroke("replace", "lasso", str(WIDE), further.space.layout_key, corners)
    mask = view.mask((drawn,), further)
    assert 0 < mask.sum() < 60
    for name in ("image", "label", "label?layout=wide", "prediction/v1"):
        assert (view.mask((drawn,), view.points(SpaceName.parse(name))) == mask).all()
    assert not view.mask((Stroke("replace", "lasso", "image", further.space.layout_key, AROUND),), further).any()
    picked = Stroke("replace", "search", str(WIDE), rows=(3, 4))
    assert np.flatnonzero(view.mask((picked,), view.images)).tolist() == [3, 4]


def test_rows_that_were_picked_outlive_the_layout(workspace: Workspace) -> None:
    view = View(remove_layout(_wide(workspace), "wide"))
    picked, drawn = (
        Stroke("replace", "search", str(WIDE), rows=(3,)),
        Stroke("replace", "lasso", str(WIDE), "x", AROUND),
    )
    assert np.flatnonzero(view.mask((picked,), view.images)).tolist() == [3]
    assert not view.mask((drawn,), view.images).any()


def test_a_rebuild_keeps_it_and_computes_nothing(source: Source, workspace: Workspace) -> None:
    after = _wide(workspace)
    steps: list[str] = []

    def note(progress: Progress) -> None:
        steps.append(progress.step)

    again = explorer.build(source.table, workspace.path, vectors=source.vectors, on_progress=note)
    assert again.manifest.spaces == after.manifest.spaces
    assert [step for step in steps if step.startswith("map")] == []
    (told,) = again.info()["layouts"]
    assert (told["name"], told["n_neighbors"], told["min_dist"], told["seed"]) == ("wide", 10, 0.5, 1)
    assert told["trustworthiness"] > 0.5


def test_it_follows_what_a_rebuild_changes(source: Source, workspace: Workspace) -> None:
    _wide(workspace)
    again = explorer.build(source.table, workspace.path, vectors=source.vectors, min_dist=0.9)
    assert str(WIDE) in again.manifest.spaces
    assert again.layout(WIDE).xy.shape == (60, 2)
    kept = {entry.name for entry in (again.path / "derived").iterdir()}
    assert kept == again.manifest.artefacts


def test_batches_are_placed_on_it_too(source: Source, clip_workspace: Workspace, tmp_path: Path) -> None:
    """By the same neighbours as on the first map, whether it was laid out before or after they came."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "copy.png").write_bytes((source.images / "sky" / "07.png").read_bytes())
    before = add(_wide(clip_workspace), tmp_path / "new", batch="new").workspace
    for space in before.every_space:
        assert before.layout(space).xy.shape == (61, 2)
    graph = before.neighbors()
    by_hand = place(graph.indices[60:, :10], graph.similarities[60:, :10], np.array(before.layout(WIDE).xy))
    np.testing.assert_allclose(before.layout(WIDE).xy[60:], by_hand, rtol=1e-6)
    placed = np.array(before.layout(WIDE).xy)
    assert before.layout_key(WIDE) == _without_batch(before)
    after = _wide(remove_layout(before, "wide"))
    np.testing.assert_array_equal(after.layout(WIDE).xy, placed)


def _without_batch(workspace: Workspace) -> str:
    return workspace.manifest.without_batches().spaces[str(WIDE)]


def test_names_and_parameters_are_checked(workspace: Workspace) -> None:
    after = _wide(workspace)
    with pytest.raises(WorkspaceError, match="a layout 'wide' already"):
        lay_out_again(after, " wide ")
    with pytest.raises(WorkspaceError, match="Expected a name"):
        lay_out_again(after, "")
    with pytest.raises(SourceError, match="n_neighbors"):
        lay_out_again(after, "other", n_neighbors=1)
    with pytest.raises(WorkspaceError, match="There are: wide"):
        remove_layout(after, "other")
    assert remove_layout(after, "wide").manifest.spaces == workspace.manifest.spaces


def test_boxes_have_it_too(boxes_workspace: Workspace) -> None:
    after = lay_out_again(boxes_workspace, "wide", seed=3)
    name = SpaceName.parse("prediction/v1?layout=wide")
    assert after.layout(name).xy.shape == (len(after.objects(name)), 2)
    view = View(after)
    points = view.points(name)
    everything = Stroke("replace", "lasso", str(name), points.space.layout_key, AROUND)
    assert view.mask((everything,), view.points(name.of_points)).all()
