"""The `edgecase` command: what it prints, where, and how it says no."""

from __future__ import annotations

import csv
import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import explorer
from explorer.cli import main, parser

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
    """What a command printed, which must be JSON alone."""
    code, out, err = ran
    assert (code, err) == (0, "")
    return json.loads(out)


def _refusal(ran: tuple[int, str, str]) -> str:
    """The one line on stderr with which a command said no."""
    code, out, err = ran
    assert (code, out) == (1, "")
    assert err.startswith("edgecase: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def _process(*argv: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "explorer", *map(str, argv)]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)


def test_help_answers_without_loading_anything_heavy() -> None:
    script = (
        "import sys\nfrom explorer.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = ('torch', 'open_clip', 'pandas', 'streamlit', 'umap', 'faiss', 'PIL', 'sqlalchemy')\n"
        "print(code, [name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stderr == "0 []\n"
    for command in ("demo", "build", "open", "info", "subset", "search", "export"):
        assert f"\n  {command}" in ran.stdout or f" {command} " in ran.stdout


def test_the_version_is_the_packages() -> None:
    assert _process("--version").stdout == f"edgecase-explorer {explorer.__version__}\n"


@pytest.mark.parametrize(
    "argv", [[], ["nonsense"], ["search", "ws"], ["build", "src"], ["subset", "create", "ws", "n"]]
)
def test_a_command_that_is_not_understood_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    assert capsys.readouterr().out == ""


def test_ways_to_ask_exclude_each_other() -> None:
    for argv in (
        ["search", "ws", "--text", "a", "--like", "b"],
        ["subset", "create", "ws", "n", "--ids", "-", "--where", "a=b"],
    ):
        with pytest.raises(SystemExit):
            parser().parse_args(argv)


def test_build_reports_progress_on_stderr_and_its_result_on_stdout(source: Brought, tmp_path: Path) -> None:
    """The result names the next command."""
    ws = tmp_path / "ws"
    ran = _process("build", source.table, "--workspace", ws, "--vectors", source.vectors)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"60 images on the map\nOpen it with: edgecase open {ws}\n"
    assert "%" not in ran.stdout
    assert "Warning" not in ran.stderr


def test_build_takes_every_option_of_the_issue(edgecase: Edgecase, source: Brought, tmp_path: Path) -> None:
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / image) for image in table["image"]]
    table[["image"]].to_csv(tmp_path / "bare.csv", index=False)
    table[["image", "label"]].to_csv(tmp_path / "labels.tsv", sep="\t", index=False)
    table[["image"]].assign(prediction="sky", confidence=0.5).to_csv(tmp_path / "p.csv", index=False)
    np.save(tmp_path / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    options = ["--labels", tmp_path / "labels.tsv", "--vectors", tmp_path / "v.npy", "--seed", 7]
    options += ["--predictions", f"one={tmp_path / 'p.csv'}", "--predictions", f"two={tmp_path / 'p.csv'}"]
    options += ["--n-neighbors", 5, "--min-dist", 0.3]
    code, _, err = edgecase("build", tmp_path / "bare.csv", "--workspace", tmp_path / "ws", *options)
    assert code == 0, err
    info = _json(edgecase("info", tmp_path / "ws", "--json"))
    assert info["parameters"].items() >= {"n_neighbors": 5, "min_dist": 0.3, "seed": 7}.items()
    assert info["spaces"] == ["image", "label", "prediction/one", "prediction/two"]
    assert info["predictions"] == ["one", "two"]


@pytest.mark.parametrize("text", ["v1", "=x.csv", "v1="])
def test_predictions_need_a_name_and_a_file(text: str, edgecase: Edgecase, source: Brought, tmp_path: Path) -> None:
    ran = edgecase("build", source.table, "--workspace", tmp_path / "ws", "--predictions", text)
    assert "Expected --predictions NAME=FILE" in _refusal(ran)


def test_a_source_that_is_not_there_is_one_sentence(edgecase: Edgecase, tmp_path: Path) -> None:
    assert "found nothing" in _refusal(edgecase("build", tmp_path / "none", "--workspace", tmp_path / "ws"))


def test_info_as_json_holds_what_is_documented(edgecase: Edgecase, built: Workspace) -> None:
    info = _json(edgecase("info", built.path, "--json"))
    promised = {"samples", "skipped", "model", "spaces", "predictions", "trustworthiness", "neighbors_kept", "subsets"}
    assert promised <= info.keys()
    assert (info["samples"], info["skipped"], info["subsets"]) == (60, [], [])
    assert 0 < info["neighbors_kept"] <= 1


def test_info_names_what_was_left_out_and_why(edgecase: Edgecase, clip_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "images" / "good.png")
    (tmp_path / "images" / "ünlesbar.png").touch()
    code, out, _ = edgecase("build", tmp_path / "images", "--workspace", tmp_path / "ws", "--pretrained", clip_folder)
    assert (code, out.splitlines()[0]) == (0, "1 image on the map, 1 left out")
    (skipped,) = _json(edgecase("info", tmp_path / "ws", "--json"))["skipped"]
    assert skipped.keys() == {"filepath", "reason"}
    _, out, _ = edgecase("info", tmp_path / "ws")
    assert f"{tmp_path / 'images' / 'ünlesbar.png'}: {skipped['reason']}" in out


def test_info_for_people_says_the_same(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "dark", "--where", "label=apple")
    _, out, _ = edgecase("info", workspace.path)
    for said in ("Fruit: 60 images", "image, label, prediction/v1", "v1, v2", "dark (20)"):
        assert said in out


def test_a_subset_of_ids_from_standard_input_is_shown_as_made(workspace: Workspace) -> None:
    ids = [workspace.ids[row] for row in (5, 1, 3)]
    options = ["--ids", "-", "--note", "why", "--category", "Lighting", "--author", "Ada", "--json"]
    stdin = "\n".join([*ids, "", f"  {ids[0]}  "])
    made = _process("subset", "create", workspace.path, "edge case", *options, stdin=stdin)
    shown = json.loads(made.stdout)
    about = ["name", "key", "note", "category", "colour", "target", "rule"]
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
    assert json.loads(_process("subset", "show", workspace.path, "edge case", "--json").stdout) == shown


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
    shown = _json(edgecase("subset", "create", tmp_path / "ws", "odd\n names", "--ids", tmp_path / "ids.txt", "--json"))
    assert (shown["name"], shown["ids"]) == ("odd names", names)


def test_a_subset_by_rule_narrows_with_each_where(edgecase: Edgecase, workspace: Workspace) -> None:
    where = ["--where", "v1.outcome=wrong", "--where", "label=apple"]
    shown = _json(edgecase("subset", "create", workspace.path, "wrong", *where, "--json"))
    assert shown["ids"] == ["apple/00.png", "apple/10.png"]
    assert {member["origin"] for member in shown["members"]} == {"rule"}
    more = _json(edgecase("subset", "create", workspace.path, "sure", "--where", "v1.confidence>=0.9", "--json"))
    sure = workspace.samples["v1.confidence"] >= 0.9
    assert more["ids"] == list(workspace.samples.index[sure])


def test_ids_of_another_workspace_are_refused_and_nothing_is_made(edgecase: Edgecase, workspace: Workspace) -> None:
    made = _process("subset", "create", workspace.path, "n", "--ids", "-", stdin=f"{workspace.ids[0]}\nnobody\n")
    assert "found 1 unknown: nobody." in _refusal((made.returncode, made.stdout, made.stderr))
    assert _json(edgecase("subset", "list", workspace.path, "--json")) == []


@pytest.mark.parametrize(
    ("where", "said"),
    [("nonsense", "'column=value'"), ("colour=red", "no column 'colour'"), ("weight>heavy", "found 'heavy'")],
)
def test_a_rule_that_cannot_be_read_is_one_sentence(
    where: str, said: str, edgecase: Edgecase, workspace: Workspace
) -> None:
    assert said in _refusal(edgecase("subset", "create", workspace.path, "n", "--where", where))


def test_lists_of_ids_that_cannot_be_read_are_one_sentence(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9.png\n")
    for file in (tmp_path / "none.txt", tmp_path / "latin.txt", tmp_path):
        assert str(file) in _refusal(edgecase("subset", "create", workspace.path, "n", "--ids", file))


def test_subsets_are_listed_deleted_and_their_names_are_theirs(edgecase: Edgecase, workspace: Workspace) -> None:
    create = ("subset", "create", workspace.path)
    edgecase(*create, "Zebra", "--where", "label=sky", "--category", "Rare kind")
    edgecase(*create, "apples", "--where", "label=apple")
    assert "taken" in _refusal(edgecase(*create, "APPLES", "--where", "label=apple"))
    assert _json(edgecase("subset", "list", workspace.path, "--json")) == [
        {"name": "apples", "category": "", "colour": "", "target": None, "live": False, "members": 20},
        {"name": "Zebra", "category": "Rare kind", "colour": "", "target": None, "live": False, "members": 20},
    ]
    assert _json(edgecase("subset", "delete", workspace.path, "apples", "--json")) == {"deleted": "apples"}
    code, out, _ = edgecase("subset", "list", workspace.path)
    assert (code, out) == (0, "Zebra\t20\tRare kind\t\n")
    for verb in ("show", "delete"):
        assert "deleted" in _refusal(edgecase("subset", verb, workspace.path, "apples"))
        assert "No subset is called" in _refusal(edgecase("subset", verb, workspace.path, "nobody"))


def test_search_by_id_lists_the_nearest_others(edgecase: Edgecase, built: Workspace) -> None:
    hits = _json(edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5, "--json"))
    assert len(hits) == 5
    assert all(list(hit) == ["id", "filepath", "similarity"] for hit in hits)
    assert {hit["id"].split("/")[0] for hit in hits} == {"leaf"}
    assert "leaf/03.png" not in {hit["id"] for hit in hits}
    similarities = [hit["similarity"] for hit in hits]
    assert similarities == sorted(similarities, reverse=True)
    _, out, _ = edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5)
    assert [line.split("\t")[1] for line in out.splitlines()] == [hit["id"] for hit in hits]


