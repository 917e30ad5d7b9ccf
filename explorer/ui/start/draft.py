"""What a new workspace is going to be made of, as far as the person has said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.actions.inspect_source import inspect_source
from explorer.actions.place import discard

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.inspect_source import Found


@dataclass(frozen=True)
class Draft:
    """A source, and what belongs to it.

    Attributes:
        source: a folder, table, COCO or YOLO file.
        workspace: the new workspace, where it holds the source already because files were dropped on the page.
        labels: a file of labels.
        predictions: models, each with a file or folder of predictions.
        columns: of a table, roles that differ from what is taken for granted, each with its column.
        allow_unmatched: take labels and predictions of which less than a tenth belongs to the images.
    """

    source: Path
    workspace: Path | None = None
    labels: Path | None = None
    predictions: tuple[tuple[str, Path], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    allow_unmatched: bool = False

    def command(self, workspace: Path, name: str, model: dict[str, str]) -> list[str]:
        """The arguments of `edgecase` that build it."""
        words = ["build", str(self.source), "--workspace", str(workspace), "--name", name]
        words += ["--labels", str(self.labels)] if self.labels else []
        words += [word for model, file in self.predictions for word in ("--predictions", f"{model}={file}")]
        words += [word for role, column in self.columns for word in ("--column", f"{role}={column}")]
        words += ["--allow-unmatched"] if self.allow_unmatched else []
        return words + [word for option, value in model.items() for word in (f"--{option}", value)]


def current() -> Draft | None:
    """The draft of this session."""
    draft: Draft | None = st.session_state.get("draft")
    return draft


def begin(source: Path, workspace: Path | None = None) -> None:
    """Begin with a source."""
    st.session_state.draft = Draft(source, workspace)


def change(**facts: Any) -> None:  # noqa: ANN401 - the fields of a draft
    """Say more of it."""
    st.session_state.draft = replace(st.session_state.draft, **facts)


def drop() -> None:
    """Begin anew; files that were dropped on the page, and of which nothing was made, go with it."""
    left = current()
    if left and left.workspace:
        discard(left.workspace)
    st.session_state.pop("draft", None)


def found(draft: Draft, vectors: Path | None = None) -> Found:
    """What is in it, and in vectors of the person's own for it.

    Raises:
        SourceError: it cannot be used, with the reason.
    """
    changed = draft.source.stat().st_mtime_ns if draft.source.exists() else 0
    return _found(draft.source, draft.labels, draft.predictions, draft.columns, vectors, draft.allow_unmatched, changed)


@st.cache_data(show_spinner="Looking at your data…", max_entries=16, ttl=120)
def _found(
    source: Path,
    labels: Path | None,
    predictions: tuple[tuple[str, Path], ...],
    columns: tuple[tuple[str, str], ...],
    vectors: Path | None,
    allow_unmatched: bool,  # noqa: FBT001 - part of the cache's key
    changed: int,  # noqa: ARG001 - part of the cache's key
) -> Found:
    return inspect_source(
        source,
        labels=labels,
        predictions=predictions,
        vectors=vectors,
        columns=dict(columns),
        allow_unmatched=allow_unmatched,
    )
