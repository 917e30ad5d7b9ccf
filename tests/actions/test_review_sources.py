"""Where the items of a round come from, on the images at dusk and by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.add import add
from explorer.actions.review_agreement import agreement_of, categories_of
from explorer.actions.review_sources import Sources, gathered
from explorer.data.spaces import LABELS, predictions_of
from explorer.data.verdicts import Protocol
from explorer.errors import CategoryError, ReviewError, SubsetError
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member
from tests.actions.test_add import NEW, _arrive, _new_scenes
from tests.conftest import DUSK
from tests.store.decisions.test_reviews import say

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource


def ids_of(workspace: Workspace, **of: object) -> list[str]:
    return list(gathered(View(workspace), Sources(**of), "v1").ids)  # type: ignore[arg-type]


def test_subsets_categories_and_ids_come_together_each_item_once(dusk_workspace: Workspace) -> None:
    ids = dusk_workspace.ids
    assert ids_of(dusk_workspace, subsets=["few", "day"]) == [*ids[:5], *ids[-10:]]
    assert ids_of(dusk_workspace, categories=["Light"]) == sorted(ids[:DUSK])
    found = gathered(View(dusk_workspace), Sources(subsets=["few"], categories=["light"], ids=ids[4:7]), "v1")
    assert sorted(found.ids) == sorted(ids[:DUSK])
    assert found.words == ("subset few", "category light", "3 ids")
    assert len(ids_of(dusk_workspace, everything=True)) == 2 * DUSK


def test_models_that_differ_are_a_source(dusk_workspace: Workspace) -> None:
    """v1 and v2 say the same but where one is wrong and the other not; the last image has no word of v2."""
    frame = dusk_workspace.samples
    one, two = frame["v1.prediction"], frame["v2.prediction"]
    expected = list(frame.index[(one != two) & two.notna()])
    assert len(expected) == 11 + 33
    assert ids_of(dusk_workspace, against="v2") == expected
    with pytest.raises(ReviewError, match="Expected one of the models v1, v2, v3, found 'v9'"):
        ids_of(dusk_workspace, against="v9")


def test_only_what_the_model_doubts_or_findings_are_about_is_kept(workspace: Workspace) -> None:
    sure = workspace.samples["v1.confidence"]
    limit = float(sure.median())
    doubted = list(sure.index[sure < limit])
    found = gathered(View(workspace), Sources(everything=True, below=limit), "v1")
    assert list(found.ids) == doubted
    assert found.words[-1] == f"confidence below {limit:g}"
    told = [workspace.ids[:3], workspace.ids[2:4]]
    kept = gathered(View(workspace), Sources(everything=True, found=True), "v1", told)
    assert kept.ids == tuple(workspace.ids[:4])


def test_of_images_with_boxes_those_are_kept_on_which_a_finding_is_about_a_box(boxes_workspace: Workspace) -> None:
    image = str(boxes_workspace.objects(LABELS).loc["gt:2", "sample"])
    found = gathered(View(boxes_workspace), Sources(everything=True, found=True), "v1", [("gt:2",)])
    assert found.ids == (image,)
    assert gathered(View(boxes_workspace), Sources(ids=["gt:2", "gt:3"], found=True), "v1", [("gt:2",)]).ids == (
        "gt:2",
    )


def test_what_reviewers_put_into_a_category_is_among_its_examples(dusk_workspace: Workspace) -> None:
    day = dusk_workspace.ids[-1]
    dusk_workspace.rounds.start(Protocol("Spring", (day,), ("Ada",)), author="Ada")
    dusk_workspace.verdicts.give("Spring", [say(day, "Ada", categories=("Light",))], author="Ada")
    assert ids_of(dusk_workspace, categories=["light"]) == sorted([*dusk_workspace.ids[:DUSK], day])


def test_a_batch_gives_what_it_flagged_and_what_it_did_not(clip_workspace: Workspace, tmp_path: Path) -> None:
    reds = [Member(each, "lasso") for each in clip_workspace.ids[:8]]
    clip_workspace.decisions.create_subset("red ones", author="Ada", members=reds)
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="monday", false_alarm=0.2).workspace
    matching = added.samples.loc[NEW, "matching_subset"].notna()
    assert 0 < matching.sum() < len(NEW)
    assert ids_of(added, flagged=["monday"]) == [each for each in NEW if matching[each]]
    assert ids_of(added, unmatched=["monday"]) == [each for each in NEW if not matching[each]]


def test_an_image_is_flagged_where_a_box_on_it_is(
    boxes_workspace: Workspace, box_source: BoxSource, tmp_path: Path
) -> None:
    """Of the turned scenes, those with a labelled box that is like the boxes of the subset."""
    labels = boxes_workspace.objects(LABELS)
    first = labels.index[labels["label"] == labels["label"].iloc[0]]
    members = [Member(str(each), "lasso") for each in first]
    boxes_workspace.decisions.create_subset("first class", author="Ada", members=members)
    table, found = _new_scenes(tmp_path / "new", box_source)
    added = add(boxes_workspace, table, batch="turned", predictions=[("v2", found)], false_alarm=0.3).workspace
    new = added.samples.index[added.samples["batch"] == "turned"]
    matched: set[str] = set()
    for name in (LABELS, predictions_of("v2")):
        boxes = added.objects(name)
        matched |= set(boxes["sample"][boxes["matching_subset"].notna()])
    assert matched
    assert ids_of(added, flagged=["turned"]) == [each for each in new if each in matched]


def test_what_is_not_there_is_refused(dusk_workspace: Workspace) -> None:
    with pytest.raises(SubsetError, match="No subset is called “none”"):
        ids_of(dusk_workspace, subsets=["none"])
    with pytest.raises(CategoryError, match="No category is called “none”"):
        ids_of(dusk_workspace, categories=["none"])
    with pytest.raises(ReviewError, match=r"Expected the name of a batch, found 'june'\. There are: none yet"):
        ids_of(dusk_workspace, flagged=["june"])
    with pytest.raises(ReviewError, match="Expected items to judge, found none of: no source"):
        ids_of(dusk_workspace)
    with pytest.raises(ReviewError, match="Expected a confidence of v1 to keep items by, found none"):
        ids_of(dusk_workspace, everything=True, below=0.5)


def test_agreement_is_by_category_and_by_group(dusk_workspace: Workspace) -> None:
    """Of a category is what a subset or a reviewer says is of it; images of one group are drawn together."""
    a, b, other = dusk_workspace.ids[0], dusk_workspace.ids[1], dusk_workspace.ids[-1]
    protocol = Protocol("Spring", (a, b, other), ("Ada", "Bob"), group="light")
    dusk_workspace.rounds.start(protocol, author="Ada")
    said = [say(each, who) for each in (a, b) for who in ("Ada", "Bob")]
    said += [say(other, "Ada", categories=("Odd",)), say(other, "Bob", "incorrect")]
    dusk_workspace.verdicts.give("Spring", said, author="Cem")
    view = View(dusk_workspace)
    found = agreement_of(view, "Spring", draws=50)
    assert found.verdicts.raw.value == pytest.approx(2 / 3)
    assert {name: (one.raw.value, one.raw.n) for name, one in found.categories.items()} == {
        "light": (1.0, 2),
        "Odd": (0.0, 1),
    }
    assert (found.verdicts.raw.low, found.verdicts.raw.high) == (0.0, 1.0), "two groups: dusk agrees, day does not"
    assert categories_of(view, [])["light"] == frozenset(dusk_workspace.ids[:DUSK])