def test_search_gives_25_unless_told_and_all_at_most(edgecase: Edgecase, built: Workspace) -> None:
    assert len(_json(edgecase("search", built.path, "--like", "leaf/03.png", "--json"))) == 25
    assert len(_json(edgecase("search", built.path, "--like", "leaf/03.png", "-k", 1000, "--json"))) == 59


def test_search_by_image_finds_the_image_itself_first(
    edgecase: Edgecase, source: Brought, clip_built: Workspace
) -> None:
    hits = _json(edgecase("search", clip_built.path, "--image", source.images / "sky/04.png", "-k", 3, "--json"))
    assert hits[0]["id"] == "sky/04.png"
    assert hits[0]["similarity"] == pytest.approx(1, abs=1e-4)


def test_search_by_words_ranks_every_image(edgecase: Edgecase, clip_built: Workspace) -> None:
    hits = _json(edgecase("search", clip_built.path, "--text", "ein Blatt 🍃", "-k", 60, "--json"))
    assert {hit["id"] for hit in hits} == set(clip_built.ids)
    assert all(-1 <= hit["similarity"] <= 1 for hit in hits)


@pytest.mark.parametrize("k", ["0", "-1", "many"])
def test_a_number_of_hits_that_is_none_is_refused(k: str, built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["search", str(built.path), "--like", "leaf/03.png", f"-k={k}"])
    assert end.value.code == 2
    assert "-k" in capsys.readouterr().err


