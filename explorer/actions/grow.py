"""Growing a subset: what is most like its members, some words or an image, and was not decided on yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.actions.search import image_vector, model_of, text_vector
from explorer.errors import SubsetError
from explorer.points.live_subsets import living, table_of
from explorer.points.membership import member_rows
from explorer.points.opened_build import View
from explorer.subsets.grow import candidates
from explorer.subsets.similarity import nearness

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32
    from explorer.data.subsets import Subset
    from explorer.embedding.clip import ClipModel
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace
    from explorer.subsets.grow import Candidates


class Candidate(NamedTuple):
    """One image or box proposed for a subset.

    Attributes:
        id: its stable id.
        filepath: the image, or the one that the box is in.
        similarity: mean cosine to the nearest members, or the cosine to the words or the image.
        score: what it is ranked by.
    """

    id: str
    filepath: str
    similarity: float
    score: float


class Grown(NamedTuple):
    """Candidates for a subset, best first, and how many more there are."""

    candidates: list[Candidate]
    left: int


def grow(
    workspace: Workspace,
    name: str,
    k: int = 50,
    *,
    text: str | None = None,
    image: Path | None = None,
    among: str | None = None,
    at_least: float = -np.inf,
) -> Grown:
    """The k best candidates for a subset, ranked by its members and rejections unless there are words or an image.

    Args:
        workspace: where to look.
        name: name or key of the subset.
        k: how many; a larger k is one more page.
        text: words to rank by.
        image: an image file to rank by.
        among: the space to look in, where not in the members' own; in detection any will do.
        at_least: the smallest score that still qualifies.

    Raises:
        SubsetError: the subset is unknown, none of its members is in this build, there are no words, or the space
            is not of pictures alone.
        WorkspaceError: the workspace has no such space.
        ModelError: the workspace was built from own vectors, or its model cannot be loaded.
        ImageError: the file is not a readable image.
    """
    view = View(workspace)
    subset = living(workspace.subset(name), table_of(view))
    own = view.of_ids(subset.ids)
    points = own if among is None else _pictures(view, among)
    own = view.placed_as(own, points.name)  # members are compared in the same vectors
    if text is not None:
        scores = by_text(points, model_of(workspace, points.name.encoder), text)
    elif image is not None:
        scores = by_image(points, model_of(workspace, points.name.encoder), image)
    else:
        scores = by_members(subset, own, points)
    found = undecided(subset, points, scores, k=k, at_least=at_least)
    by_query = text is not None or image is not None
    similarities = found.scores if by_query else _similarities(subset, own, points.space.vectors[found.rows])
    rows = zip(found.rows.tolist(), similarities.tolist(), found.scores.tolist(), strict=True)
    return Grown(
        [Candidate(points.space.ids[row], str(points.filepath(row)), *both) for row, *both in rows], found.left
    )


def by_members(subset: Subset, own: Points, among: Points) -> Float32:
    """Scores by a subset's members: float32 (n,), in their own space by what was rejected too.

    Args:
        subset: what grows.
        own: the points its members are from, with vectors of the same encoder as `among`.
        among: the n points to score.

    Raises:
        SubsetError: none of the members is in this build.
    """
    if among.name.of_vectors == own.name.of_vectors:
        return own.space.growth.scores(member_rows(own, subset), own.space.rows(subset.rejected))
    return _similarities(subset, own, among.space.vectors)


def by_text(among: Points, model: ClipModel, text: str) -> Float32:
    """Cosines of n points to words: float32 (n,).

    Raises:
        SubsetError: there are no words.
    """
    return np.asarray(among.space.vectors) @ text_vector(model, text)


def by_image(among: Points, model: ClipModel, path: Path) -> Float32:
    """Cosines of n points to an image file: float32 (n,).

    Raises:
        ImageError: the file is not a readable image.
    """
    return np.asarray(among.space.vectors) @ image_vector(model, path)


def undecided(subset: Subset, among: Points, scores: Float32, *, k: int, at_least: float = -np.inf) -> Candidates:
    """The k best of the scored points that are neither members nor rejected, and have a vector at all."""
    left_out = [*among.space.rows([*subset.ids, *subset.rejected]), *among.space.unplaced.tolist()]
    return candidates(scores, left_out, k=k, at_least=at_least)


def _pictures(view: View, name: str) -> Points:
    """The points of a space whose vectors can be compared with those of members, words and images."""
    points = view.points(view.workspace.space_name(name))
    if not points.space.are_pictures:
        raise SubsetError(f"Candidates are compared as pictures: expected the space image, found {points.name}.")
    return points


def _similarities(subset: Subset, own: Points, vectors: Float32) -> Float32:
    """Mean cosine of float32 (n, d) vectors to the nearest members of a subset: float32 (n,)."""
    return nearness(np.asarray(vectors), np.asarray(own.space.vectors[member_rows(own, subset)]))
