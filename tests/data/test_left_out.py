"""Images and boxes that were left out are counted apart."""

from __future__ import annotations

import pytest

from explorer.data.left_out import left_out, left_out_in_words
from explorer.data.records import Skipped

IMAGE = Skipped("photos/a.PNG", "it cannot be decoded")
ROW = Skipped("table.csv, row 3", "its image is empty")
BOX = Skipped("instances.json, annotations[7]", "annotation 9: its box has no area")
DETECTION = Skipped("v1.json, entry 0", "its score is 2, not a number from 0 to 1")
LINE = Skipped("labels/a.txt, line 2", "the same line was there before")
CROPS = Skipped("photos/b.png", "3 of its 5 boxes lie outside it and have no crop")
COLUMN = Skipped("table.csv", "the column 'filepath' is left out: it is called as one of the program's own")


def test_images_boxes_and_the_rest_are_counted_apart() -> None:
    assert left_out([IMAGE, ROW, BOX, DETECTION, LINE, CROPS, COLUMN]) == {"image": 2, "box": 6, "other entry": 1}


@pytest.mark.parametrize(
    ("skipped", "said"),
    [
        ([], ""),
        ([IMAGE], "1 image"),
        ([IMAGE, IMAGE, BOX], "2 images and 1 box"),
        ([COLUMN, IMAGE, BOX, BOX], "1 image, 2 boxes and 1 other entry"),
    ],
)
def test_they_are_said_as_a_person_would(skipped: list[Skipped], said: str) -> None:
    assert left_out_in_words(skipped) == said