def test_searches_that_cannot_work_say_why(edgecase: Edgecase, built: Workspace, clip_built: Workspace) -> None:
    """Words need a CLIP model; an id must be known; an image must be one."""
    assert "needs a CLIP model" in _refusal(edgecase("search", built.path, "--text", "a leaf"))
    assert "'nobody'" in _refusal(edgecase("search", built.path, "--like", "nobody"))
    assert "none.png" in _refusal(edgecase("search", clip_built.path, "--image", "none.png"))
    assert "pyproject.toml" in _refusal(edgecase("search", clip_built.path, "--image", ROOT / "pyproject.toml"))


def test_export_as_csv_holds_exactly_the_ids(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    edgecase("subset", "create", workspace.path, "wrong ones", "--where", "v1.outcome=wrong")
    code, out, err = edgecase("export", workspace.path, "wrong ones", "--format", "csv", "--out", tmp_path / "o.csv")
    assert (code, err) == (0, "")
    assert out == f"2 images of wrong ones written to {tmp_path / 'o.csv'}\n"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8"))))
    assert [row["id"] for row in rows] == ["apple/00.png", "apple/10.png"]
    manifest = json.loads((tmp_path / "o.manifest.json").read_text("utf-8"))
    assert manifest["subset"] == "wrong ones"


def test_export_as_images_copies_them_and_names_those_it_could_not(
    edgecase: Edgecase, source: Brought, clip_folder: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        Image.open(source.images / "sky" / "00.png").resize((9, 9)).save(tmp_path / f"{name}.png")
    (tmp_path / "t.csv").write_text("image\na.png\nb.png\n")
    ws = tmp_path / "ws"
    edgecase("build", tmp_path / "t.csv", "--workspace", ws, "--pretrained", clip_folder)
    edgecase("subset", "create", ws, "both", "--where", "width=9")
    (tmp_path / "b.png").unlink()
    code, out, err = edgecase("export", ws, "both", "--format", "images", "--out", tmp_path / "o")
    assert (code, out) == (0, f"1 images of both written to {tmp_path / 'o'}\n")
    assert err.startswith(f"edgecase: left out {tmp_path / 'b.png'}: cannot be read")
    assert [file.name for file in (tmp_path / "o" / "images").iterdir()] == ["a.png"]
    assert "new or empty folder" in _refusal(edgecase("export", ws, "both", "--format", "images", "--out", tmp_path))


def test_export_of_an_unknown_subset_or_format_is_refused(edgecase: Edgecase, workspace: Workspace) -> None:
    assert "No subset" in _refusal(edgecase("export", workspace.path, "nobody", "--out", "never.csv"))
    with pytest.raises(SystemExit):
        parser().parse_args(["export", "ws", "s", "--format", "excel", "--out", "x"])


@pytest.mark.parametrize(
    "argv",
    [
        ["open"],
        ["info"],
        ["subset", "list"],
        ["search", "--like", "x"],
        ["export", "--out", "never.csv"],
    ],
)
def test_every_command_says_how_to_make_a_missing_workspace(
    argv: list[str], edgecase: Edgecase, tmp_path: Path
) -> None:
    place = 2 if argv[0] == "subset" else 1
    names = [tmp_path / "nowhere", *(["s"] if argv[0] == "export" else [])]
    refusal = _refusal(edgecase(*argv[:place], *names, *argv[place:]))
    assert str(tmp_path / "nowhere") in refusal
    assert "edgecase build" in refusal


def test_a_taken_port_is_one_sentence(edgecase: Edgecase, built: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port}" in _refusal(edgecase("open", built.path, "--port", port, "--no-browser"))


def test_a_model_given_by_a_relative_path_is_found_from_anywhere(
    source: Brought, clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edgecase: Edgecase
) -> None:
    monkeypatch.chdir(clip_folder.parent)
    code, _, err = edgecase("build", source.table, "--workspace", tmp_path / "ws", "--pretrained", clip_folder.name)
    assert code == 0, err
    monkeypatch.chdir(tmp_path)
    assert len(_json(edgecase("search", tmp_path / "ws", "--text", "a leaf", "-k", 2, "--json"))) == 2
