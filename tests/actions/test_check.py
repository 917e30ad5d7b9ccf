"""The gate: passed, failed or cannot say, on the lower end of the interval; whatever is not right is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import binomtest

from explorer.actions.check import check, named, read_thresholds
from explorer.analysis.segments import Part
from explorer.data.subsets import Member
from explorer.errors import SourceError
from explorer.points.chosen import Chosen
from tests.reviewing import review

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

LOW = binomtest(63, 100).proportion_ci(method="wilson").low
"""The lower end of v2's rate at dusk, .532."""


def _file(folder: Path, text: str) -> Path:
    (folder / "thresholds.yaml").write_text(text, encoding="utf-8")
    return folder / "thresholds.yaml"


def _one(workspace: Workspace, folder: Path, entry: str, model: str = "v2") -> dict[str, Any]:
    said = check(workspace, _file(folder, f"- {{{entry}}}"), model)
    (found,) = said["checks"]
    assert said["status"] == found["status"]
    return dict(found)


@pytest.mark.parametrize("name", ["subset: dusk", "category: light", "segment: light=dusk"])
@pytest.mark.parametrize("metric", ["accuracy", "recall"])
def test_the_lower_end_must_reach_what_is_asked(name: str, metric: str, dusk_built: Workspace, tmp_path: Path) -> None:
    passed = _one(dusk_built, tmp_path, f"{name}, metric: {metric}, at_least: {LOW - 0.001:.4f}")
    assert (passed["status"], passed["n"], passed["rate"]) == ("passed", 100, 0.63)
    assert passed["low"] == pytest.approx(LOW)
    failed = _one(dusk_built, tmp_path, f"{name}, metric: {metric}, at_least: {LOW + 0.001:.4f}")
    assert failed["status"] == "failed"
    assert failed["reason"] == "63.0% (53.2% to 71.8%) of 100, the lower end is below 53.3%."


def test_too_few_images_cannot_say(dusk_built: Workspace, tmp_path: Path) -> None:
    entry = "subset: day, metric: accuracy, at_least: 0.5"
    assert _one(dusk_built, tmp_path, entry)["status"] == "cannot say"
    assert _one(dusk_built, tmp_path, entry)["reason"] == "9 images, where at least 20 are needed."
    assert _one(dusk_built, tmp_path, f"{entry}, min_n: 9")["status"] == "passed"
    assert _one(dusk_built, tmp_path, "subset: dusk, metric: accuracy, at_least: 0, min_n: 101")["n"] == 100


def _fruit(workspace: Workspace) -> list[str]:
    """Twenty apples, of which v1 has the first and the eleventh wrong; every fourth is not in the training split."""
    ids = [each for each in workspace.ids if each.startswith("apple")]
    members = [Member(each, "ids") for each in ids]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    return ids


def test_what_a_model_may_have_learnt_from_does_not_count_in_a_category(workspace: Workspace, tmp_path: Path) -> None:
    _fruit(workspace)
    file = _file(tmp_path, "- {category: fruit, metric: accuracy, at_least: 0.3, min_n: 5}")
    (found,) = check(workspace, file, "v1")["checks"]
    assert (found["images"], found["rate"], found["left_out"], found["status"]) == (5, 0.8, 15, "passed")
    assert found["reason"].endswith("at least 30.0%. 15 examples are left out: the model may have learnt from them.")
    (all_the_same,) = check(workspace, file, "v1", count_leaking=True)["checks"]
    assert (all_the_same["images"], all_the_same["rate"], all_the_same["left_out"]) == (20, 0.9, 0)
    assert "left out" not in all_the_same["reason"]
    few = _one(workspace, tmp_path, "category: fruit, metric: recall, at_least: 0.3", "v1")
    assert (few["status"], few["images"]) == ("cannot say", 5)


def test_what_a_model_may_have_learnt_from_can_be_left_out_of_everything(
    workspace: Workspace, dusk_built: Workspace, tmp_path: Path
) -> None:
    """Of the twenty apples fifteen are in the training split, whether as a subset or as a segment."""
    _fruit(workspace)
    entries = [
        f"- {{{name}, metric: accuracy, at_least: 0.3, min_n: 5}}"
        for name in ("subset: apples", "segment: label=apple")
    ]
    file = _file(tmp_path, "\n".join(entries))
    for found in check(workspace, file, "v1", leave_out_leaking=True)["checks"]:
        assert (found["images"], found["rate"], found["left_out"], found["status"]) == (5, 0.8, 15, "passed")
        assert found["reason"].endswith("15 examples are left out: the model may have learnt from them.")
    for found in check(workspace, file, "v1")["checks"]:
        assert (found["images"], found["rate"], found["left_out"]) == (20, 0.9, 0)
    with pytest.raises(SourceError, match="Expected images of a training split to leave out, found none"):
        check(dusk_built, _file(tmp_path, "- {subset: dusk, metric: accuracy, at_least: 0}"), leave_out_leaking=True)


