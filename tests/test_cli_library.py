"""The `edgecase` command around subsets that live, combine and are kept: other databases, moves, backups, damage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from explorer import open_workspace
from explorer.cli import main

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

ROOT = Path(__file__).parents[1]


class Brought(NamedTuple):
    """See `Source` in conftest.py."""

    table: Path
    vectors: Path
    images: Path


class Edgecase(Protocol):
    """Runs one command in this process; gives its exit code, stdout and stderr."""

    def __call__(self, *argv: object) -> tuple[int, str, str]: ...


@pytest.fixture
def edgecase(capsys: pytest.CaptureFixture[str]) -> Edgecase:
    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in argv])
        return code, *capsys.readouterr()

    return run


def _json(ran: tuple[int, str, str]) -> Any:
    code, out, err = ran
    assert (code, err) == (0, "")
    return json.loads(out)


def _refusal(ran: tuple[int, str, str]) -> str:
    """The one line on stderr with which a command said no."""
    code, out, err = ran
    assert (code, out) == (1, "")
    assert err.startswith("edgecase: ")
    assert err.count("\n") == 1
    return err


def _process(*argv: object, code: str = "", prefix: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """A command in a process of its own, after some preparing code."""
    script = f"import sys\n{code}\nfrom explorer.cli import main\nsys.exit(main(sys.argv[1:]))"
    command = [*prefix, sys.executable, "-c", script, *map(str, argv)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def test_decisions_may_be_kept_elsewhere(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option or by environment variable, for every command that reads or writes them."""
    elsewhere = ("--decisions", tmp_path / "team.db")
    create = ("subset", "create", workspace.path, "red", "--where", "label=apple")
    assert edgecase(*create, *elsewhere)[0] == 0
    assert _json(edgecase("subset", "list", workspace.path, "--json")) == []
    for argv in (("info",), ("subset", "list"), ("subset", "show")):
        name = ["red"] if argv[-1] == "show" else []
        assert "red" in edgecase(*argv, workspace.path, *name, *elsewhere)[1]
    assert edgecase("export", workspace.path, "red", "--out", tmp_path / "o.csv", *elsewhere)[0] == 0
    monkeypatch.setenv("EDGECASE_DECISIONS", str(tmp_path / "team.db"))
    assert open_workspace(workspace.path).subset("red").created_by
    assert edgecase("subset", "delete", workspace.path, "red")[0] == 0
    assert _json(edgecase("subset", "list", workspace.path, *elsewhere, "--json")) == []


def test_a_missing_driver_says_what_to_install(workspace: Workspace) -> None:
    ran = _process(
        *("subset", "list", workspace.path, "--decisions", "postgresql://someone@localhost/edge"),
        code="sys.modules['psycopg'] = None",
    )
    assert 'pip install "edgecase-explorer[postgres]"' in _refusal(ran)


@pytest.mark.parametrize("location", ["mysql://localhost/x", "nowhere/at/all/decisions.db"])
def test_a_place_that_cannot_be_is_one_sentence_before_the_app_starts(
    location: str, edgecase: Edgecase, workspace: Workspace
) -> None:
    assert "Decisions" in _refusal(edgecase("open", workspace.path, "--no-browser", "--decisions", location))


def test_a_live_subset_follows_the_next_build(
    edgecase: Edgecase, source: Brought, workspace: Workspace, tmp_path: Path
) -> None:
    """Show, list, info and export hold what matches now, not what matched when it was made."""
    where = ("--live", "--where", "label=apple", "--where", "split=train")
    options = ("--target", 50, "--colour", "#d95f02", "--note", "n", "--category", "Lighting", "--author", "Ada")
    made = _json(edgecase("subset", "create", workspace.path, "live", *where, *options, "--json"))
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
    assert len(_json(edgecase("subset", "show", workspace.path, "live", "--json"))["ids"]) == 12
    (listed,) = _json(edgecase("subset", "list", workspace.path, "--json"))
    assert (listed["live"], listed["members"], listed["target"]) == (True, 12, 50)
    assert edgecase("subset", "list", workspace.path)[1] == "live\t12 of 50\tLighting\tn\n"
    assert (
        "12 of 50 images. Live: label is apple and split is train."
        in edgecase("subset", "show", workspace.path, "live")[1]
    )
    assert _json(edgecase("info", workspace.path, "--json"))["subsets"] == [{"name": "live", "members": 12}]
    code, out, _ = edgecase("export", workspace.path, "live", "--out", tmp_path / "o.csv")
    assert (code, out.split()[0]) == (0, "12")


