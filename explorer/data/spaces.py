"""Which points a map is of, and how they are placed: a value that parses and prints itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote, unquote

from explorer.errors import WorkspaceError


class Space(StrEnum):
    """What a point of the map stands for."""

    IMAGE = "image"
    LABEL = "label"
    PREDICTION = "prediction"


class Task(StrEnum):
    """What a model does with an image: name it, or find the objects on it."""

    CLASSIFICATION = "classification"
    DETECTION = "detection"

    def has_boxes_in(self, space: SpaceName) -> bool:
        """Whether the points of a space are boxes, several to an image, rather than images."""
        return self is Task.DETECTION and space.kind is not Space.IMAGE


_PRINTED = re.compile(r"(?P<kind>[^/?]+)(?:/(?P<model>.*?))?(?:\?(?P<further>(?:encoder|layout)=[^?]*))?", re.DOTALL)


@dataclass(frozen=True)
class SpaceName:
    """The name of a space: `image`, `label` or `prediction/MODEL` in manifests, addresses, files and commands.

    A second encoder or layout follows as in an address: `image?encoder=dino&layout=wide`.

    Attributes:
        kind: what its points stand for.
        model: whose predictions they are; empty for images and labels.
        encoder: whose vectors; empty for the first of the workspace.
        layout: which map of them; empty for the first of the workspace.
    """

    kind: Space
    model: str = ""
    encoder: str = ""
    layout: str = ""

    @classmethod
    def parse(cls, text: str) -> SpaceName:
        """Read a name as it is printed.

        Raises:
            WorkspaceError: it is of no kind of space.
        """
        found = _PRINTED.fullmatch(text)
        if not found or found["kind"] not in list(Space):
            raise WorkspaceError(f"Expected a space such as image, label or prediction/MODEL, found {text!r}.")
        further = dict(part.split("=", 1) for part in (found["further"] or "").split("&") if "=" in part)
        encoder, layout = (unquote(further.get(name, "")) for name in ("encoder", "layout"))
        return cls(Space(found["kind"]), found["model"] or "", encoder, layout)

    @property
    def of_points(self) -> SpaceName:
        """Whose points these are, whatever vectors and map they have: the space of the first encoder and layout."""
        return SpaceName(self.kind, self.model)

    @property
    def of_vectors(self) -> SpaceName:
        """Whose vectors and neighbours these are, whatever map they have: the space on its first layout."""
        return SpaceName(self.kind, self.model, self.encoder)

    @property
    def is_first(self) -> bool:
        """Whether it is of the first encoder and on its first layout."""
        return self == self.of_points

    def placed_as(self, other: SpaceName) -> SpaceName:
        """The same points with the encoder and the layout of another space."""
        return replace(self, encoder=other.encoder, layout=other.layout)

    def __str__(self) -> str:
        further = {"encoder": self.encoder, "layout": self.layout}
        said = "&".join(f"{name}={quote(value, safe='')}" for name, value in further.items() if value)
        return f"{self.kind}{f'/{self.model}' if self.model else ''}{f'?{said}' if said else ''}"


IMAGES = SpaceName(Space.IMAGE)
LABELS = SpaceName(Space.LABEL)


def predictions_of(model: str) -> SpaceName:
    """The space of one model's predictions."""
    return SpaceName(Space.PREDICTION, model)
