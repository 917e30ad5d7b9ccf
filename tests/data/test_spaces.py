"""Names of spaces print and parse themselves."""

from __future__ import annotations

import pytest

from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task, predictions_of
from explorer.errors import WorkspaceError


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (IMAGES, "image"),
        (LABELS, "label"),
        (predictions_of("v1"), "prediction/v1"),
        (predictions_of("a/b c?"), "prediction/a/b c?"),
        (predictions_of("zwölf\nZeilen"), "prediction/zwölf\nZeilen"),
        (SpaceName(Space.IMAGE, encoder="dino"), "image?encoder=dino"),
        (SpaceName(Space.PREDICTION, "v1", layout="wide & low"), "prediction/v1?layout=wide%20%26%20low"),
        (SpaceName(Space.LABEL, encoder="a=b?", layout="x"), "label?encoder=a%3Db%3F&layout=x"),
    ],
)
def test_a_name_is_read_as_it_is_printed(name: SpaceName, printed: str) -> None:
    """The first encoder and layout are not printed: names of before stay what they are."""
    assert str(name) == printed
    assert SpaceName.parse(printed) == name


@pytest.mark.parametrize("text", ["", "images", "?encoder=x", "/v1"])
def test_what_is_no_space_is_refused(text: str) -> None:
    with pytest.raises(WorkspaceError, match="Expected a space such as image"):
        SpaceName.parse(text)


def test_only_labels_and_predictions_of_detection_are_boxes() -> None:
    names = [IMAGES, LABELS, predictions_of("v1")]
    assert [Task.DETECTION.has_boxes_in(name) for name in names] == [False, True, True]
    assert not any(Task.CLASSIFICATION.has_boxes_in(name) for name in names)
