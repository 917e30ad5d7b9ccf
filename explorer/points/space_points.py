"""What the points of a space are at any threshold: ids, coordinates, vectors, index, pictures. One copy for all."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX, with_margin
from explorer.data.counts import counted
from explorer.maps.neighbors import search
from explorer.maps.regions import regions
from explorer.points.index import space_index
from explorer.subsets.grow import Growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.findings import Region
    from explorer.data.records import Float32, Int64, Neighbors
    from explorer.data.spaces import SpaceName
    from explorer.store.workspace import Workspace

MARGIN = 0.1
"""Share of a box's own size that its picture shows around it."""


class SpacePoints:
    """The points of a space, one row each.

    Attributes:
        workspace: where they are from.
        name: the space.
        are_boxes: whether each point is a box in an image rather than an image.
    """

    def __init__(self, workspace: Workspace, name: SpaceName) -> None:
        self.workspace = workspace
        self.name = name
        self.are_boxes = workspace.task.has_boxes_in(name)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def key(self) -> str:
        """Names these rows, for the addresses of their pictures; a copy of the workspace has other names."""
        return f"{self.workspace.paths.key}-{self.workspace.tables_key}-{self.layout_key}"

    @property
    def layout_key(self) -> str:
        """Names their coordinates."""
        return self.workspace.layout_key(self.name)

    @property
    def have_map(self) -> bool:
        """Whether they were laid out: boxes are not where only whole images have vectors."""
        return str(self.name) in self.workspace.manifest.spaces

    @property
    def are_pictures(self) -> bool:
        """Whether the vectors are of pictures alone, which words can be compared with: images and boxes are."""
        return self.have_map and self.workspace.shows_pictures(self.name)

    @property
    def noun(self) -> tuple[str, str]:
        """What one of them is called, and several."""
        return ("box", "boxes") if self.are_boxes else ("image", "images")

    def counted(self, n: int) -> str:
        """A number of these points in words: `1 image`, `47 boxes`."""
        return counted(n, *self.noun)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids in row order."""
        return self.workspace.ids_of(self.name)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    def rows(self, ids: Iterable[str]) -> list[int]:
        """Rows of those ids that are among these points."""
        return [self.row_of[each] for each in ids if each in self.row_of]

    def ids_of(self, rows: Sequence[int] | Int64) -> list[str]:
        """Ids of rows."""
        return [self.ids[row] for row in rows]

    @cached_property
    def sample_rows(self) -> Int64:
        """The row in the sample table of each point's image, int64 (n,)."""
        if not self.are_boxes:
            return np.arange(len(self))
        images = pd.Index(self.workspace.sample_ids(self.name))
        return np.asarray(self.workspace.samples.index.get_indexer(images), np.int64)

    @cached_property
    def xy(self) -> Float32:
        """Coordinates, float32 (n, 2)."""
        return np.array(self.workspace.layout(self.name).xy)

    @cached_property
    def unplaced(self) -> Int64:
        """Rows without a vector, and so without a place: those that a further encoder does not know."""
        return np.flatnonzero(np.isnan(self.xy).any(axis=1))

    @cached_property
    def vectors(self) -> Float32:
        """Vectors, float32 (n, d), memory-mapped."""
        return self.workspace.embeddings(self.name).vectors

    @cached_property
    def index(self) -> Any:  # noqa: ANN401 - FAISS indexes have no common type
        """FAISS index of the vectors, memory-mapped."""
        return space_index(self.workspace, self.name).index

    @cached_property
    def growth(self) -> Growth:
        """The vectors made ready for growing subsets."""
        return Growth.over(np.asarray(self.vectors))

    @property
    def neighbors(self) -> Neighbors:
        """The stored neighbour graph."""
        return self.workspace.neighbors(self.name)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The regions of their map, without names; none where they have no map."""
        return tuple(regions(self.xy, self.neighbors)) if self.have_map else ()

    def nearest(self, query: Float32, k: int) -> tuple[Int64, Float32]:
        """Rows and cosine similarities of the k points nearest to one vector."""
        rows, similarities = search(self.index, query.reshape(1, -1), k + len(self.unplaced))
        known = (rows[0] >= 0) & ~np.isin(rows[0], self.unplaced)  # -1 where an index finds fewer
        return rows[0][known][:k], similarities[0][known][:k]

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.workspace.paths.thumbnails

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return Path(self._of_sample(row, "filepath"))

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return str(self._of_sample(row, "digest"))

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        """The part of the image that a box's picture shows: left, top, right, bottom; None for a whole image."""
        if not self.are_boxes:
            return None
        boxes = self.workspace.objects(self.name)[list(BOX)]
        return with_margin(boxes.iloc[self.checked(row)].to_numpy(np.float64).tolist(), MARGIN)

    def checked(self, row: int) -> int:
        """The row, where there is one.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self):
            raise IndexError(row)
        return row

    def _of_sample(self, row: int, column: str) -> Any:  # noqa: ANN401 - one cell
        return self.workspace.samples[column].iat[self.sample_rows[self.checked(row)]]
