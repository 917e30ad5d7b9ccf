"""Search ranks by cosine in the original space, and says what it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions.demo import sample_data
from explorer.actions.search import like_examples, like_id, like_image, like_text, model_of, text_vector
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
    hits = like_id(built, built.ids[row], 7).hits
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
    assert {hit.id for hit in like_id(workspace, "3.png", 5).hits} == {"0.png", "1.png", "2.png", "4.png", "5.png"}
    assert len(like_id(workspace, "3.png", 2).hits) == 2


def test_words_are_compared_as_the_model_reads_them(clip_built: Workspace) -> None:
    vector = text_vector(model_of(clip_built), "a green leaf")
    (best, *_) = like_text(clip_built, "a green leaf", 3).hits
    cosines = clip_built.embeddings().vectors @ vector
    assert best.id == clip_built.ids[int(cosines.argmax())]
    assert best.similarity == pytest.approx(float(cosines.max()), abs=1e-5)


def test_a_file_that_is_in_the_workspace_finds_itself(clip_built: Workspace) -> None:
    (best, *_) = like_image(clip_built, clip_built.path.parent / clip_built.samples["filepath"].iloc[7], 1).hits
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
    assert like_text(workspace, "anything", 5) == ([], False)


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
    hits = like_id(built, built.ids[25], 5, "label").hits
    assert [hit.id for hit in hits] == [built.ids[row] for row in np.argsort(-cosines)[:5]]
    with pytest.raises(WorkspaceError, match="nope"):
        like_id(built, built.ids[25], 5, "nope")


def test_words_are_not_held_against_spaces_that_join_images_and_labels(clip_built: Workspace) -> None:
    for space in ("label", "prediction/v1"):
        with pytest.raises(SubsetError, match=f"expected the space image, found {space}"):
            like_text(clip_built, "a leaf", 3, space)


def test_hits_end_at_the_count_and_at_the_threshold(built: Workspace) -> None:
    every = like_id(built, built.ids[25], 59).hits
    least = every[9].similarity
    assert like_id(built, built.ids[25], 59, at_least=least - 1e-5).hits == every[:10]
    assert like_id(built, built.ids[25], 4, at_least=least - 1e-5).hits == every[:4]
    assert like_id(built, built.ids[25], 59, at_least=2).hits == []


def test_more_like_these_and_less_like_those(built: Workspace) -> None:
    """As growing ranks them: the class of what was wanted first, that of what was not last, and neither given back."""
    apples, leaves, skies = (built.ids[start : start + 20] for start in (0, 20, 40))
    found = like_examples(built, [apples[0], skies[0]], [skies[1], skies[2]], 60).hits
    assert {hit.id for hit in found} == set(built.ids) - {apples[0], *skies[:3]}
    assert {hit.id for hit in found[:19]} == set(apples[1:])
    similarity = {hit.id: hit.similarity for hit in found}
    assert max(similarity[each] for each in leaves) < min(similarity[each] for each in apples[1:])
    with pytest.raises(SubsetError, match="'nobody'"):
        like_examples(built, [apples[0]], ["nobody"], 5)


@pytest.mark.parametrize(
    "words", ["a photo of a sneaker", "an ankle boot", "a dress", "trousers", "a dark photo of a boot", "handbag"]
)
def test_what_is_there_is_not_denied(words: str, demo: Workspace) -> None:
    assert not like_text(demo, words, 5).nothing_like_it


@pytest.mark.parametrize("words", ["an X-ray of a knee", "a giraffe reading a newspaper"])
def test_words_for_what_is_not_there_are_no_better_than_chance(words: str, demo: Workspace) -> None:
    """The nearest are given all the same."""
    found = like_text(demo, words, 5)
    assert found.nothing_like_it
    assert len(found.hits) == 5


def test_a_scene_is_unlike_every_piece_of_clothing(demo: Workspace) -> None:
    scenes = sample_data() / "scenes" / "images"
    assert all(like_image(demo, scenes / f"{number:04}.png", 3).nothing_like_it for number in range(5))
    own = sample_data() / "fashion" / "images"
    assert not any(like_image(demo, own / f"{number:04}.png", 3).nothing_like_it for number in range(5))
