"""A live rule keeps every kind of filter as it is and finds what matches now."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Table
from explorer.data.filters import Between, NoneOf, OneOf, matching, parse_where
from explorer.errors import SubsetError
from explorer.subsets.rules import FORMAT, Rule, described, from_json, matching_ids, to_json

FRAME = pd.DataFrame(
    {"label": ["猫", 'a=b, "c"', None, "dog"], "weight": np.array([0.1, 1 / 3, np.nan, 7], np.float32)},
    index=pd.Index(["a", "b", "c", "d"], name="id"),
)


@pytest.mark.parametrize(
    "one",
    [
        OneOf("label", frozenset({"猫", 'a=b, "c"', MISSING})),
        OneOf("label", frozenset()),
        NoneOf("label", frozenset({"dog"})),
        Between("weight", float(np.nextafter(np.float32(0.1), np.float32(1)))),
        Between("weight", high=1 / 3),
        Between("weight", 0.1, 7.0),
        Between("weight"),
    ],
)
def test_a_rule_comes_back_from_json_as_it_was(one: OneOf | NoneOf | Between) -> None:
    """Through strict JSON text, to the last bit of a number, and with the same matches."""
    rule = Rule((one, NoneOf("label", frozenset({"x"}))), "prediction/v1/größer", 0.55, 0.25)
    back = from_json(json.loads(json.dumps(to_json(rule), allow_nan=False)))
    assert back == rule
    table = Table(FRAME)
    assert matching_ids(back, table) == list(FRAME.index[matching(table, rule.filters)])


def test_conditions_of_the_command_line_find_the_same_as_a_rule() -> None:
    table = Table(FRAME)
    rule = Rule((parse_where("weight>0.1", table), parse_where("label!=dog", table)))
    assert matching_ids(from_json(to_json(rule)), table) == ["b"]
    assert described(rule).endswith(", label is not dog")


def test_a_rule_that_asks_for_a_missing_column_names_it() -> None:
    with pytest.raises(SubsetError, match=r"the column 'camera', which this build does not have\. Build or add data"):
        matching_ids(Rule((OneOf("camera", frozenset({"left"})),)), Table(FRAME))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {**to_json(Rule(())), "format": FORMAT + 1},
        {**to_json(Rule(())), "space": "pixels"},
        {**to_json(Rule(())), "space": 3},
        {**to_json(Rule(())), "filters": [{"is": ["a"]}]},
        {**to_json(Rule(())), "filters": None},
        {**to_json(Rule(())), "iou": "much"},
    ],
)
def test_a_rule_that_cannot_be_read_is_one_sentence(raw: dict[str, object]) -> None:
    with pytest.raises(SubsetError, match=r"The rule .*(cannot be read|has format)"):
        from_json(raw)
