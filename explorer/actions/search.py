"""Finding images by words, by an image, or by one of the workspace's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.spaces import IMAGES
from explorer.errors import ImageError, ModelError, SubsetError
from explorer.maps.neighbors import search
from explorer.points.index import space_index

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32
    from explorer.data.spaces import SpaceName
    from explorer.embedding.clip import ClipModel
    from explorer.store.workspace import Workspace


class Hit(NamedTuple):
    """One image or box found, the file it is in, and its cosine similarity to the query, 1 at most."""

    id: str
    filepath: str
    similarity: float


def like_text(workspace: Workspace, text: str, k: int, space: SpaceName | str = IMAGES) -> list[Hit]:
    """Find the k points of a space, images or boxes, that CLIP thinks the words describe best.

    Raises:
        ModelError: the workspace was built from own vectors, or its model cannot be loaded.
        SubsetError: there are no words, or the space is not of pictures alone.
        WorkspaceError: the workspace has no such space.
    """
    name = _of_pictures(workspace, space)
    return _nearest(workspace, text_vector(model_of(workspace, name.encoder), text), k, name)


def like_image(workspace: Workspace, path: Path, k: int, space: SpaceName | str = IMAGES) -> list[Hit]:
    """Find the k points of a space most like an image file.

    Raises:
        ModelError: the workspace was built from own vectors, or its model cannot be loaded.
        ImageError: the file is not a readable image.
        SubsetError: the space is not of pictures alone.
        WorkspaceError: the workspace has no such space.
    """
    name = _of_pictures(workspace, space)
    return _nearest(workspace, image_vector(model_of(workspace, name.encoder), path), k, name)


def like_id(workspace: Workspace, point: str, k: int, space: SpaceName | str | None = None) -> list[Hit]:
    """Find the k images most like one of the workspace, or boxes like one of its boxes; itself left out.

    Args:
        workspace: where to look.
        point: id of the image or box.
        k: how many.
        space: where alike is meant; by default how images look, or among the boxes that this one is of.

    Raises:
        SubsetError: the id is unknown, or not one of that space.
        WorkspaceError: the workspace has no such space.
    """
    point = workspace.known_id(point)
    if point not in workspace.point_ids:
        raise SubsetError(f"Expected an id of this workspace, found {point!r}. `edgecase info` names the source.")
    name = workspace.space_name(space) if space else workspace.space_of([point])
    among = workspace.embeddings(name)
    if point not in among.ids:
        raise SubsetError(f"Expected the id of a point in the space {name}, found {point!r}.")
    vector = among.vectors[among.ids.index(point)]
    return [hit for hit in _nearest(workspace, np.asarray(vector), k + 1, name) if hit.id != point][:k]


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


def _of_pictures(workspace: Workspace, space: SpaceName | str) -> SpaceName:
    """The space, where its vectors are of pictures alone: those of labels and predictions join names of classes."""
    name = workspace.space_name(space)
    if not workspace.shows_pictures(name):
        raise SubsetError(f"Words and new images are compared with images: expected the space image, found {name}.")
    return name


def _nearest(workspace: Workspace, vector: Float32, k: int, space: SpaceName) -> list[Hit]:
    without = set(np.flatnonzero(np.isnan(workspace.layout(space).xy).any(axis=1)).tolist())  # a vector
    rows, similarities = search(space_index(workspace, space).index, vector[None], k + len(without))
    images, paths = workspace.sample_ids(space), workspace.samples["filepath"]
    return [
        Hit(str(images.index[row]), str(paths[str(images.iat[row])]), round(float(similarity), 6))
        for row, similarity in zip(rows[0], similarities[0], strict=True)
        if row >= 0 and row not in without
    ][:k]
