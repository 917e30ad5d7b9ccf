"""A CLIP model that is loaded only when there is something new to embed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from explorer.data.engines import AUTO, EXACT, WORTH_MEASURING
from explorer.data.keys import artefact_key
from explorer.embedding.clip import ClipModel
from explorer.embedding.model_source import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

    from explorer.data.engines import Ran
    from explorer.data.records import Float32


class LazyClip:
    """Stands for a `ClipModel`: its key is known at once, its weights are read at the first use."""

    def __init__(self, name: str, pretrained: str | None, engine: str = EXACT, folder: Path | None = None) -> None:
        """Name a model as `ClipModel.load` does, what is to run its image side, and where to keep what that learns.

        Raises:
            ModelError: a local folder lacks its config or its weights.
        """
        self.key = resolve(name, pretrained).key
        self._names = (name, pretrained)
        self._engine = engine
        self._kept = folder and folder / f"{artefact_key(model=self.key, engine=engine)}.model"
        self._chosen = chosen(engine, 0)
        self._before: Sequence[Ran] = ()
        self._loading = Lock()
        self._model: ClipModel | None = None

    def expect(self, images: int, before: Sequence[Ran] = ()) -> None:
        """Say how many images may come, on which an automatic choice depends, and what is known of those that were."""
        with self._loading:
            self._before, now = before, chosen(self._engine, images)
            if now != self._chosen and self._model:
                self._model = self._model.run_by(now, before, self._kept)
            self._chosen = now

    @property
    def ran(self) -> Ran:
        """See `ClipModel.ran`."""
        return self._loaded().ran

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
        """See `ClipModel.encode_images`."""
        return self._loaded().encode_images(batch)

    def encode_texts(self, texts: list[str]) -> Float32:
        """See `ClipModel.encode_texts`."""
        return self._loaded().encode_texts(texts)

    def _loaded(self) -> ClipModel:
        with self._loading:
            if self._model is None:
                self._model = ClipModel.load(*self._names).run_by(self._chosen, self._before, self._kept)
            return self._model


def chosen(engine: str, images: int) -> str:
    """The engine for so many images: the automatic choice is the exact one for few."""
    return EXACT if engine == AUTO and images < WORTH_MEASURING else engine
