"""What the analyses of a workspace are given, and how one says that it does not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace


class Analyzed(NamedTuple):
    """What is analysed.

    Attributes:
        workspace: where it lies.
        view: the opened build.
        points: what a model is right or wrong on: images, or the objects to be found.
        model: which one; None where there is none.
        seed: of what is drawn at random.
    """

    workspace: Workspace
    view: View
    points: Points
    model: str | None
    seed: int


class NotComputed(Exception):  # noqa: N818 - an answer, no error
    """Why a kind of analysis cannot be computed: its message is a sentence for the reader."""