def test_what_hangs_together_with_training_does_not_count(workspace: Workspace, tmp_path: Path) -> None:
    """Either camera took images of the training split."""
    _fruit(workspace)
    file = _file(tmp_path, "- {category: fruit, metric: accuracy, at_least: 0.3, min_n: 1}")
    (found,) = check(workspace, file, "v1", group_by="camera")["checks"]
    assert (found["status"], found["images"], found["left_out"], found["rate"]) == ("cannot say", 0, 20, None)
    with pytest.raises(SourceError, match="a column of the samples to group by"):
        check(workspace, file, "v1", group_by="patient")


def test_a_near_copy_of_a_training_image_does_not_count(source: Source, tmp_path: Path) -> None:
    """`apple/00.png` is in the test split and v1 has it wrong; it looks as `apple/01.png`, which was learnt from."""
    import pandas as pd

    from explorer import build

    vectors = pd.read_parquet(source.vectors)
    _, second, *rest = vectors["vector"]
    vectors.assign(vector=[second, second, *rest]).to_parquet(tmp_path / "v.parquet")
    workspace = build(source.table, tmp_path / "ws", vectors=tmp_path / "v.parquet")
    _fruit(workspace)
    found = _one(workspace, tmp_path, "category: fruit, metric: accuracy, at_least: 0.3, min_n: 4", "v1")
    assert (found["images"], found["rate"], found["left_out"]) == (4, 1, 16)


def test_verdicts_on_what_a_model_learnt_from_do_not_count_either(workspace: Workspace, tmp_path: Path) -> None:
    ids = _fruit(workspace)
    said = {each: (("incorrect" if place in (0, 1) else "correct"),) * 2 for place, each in enumerate(ids)}
    review(workspace, said, model="v1", severity="high")
    asked = "category: fruit, metric: severity_weighted, at_least: 0.1, min_n: 5"
    found = _one(workspace, tmp_path, asked, "v1")
    assert (found["images"], found["left_out"]) == (5, 15)
    assert found["rate"] == pytest.approx(1 - 3 / 7)


def test_without_verdicts_severity_cannot_be_weighted(dusk_built: Workspace, tmp_path: Path) -> None:
    found = _one(dusk_built, tmp_path, "subset: dusk, metric: severity_weighted, at_least: 0.1")
    assert (found["status"], found["rate"]) == ("cannot say", None)
    assert "No round of review has verdicts on v2 yet" in found["reason"]


def test_a_subset_of_which_nothing_is_judged_cannot_be_said(dusk_workspace: Workspace, tmp_path: Path) -> None:
    last = [Member(dusk_workspace.ids[-1], "lasso")]
    dusk_workspace.decisions.create_subset("unjudged", author="Ada", members=last)
    dusk_workspace.decisions.create_subset("empty", author="Ada")
    dusk_workspace.categories.add("blur", author="Ada")
    for name in ("subset: unjudged", "subset: empty", "category: blur"):
        found = _one(dusk_workspace, tmp_path, f"{name}, metric: accuracy, at_least: 0, min_n: 1")
        assert (found["status"], found["images"], found["rate"]) == ("cannot say", 0, None)


def test_failing_is_said_before_what_cannot_be_told(dusk_built: Workspace, tmp_path: Path) -> None:
    entries = {
        "failed": "- {subset: dusk, metric: accuracy, at_least: 0.9}\n",
        "cannot say": "- {subset: few, metric: accuracy, at_least: 0.9}\n",
        "passed": "- {subset: dusk, metric: accuracy, at_least: 0.1}\n",
    }
    for first, entry in entries.items():
        text = entries["passed"] + entries["cannot say"] + entry
        said = check(dusk_built, _file(tmp_path, text), "v2")
        assert said["status"] == ("failed" if first == "failed" else "cannot say")
        assert [one["status"] for one in said["checks"]] == ["passed", "cannot say", first]


def test_the_last_model_is_checked_where_none_is_named(dusk_built: Workspace, tmp_path: Path) -> None:
    said = check(dusk_built, _file(tmp_path, "- {subset: dusk, metric: accuracy, at_least: 0.9}"))
    assert (said["model"], said["status"]) == ("v3", "passed")


