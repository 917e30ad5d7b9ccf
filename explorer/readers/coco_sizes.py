"""Boxes of a COCO file on images whose size is not the one it says: resized, or turned by their EXIF orientation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL.Image import Transpose

from explorer.data.images import open_image
from explorer.errors import ImageError

if TYPE_CHECKING:
    from explorer.readers.objects import Box


class Fit(NamedTuple):
    """How boxes come onto the image as shown.

    Attributes:
        width: of the image that the boxes are of, pixels; infinite where nobody says.
        height: the same.
        across: what x is multiplied with once the box is turned.
        down: what y is multiplied with.
        turn: what is done to the image before it is shown, and not to the boxes.
        unfit: why its boxes cannot be used; empty where they can.
    """

    width: float
    height: float
    across: float = 1.0
    down: float = 1.0
    turn: Transpose | None = None
    unfit: str = ""

    @property
    def changes_nothing(self) -> bool:
        """Whether boxes lie on the image as they are."""
        return self[2:] == (1.0, 1.0, None, "")

    @property
    def shown(self) -> tuple[float, float]:
        """Width and height of the image as shown."""
        width, height = (self.width, self.height) if self.turn is None else (self.height, self.width)
        return width * self.across, height * self.down

    def box(self, box: Box) -> Box:
        """A box in pixels of the image as shown."""
        x, y, width, height = self._turned(box)
        return x * self.across, y * self.down, width * self.across, height * self.down

    def area(self, area: float) -> float:
        """An area in square pixels of the image as shown."""
        return area * self.across * self.down

    def _turned(self, box: Box) -> Box:
        if self.turn is None:
            return box
        x, y, width, height = box
        from_right, from_bottom = self.width - x - width, self.height - y - height
        left = from_bottom if self.turn in {Transpose.ROTATE_270, Transpose.TRANSVERSE} else y
        top = from_right if self.turn in {Transpose.ROTATE_90, Transpose.TRANSVERSE} else x
        return left, top, height, width


def fit_to(file: str, width: float, height: float) -> tuple[Fit, str]:
    """How boxes on an image of this size come onto the file's, and what is to be said of it; empty if nothing.

    Boxes of a resized image are scaled with it. Where the size is that of the pixels before EXIF orientation turns
    them, so are the boxes. Where the image lies on its side and no orientation says which way, they are of no use.

    Args:
        file: the image.
        width: pixels that the boxes count in, infinite where nobody says.
        height: the same.
    """
    said = Fit(width, height)
    try:
        with open_image(Path(file), hashed=False) as opened:
            shown, sideways, turn = (opened.width, opened.height), opened.is_sideways, opened.turn
    except ImageError:  # whoever reads the images lists it
        return said, ""
    if float("inf") in said.shown:
        return Fit(*shown), ""
    if shown == said.shown:
        return said, ""
    differs = f"its size is said to be {width:g} x {height:g}, and the file is {shown[0]} x {shown[1]}"
    is_turned = (width - height) * (shown[0] - shown[1]) < 0
    if is_turned and not sideways:
        unfit = f"{differs}, on its side, with no orientation that says which way: its boxes are left out"
        return said._replace(unfit=unfit), unfit
    if is_turned:
        upright = said._replace(turn=turn)
        fit = upright._replace(across=shown[0] / height, down=shown[1] / width)
        return fit, f"{differs} once EXIF turned it upright: its boxes are turned with it"
    return said._replace(
        across=shown[0] / width, down=shown[1] / height
    ), f"{differs}: its boxes are scaled to the file"
