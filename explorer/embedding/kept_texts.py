"""Vectors of texts that a build embeds once, so that an opened workspace needs no model for them.

They lie beside the cached image vectors, a file per model and list of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.keys import artefact_key
from explorer.data.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Float32
    from explorer.embedding.label_text import TextEncoder


def kept_texts(folder: Path, model: str, texts: Sequence[str]) -> Float32 | None:
    """The unit vectors of texts, float32 (t, d); None where no build kept them, or what it kept is damaged.

    Args:
        folder: of cached vectors.
        model: key of the model that embedded them.
        texts: in the order in which they were embedded.
    """
    try:
        vectors = np.load(_file(folder, model, texts), allow_pickle=False)
    except (OSError, ValueError):
        return None
    return np.asarray(vectors, np.float32) if vectors.shape[:1] == (len(texts),) else None


def keep_texts(folder: Path, model: str, texts: Sequence[str], encoder: TextEncoder) -> None:
    """Embed texts and keep them, unless they are kept.

    Raises:
        ModelError: the model cannot be loaded.
        OSError: they cannot be written.
    """
    if kept_texts(folder, model, texts) is not None:
        return
    vectors = encoder.encode_texts(list(texts))
    file = _file(folder, model, texts)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as draft, draft.open("wb") as opened:
        np.save(opened, vectors, allow_pickle=False)


def _file(folder: Path, model: str, texts: Sequence[str]) -> Path:
    return folder / "texts" / f"{artefact_key(model=model, texts=list(texts))}.npy"