def test_a_rule_needs_conditions_and_a_colour_is_one(
    edgecase: Edgecase, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--where" in _refusal(edgecase("subset", "create", workspace.path, "n", "--live", "--ids", "-"))
    with pytest.raises(SystemExit):
        main(["subset", "create", str(workspace.path), "n", "--where", "label=sky", "--colour", "red;"])
    assert "#d95f02" in capsys.readouterr().err


def test_a_rule_that_lost_its_column_is_told_and_the_others_are_listed(
    edgecase: Edgecase, workspace: Workspace
) -> None:
    edgecase("subset", "create", workspace.path, "live", "--live", "--where", "camera=left")
    edgecase("subset", "create", workspace.path, "fixed", "--where", "label=sky")
    file = workspace.path / "derived" / workspace.manifest.samples / "samples.parquet"
    import pandas as pd

    pd.read_parquet(file).drop(columns="camera").to_parquet(file)
    code, out, err = edgecase("subset", "list", workspace.path)
    assert (code, out) == (0, "fixed\t20\t\t\nlive\t0\t\t\n")
    assert err.startswith("edgecase: live: The rule")
    assert "'camera'" in _refusal(edgecase("export", workspace.path, "live", "--out", "never.csv"))


@pytest.mark.parametrize(("how", "count"), [("union", 22), ("intersection", 18), ("difference", 2)])
def test_subsets_are_combined_live_members_included(
    how: str, count: int, edgecase: Edgecase, workspace: Workspace
) -> None:
    edgecase("subset", "create", workspace.path, "apples", "--live", "--where", "label=apple")
    edgecase("subset", "create", workspace.path, "said sky", "--where", "v1.prediction=sky")
    edgecase("subset", "create", workspace.path, "right", "--where", "v1.prediction=apple")
    first, second = ("said sky", "right") if how == "union" else ("apples", "right")
    count = 40 if how == "union" else count
    made = _json(edgecase("subset", "combine", workspace.path, "new", f"--{how}", first, second, "--json"))
    assert len(made["ids"]) == count
    assert "taken" in _refusal(edgecase("subset", "combine", workspace.path, "new", f"--{how}", first, second))
    assert "is empty" in _refusal(edgecase("subset", "combine", workspace.path, "no", "--difference", first, first))


def test_a_subset_is_edited_and_told_again(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "old", "--where", "label=apple")
    facts = ("--rename", "new", "--note", "why", "--category", "Lighting", "--colour", "#00ff00", "--target", 5)
    shown = _json(edgecase("subset", "edit", workspace.path, "old", *facts, "--author", "Ada", "--json"))
    assert [shown[fact] for fact in ("name", "note", "category", "colour", "target")] == [
        *("new", "why", "Lighting", "#00ff00", 5)
    ]
    assert _json(edgecase("subset", "edit", workspace.path, "new", "--target", 0, "--json"))["target"] is None
    assert "Nothing to change" in _refusal(edgecase("subset", "edit", workspace.path, "new", "--note", "why"))


def test_a_moved_image_folder_is_told_and_found_again(edgecase: Edgecase, source: Brought, tmp_path: Path) -> None:
    photos = shutil.copytree(source.images, tmp_path / "photos")
    ws = tmp_path / "ws"
    edgecase("build", photos / "table.csv", "--workspace", ws, "--vectors", source.vectors)
    edgecase("subset", "create", ws, "red", "--where", "label=apple")
    photos.rename(tmp_path / "moved")
    told = f"60 of 60 image files are no longer at {photos}"
    assert told in edgecase("info", ws)[2]
    assert told in _json(edgecase("info", ws, "--json"))["images_gone"]
    assert told in edgecase("export", ws, "red", "--out", tmp_path / "o.csv")[2]
    assert "None of the images" in _refusal(edgecase("relocate", ws, tmp_path / "ws"))
    code, out, _ = edgecase("relocate", ws, tmp_path / "moved")
    assert (code, out) == (0, f"{photos} is now {tmp_path / 'moved'}: 60 of 60 images found, 60 compared.\n")
    assert edgecase("info", ws)[2] == ""
    ran = edgecase("export", ws, "red", "--format", "images", "--out", tmp_path / "o")
    assert (ran[0], ran[2]) == (0, "")
    assert _json(edgecase("relocate", ws, tmp_path / "moved", "--json"))["found"] == 60


def test_a_backup_restores_from_the_command_line(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    edgecase("subset", "create", workspace.path, "red", "--where", "label=apple")
    code, out, _ = edgecase("backup", workspace.path, tmp_path / "b.zip")
    assert (code, out) == (0, f"1 events and 0 derived files written to {tmp_path / 'b.zip'}\n")
    code, out, _ = edgecase("restore", tmp_path / "b.zip", tmp_path / "ws2")
    assert code == 0
    assert out.splitlines()[1] == (
        f"Make its maps again with: edgecase build {workspace.manifest.source} --workspace {tmp_path / 'ws2'} "
        "--predictions v1=FILE --predictions v2=FILE --vectors FILE"
    )
    assert open_workspace(tmp_path / "ws2").subset("red").ids == workspace.subset("red").ids
    assert _json(edgecase("backup", workspace.path, tmp_path / "full.zip", "--full", "--json"))["derived"] > 10
    code, out, _ = edgecase("restore", tmp_path / "full.zip", tmp_path / "ws3")
    assert out.splitlines()[1] == f"Open it with: edgecase open {tmp_path / 'ws3'}"
    assert len(_json(edgecase("subset", "show", tmp_path / "ws3", "red", "--json"))["ids"]) == 20
    assert "never replaces" in _refusal(edgecase("backup", workspace.path, tmp_path / "b.zip"))
    assert "not a whole backup" in _refusal(edgecase("restore", ROOT / "pyproject.toml", tmp_path / "ws4"))


@pytest.mark.parametrize("name", ["samples.parquet", "skipped.parquet", "vectors.npy", "layout.npy", "space.json"])
@pytest.mark.parametrize("damage", ["gone", "torn", "foreign"])
def test_a_build_repairs_a_damaged_file_and_keeps_the_decisions(
    name: str, damage: str, edgecase: Edgecase, source: Brought, workspace: Workspace
) -> None:
    """The message names the repair; the repair gives the same map."""
    edgecase("subset", "create", workspace.path, "red", "--where", "label=apple")
    before, decided = workspace.layout().xy.copy(), workspace.decisions.state()
    (file,) = [*(workspace.path / "derived").glob(f"{workspace.layout_key()}/{name}")] or [
        *(workspace.path / "derived").glob(f"*/{name}")
    ]
    content = {"gone": None, "torn": file.read_bytes()[:20], "foreign": b"\x00" * 500}[damage]
    file.unlink() if content is None else file.write_bytes(content)
    if name != "vectors.npy":
        assert "`edgecase build` again" in _refusal(edgecase("info", workspace.path))
    options = ("--workspace", workspace.path, "--vectors", source.vectors)
    code, _, err = edgecase("build", source.table, *options)
    assert code == 0, err
    again = open_workspace(workspace.path)
    assert again.manifest.spaces == workspace.manifest.spaces
    assert again.layout().xy == pytest.approx(before, abs=1e-4)
    assert len(again.embeddings().vectors) == 60
    assert again.skipped == []
    assert again.decisions.state() == decided


def test_a_foreign_or_torn_decisions_file_is_one_sentence_and_left_as_it_is(
    edgecase: Edgecase, workspace: Workspace
) -> None:
    workspace.decisions.create_subset("red", author="Ada")
    workspace.decisions.close()
    file = workspace.path / "decisions.db"
    for content in (b"not a database " * 100, file.read_bytes()[:5000]):
        file.write_bytes(content)
        said = _refusal(edgecase("subset", "list", workspace.path))
        assert str(file) in said
        assert "move the file away" in said or "restore it from a backup" in said
        assert file.read_bytes() == content


def test_a_full_disk_while_deciding_is_one_sentence_and_loses_nothing(workspace: Workspace) -> None:
    """A real limit of the operating system on the size of files."""
    store = workspace.decisions
    store.create_subset("red", author="Ada")
    store.close()
    size = max(path.stat().st_size for path in workspace.path.glob("decisions.db*"))
    limit = f"import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nsize = {size}\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))"
    ids = workspace.path.parent / "ids.txt"
    ids.write_text("\n".join(workspace.ids))
    note = "x" * (size + 100_000)
    argv = ("subset", "create", workspace.path, "too much", "--ids", ids, "--note")
    said = _refusal(_process(*argv, note[:100_000], code=limit))
    assert "the disk" in said
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["red"]
    assert open_workspace(workspace.path).decisions.verify() == []
    assert _process(*argv, "short")[0] == 0


def test_a_read_only_workspace_is_read_and_refuses_decisions_in_a_sentence(workspace: Workspace) -> None:
    workspace.decisions.create_subset("red", author="Ada")
    workspace.decisions.close()
    workspace.path.chmod(0o555)
    bound = () if os.geteuid() else ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    listed = _process("subset", "list", workspace.path, prefix=bound)
    info = _process("info", workspace.path, prefix=bound)
    refused = _process("subset", "delete", workspace.path, "red", prefix=bound)
    kept = _process("backup", workspace.path, workspace.path.parent / "b.zip", prefix=bound)
    workspace.path.chmod(0o755)
    assert listed == (0, "red\t0\t\t\n", "")
    assert (info[0], kept[0]) == (0, 0)
    assert "is read-only for you" in _refusal(refused)
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["red"]


def test_conditions_are_asked_of_boxes_where_a_space_is_named(edgecase: Edgecase, boxes_workspace: Workspace) -> None:
    """The box that v1 misses and the two that it finds badly, at the IoU that was said; live ones too."""
    ws = boxes_workspace.path
    missed = ("--where", "v1.outcome=fn", "--space", "label")
    made = _json(edgecase("subset", "create", ws, "missed", *missed, "--json"))
    assert set(made["ids"]) >= {"gt:2", "gt:3"}
    loose = _json(edgecase("subset", "create", ws, "loose", *missed, "--iou", "0.2", "--live", "--json"))
    assert set(loose["ids"]) == set(made["ids"]) - {"gt:2"}
    wrong = ("--where", "v1.outcome=fp", "--space", "prediction")
    surely = _json(edgecase("subset", "create", ws, "fp", *wrong, "--confidence", "0.5", "--json"))
    everything = _json(edgecase("subset", "create", ws, "all fp", *wrong, "--json"))
    assert set(surely["ids"]) < set(everything["ids"])
    assert "has no space 'pixels'" in _refusal(edgecase("subset", "create", ws, "x", *missed[:2], "--space", "pixels"))
    assert "no column 'v1.outcome" not in edgecase("subset", "list", ws)[2]


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


def test_no_words_are_no_query(edgecase: Edgecase, clip_workspace: Workspace) -> None:
    assert "Expected words" in _refusal(edgecase("search", clip_workspace.path, "--text", " "))


def test_boxes_are_found_like_a_box_and_by_words(edgecase: Edgecase, boxes_workspace: Workspace) -> None:
    """Each with the file that it is in."""
    hits = _json(edgecase("search", boxes_workspace.path, "--like", "gt:1", "-k", 3, "--json"))
    assert all(hit["id"].startswith("gt:") and hit["id"] != "gt:1" for hit in hits)
    files = boxes_workspace.samples["filepath"]
    owner = boxes_workspace.objects("label")["sample"]
    assert [hit["filepath"] for hit in hits] == [files[owner[hit["id"]]] for hit in hits]
    named = _json(edgecase("search", boxes_workspace.path, "--text", "a dot", "--space", "prediction/v2", "--json"))
    assert {hit["id"] for hit in named} <= set(boxes_workspace.objects("prediction/v2").index)
    assert _json(edgecase("search", boxes_workspace.path, "--text", "a dot", "--json"))[0]["id"].endswith(".png")


def test_members_come_and_go_and_every_step_is_told_and_taken_back(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    ws, by = workspace.path, ("--author", "Ada")
    edgecase("subset", "create", ws, "red", "--where", "label=apple", *by)
    (tmp_path / "ids.txt").write_text("sky/00.png\nsky/01.png\n")
    ids = ("--ids", tmp_path / "ids.txt")
    assert edgecase("subset", "add", ws, "red", *ids, *by)[1].startswith("Ada added 2 members to “red”")
    assert len(workspace.subset("red").ids) == 22
    assert _json(edgecase("subset", "remove", ws, "red", *ids, "--reject", *by, "--json"))["kind"] == "rejected"
    assert set(workspace.subset("red").rejected) == {"sky/00.png", "sky/01.png"}
    assert edgecase("subset", "undo", ws, *by)[0] == 0
    assert len(workspace.subset("red").ids) == 22
    assert edgecase("subset", "redo", ws, *by)[0] == 0
    assert len(workspace.subset("red").ids) == 20
    assert "nothing of Bob" in _refusal(edgecase("subset", "undo", ws, "--author", "Bob"))
    out = edgecase("subset", "delete", ws, "red", *by)[1]
    assert f"edgecase subset restore {ws} red" in out
    assert edgecase("subset", "restore", ws, "red", *by)[0] == 0
    kinds = [event["kind"] for event in _json(edgecase("subset", "history", ws, "--json"))]
    assert kinds == ["restored", "deleted", "redone", "undone", "rejected", "added", "created"]
    assert len(edgecase("subset", "history", ws, "red")[1].splitlines()) == 7
    (tmp_path / "ids.txt").write_text("nowhere.png")
    assert "1 unknown: nowhere.png" in _refusal(edgecase("subset", "add", ws, "red", *ids))


def test_growing_lists_what_is_most_alike_and_undecided(edgecase: Edgecase, workspace: Workspace) -> None:
    """The ranking is the one of the Grow page; members and rejected ones are not in it."""
    ws = workspace.path
    edgecase("subset", "create", ws, "red", "--where", "label=apple", "--where", "split=test")
    members = set(workspace.subset("red").ids)
    workspace.decisions.reject_candidates("red", ["apple/01.png"], author="Ada")
    hits = _json(edgecase("subset", "grow", ws, "red", "-k", 10, "--json"))
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert not {hit["id"] for hit in hits} & (members | {"apple/01.png"})
    assert sum(hit["id"].startswith("apple") for hit in hits) == 10
    assert edgecase("subset", "grow", ws, "red", "-k", 3)[1].count("\n") == 3
    workspace.decisions.create_subset("empty", author="Ada")
    assert "has no members" in _refusal(edgecase("subset", "grow", ws, "empty"))


def test_a_subset_is_explained_in_words_and_figures(edgecase: Edgecase, clip_workspace: Workspace) -> None:
    ws = clip_workspace.path
    edgecase("subset", "create", ws, "red", "--where", "label=apple", "--where", "split=train")
    said = _json(edgecase("subset", "explain", ws, "red", "--json"))
    assert said["members"] == 15
    assert {"column": "label", "value": "apple"}.items() <= said["over_represented"][0].items()
    assert len(said["phrases"]) == 12
    assert all(each.startswith("apple/") for each in said["typical"])
    out = edgecase("subset", "explain", ws, "red")[1]
    assert "3.0x  label apple (100%" in out
    assert said["cohesion"]["sentence"] in out
    edgecase("subset", "create", ws, "all", "--where", "weight>=0")
    assert "nothing to compare" in _refusal(edgecase("subset", "explain", ws, "all"))


def test_what_json_cannot_hold_is_null(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "one", "--where", "label=apple", "--where", "v1.outcome=wrong")
    workspace.decisions.remove_members("one", [workspace.subset("one").ids[0]], author="Ada")
    out = edgecase("subset", "explain", workspace.path, "one", "--json")[1]
    assert "NaN" not in out
    assert json.loads(out)["cohesion"]["purity"] is None
