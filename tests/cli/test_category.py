"""The commands of categories."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_categories_are_defined_listed_shown_and_retired(workspace: Workspace, edgecase: Edgecase) -> None:
    place, wrong = workspace.path, workspace.ids[0]
    said = edgecase(
        *("category", "add", place, "Red", "--criterion", "It is red.", "--where", "label=apple", "--where"),
        *("camera=right", "--target", "40", "--priority", "high", "--requirement", "R1", "--author", "Ada"),
    )
    assert said == (0, "Ada added the category “Red”.\n", "")
    workspace.path.joinpath("ids").write_text(f"{wrong}\n")
    edgecase("subset", "create", place, "apples", "--ids", place / "ids", "--category", "red")
    (told,) = printed_json(edgecase("category", "list", place, "--json"))
    assert (told["name"], told["target"], told["examples"], told["subsets"]) == ("Red", 40, 1, ["apples"])
    assert told["ceiling"] == {"errors": 1, "of": 2, "share": 0.5}
    assert edgecase("category", "list", place, "--model", "v1")[1] == (
        "Red\t1 of 40\topen\thigh\tIt is red.\tFixing its examples removes at most 50% of the errors (1 of 2).\n"
    )
    shown = edgecase("category", "show", place, "red")[1].splitlines()
    assert shown[:2] == ["Name: Red", "Criterion: It is red."]
    assert "Rule: label=apple, camera=right" in shown
    frame = workspace.samples
    right = list(frame.index[(frame["label"] == "apple") & (frame["camera"] == "right") & (frame.index != wrong)])
    assert shown[shown.index(f"Candidates: {len(right)}") + 1 :] == right
    assert printed_json(edgecase("category", "show", place, "red", "--json"))["candidates"] == right
    edgecase("category", "edit", place, "red", "--rename", "Reddish", "--where", "", "--status", "mitigated")
    (told,) = printed_json(edgecase("category", "list", place, "--json"))
    assert (told["name"], told["where"], told["status"], told["examples"]) == ("Reddish", [], "mitigated", 1)
    edgecase("category", "retire", place, "reddish", "--reason", "Solved", "--author", "Bob")
    assert "\tretired: Solved\t" in edgecase("category", "list", place)[1]
    assert edgecase("category", "restore", place, "reddish", "--author", "Bob")[0] == 0
    history = edgecase("category", "history", place, "Red")[1].splitlines()
    assert [line.partition("  ")[2] for line in history[:2]] == [
        "Bob restored the category “Reddish”.",
        "Bob retired the category “Reddish”: Solved.",
    ]
    edgecase("category", "undo", place, "--author", "Bob")
    assert workspace.categories.find("Red").retired == "Solved"
    edgecase("category", "redo", place, "--author", "Bob")
    assert workspace.categories.find("Red").retired == ""


def test_what_a_report_recommends_is_said_by_command(dusk_workspace: Workspace, edgecase: Edgecase) -> None:
    place, out = dusk_workspace.path, dusk_workspace.path.parent / "r.md"
    edit = ("category", "edit", place, "light", "--author", "Ada")
    assert edgecase(*edit, "--action", "collect: Ten at dusk.", "--action", "Augment: Darken.")[0] == 0
    assert "Recommended: collect: Ten at dusk., augment: Darken." in edgecase("category", "show", place, "light")[1]
    edgecase("report", place, "-o", out, "--model", "v1")
    assert "- **Collect**: Ten at dusk.\n- **Augment**: Darken." in out.read_text()
    assert "one of collect, relabel, augment, remove, a colon" in refusal(edgecase(*edit, "--action", "buy: A camera."))
    assert edgecase(*edit, "--action", "")[0] == 0
    edgecase("report", place, "-o", out, "--model", "v1")
    assert "59 of 100 are wrong" in out.read_text()


def test_what_subsets_name_is_listed_without_a_criterion(workspace: Workspace, edgecase: Edgecase) -> None:
    edgecase("subset", "create", workspace.path, "apples", "--where", "label=apple", "--category", "Lighting")
    assert edgecase("category", "list", workspace.path)[1].startswith("Lighting\t5 of 20\topen\t\tno criterion yet\t")
    assert (
        "15 examples are left out: the model may have learnt from them."
        in edgecase("category", "show", workspace.path, "Lighting")[1]
    )
    (told,) = printed_json(edgecase("category", "list", workspace.path, "--json"))
    assert (told["examples"], told["left_out"]) == (20, 15)


def test_categories_go_out_as_yaml_and_come_in(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    place, file = workspace.path, tmp_path / "team.yaml"
    code, out, _ = edgecase("category", "import", place, "--template", "driving", "--author", "Ada")
    assert code == 0
    assert out.splitlines()[0] == "Ada added the category “Sun glare”: from the template driving."
    assert out.splitlines()[-1] == "12 categories read, 12 decisions."
    assert edgecase("category", "export", place, "-o", file) == (0, "", "")
    assert edgecase("category", "export", place)[1] == file.read_text("utf-8")
    assert edgecase("category", "import", place, file)[1] == "12 categories read, 0 decisions.\n"
    file.write_text(file.read_text("utf-8").replace("Braking too late.", "A late stop."), "utf-8")
    (event,) = printed_json(edgecase("category", "import", place, file, "--json"))
    assert (event["kind"], event["name"]) == ("edited", "Occluded road user")
    assert workspace.categories.find("Occluded road user").hazard == "A late stop."


def test_refusals_are_one_sentence(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    place, binary = workspace.path, tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    assert "no column 'lux'" in refusal(edgecase("category", "add", place, "Dark", "--where", "lux<3"))
    assert "has no space 'label/x'" in refusal(
        edgecase("category", "add", place, "Dark", "--where", "label=apple", "--space", "label/x")
    )
    assert "No category is called “Dark”" in refusal(edgecase("category", "show", place, "Dark"))
    assert "models v1, v2, found 'v9'" in refusal(edgecase("category", "list", place, "--model", "v9"))
    assert "as UTF-8 text" in refusal(edgecase("category", "import", place, binary))
    assert "nothing about categories of Nobody" in refusal(edgecase("category", "undo", place, "--author", "Nobody"))
    assert workspace.categories.all() == []


def test_errors_of_a_detector_count_from_its_best_confidence_on(boxes_workspace: Workspace, edgecase: Edgecase) -> None:
    """As in the app, in `compare` and in the report."""
    place = boxes_workspace.path
    place.joinpath("ids").write_text("gt:1\n")
    edgecase("subset", "create", place, "one", "--ids", place / "ids", "--category", "low light")
    (told,) = printed_json(edgecase("category", "list", place, "--json"))
    every, best = (
        printed_json(edgecase("evaluate", place, "--model", "v1", "--confidence", confidence, "--json"))["v1"]
        for confidence in ("0", "best-f1")
    )
    assert told["ceiling"]["of"] == best["fp"] + best["fn"]
    assert best["confidence"] > every["confidence"]


def test_an_export_that_finds_the_disk_full_leaves_the_former_one(workspace: Workspace, edgecase: Edgecase) -> None:
    """And says which file it was, which a full disk does not."""
    place, out = workspace.path, workspace.path.parent / "categories.yaml"
    edgecase("category", "add", place, "Red", "--criterion", "It is red.", "--author", "Ada")
    assert edgecase("category", "export", place, "-o", out)[0] == 0
    former = out.read_text("utf-8")
    edgecase("category", "add", place, "Blue", "--criterion", "It is blue.", "--author", "Ada")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    try:
        said = edgecase("category", "export", place, "-o", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert f"{out}: File too large." in refusal(said)
    assert [file.read_text("utf-8") for file in out.parent.glob("*categories.yaml*")] == [former]


def test_a_category_whose_rule_the_build_cannot_answer_is_shown(workspace: Workspace, edgecase: Edgecase) -> None:
    place = workspace.path
    workspace.categories.add("Dusk", author="Ada", criterion="Low sun.", where=["lux<10"])
    code, out, told = edgecase("category", "show", place, "dusk")
    assert code == 0
    assert out.splitlines()[:3] == ["Name: Dusk", "Criterion: Low sun.", "Rule: lux<10"]
    assert out.splitlines()[-1] == "Examples: 0, of no subset"
    assert told.startswith("edgecase: Dusk: There is no column 'lux'")
