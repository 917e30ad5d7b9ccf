"""`edgecase subset`: made, listed, combined, edited and live."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer.actions.analyze import analyze
from explorer.cli import main
from tests.cli.conftest import printed_json, process, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_a_subset_of_ids_from_standard_input_is_shown_as_made(workspace: Workspace) -> None:
    ids = [workspace.ids[row] for row in (5, 1, 3)]
    options = ["--ids", "-", "--note", "why", "--category", "Lighting", "--author", "Ada", "--json"]
    stdin = "\n".join([*ids, "", f"  {ids[0]}  "])
    made = process("subset", "create", workspace.path, "edge case", *options, stdin=stdin)
    shown = printed_json(made)
    about = ["name", "key", "note", "category", "colour", "target", "rule", "remove", "actions"]
    assert list(shown) == [*about, "created_by", "created_at", "updated_at", "ids", "members"]
    assert shown["ids"] == ids
    assert (shown["name"], shown["note"], shown["category"], shown["created_by"]) == (
        "edge case",
        "why",
        "Lighting",
        "Ada",
    )
    assert [member["id"] for member in shown["members"]] == ids
    assert shown["members"][0].keys() == {"id", "origin", "score", "author", "time"}
    assert printed_json(process("subset", "show", workspace.path, "edge case", "--json")) == shown


def test_a_subset_from_a_file_of_ids(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text(f"\ufeff{workspace.ids[0]}\r\n{workspace.ids[1]}\r\n", "utf-8")
    _, out, _ = edgecase("subset", "create", workspace.path, "two", "--ids", tmp_path / "ids.txt")
    assert out.splitlines()[1:] == list(workspace.ids[:2])


def test_an_id_is_taken_as_it_is_written(edgecase: Edgecase, tmp_path: Path) -> None:
    """A name may begin with a space or hold what Python, but no editor, takes for the end of a line."""
    names = [" a.png", "b\u2028c.png", "d.png"]
    for name in names:
        Image.new("RGB", (8, 8), (len(name), 9, 9)).save(tmp_path / name)
    np.save(tmp_path / "v.npy", np.eye(3))
    edgecase("build", tmp_path, "--workspace", tmp_path / "ws", "--vectors", tmp_path / "v.npy")
    (tmp_path / "ids.txt").write_text("\n".join([*names[:2], "  d.png "]), "utf-8")
    shown = printed_json(
        edgecase("subset", "create", tmp_path / "ws", "odd\n names", "--ids", tmp_path / "ids.txt", "--json")
    )
    assert (shown["name"], shown["ids"]) == ("odd names", names)


def test_a_subset_by_rule_narrows_with_each_where(edgecase: Edgecase, workspace: Workspace) -> None:
    where = ["--where", "v1.outcome=wrong", "--where", "label=apple"]
    shown = printed_json(edgecase("subset", "create", workspace.path, "wrong", *where, "--json"))
    assert shown["ids"] == ["apple/00.png", "apple/10.png"]
    assert {member["origin"] for member in shown["members"]} == {"rule"}
    more = printed_json(edgecase("subset", "create", workspace.path, "sure", "--where", "v1.confidence>=0.9", "--json"))
    sure = workspace.samples["v1.confidence"] >= 0.9
    assert more["ids"] == list(workspace.samples.index[sure])


def test_ids_of_another_workspace_are_refused_and_nothing_is_made(edgecase: Edgecase, workspace: Workspace) -> None:
    made = process("subset", "create", workspace.path, "n", "--ids", "-", stdin=f"{workspace.ids[0]}\nnobody\n")
    assert "found 1 unknown: nobody." in refusal(made)
    assert printed_json(edgecase("subset", "list", workspace.path, "--json")) == []


@pytest.mark.parametrize(
    ("where", "said"),
    [("nonsense", "'column=value'"), ("colour=red", "no column 'colour'"), ("weight>heavy", "found 'heavy'")],
)
def test_a_rule_that_cannot_be_read_is_one_sentence(
    where: str, said: str, edgecase: Edgecase, workspace: Workspace
) -> None:
    assert said in refusal(edgecase("subset", "create", workspace.path, "n", "--where", where))


def test_a_rule_that_finds_nothing_names_what_there_is(edgecase: Edgecase, workspace: Workspace) -> None:
    """A slip in a value makes no empty subset; a live one may find something in a later build."""
    create = ("subset", "create", workspace.path)
    said = refusal(edgecase(*create, "n", "--where", "label=aple"))
    assert "found none where label is aple. label has apple, leaf, sky." in said
    assert printed_json(edgecase("subset", "list", workspace.path, "--json")) == []
    assert edgecase(*create, "n", "--live", "--where", "label=aple")[0] == 0


def test_lists_of_ids_that_cannot_be_read_are_one_sentence(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9.png\n")
    for file in (tmp_path / "none.txt", tmp_path / "latin.txt", tmp_path):
        assert str(file) in refusal(edgecase("subset", "create", workspace.path, "n", "--ids", file))


def test_subsets_are_listed_deleted_and_their_names_are_theirs(edgecase: Edgecase, workspace: Workspace) -> None:
    create = ("subset", "create", workspace.path)
    edgecase(*create, "Zebra", "--where", "label=sky", "--category", "Rare kind")
    edgecase(*create, "apples", "--where", "label=apple")
    assert "taken" in refusal(edgecase(*create, "APPLES", "--where", "label=apple"))
    assert printed_json(edgecase("subset", "list", workspace.path, "--json")) == [
        {"name": "apples", "category": "", "colour": "", "target": None, "live": False, "members": 20},
        {"name": "Zebra", "category": "Rare kind", "colour": "", "target": None, "live": False, "members": 20},
    ]
    assert printed_json(edgecase("subset", "delete", workspace.path, "apples", "--json")) == {"deleted": "apples"}
    code, out, _ = edgecase("subset", "list", workspace.path)
    assert (code, out) == (0, "Zebra\t20\tRare kind\t\n")
    for verb in ("show", "delete"):
        assert "deleted" in refusal(edgecase("subset", verb, workspace.path, "apples"))
        assert "No subset is called" in refusal(edgecase("subset", verb, workspace.path, "nobody"))


def test_a_live_subset_follows_the_next_build(
    edgecase: Edgecase, source: Source, workspace: Workspace, tmp_path: Path
) -> None:
    """Show, list, info and export hold what matches now, not what matched when it was made."""
    where = ("--live", "--where", "label=apple", "--where", "split=train")
    options = ("--target", 50, "--colour", "#d95f02", "--note", "n", "--category", "Lighting", "--author", "Ada")
    made = printed_json(edgecase("subset", "create", workspace.path, "live", *where, *options, "--json"))
    assert len(made["ids"]) == 15
    assert {member["origin"] for member in made["members"]} == {"rule"}
    assert (made["target"], made["colour"], made["created_by"]) == (50, "#d95f02", "Ada")
    assert workspace.subset("live").ids == ()
    lines = source.table.read_text().splitlines()
    table = source.images / "fewer.csv"
    table.write_text("\n".join([lines[0], *lines[6:]]))
    code, _, err = edgecase("build", table, "--workspace", workspace.path, "--vectors", source.vectors)
    assert code == 0, err
    table.unlink()
    assert len(printed_json(edgecase("subset", "show", workspace.path, "live", "--json"))["ids"]) == 12
    (listed,) = printed_json(edgecase("subset", "list", workspace.path, "--json"))
    assert (listed["live"], listed["members"], listed["target"]) == (True, 12, 50)
    assert edgecase("subset", "list", workspace.path)[1] == "live\t12 of 50\tLighting\tn\n"
    assert (
        "12 of 50 images. Live: label is apple, split is train."
        in edgecase("subset", "show", workspace.path, "live")[1]
    )
    assert printed_json(edgecase("info", workspace.path, "--json"))["subsets"] == [{"name": "live", "members": 12}]
    code, out, _ = edgecase("export", workspace.path, "live", "--out", tmp_path / "o.csv")
    assert (code, out.split()[0]) == (0, "12")


def test_a_rule_needs_conditions_and_a_colour_is_one(
    edgecase: Edgecase, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--where" in refusal(edgecase("subset", "create", workspace.path, "n", "--live", "--ids", "-"))
    with pytest.raises(SystemExit):
        main(["subset", "create", str(workspace.path), "n", "--where", "label=sky", "--colour", "red;"])
    assert "#d95f02" in capsys.readouterr().err


def test_a_rule_that_lost_its_column_is_told_and_the_others_are_listed(
    edgecase: Edgecase, workspace: Workspace
) -> None:
    edgecase("subset", "create", workspace.path, "live", "--live", "--where", "camera=left")
    edgecase("subset", "create", workspace.path, "fixed", "--where", "label=sky")
    file = workspace.path / "derived" / workspace.manifest.samples / "samples.parquet"

    pd.read_parquet(file).drop(columns="camera").to_parquet(file)
    code, out, err = edgecase("subset", "list", workspace.path)
    assert (code, out) == (0, "fixed\t20\t\t\nlive\t0\t\t\n")
    assert err.startswith("edgecase: live: The rule")
    assert "'camera'" in refusal(edgecase("export", workspace.path, "live", "--out", "never.csv"))


@pytest.mark.parametrize(("how", "count"), [("union", 22), ("intersection", 18), ("difference", 2)])
def test_subsets_are_combined_live_members_included(
    how: str, count: int, edgecase: Edgecase, workspace: Workspace
) -> None:
    edgecase("subset", "create", workspace.path, "apples", "--live", "--where", "label=apple")
    edgecase("subset", "create", workspace.path, "said sky", "--where", "v1.prediction=sky")
    edgecase("subset", "create", workspace.path, "right", "--where", "v1.prediction=apple")
    first, second = ("said sky", "right") if how == "union" else ("apples", "right")
    count = 40 if how == "union" else count
    made = printed_json(edgecase("subset", "combine", workspace.path, "new", f"--{how}", first, second, "--json"))
    assert len(made["ids"]) == count
    assert "taken" in refusal(edgecase("subset", "combine", workspace.path, "new", f"--{how}", first, second))
    assert "is empty" in refusal(edgecase("subset", "combine", workspace.path, "no", "--difference", first, first))


def test_a_subset_is_edited_and_told_again(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "old", "--where", "label=apple")
    facts = ("--rename", "new", "--note", "why", "--category", "Lighting", "--colour", "#00ff00", "--target", 5)
    shown = printed_json(edgecase("subset", "edit", workspace.path, "old", *facts, "--author", "Ada", "--json"))
    assert [shown[fact] for fact in ("name", "note", "category", "colour", "target")] == [
        *("new", "why", "Lighting", "#00ff00", 5)
    ]
    assert printed_json(edgecase("subset", "edit", workspace.path, "new", "--target", 0, "--json"))["target"] is None
    assert "Nothing to change" in refusal(edgecase("subset", "edit", workspace.path, "new", "--note", "why"))


def test_conditions_are_asked_of_boxes_where_a_space_is_named(edgecase: Edgecase, boxes_workspace: Workspace) -> None:
    """The box that v1 misses and the two that it finds badly, at the IoU that was said; live ones too."""
    ws = boxes_workspace.path
    missed = ("--where", "v1.outcome=fn", "--space", "label")
    made = printed_json(edgecase("subset", "create", ws, "missed", *missed, "--json"))
    assert set(made["ids"]) >= {"gt:2", "gt:3"}
    loose = printed_json(edgecase("subset", "create", ws, "loose", *missed, "--iou", "0.2", "--live", "--json"))
    assert set(loose["ids"]) == set(made["ids"]) - {"gt:2"}
    wrong = ("--where", "v1.outcome=fp", "--space", "prediction")
    surely = printed_json(edgecase("subset", "create", ws, "fp", *wrong, "--confidence", "0.5", "--json"))
    everything = printed_json(edgecase("subset", "create", ws, "all fp", *wrong, "--json"))
    assert set(surely["ids"]) < set(everything["ids"])
    assert "has no space 'pixels'" in refusal(edgecase("subset", "create", ws, "x", *missed[:2], "--space", "pixels"))
    assert "no column 'v1.outcome" not in edgecase("subset", "list", ws)[2]


def test_conditions_can_be_asked_where_a_models_f1_is_best(edgecase: Edgecase, boxes_workspace: Workspace) -> None:
    """That of the model which the space or the conditions name; a live subset keeps the number."""
    create = ("subset", "create", boxes_workspace.path)
    best = ("--confidence", "best-f1", "--live", "--json")
    wrong = printed_json(edgecase(*create, "fp", "--where", "v1.outcome=fp", "--space", "prediction/v1", *best))
    assert (wrong["rule"]["confidence"], wrong["ids"]) == (0.9, ["v1:2"])
    missed = printed_json(edgecase(*create, "fn", "--where", "v1.outcome=fn", "--space", "label", *best))
    assert missed["rule"]["confidence"] == 0.9
    either = edgecase(*create, "x", "--where", "label=dot", "--space", "label", *best)
    assert "name one model for --confidence best-f1, found v1 and v2" in refusal(either)


def test_boxes_are_called_boxes(edgecase: Edgecase, boxes_workspace: Workspace, tmp_path: Path) -> None:
    ws = boxes_workspace.path
    out = edgecase("subset", "create", ws, "missed", "--where", "v1.outcome=fn", "--space", "label")[1]
    count = len(boxes_workspace.subset("missed").ids)
    assert out.startswith(f"missed: {count} boxes.")
    out = edgecase("export", ws, "missed", "--out", tmp_path / "o.csv")[1]
    assert out.startswith(f"{count} boxes of missed written")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("subset", "create", "WS", "x", "--where", "label=apple", "--iou", "1.5"), "between 0 and 1, found '1.5'"),
        (("subset", "create", "WS", "x", "--where", "label=apple", "--confidence", "nan"), "between 0 and 1"),
        (("subset", "grow", "WS", "x", "-k", "0"), "at least 1, found '0'"),
    ],
)
def test_numbers_out_of_range_are_refused(
    argv: tuple[str, ...], said: str, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(workspace.path) if each == "WS" else each for each in argv])
    assert said in capsys.readouterr().err
    assert workspace.subsets() == []


def test_what_json_cannot_hold_is_null(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "one", "--where", "label=apple", "--where", "v1.outcome=wrong")
    workspace.decisions.remove_members("one", [workspace.subset("one").ids[0]], author="Ada")
    out = edgecase("subset", "explain", workspace.path, "one", "--json")[1]
    assert "NaN" not in out
    assert json.loads(out)["cohesion"]["purity"] is None


def test_an_id_of_several_lines_survives_show_and_ids(edgecase: Edgecase, tmp_path: Path) -> None:
    """Written as a JSON string, in what is shown and in what is read; an id that only looks like one is itself."""
    names = ["a\nb", 'c"\r\nz', '"d"', "e", '"f']
    table = pd.DataFrame({"id": names, "image": [f"{number}.png" for number in range(len(names))]})
    for number, file in enumerate(table["image"]):
        Image.new("RGB", (8, 8), (number, 9, 9)).save(tmp_path / file)
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.eye(len(names)))
    assert (
        edgecase("build", tmp_path / "t.csv", "--workspace", tmp_path / "ws", "--vectors", tmp_path / "v.npy")[0] == 0
    )
    (tmp_path / "ids.txt").write_text('"a\\nb"\n"c\\"\\r\\nz"\n"d"\n"e"\n"f\n')
    shown = edgecase("subset", "create", tmp_path / "ws", "odd", "--ids", tmp_path / "ids.txt")[1].splitlines()[1:]
    assert shown == ['"a\\nb"', '"c\\"\\r\\nz"', '"d"', "e", '"f']
    again = process("subset", "create", tmp_path / "ws", "again", "--ids", "-", "--json", stdin="\n".join(shown))
    assert printed_json(again)["ids"] == names


def break_chain(workspace: Workspace) -> None:
    """Change the first decision of two as somebody with a database tool would."""
    for name in ("red", "green"):
        workspace.decisions.create_subset(name, author="Ada")
    with closing(sqlite3.connect(workspace.path / "decisions.db")) as raw, raw:
        raw.execute("UPDATE decision_events SET author = 'Eve' WHERE sequence = 1")


@pytest.mark.parametrize(
    "command",
    [
        *[["info", "WS"], ["subset", "list", "WS"], ["subset", "history", "WS"], ["subset", "show", "WS", "green"]],
        *[["backup", "WS", "OUT"], ["export", "WS", "green", "--out", "OUT"], ["subset", "list", "WS", "--json"]],
    ],
)
def test_a_changed_decision_is_said_by_whatever_shows_decisions(
    command: list[str], edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    """On stderr, with what to do; what there is to show is shown."""
    break_chain(workspace)
    places = {"WS": workspace.path, "OUT": tmp_path / "out"}
    code, out, err = edgecase(*[places.get(each, each) for each in command])
    assert code == 0
    assert out
    assert "event 1 was changed" in err
    assert "`edgecase backup`" in err


def test_an_older_database_is_accepted_by_a_command(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    """Without that every command says that the last decisions are gone."""
    path = workspace.path / "decisions.db"
    edgecase("subset", "create", workspace.path, "red", "--where", "label=apple")
    shutil.copy(path, tmp_path / "friday.db")
    edgecase("subset", "create", workspace.path, "green", "--where", "label=leaf")
    shutil.copy(tmp_path / "friday.db", path)
    assert "--accept-decisions" in edgecase("subset", "list", workspace.path)[2]
    assert edgecase("info", workspace.path, "--accept-decisions")[2] == ""
    assert edgecase("subset", "list", workspace.path)[1:] == ("red\t20\t\t\n", "")


def test_a_subset_of_copies_says_how_good_models_are_without_them(workspace: Workspace) -> None:
    """From a cosine of 0 on nearly all images of a fruit are copies of each other."""
    options = ["--copies", "--duplicate-threshold", "0"]
    made = process("subset", "create", workspace.path, "copies", *options, "--json")
    shown = printed_json(made)
    groups = analyze(workspace, ["duplicates"], duplicate_threshold=0.0)["duplicates"]
    assert len(shown["ids"]) == sum(len(row["ids"]) - 1 for row in groups) > 50
    assert set(shown["ids"]) < {each for row in groups for each in row["ids"]}
    assert shown["note"] == "All but one of each group of copies, from a similarity of 0.0000 on."
    assert shown["remove"] is True
    every = [(row["model"], row["split"]) for row in shown["without"]]
    assert every == [(model, split) for model in ("v1", "v2") for split in (None, "test", "train")]
    assert (shown["without"][0]["before"]["n"], shown["without"][0]["before"]["value"]) == (60, 58 / 60)
    assert shown["without"][0]["after"]["n"] == 60 - len(shown["ids"])
    _, out, err = process("subset", "create", workspace.path, "again", *options)
    assert out.splitlines() == [f"again: {len(shown['ids'])} images. To be removed.  {shown['note']}", *shown["ids"]]
    assert err.splitlines()[0].startswith("v1: 96.7% correct of 60 (88.6% to 99.1%), without them ")
    assert (
        printed_json(process("subset", "create", workspace.path, "kept", *options, "--keep", "--json"))["remove"]
        is False
    )


def test_where_nothing_is_a_copy_no_subset_is_made(edgecase: Edgecase, workspace: Workspace) -> None:
    code, out, err = edgecase("subset", "create", workspace.path, "none", "--copies", "--duplicate-threshold", "1")
    assert (code, out) == (1, "")
    assert err.startswith("edgecase: Expected copies, found none: no two images have a similarity of 1.0000 or more")
    assert workspace.subsets() == []


def test_what_is_to_be_done_with_a_subset(edgecase: Edgecase, workspace: Workspace) -> None:
    made = ("subset", "create", workspace.path, "red", "--where", "label=apple", "--action", "relabel: Look again.")
    assert edgecase(*made)[1].splitlines()[0] == "red: 20 images.   To do: relabel: Look again."
    two = ("--action", "collect: Ten more.", "--action", "remove: The blurred.")
    assert edgecase("subset", "edit", workspace.path, "red", *two)[0] == 0
    assert workspace.subset("red").actions == ("collect: Ten more.", "remove: The blurred.")
    code, _, err = edgecase("subset", "edit", workspace.path, "red", "--action", "buy")
    assert (code, "Expected as an action one of collect, relabel, augment, remove" in err) == (1, True)
    assert edgecase("subset", "edit", workspace.path, "red", "--action", "")[0] == 0
    assert workspace.subset("red").actions == ()
