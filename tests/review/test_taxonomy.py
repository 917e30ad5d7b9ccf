"""Categories as YAML: there and back, what is refused, and the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from explorer.data.categories import LEVELS, TEMPLATES
from explorer.errors import CategoryError
from explorer.review.taxonomy import from_yaml, template, to_yaml
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from pathlib import Path

ALL = {
    "name": "Sun “glare”: low",
    "level": "pixel",
    "criterion": "Low sun;\nor its reflection.",
    "where": ["lux>=0.9", "split=test"],
    "space": "label",
    "severity": "High where signs are affected",
    "target": 50,
    "priority": "critical",
    "trigger": "Sun below 15°",
    "insufficiency": "Saturated sensor",
    "hazard": "A missed sign",
    "domain": "illumination",
    "requirements": ["R-1", "R-2"],
    "owner": "Ada",
    "status": "accepted",
    "rationale": "Rare",
}


def test_every_field_goes_out_and_comes_in_again(tmp_path: Path) -> None:
    with Decisions.open(tmp_path / "one.db") as log:
        Categories(log).take_in([ALL, {"name": "Fog", "retired": "Out of scope"}], author="Ada")
        text = to_yaml(Categories(log).all())
    entries = from_yaml(text, "team.yaml")
    assert entries == [ALL, {"name": "Fog", "retired": "Out of scope"}]
    with Decisions.open(tmp_path / "two.db") as log:
        Categories(log).take_in(entries, author="Bob")
        assert to_yaml(Categories(log).all()) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "Expected categories as YAML in team.yaml"),
        ("- a", "Expected `format: 1` and a list"),
        ("format: 1", "Expected `format: 1` and a list"),
        ("format: 2\ncategories: []", "found 2. Update"),
        ("format: 1\ncategories: [{criterion: x}]", r"with a name in team.yaml, categories\[0\]"),
        ("format: 1\ncategories: [{name: x, colour: red}]", r"In team.yaml, categories\[0\]: .*'colour'"),
        ("format: 1\ncategories: [{name: x, status: no}]", "found False. Put it in quotation marks"),
        ("format: 1\ncategories: [{name: x, retired: true}]", "the reason as text, found True"),
        ("format: 1\ncategories: [{name: !!python/name:os.system x}]", "Expected categories as YAML"),
    ],
)
def test_what_is_no_list_of_categories_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(CategoryError, match=message):
        from_yaml(text, "team.yaml")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_taken_in_whole(name: str, tmp_path: Path) -> None:
    entries = template(name)
    with Decisions.open(tmp_path / "decisions.db") as log:
        assert len(Categories(log).take_in(entries, author="Ada")) == len(entries) >= 10
    assert all(entry["criterion"].endswith(".") for entry in entries)
    assert {entry["level"] for entry in entries} == set(LEVELS)


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(CategoryError, match="general, medical, driving, found 'farming'"):
        template("farming")


def test_what_says_nothing_is_left_out(tmp_path: Path) -> None:
    with Decisions.open(tmp_path / "decisions.db") as log:
        Categories(log).add("Fog", author="Ada", owner="", target=20)
        assert yaml.safe_load(to_yaml(Categories(log).all())) == {"format": 1, "categories": [{"name": "Fog"}]}
