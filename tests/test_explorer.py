"""The names that a notebook uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import explorer

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_the_public_names_are_these() -> None:
    assert set(explorer.__all__) == {"ExplorerError", "build", "open_workspace"}
    assert all(hasattr(explorer, name) for name in explorer.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = explorer.nonsense


def test_the_public_names_are_enough_to_work_with_a_workspace(built: Workspace) -> None:
    """What the README shows."""
    workspace = explorer.open_workspace(str(built.path))
    assert workspace.samples.index.name == "id"
    for space in ("image", "label", "prediction"):
        assert len(workspace.embeddings(space).vectors) == len(workspace.layout(space).ids) == 60
        assert workspace.layout(space).xy.shape == (60, 2)
        assert workspace.neighbors(space).indices.shape == (60, 15)
    assert workspace.subsets() == []