def test_boxes_have_recall(boxes_built: Workspace, tmp_path: Path) -> None:
    found = _one(boxes_built, tmp_path, "segment: label=cell, metric: recall, at_least: 0.5, min_n: 12", "v1")
    assert (found["status"], found["n"], found["images"], found["rate"]) == ("passed", 18, 12, 17 / 18)
    with pytest.raises(SourceError, match="Expected the metric recall of boxes, found accuracy for the segment"):
        _one(boxes_built, tmp_path, "segment: label=cell, metric: accuracy, at_least: 0.5")
    with pytest.raises(SourceError, match=r"found 'size=huge'\. There are: size="):
        _one(boxes_built, tmp_path, "segment: size=huge, metric: recall, at_least: 0.5")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (
            "subset: dawn, metric: accuracy, at_least: 0.5",
            "name of a subset of this.*found 'dawn'.*day, dusk",
        ),
        ("category: dawn, metric: accuracy, at_least: 0.5", "name of a category of this workspace, found 'dawn'"),
        ("segment: light=dawn, metric: accuracy, at_least: 0.5", "name of a segment of this workspace, found 'light="),
        ("segment: dusk, metric: accuracy, at_least: 0.5", "name of a segment of this workspace, found 'dusk'"),
        ("subset: dusk, category: light, metric: accuracy, at_least: 0.5", "one of category, segment and subset"),
        ("metric: accuracy, at_least: 0.5", "one of category, segment and subset"),
        ("subset: dusk, metric: accuracy, at_lest: 0.5", "at_least and min_n, found .*at_lest"),
        ("subset: dusk, metric: f1, at_least: 0.5", "a metric among accuracy, recall, severity_weighted, found 'f1'"),
        ("subset: dusk, at_least: 0.5", "a metric among .*found None"),
        ("subset: dusk, metric: accuracy", "at_least as a number from 0 to 1, found None"),
        ("subset: dusk, metric: accuracy, at_least: 80", "at_least as a number from 0 to 1, found '80'"),
        ("subset: dusk, metric: accuracy, at_least: nan", "at_least as a number from 0 to 1, found 'nan'"),
        ("subset: dusk, metric: accuracy, at_least: -0.1", "at_least as a number from 0 to 1, found '-0.1'"),
        ("subset: dusk, metric: accuracy, at_least: 0.5, min_n: 0", "min_n as a whole number of at least 1, found '0'"),
        ("subset: [dusk], metric: accuracy, at_least: 0.5", "the name of a subset, found none"),
        ("subset: '', metric: accuracy, at_least: 0.5", "the name of a subset, found none"),
    ],
)
def test_an_entry_that_is_not_right_is_an_error(entry: str, reason: str, dusk_built: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=reason):
        _one(dusk_built, tmp_path, entry)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a list of thresholds in .*, found nothing"),
        ("[]", "found nothing"),
        ("# all of it is a comment\n", "found nothing"),
        ("subset: dusk", "found no list"),
        ("- dusk", "Entry 1 of .*found no mapping"),
        ("- [", "Expected a file in YAML"),
        ("- !!python/object/apply:os.system ['true']", "found no mapping"),
        ("&a [" + "*a, " * 3 + "*a]", "."),
        ("- " + "[" * 5000, "Expected a file in YAML"),
        ("- x\n" * 10_001, "at most 10,000 thresholds in .*, found 10,001"),
    ],
)
def test_a_file_that_is_not_right_is_an_error(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=reason):
        read_thresholds(_file(tmp_path, text))


def test_a_name_that_several_regions_have_is_an_error() -> None:
    rows = np.arange(3)
    every = [Chosen(Part("segment", name, rows), None) for name in ("region=a", "region=a", "region=0-1")]
    with pytest.raises(SourceError, match="the name of one segment, found 'region=a', which 2 have"):
        named("segment", every, ["region=a"])
    assert [one.part.value for one in named("segment", every, ["region=0-1"])] == ["region=0-1"]


def test_a_rule_that_cannot_be_asked_is_an_error(dusk_workspace: Workspace, tmp_path: Path) -> None:
    rule = {"space": "label/none", "filters": [], "iou": 0.5, "confidence": 0}
    dusk_workspace.decisions.create_subset("rule", author="Ada", rule=rule)
    with pytest.raises(SourceError, match="The rule of the subset 'rule' cannot be asked"):
        _one(dusk_workspace, tmp_path, "subset: rule, metric: accuracy, at_least: 0.5")
    assert _one(dusk_workspace, tmp_path, "subset: dusk, metric: accuracy, at_least: 0.5")["status"] == "passed"


def test_verdicts_weigh_errors_by_their_severity(dusk_workspace: Workspace, tmp_path: Path) -> None:
    """Of thirty images at dusk reviewers find two gravely wrong: 1 - (2 x 3) / (2 x 3 + 28) = .824."""
    ids = dusk_workspace.ids[:30]
    review(
        dusk_workspace,
        {each: (("incorrect" if i < 2 else "correct"),) * 2 for i, each in enumerate(ids)},
        model="v1",
        severity="high",
    )
    asked = "subset: dusk, metric: severity_weighted, at_least: {}"
    low, high = (_one(dusk_workspace, tmp_path, asked.format(share), model="v1") for share in ("0.5", "0.95"))
    assert low["rate"] == pytest.approx(1 - 6 / 34)
    assert (low["n"], low["images"]) == (30, 30)
    assert (low["status"], high["status"]) == ("passed", "failed")
    assert low["low"] < low["rate"] < low["high"]
    few = _one(dusk_workspace, tmp_path, "subset: few, metric: severity_weighted, at_least: 0.1", model="v1")
    assert (few["status"], few["n"]) == ("cannot say", 5)
