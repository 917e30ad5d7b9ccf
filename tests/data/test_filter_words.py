"""Filters as sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Table
from explorer.data.filter_words import all_in_words, in_words
from explorer.data.filters import Between, During, Filter, NoneOf, OneOf, parse_where

FRAME = pd.DataFrame(
    {
        "label": ["bag", "coat", "boot", "coat", None],
        "model.confidence": [0.25, 0.5, 0.75, 1.0, np.nan],
        "model.iou": [0.25, 0.5, 0.75, 1.0, np.nan],
        "Shot By": ["a", "a", "b", "b", "b"],
        "split": ["train", "train", "test", "test", "test"],
    }
)
NAMES = {"label": "Label", "model.confidence": "Confidence", "model.iou": "IoU", "split": "Split"}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (OneOf("label", frozenset(["coat", "bag"])), "label is bag or coat"),
        (OneOf("label", frozenset([MISSING])), "label is missing"),
        (OneOf("v1.outcome", frozenset(["fn", "tp"])), "v1.outcome is missed or found"),
        (NoneOf("label", frozenset(["bag"])), "label is not bag"),
        (NoneOf("label", frozenset(["bag", "coat", MISSING])), "label is boot"),
        (NoneOf("split", frozenset(["train"])), "split is not train"),
        (OneOf("Shot By", frozenset("abcdefg")), "Shot By is a, b, c, d or 3 others"),
        (Between("model.confidence", 0.3, 0.5), "confidence 0.3 to 0.5"),
        (Between("model.confidence", 0.25, 0.5), "confidence at most 0.5"),
        (Between("model.confidence", 0.5, 1.0), "confidence at least 0.5"),
        (Between("model.confidence"), "confidence known"),
        (Between("model.iou", high=0.5), "IoU at most 0.5"),
        (Between("model.iou", high=1_234_567.0), "IoU known"),
        (Between("ts_ns", low=1_700_000_000_000_000_001), "ts_ns at least 1700000000000000001"),
        (During("when", "2024-05-01", "2024-06"), "when from 2024-05-01 on and before 2024-06"),
        (During("when", until="2024-06"), "when before 2024-06"),
    ],
)
def test_a_filter_is_said_as_a_person_would(one: Filter, said: str) -> None:
    assert in_words(one, NAMES, Table(FRAME)) == said


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("model.confidence<0.5", "confidence below 0.5"),
        ("model.confidence<=0.5", "confidence at most 0.5"),
        ("model.confidence>0.5", "confidence above 0.5"),
        ("model.confidence>=0.5", "confidence at least 0.5"),
    ],
)
def test_below_and_at_most_are_told_apart(where: str, said: str) -> None:
    table = Table(FRAME)
    assert in_words(parse_where(where, table), NAMES, table) == said


def test_without_the_points_a_rule_keeps_its_negation() -> None:
    """What is left today need not be what is left in a later build."""
    rule = (Between("model.confidence", high=0.5), NoneOf("label", frozenset(["bag", "coat", MISSING])))
    assert all_in_words(rule) == "model.confidence at most 0.5, label is not missing or bag or coat"
    assert all_in_words((*rule[:1], OneOf("split", frozenset(["test"]))), NAMES) == (
        "confidence at most 0.5, split is test"
    )
