"""What labels that came back change: kinds of change, pairs of boxes, and what comes of applying some of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.corrections.diff import Standing, applied, diff, said
from explorer.corrections.matching import Matched, Unmatched
from explorer.corrections.pairing import paired
from explorer.data.corrections import ADDED, LabelledBox
from explorer.data.labelled_images import LabelledImage, Region

if TYPE_CHECKING:
    from explorer.corrections.diff import Change

CELL = LabelledBox("gt:1", "cell", 4, 4, 32, 32)
DOT = LabelledBox("gt:2", "dot", 56, 20, 24, 24)
LINE = LabelledBox("gt:3", "dot", 10, 10, 0, 8)
BOXES = {"a": Standing(96, 64, None, (CELL, DOT, LINE))}
LABELS = {"a": Standing(96, 64, "Bag", ()), "b": Standing(96, 64, None, ())}


def image(*regions: Region, **facts: object) -> LabelledImage:
    return LabelledImage(**{"where": "file, 1", "path": "a.png", "regions": regions, **facts})  # type: ignore[arg-type]


def of_boxes(*regions: Region, **facts: object) -> list[Change]:
    return diff([Matched(image(*regions, **facts), "a", "id")], [], BOXES, has_boxes=True)


def region(box: LabelledBox, identity: str = "", **changes: Any) -> Region:
    moved = box._replace(**changes)
    return Region(moved.label, moved.box, identity)


def test_the_same_boxes_are_unchanged_whatever_the_unit_and_the_rounding() -> None:
    plain = [region(box, x=box.x + 0.004) for box in (DOT, LINE, CELL)]
    percent = [
        Region(box.label, (box.x / 0.96, box.y / 0.64, box.width / 0.96, box.height / 0.64))
        for box in (CELL, LINE, DOT)
    ]
    for regions, size in ((plain, None), (percent, (100.0, 100.0))):
        changes = of_boxes(*regions, size=size)
        assert [change.kind for change in changes] == ["unchanged"] * 3
        assert {change.after for change in changes} == {CELL, DOT, LINE}, "the given numbers stay, not the rounded ones"


def test_each_kind_of_change_is_told() -> None:
    new = Region("cell", (20, 44, 16, 16), "xYz")
    changes = of_boxes(region(CELL, label="blob"), region(DOT, "gt:2", x=2, label="cell"), new)
    assert [(change.kind, said(change)) for change in changes] == [
        ("class changed", "cell → blob"),
        ("class changed", "dot → cell"),
        ("box moved", "dot from 56, 20, 24 x 24 to 2, 20, 24 x 24"),
        ("box added", "cell at 20, 44, 16 x 16"),
        ("box removed", "dot at 10, 10, 0 x 8"),
    ]
    after = applied(BOXES["a"].boxes, changes)
    assert after[:2] == (CELL._replace(label="blob"), DOT._replace(x=2, label="cell"))
    assert (after[2].box, after[2].id.startswith(ADDED)) == ((20, 44, 16, 16), True)
    assert applied(BOXES["a"].boxes, [changes[2]]) == (CELL, DOT._replace(x=2), LINE), "each counts for itself"
    assert applied(BOXES["a"].boxes, [changes[4], changes[1]]) == (CELL, DOT._replace(label="cell"))
    assert len({change.key for change in changes}) == 5


def test_boxes_that_a_format_cuts_at_the_edge_have_not_moved() -> None:
    beyond = LabelledBox("gt:9", "cell", -10, 50, 30, 30)
    standing = {"a": Standing(96, 64, None, (beyond,))}
    for as_written in (Region("cell", (0, 50, 20, 14)), Region("cell", beyond.box)):
        (change,) = diff([Matched(image(as_written), "a", "id")], [], standing, has_boxes=True)
        assert (change.kind, change.after) == ("unchanged", beyond)


def test_an_image_labelled_in_another_shape_is_not_guessed() -> None:
    (change,) = of_boxes(Region("cell", (4, 4, 32, 32)), size=(64.0, 96.0))
    assert (change.kind, said(change)) == (
        "image unmatched",
        "it was labelled at 64 x 96, and the image here is 96 x 64, of another shape",
    )
    (half, *_) = of_boxes(Region("cell", (2, 2, 16, 16)), size=(48.0, 32.0))
    assert (half.kind, half.after) == ("unchanged", CELL), "one that was made smaller is"


def test_labels_of_images_are_changed_new_or_the_same() -> None:
    lines = diff(
        [
            Matched(image(Region("Boot")), "a", "digest"),
            Matched(image(Region("Bag")), "b", "path"),
        ],
        [],
        LABELS,
        has_boxes=False,
    )
    assert [(one.image, one.kind, said(one), one.by) for one in lines] == [
        ("a", "class changed", "Bag → Boot", "digest"),
        ("b", "class changed", "no label → Bag", "path"),
    ]
    whole = image(Region("Bag", (0, 0, 96, 64)), size=(96.0, 64.0))
    (same,) = diff([Matched(whole, "a", "id")], [], LABELS, has_boxes=False)
    assert same.kind == "unchanged", "a box of the whole image is its label"


def test_what_says_nothing_changes_nothing_and_is_listed() -> None:
    images = [
        image(answered=False),
        image(),
        image(Region("Bag"), Region("Boot")),
        image(Region("Bag", (1, 1, 5, 5))),
    ]
    lines = [line for one in images for line in diff([Matched(one, "a", "id")], [], LABELS, has_boxes=False)]
    assert [(one.kind, said(one)) for one in lines] == [
        ("no answer", "nobody said what is on it"),
        ("no answer", "it has no label"),
        ("no answer", "it has 2 labels, expected one"),
        ("no answer", "it has a box, and this workspace has labels of whole images"),
    ]
    assert [one.kind for one in of_boxes(answered=False)] == ["no answer"]
    assert [one.kind for one in of_boxes(Region("cell"))] == ["no answer"]
    assert [one.kind for one in of_boxes()] == ["box removed"] * 3, "an empty answer is one"


def test_of_an_image_with_a_shape_that_could_not_be_read_no_box_is_removed() -> None:
    """The box that is missing may be the shape that was left out."""
    lines = of_boxes(region(CELL, label="blob"), unread=True)
    assert [(one.kind, said(one)) for one in lines] == [
        ("class changed", "cell → blob"),
        ("no answer", "not all of its shapes could be read, so none is removed"),
    ]
    assert [one.kind for one in of_boxes(*map(region, (CELL, DOT, LINE)), unread=True)] == ["unchanged"] * 3
    twice = [Matched(image(region(CELL), unread=unread), "a", "id") for unread in (False, True)]
    lines = diff(twice, [], BOXES, has_boxes=True)
    assert [one.kind for one in lines] == ["duplicate", "duplicate"], "the same boxes, and a shape that only one has"


def test_an_image_that_is_there_twice_is_used_where_both_say_the_same() -> None:
    same, other = Matched(image(Region("Boot")), "a", "id"), Matched(image(Region("Coat")), "a", "path")
    kinds = [one.kind for one in diff([same, same], [], LABELS, has_boxes=False)]
    assert kinds == ["class changed", "duplicate"]
    lines = diff([same, other], [], LABELS, has_boxes=False)
    assert [said(one) for one in lines] == ["the file has the image several times, with different labels"] * 2
    unanswered = Matched(image(answered=False), "a", "id")
    assert [one.kind for one in diff([unanswered, same], [], LABELS, has_boxes=False)] == ["no answer", "class changed"]


def test_what_is_of_no_image_is_listed() -> None:
    (line,) = diff([], [Unmatched(image(Region("Bag")), "no image is called so")], {}, has_boxes=False)
    assert (line.kind, line.image, said(line), line.where) == (
        "image unmatched",
        "",
        "no image is called so",
        "file, 1",
    )


def test_boxes_are_paired_by_id_then_class_then_overlap() -> None:
    before = [CELL, CELL._replace(id="gt:4", label="dot"), DOT]
    same = [LabelledBox("", "dot", 5, 4, 32, 32), LabelledBox("", "cell", 6, 4, 32, 32)]
    assert paired(before, same) == {0: 1, 1: 0}, "one of the same class comes before a nearer one of another"
    far = LabelledBox("gt:2", "dot", 0, 0, 5, 5)
    assert paired(before, [far]) == {2: 0}, "an id counts wherever the box went"
    copied = [far, DOT._replace(x=57)]
    assert paired(before, copied) == {2: 1}, "of a box and its copy the one that is where it was"
    assert paired([CELL], [LabelledBox("", "cell", 24, 4, 32, 32)]) == {}, "an IoU of 0.23 is another object"


def test_thousands_of_boxes_on_one_image_are_paired() -> None:
    chance = np.random.default_rng(1)
    boxes = [LabelledBox(f"gt:{i}", "cell", *map(float, chance.uniform(1, 900, 4))) for i in range(2_000)]
    pairs = paired(boxes, [box._replace(id="") for box in reversed(boxes)])
    assert pairs == {place: 1_999 - place for place in range(2_000)}


def test_keys_are_the_same_for_the_same_file() -> None:
    first, second = (of_boxes(region(CELL, label="blob"), Region("dot", (1, 1, 9, 9))) for _ in range(2))
    assert [one.key for one in first] == [one.key for one in second]
    assert Counter(one.kind for one in first)["box added"] == 1
