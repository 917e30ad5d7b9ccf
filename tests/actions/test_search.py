"""Search ranks by cosine in the original space, and says what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions.search import like_id, like_image, like_text, model_of, text_vector
from explorer.errors import ImageError, ModelError, SubsetError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace


def test_hits_are_the_true_nearest_others_in_order(built: Workspace) -> None:
    vectors = np.asarray(built.embeddings().vectors, np.float64)
    row = 25
    cosines = vectors @ vectors[row]
    cosines[row] = -np.inf
    expected = np.argsort(-cosines)[:7]
    hits = like_id(built, built.ids[row], 7)
    assert [hit.id for hit in hits] == [built.ids[each] for each in expected]
    assert [hit.similarity for hit in hits] == pytest.approx(cosines[expected].tolist(), abs=1e-5)
    assert [hit.filepath for hit in hits] == built.samples["filepath"].iloc[expected].tolist()


def test_an_image_among_its_copies_is_still_left_out(clip_folder: Path, tmp_path: Path) -> None:
    """Identical images crowd the query out of the first places; it is not its own neighbour all the same."""
    from PIL import Image

    import explorer

    (tmp_path / "images").mkdir()
    for number in range(6):
        Image.new("RGB", (8, 8), (5, 5, 5)).save(tmp_path / "images" / f"{number}.png")
    workspace = explorer.build(tmp_path / "images", tmp_path / "ws", pretrained=str(clip_folder))
    assert {hit.id for hit in like_id(workspace, "3.png", 5)} == {"0.png", "1.png", "2.png", "4.png", "5.png"}
    assert len(like_id(workspace, "3.png", 2)) == 2


def test_words_are_compared_as_the_model_reads_them(clip_built: Workspace) -> None:
    vector = text_vector(model_of(clip_built), "a green leaf")
    (best, *_) = like_text(clip_built, "a green leaf", 3)
    cosines = clip_built.embeddings().vectors @ vector
    assert best.id == clip_built.ids[int(cosines.argmax())]
    assert best.similarity == pytest.approx(float(cosines.max()), abs=1e-5)


def test_a_file_that_is_in_the_workspace_finds_itself(clip_built: Workspace) -> None:
    (best, *_) = like_image(clip_built, clip_built.path.parent / clip_built.samples["filepath"].iloc[7], 1)
    assert best.id == clip_built.ids[7]
    assert best.similarity == pytest.approx(1, abs=1e-4)


def test_what_cannot_be_searched_for_is_one_sentence(built: Workspace, clip_built: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="your own vectors"):
        like_text(built, "a leaf", 3)
    with pytest.raises(SubsetError, match="'nobody'"):
        like_id(built, "nobody", 3)
    with pytest.raises(ImageError):
        like_image(clip_built, tmp_path / "none.png", 3)


def test_an_empty_workspace_finds_nothing(clip_folder: Path, tmp_path: Path) -> None:
    import explorer

    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "broken.png").touch()
    workspace = explorer.build(tmp_path / "images", tmp_path / "ws", pretrained=str(clip_folder))
    assert like_text(workspace, "anything", 5) == []


def test_a_model_that_has_moved_is_one_sentence(clip_folder: Path, clip_workspace: Workspace) -> None:
    moved = clip_folder.rename(clip_folder.with_name("moved"))
    try:
        with pytest.raises(ModelError):
            like_text(clip_workspace, "a leaf", 3)
    finally:
        moved.rename(clip_folder)


def test_alike_may_be_meant_in_any_space_that_has_the_point(built: Workspace) -> None:
    vectors = np.asarray(built.embeddings("label").vectors, np.float64)
    cosines = vectors @ vectors[25]
    cosines[25] = -np.inf
    hits = like_id(built, built.ids[25], 5, "label")
    assert [hit.id for hit in hits] == [built.ids[row] for row in np.argsort(-cosines)[:5]]
    with pytest.raises(WorkspaceError, match="nope"):
        like_id(built, built.ids[25], 5, "nope")


def test_words_are_not_held_against_spaces_that_join_images_and_labels(clip_built: Workspace) -> None:
    for space in ("label", "prediction/v1"):
        with pytest.raises(SubsetError, match=f"expected the space image, found {space}"):
            like_text(clip_built, "a leaf", 3, space)
