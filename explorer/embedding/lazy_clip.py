"""A CLIP model that is loaded only when there is something new to embed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from explorer.data.engines import AUTO, EXACT
from explorer.embedding.clip import ClipModel
from explorer.embedding.engines import Measured
from explorer.embedding.model_source import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from explorer.data.records import Float32


_TILE = 16
"""A forward pass is of a multiple of this: rows that do not fill a tile of the matrix products are added up in another
order."""

WORTH_MEASURING = 1_000
"""Images from which on a faster engine makes up for the first hundred, which are embedded twice to measure it."""


class LazyClip:
    """Stands for a `ClipModel`: its key is known at once, its weights are read at the first use."""

    def __init__(self, name: str, pretrained: str | None, engine: str = EXACT) -> None:
        """Name a model as `ClipModel.load` does, and what is to run its image side.

        Raises:
            ModelError: a local folder lacks its config or its weights.
        """
        self.key = resolve(name, pretrained).key
        self._names = (name, pretrained)
        self._engine = engine
        self._chosen = EXACT if engine == AUTO else engine
        self._loading = Lock()
        self._model: ClipModel | None = None

    def expect(self, images: int) -> None:
        """Say how many images may come, on which the automatic choice of an engine depends."""
        with self._loading:
            if self._engine == AUTO:
                self._chosen = AUTO if images >= WORTH_MEASURING else EXACT
                self._model = self._model and self._model.run_by(self._chosen)

    @property
    def ran(self) -> str:
        """What ran its image side, and how exactly; empty where nothing was embedded, or as exactly as can be."""
        engine = self._model and self._model.engine
        return engine.title if isinstance(engine, Measured) and engine.images else ""

    @property
    def enough(self) -> int:
        """See `ClipModel.enough`."""
        return self._loaded().enough

    @property
    def fills_the_processor(self) -> bool:
        """See `ClipModel.fills_the_processor`."""
        return self._loaded().fills_the_processor

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
                self._model = ClipModel.load(*self._names).run_by(self._chosen)
            return self._model
