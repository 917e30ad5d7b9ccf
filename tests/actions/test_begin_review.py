"""The sample's review becomes decisions, once, and is what its script makes."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.actions.begin_review import begin_review
from explorer.actions.demo import REVIEW, sample_data
from explorer.actions.outcomes import newest_review
from explorer.actions.review import disagreements, progress
from explorer.errors import SourceError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

MAKE = Path(__file__).parents[2] / "sample_data" / "make"


@pytest.fixture
def reviewed(demo: Workspace, tmp_path: Path) -> Workspace:
    """The demo with its review."""
    workspace = open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    assert begin_review(workspace, sample_data() / REVIEW)
    return workspace


def test_the_round_is_whole_and_differs_where_people_would(reviewed: Workspace) -> None:
    (one,) = reviewed.rounds.all()
    assert (one.name, one.protocol.model, len(one.protocol.ids)) == ("First round", "v2", 180)
    assert [(each.done, each.total) for each in progress(reviewed, one.key)] == [(189, 189), (189, 189)]
    assert len(disagreements(reviewed, one.key)) == 15
    found = newest_review(reviewed, "v2")
    assert found is not None
    assert len(found.items) == 180
    assert newest_review(reviewed, "v1") is None


def test_each_condition_is_a_category_with_its_examples(reviewed: Workspace) -> None:
    members = {subset.category: len(subset.ids) for subset in reviewed.subsets()}
    assert members == dict.fromkeys(("Dark", "Blurred", "Rotated", "Occluded", "Over-exposed", "Wrong label"), 30)
    assert [one.name for one in reviewed.categories.all()][-1] == "Look-alike"


def test_where_something_was_decided_nothing_is_added(reviewed: Workspace) -> None:
    before = reviewed.decisions.state().sequence
    assert begin_review(reviewed, sample_data() / REVIEW) is None
    assert reviewed.decisions.state().sequence == before


def test_a_folder_without_a_review_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        begin_review(workspace, tmp_path)
    assert workspace.decisions.state().sequence == 0


def test_the_script_makes_what_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "fashion"
    shutil.copytree(
        sample_data() / "fashion", folder, ignore=shutil.ignore_patterns("images", "verdicts.csv", "*.json")
    )
    monkeypatch.syspath_prepend(MAKE)
    main = runpy.run_path(str(MAKE / "make_review.py"))["main"]
    main.__globals__["FOLDER"] = folder
    main()
    for name in ("protocol.json", "verdicts.csv"):
        assert (folder / "review" / name).read_bytes() == (sample_data() / REVIEW / name).read_bytes()
    for name in ("make_fashion", "fashion_mnist"):
        sys.modules.pop(name, None)
