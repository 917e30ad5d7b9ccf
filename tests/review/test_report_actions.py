"""What is recommended follows from the counts, and what people wrote in its place is read again."""

from __future__ import annotations

import pytest

from explorer.errors import ReviewError
from explorer.review.report_actions import Counted, Step, Written, drafted, from_yaml, to_yaml

FINE = Counted(
    counting=20, target=20, level="", errors=0, judged=20, doubted=0, copies=0, leaking=0, inadequate=0
)  # fmt: skip


def test_where_nothing_is_wrong_nothing_is_recommended() -> None:
    assert drafted(FINE) == []


def test_each_count_leads_to_what_mends_it() -> None:
    steps = drafted(FINE._replace(counting=12, level="pixel", errors=9, doubted=4, copies=2, inadequate=1))
    assert [step.do for step in steps] == ["relabel", "collect", "collect", "augment", "remove"]
    assert steps[0].what == "Check the labels of 4 of the 9 errors: they are probably wrong."
    assert steps[1].what == "Find 8 more examples: 12 of the 20 aimed at count."
    assert steps[2].what == "Add images of this kind to training: 9 of 20 are wrong."
    assert steps[4].what == "Retire from the test set, with the reason: 1 technically inadequate, 2 copied from others."


def test_errors_that_are_all_wrong_labels_want_no_training_images() -> None:
    assert [step.do for step in drafted(FINE._replace(errors=4, doubted=4))] == ["relabel"]


def test_what_is_written_is_read_again() -> None:
    written = Written("Ship it.", {"low light": [Step("collect", "200 images at dusk: by March")], "fog": []})
    assert from_yaml(to_yaml(written), "actions.yaml") == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "as YAML in a.yaml, found something else"),
        ("- 1", "`format: 1`, `summary` and `actions` in a.yaml"),
        ("format: 2", "`format: 1`, `summary` and `actions` in a.yaml"),
        ("format: 1\nsummary: [1]", "text as `summary`"),
        ("format: 1\nactions: {fog: collect}", "a list of actions in a.yaml, fog"),
        ("format: 1\nactions: {fog: [{do: pray, what: hard}]}", "`do` (one of collect, relabel, augment, remove)"),
    ],
)
def test_anything_else_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ReviewError) as error:
        from_yaml(text, "a.yaml")
    assert expected in str(error.value)
