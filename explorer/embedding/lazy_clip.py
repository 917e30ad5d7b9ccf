"""A CLIP model that is loaded only when there is something new to embed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from explorer.embedding.clip import ClipModel
from explorer.embedding.model_source import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from explorer.data.records import Float32


_TILE = 16
"""A forward pass is of a multiple of this: rows that do not fill a tile of the matrix products are added up in another
order."""


class LazyClip:
    """Stands for a `ClipModel`: its key is known at once, its weights are read at the first use."""

    def __init__(self, name: str, pretrained: str | None) -> None:
        """Name a model as `ClipModel.load` does.

        Raises:
            ModelError: a local folder lacks its config or its weights.
        """
        self.key = resolve(name, pretrained).key
        self._names = (name, pretrained)
        self._loading = Lock()
        self._model: ClipModel | None = None

    def preprocess(self, image: Image.Image) -> Any:  # noqa: ANN401 - torch is imported only where it is needed
        """See `ClipModel.preprocess`; called from several threads."""
        return self._loaded().preprocess(image)

    def encode_images(self, batch: Sequence[Any]) -> Float32:
        """See `ClipModel.encode_images`; here an image has the same vector, to the last bit, alone and among others."""
        filled = [*batch, *[batch[-1]] * (-len(batch) % _TILE)]
        return self._loaded().encode_images(filled)[: len(batch)]

    def encode_texts(self, texts: list[str]) -> Float32:
        """See `ClipModel.encode_texts`."""
        return self._loaded().encode_texts(texts)

    def _loaded(self) -> ClipModel:
        with self._loading:
            if self._model is None:
                self._model = ClipModel.load(*self._names)
            return self._model
