"""Growing ranks what was not decided on: by members and rejections, by words, by an image, in any space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions.grow import grow
from explorer.actions.search import model_of, text_vector
from explorer.data.filters import OneOf
from explorer.data.subsets import Member
from explorer.errors import ImageError, ModelError, SubsetError, WorkspaceError
from explorer.subsets.rules import Rule, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.store.workspace import Workspace


def _subset(workspace: Workspace, ids: Sequence[str], name: str = "red") -> None:
    workspace.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids])


def _cosines(workspace: Workspace, space: str, to: NDArray[np.floating]) -> dict[str, float]:
    """The mean cosine of each point of a space to the three nearest of some vectors."""
    among = workspace.embeddings(space)
    similarities = np.sort(np.asarray(among.vectors, np.float64) @ np.atleast_2d(to).T, axis=1)
    return dict(zip(among.ids, similarities[:, -3:].mean(axis=1), strict=True))


def test_members_and_rejections_rank_what_is_left(workspace: Workspace) -> None:
    """Apples are the first twenty; two leaves are rejected."""
    _subset(workspace, workspace.ids[:4])
    workspace.decisions.reject_candidates("red", workspace.ids[20:22], author="Ada")
    found = grow(workspace, "red", 16)
    assert {one.id for one in found.candidates} == set(workspace.ids[4:20])
    assert found.left == 60 - 4 - 2 - 16
    scores = [one.score for one in found.candidates]
    assert scores == sorted(scores, reverse=True)
    near = _cosines(workspace, "image", np.asarray(workspace.embeddings().vectors[:4], np.float64))
    assert [one.similarity for one in found.candidates] == pytest.approx([near[one.id] for one in found.candidates])
    best = found.candidates[0]
    assert best.filepath == workspace.samples.loc[best.id, "filepath"]


def test_a_rejection_lowers_what_is_like_it(workspace: Workspace) -> None:
    _subset(workspace, [workspace.ids[0], workspace.ids[20]])
    before = {one.id: one.score for one in grow(workspace, "red", 60).candidates}
    workspace.decisions.reject_candidates("red", workspace.ids[21:25], author="Ada")
    after = {one.id: one.score for one in grow(workspace, "red", 60).candidates}
    assert all(after[each] < before[each] for each in workspace.ids[25:40])
    assert before.keys() - after.keys() == set(workspace.ids[21:25])


def test_one_more_page_only_adds_and_a_threshold_keeps_what_scores_as_high(workspace: Workspace) -> None:
    _subset(workspace, workspace.ids[:4])
    one, two = grow(workspace, "red", 10), grow(workspace, "red", 20)
    assert two.candidates[:10] == one.candidates
    assert one.left == two.left + 10
    kept = grow(workspace, "red", 5, at_least=one.candidates[6].score)
    assert (kept.candidates, kept.left) == (one.candidates[:5], 2)


def test_a_live_subset_grows_from_what_its_rule_finds(workspace: Workspace) -> None:
    rule = to_json(Rule((OneOf("label", frozenset({"apple"})),)))
    workspace.decisions.create_subset("live", author="Ada", rule=rule)
    found = grow(workspace, "live", 60)
    assert {one.id for one in found.candidates} == set(workspace.ids[20:])


def test_words_rank_by_the_cosine_to_them(clip_workspace: Workspace) -> None:
    _subset(clip_workspace, clip_workspace.ids[:3])
    found = grow(clip_workspace, "red", 5, text="a green leaf")
    cosines = _cosines(clip_workspace, "image", text_vector(model_of(clip_workspace), "a green leaf"))
    undecided = sorted(clip_workspace.ids[3:], key=lambda each: -cosines[each])
    assert [one.id for one in found.candidates] == undecided[:5]
    assert [one.score for one in found.candidates] == pytest.approx([cosines[each] for each in undecided[:5]], abs=1e-5)
    assert all(one.similarity == one.score for one in found.candidates)
    with pytest.raises(SubsetError, match="found none"):
        grow(clip_workspace, "red", text=" ")


def test_an_image_ranks_itself_first_unless_it_is_a_member(clip_workspace: Workspace, tmp_path: Path) -> None:
    """Also for a subset that has no member yet."""
    _subset(clip_workspace, [], "none yet")
    _subset(clip_workspace, [clip_workspace.ids[7]])
    file = clip_workspace.path.parent / clip_workspace.samples["filepath"].iloc[7]
    (best,) = grow(clip_workspace, "none yet", 1, image=file).candidates
    assert best.id == clip_workspace.ids[7]
    assert best.score == pytest.approx(1, abs=1e-4)
    assert grow(clip_workspace, "red", 1, image=file).candidates[0].id != clip_workspace.ids[7]
    with pytest.raises(ImageError):
        grow(clip_workspace, "red", image=tmp_path / "none.png")


def test_boxes_grow_among_the_points_of_another_space(boxes_workspace: Workspace) -> None:
    _subset(boxes_workspace, ["gt:2", "gt:5"], "dots")
    objects = boxes_workspace.embeddings("label")
    rows = [objects.ids.index(each) for each in ("gt:2", "gt:5")]
    near = _cosines(boxes_workspace, "prediction/v1", np.asarray(objects.vectors[rows], np.float64))
    found = grow(boxes_workspace, "dots", 3, among="prediction")
    assert [one.id for one in found.candidates] == sorted(near, key=lambda each: -near[each])[:3]
    assert [one.score for one in found.candidates] == [one.similarity for one in found.candidates]
    assert found.left == len(near) - 3
    images = grow(boxes_workspace, "dots", 12, among="image").candidates
    assert {one.id for one in images} == set(boxes_workspace.ids)
    own = grow(boxes_workspace, "dots", 60).candidates
    assert {one.id for one in own} == set(objects.ids) - {"gt:2", "gt:5"}


def test_what_cannot_be_grown_is_one_sentence(workspace: Workspace) -> None:
    _subset(workspace, [], "empty")
    _subset(workspace, ["gone.png"], "gone")
    _subset(workspace, workspace.ids[:3])
    for name in ("empty", "gone"):
        with pytest.raises(SubsetError, match=f"“{name}” has no members in this build"):
            grow(workspace, name)
    with pytest.raises(SubsetError, match="expected the space image, found label"):
        grow(workspace, "red", among="label")
    with pytest.raises(WorkspaceError, match="no space 'pixels'"):
        grow(workspace, "red", among="pixels")
    with pytest.raises(ModelError, match="your own vectors"):
        grow(workspace, "red", text="a leaf")
