"""Finding images by words, by an image, or by some of the workspace's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.records import Float32, Int64  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.data.spaces import IMAGES
from explorer.errors import ImageError, ModelError, SubsetError
from explorer.points.space_points import SpacePoints
from explorer.subsets.chance import Chance, is_unlike, phrases
from explorer.subsets.grow import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from explorer.data.spaces import SpaceName
    from explorer.embedding.clip import ClipModel
    from explorer.store.workspace import Workspace

MOST = 1000
"""How many of the nearest a search looks at: enough for any count, and for whether they are better than chance."""


class Hit(NamedTuple):
    """One image or box found, the file it is in, and its cosine similarity to the query, 1 at most.

    Of a search by examples the similarity is the score of growing, 0 where it is like neither.
    """

    id: str
    filepath: str
    similarity: float


class Found(NamedTuple):
    """Hits, best first, and whether the best one is no better than chance, so that there is nothing like it here."""

    hits: list[Hit]
    nothing_like_it: bool


class Ranked(NamedTuple):
    """Rows int64 (m,) and similarities float32 (m,), best first, and whether the best is no better than chance."""

    rows: Int64
    similarities: Float32
    nothing_like_it: bool


def like_text(
    workspace: Workspace, text: str, k: int, space: SpaceName | str = IMAGES, *, at_least: float = -np.inf
) -> Found:
    """Find the k points of a space, images or boxes, that CLIP thinks the words describe best.

    Raises:
        ModelError: the workspace was built from own vectors, or its model cannot be loaded.
        SubsetError: there are no words, or the space is not of pictures alone.
        WorkspaceError: the workspace has no such space.
    """
    points = _of_pictures(workspace, space)
    model = model_of(workspace, points.name.encoder)
    vector = text_vector(model, text)
    ranked = by_words(points, vector, lambda: chance_of(points, model), max(k, MOST))
    return _told(points, ranked, k, at_least)


def like_image(
    workspace: Workspace, path: Path, k: int, space: SpaceName | str = IMAGES, *, at_least: float = -np.inf
) -> Found:
    """Find the k points of a space most like an image file.

    Raises:
        ModelError: the workspace was built from own vectors, or its model cannot be loaded.
        ImageError: the file is not a readable image.
        SubsetError: the space is not of pictures alone.
        WorkspaceError: the workspace has no such space.
    """
    points = _of_pictures(workspace, space)
    vector = image_vector(model_of(workspace, points.name.encoder), path)
    return _told(points, by_picture(points, vector, max(k, MOST)), k, at_least)


def like_id(
    workspace: Workspace, point: str, k: int, space: SpaceName | str | None = None, *, at_least: float = -np.inf
) -> Found:
    """Find the k images most like one of the workspace, or boxes like one of its boxes; itself left out.

    Args:
        workspace: where to look.
        point: id of the image or box.
        k: how many.
        space: where alike is meant; by default how images look, or among the boxes that this one is of.
        at_least: the smallest similarity that is still given.

    Raises:
        SubsetError: the id is unknown, or not one of that space.
        WorkspaceError: the workspace has no such space.
    """
    points, (row,) = _known(workspace, [point], space)
    return _told(points, by_row(points, row, max(k, MOST)), k, at_least)


def like_examples(
    workspace: Workspace,
    more: Sequence[str],
    less: Sequence[str],
    k: int,
    space: SpaceName | str | None = None,
    *,
    at_least: float = -np.inf,
) -> Found:
    """Find the k images or boxes that are most like some of the workspace and unlike others, as growing ranks.

    Args:
        workspace: where to look.
        more: ids of what shall be found more of, at least one.
        less: ids of what shall not be found.
        k: how many.
        space: where alike is meant; by default how images look, or among the boxes that these are of.
        at_least: the smallest score that is still given.

    Raises:
        SubsetError: an id is unknown, or not one of that space.
        WorkspaceError: the workspace has no such space.
    """
    points, rows = _known(workspace, [*more, *less], space)
    ranked = by_examples(points, rows[: len(more)], rows[len(more) :], k + len(more))
    others = ~np.isin(ranked.rows, rows[: len(more)])
    return _told(points, Ranked(ranked.rows[others], ranked.similarities[others], nothing_like_it=False), k, at_least)


def by_words(points: SpacePoints, vector: Float32, chance: Callable[[], Chance], most: int = MOST) -> Ranked:
    """The points nearest to embedded words, float32 (d,); `chance` is asked only where there are points."""
    rows, similarities = points.nearest(vector, most)
    unlike = len(rows) > 0 and chance().explains(vector, points.vectors[rows[:MOST]])
    return Ranked(rows, similarities, unlike)


def by_picture(points: SpacePoints, vector: Float32, most: int = MOST) -> Ranked:
    """The points nearest to an embedded image, float32 (d,)."""
    return _among_own(points, *points.nearest(vector, most))


def by_row(points: SpacePoints, row: int, most: int = MOST) -> Ranked:
    """The points nearest to one of them, which is left out."""
    rows, similarities = points.nearest(np.asarray(points.vectors[row]), most + 1)
    others = rows != row
    return _among_own(points, rows[others][:most], similarities[others][:most])


def by_examples(points: SpacePoints, more: Sequence[int], less: Sequence[int], most: int = MOST) -> Ranked:
    """The points most like some rows and unlike others, which are left out, by the scores of growing."""
    found = candidates(points.growth.scores(more, less), [*less, *points.unplaced.tolist()], k=most)
    return Ranked(found.rows, found.scores, nothing_like_it=False)


def chance_of(points: SpacePoints, model: ClipModel) -> Chance:
    """What phrases without meaning find among these points, at least one."""
    return Chance.of(model.encode_texts(phrases()), lambda vector: points.vectors[points.nearest(vector, MOST)[0]])


def _among_own(points: SpacePoints, rows: Int64, similarities: Float32) -> Ranked:
    own = points.neighbors.similarities
    unlike = len(rows) > 0 and own.shape[1] > 0 and is_unlike(float(similarities[0]), np.asarray(own[:, 0]))
    return Ranked(rows, similarities, unlike)


def text_vector(model: ClipModel, text: str) -> Float32:
    """Embed a query: as written, no template added; float32 (d,).

    Raises:
        SubsetError: there are no words.
    """
    if not text.strip():
        raise SubsetError("Expected words to search for, found none.")
    return np.asarray(model.encode_texts([text])[0])


def image_vector(model: ClipModel, path: Path) -> Float32:
    """Embed one image file; float32 (d,)."""
    from explorer.data.images import read_image

    try:
        image = read_image(path).image
    except ImageError as error:
        raise ImageError(f"The image {path} cannot be used: {error}.") from error
    return np.asarray(model.encode_images([model.preprocess(image)])[0])


def model_of(workspace: Workspace, encoder: str = "") -> ClipModel:
    """Load the model a workspace was built with, or that of a further encoder.

    Raises:
        ModelError: it was built from own vectors, which have no text side, or the model cannot be loaded.
        WorkspaceError: there is no encoder of this name.
    """
    from explorer.embedding.clip import ClipModel

    about = workspace.model_about(encoder)
    if not about.get("text") and encoder:
        raise ModelError(
            f"The encoder {encoder} is of your own vectors, which have no text side; search by an image of the "
            "workspace, or in the vectors of a CLIP model."
        )
    if not about.get("text"):
        raise ModelError(
            "This workspace was built from your own vectors; searching by words or by a new image needs a CLIP "
            "model. Build again without --vectors, or search by an image of the workspace."
        )
    return ClipModel.load(about["name"], about["pretrained"])


def _of_pictures(workspace: Workspace, space: SpaceName | str) -> SpacePoints:
    """The space, where its vectors are of pictures alone: those of labels and predictions join names of classes."""
    name = workspace.space_name(space)
    if not workspace.shows_pictures(name):
        raise SubsetError(f"Words and new images are compared with images: expected the space image, found {name}.")
    return SpacePoints(workspace, name)


def _known(workspace: Workspace, ids: Sequence[str], space: SpaceName | str | None) -> tuple[SpacePoints, list[int]]:
    """The space that is meant, and the rows of these ids in it."""
    ids, known = [workspace.known_id(each) for each in ids], workspace.point_ids
    unknown = next((each for each in ids if each not in known), None)
    if unknown is not None:
        raise SubsetError(f"Expected an id of this workspace, found {unknown!r}. `edgecase info` names the source.")
    points = SpacePoints(workspace, workspace.space_name(space) if space else workspace.space_of(ids))
    foreign = next((each for each in ids if each not in points.row_of), None)
    if foreign is not None:
        raise SubsetError(f"Expected the id of a point in the space {points.name}, found {foreign!r}.")
    return points, points.rows(ids)


def _told(points: SpacePoints, ranked: Ranked, k: int, at_least: float) -> Found:
    pairs = zip(ranked.rows.tolist(), ranked.similarities.tolist(), strict=True)
    hits = [
        Hit(points.ids[row], str(points.filepath(row)), round(similarity, 6))
        for row, similarity in pairs
        if similarity >= at_least
    ]
    return Found(hits[:k], ranked.nothing_like_it)
