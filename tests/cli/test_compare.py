"""`edgecase compare`: JSON alone on stdout, or lines that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data.subsets import Member
from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_json_has_the_keys_that_the_readme_names(dusk_built: Workspace, edgecase: Edgecase) -> None:
    said = printed_json(edgecase("compare", dusk_built.path, "v1", "v2", "--json"))
    assert list(said) == [
        *("before", "after", "of", "metric", "judged", "overall", "categories", "subsets", "segments"),
        *("not_evaluated", "thresholds", "confusion", "errors", "versions", "drift", "drift_sentences"),
    ]
    keys = {
        "column",
        "value",
        "n",
        "images",
        "too_few",
        "before",
        "after",
        "difference",
        "fixed",
        "regressed",
        "p",
        "q",
    }
    assert set(said["overall"]) == keys
    assert said["subsets"][2]["q"] is None, "too few to say"


def test_lines_say_it_in_words(dusk_built: Workspace, edgecase: Edgecase) -> None:
    code, out, err = edgecase("compare", dusk_built.path, "v1", "v2")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "v1 -> v2, of 199 images that both were judged on"
    (dusk,) = [line for line in lines if line.startswith("  dusk: 41.0% (")]
    assert "-> 63.0% (" in dusk
    assert "of 100, +22.0 points (+" in dusk
    assert "33 fixed, 11 regressed, p = 0.0013" in dusk
    assert "  few: too few to say (5 images), 0 fixed, 5 regressed" in lines
    assert "  dusk: v1 41.0% -> v2 63.0% -> v3 100.0%" in lines


def test_how_many_of_a_category_are_left_out_is_said(workspace: Workspace, edgecase: Edgecase) -> None:
    members = [Member(each, "ids") for each in workspace.ids if each.startswith("apple")]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    lines = edgecase("compare", workspace.path, "v1", "v2")[1].splitlines()
    assert "  fruit: too few to say (5 images), 0 fixed, 0 regressed, 15 left out" in lines
    assert "What is left out the models may have learnt from." in lines
    _, out, _ = edgecase("compare", workspace.path, "v1", "v2", "--count-leaking")
    assert "left out" not in out


def test_how_many_are_left_out_of_everything_is_said(workspace: Workspace, edgecase: Edgecase) -> None:
    code, out, _ = edgecase("compare", workspace.path, "v1", "v2", "--leave-out-leaking")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "v1 -> v2, of 15 images that both were judged on"
    assert lines[1].endswith(", 45 left out")
    assert "What is left out the models may have learnt from." in lines
    assert (
        printed_json(edgecase("compare", workspace.path, "v1", "v2", "--leave-out-leaking", "--json"))["overall"][
            "left_out"
        ]
        == 45
    )


def test_boxes_say_their_false_alarms(boxes_built: Workspace, edgecase: Edgecase) -> None:
    _, out, _ = edgecase("compare", boxes_built.path, "v1", "v2")
    assert "  found: 90.3% (" in out
    assert "  false alarms: 1 -> 1" in out


def test_an_unknown_model_is_refused(dusk_built: Workspace, edgecase: Edgecase) -> None:
    assert "Expected one of the models v1, v2, v3, found 'v9'." in refusal(
        edgecase("compare", dusk_built.path, "v1", "v9")
    )
