"""What the browser says of corrected boxes is read with care."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.data.corrections import LabelledBox
from explorer.ui.components.declare import soundly
from explorer.ui.components.viewer import MOST_BOXES, Edit, _edited, _numbered, _reverted

IMAGE = "/image/boxes/3?size=large"
NEW = "added:00112233445566ff"


def _box(**said: object) -> dict[str, object]:
    return {"id": "gt:1", "label": "cell", "x": 1, "y": 2.5, "width": 3, "height": 4, **said}


def _read(value: object) -> object:
    return soundly(lambda said: _edited(said, IMAGE, frozenset(["gt:1"])), value)


def test_what_was_changed_is_read_with_known_and_new_ids() -> None:
    said = {"image": IMAGE, "boxes": [_box(), _box(id=NEW, label="dot")], "removed": ["gt:2"], "n": 1}
    changed = (LabelledBox("gt:1", "cell", 1, 2.5, 3, 4), LabelledBox(NEW, "dot", 1, 2.5, 3, 4))
    assert _read(said) == Edit(changed, frozenset(["gt:2"]))
    assert _read({"image": IMAGE, "boxes": [], "removed": []}) == Edit((), frozenset())


@pytest.mark.parametrize(
    "said",
    [
        None,
        "boxes",
        {"image": IMAGE},
        {"image": IMAGE, "boxes": [_box()]},
        {"image": IMAGE, "boxes": [_box()], "removed": 7},
        {"image": IMAGE, "boxes": [_box(id="gt:9")], "removed": []},
        {"image": IMAGE, "boxes": [_box(id="added:x")], "removed": []},
        {"image": IMAGE, "boxes": [_box(id=7)], "removed": []},
        {"image": IMAGE, "boxes": [_box(label=None)], "removed": []},
        {"image": IMAGE, "boxes": [_box(x="1")], "removed": []},
        {"image": IMAGE, "boxes": [_box(x=float("nan"))], "removed": []},
        {"image": IMAGE, "boxes": [{"id": "gt:1"}], "removed": []},
        {"image": IMAGE.replace("3", "4"), "boxes": [_box()], "removed": []},
        {"image": IMAGE, "boxes": [_box()] * (MOST_BOXES + 1), "removed": []},
    ],
)
def test_what_our_script_would_not_send_is_nothing(said: Any) -> None:
    assert _read(said) is None


def test_what_is_no_edit_counts_as_heard_so_that_the_browser_does_not_wait_for_it() -> None:
    known = frozenset(["gt:1"])
    sound = {"image": IMAGE, "boxes": [], "removed": ["gt:1"], "n": 3}
    assert _numbered(sound, IMAGE, known) == (3, Edit((), frozenset(["gt:1"])))
    assert _numbered({**sound, "boxes": [_box(id="gt:9")], "n": 4}, IMAGE, known) == (4, None)


def test_only_undo_and_redo_take_back() -> None:
    assert [soundly(_reverted, one) for one in ({"verb": "undo"}, {"verb": "drop"}, {}, None)] == [
        "undo",
        None,
        None,
        None,
    ]
