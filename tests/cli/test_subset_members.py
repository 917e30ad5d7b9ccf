"""`edgecase subset`: members, growth, explanation, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_members_come_and_go_and_every_step_is_told_and_taken_back(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    ws, by = workspace.path, ("--author", "Ada")
    edgecase("subset", "create", ws, "red", "--where", "label=apple", *by)
    (tmp_path / "ids.txt").write_text("sky/00.png\nsky/01.png\n")
    ids = ("--ids", tmp_path / "ids.txt")
    assert edgecase("subset", "add", ws, "red", *ids, *by)[1].startswith("Ada added 2 members to “red”")
    assert len(workspace.subset("red").ids) == 22
    assert printed_json(edgecase("subset", "remove", ws, "red", *ids, "--reject", *by, "--json"))["kind"] == "rejected"
    assert set(workspace.subset("red").rejected) == {"sky/00.png", "sky/01.png"}
    assert edgecase("subset", "undo", ws, *by)[0] == 0
    assert len(workspace.subset("red").ids) == 22
    assert edgecase("subset", "redo", ws, *by)[0] == 0
    assert len(workspace.subset("red").ids) == 20
    assert "nothing about subsets of Bob" in refusal(edgecase("subset", "undo", ws, "--author", "Bob"))
    out = edgecase("subset", "delete", ws, "red", *by)[1]
    assert f"edgecase subset restore {ws} red" in out
    assert edgecase("subset", "restore", ws, "red", *by)[0] == 0
    kinds = [event["kind"] for event in printed_json(edgecase("subset", "history", ws, "--json"))]
    assert kinds == ["restored", "deleted", "redone", "undone", "rejected", "added", "created"]
    assert len(edgecase("subset", "history", ws, "red")[1].splitlines()) == 7
    (tmp_path / "ids.txt").write_text("nowhere.png")
    assert "1 unknown: nowhere.png" in refusal(edgecase("subset", "add", ws, "red", *ids))


def test_growing_lists_what_is_most_alike_and_undecided(edgecase: Edgecase, workspace: Workspace) -> None:
    """The ranking is the one of the Grow page; members and rejected ones are not in it."""
    ws = workspace.path
    edgecase("subset", "create", ws, "red", "--where", "label=apple", "--where", "split=test")
    members = set(workspace.subset("red").ids)
    workspace.decisions.reject_candidates("red", ["apple/01.png"], author="Ada")
    hits = printed_json(edgecase("subset", "grow", ws, "red", "-k", 10, "--json"))
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert not {hit["id"] for hit in hits} & (members | {"apple/01.png"})
    assert sum(hit["id"].startswith("apple") for hit in hits) == 10
    assert edgecase("subset", "grow", ws, "red", "-k", 3)[1].count("\n") == 3
    workspace.decisions.create_subset("empty", author="Ada")
    assert "has no members" in refusal(edgecase("subset", "grow", ws, "empty"))


def test_growing_can_ask_for_words_an_image_a_threshold_and_another_space(
    edgecase: Edgecase, boxes_workspace: Workspace, tmp_path: Path
) -> None:
    """What each ranks by is held in tests/actions/test_grow.py."""
    ws = boxes_workspace.path
    (tmp_path / "ids.txt").write_text("gt:2\ngt:5\n")
    edgecase("subset", "create", ws, "dots", "--ids", tmp_path / "ids.txt")
    grown = ("subset", "grow", ws, "dots")
    every = {
        "label": printed_json(edgecase(*grown, "--json")),
        "prediction/v1": printed_json(edgecase(*grown, "--among", "prediction", "--json")),
        "image": printed_json(edgecase(*grown, "--text", "a blue dot", "--among", "image", "--json")),
    }
    for space, hits in every.items():
        assert {hit["id"] for hit in hits} == set(boxes_workspace.embeddings(space).ids) - {"gt:2", "gt:5"}
        assert hits[0].keys() == {"id", "filepath", "similarity", "score"}
    least = every["label"][3]["score"]
    assert printed_json(edgecase(*grown, "--at-least", repr(least), "--json")) == every["label"][:4]
    image = boxes_workspace.samples["filepath"].iloc[5]
    out = edgecase(*grown, "--image", image, "--among", "image", "-k", 1)[1]
    assert out == f"1.0000\t{boxes_workspace.ids[5]}\n"
    assert "no space 'pixels'" in refusal(edgecase(*grown, "--among", "pixels"))


def test_a_subset_is_explained_in_words_and_figures(edgecase: Edgecase, clip_workspace: Workspace) -> None:
    ws = clip_workspace.path
    edgecase("subset", "create", ws, "red", "--where", "label=apple", "--where", "split=train")
    said = printed_json(edgecase("subset", "explain", ws, "red", "--json"))
    assert said["members"] == 15
    assert {"column": "label", "value": "apple"}.items() <= said["over_represented"][0].items()
    assert len(said["phrases"]) == 12
    assert all(each.startswith("apple/") for each in said["typical"])
    out = edgecase("subset", "explain", ws, "red")[1]
    assert "3.0x  label apple (100%" in out
    assert said["cohesion"]["sentence"] in out
    edgecase("subset", "create", ws, "all", "--where", "weight>=0")
    assert "nothing to compare" in refusal(edgecase("subset", "explain", ws, "all"))
