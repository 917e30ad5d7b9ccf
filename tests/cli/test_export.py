"""`edgecase export`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from explorer.cli import parser
from tests.cli.conftest import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_export_as_csv_holds_exactly_the_ids(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    edgecase("subset", "create", workspace.path, "wrong ones", "--where", "v1.outcome=wrong")
    code, out, err = edgecase("export", workspace.path, "wrong ones", "--format", "csv", "--out", tmp_path / "o.csv")
    assert (code, err) == (0, "")
    assert out == f"2 images of wrong ones written to {tmp_path / 'o.csv'}\n"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text("utf-8"))))
    assert [row["id"] for row in rows] == ["apple/00.png", "apple/10.png"]
    manifest = json.loads((tmp_path / "o.manifest.json").read_text("utf-8"))
    assert manifest["subsets"][0]["name"] == "wrong ones"


def test_export_as_images_copies_them_and_names_those_it_could_not(
    edgecase: Edgecase, source: Source, clip_folder: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        Image.open(source.images / "sky" / "00.png").resize((9, 9)).save(tmp_path / f"{name}.png")
    (tmp_path / "t.csv").write_text("image\na.png\nb.png\n")
    ws = tmp_path / "ws"
    edgecase("build", tmp_path / "t.csv", "--workspace", ws, "--pretrained", clip_folder)
    edgecase("subset", "create", ws, "both", "--where", "width=9")
    (tmp_path / "b.png").unlink()
    code, out, err = edgecase("export", ws, "both", "--format", "images", "--out", tmp_path / "o")
    assert (code, out) == (0, f"1 image of both written to {tmp_path / 'o'}\n")
    assert err.startswith(f"edgecase: left out {tmp_path / 'b.png'}: cannot be read")
    assert [file.name for file in (tmp_path / "o" / "images").iterdir()] == ["a.png"]
    assert "new or empty folder" in refusal(edgecase("export", ws, "both", "--format", "images", "--out", tmp_path))


def test_export_of_an_unknown_subset_or_format_is_refused(edgecase: Edgecase, workspace: Workspace) -> None:
    assert "No subset" in refusal(edgecase("export", workspace.path, "nobody", "--out", "never.csv"))
    with pytest.raises(SystemExit):
        parser().parse_args(["export", "ws", "s", "--format", "excel", "--out", "x"])


def test_all_without_a_subset_in_a_format_with_links(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    edgecase("subset", "create", workspace.path, "wrong ones", "--where", "v1.outcome=wrong")
    out = tmp_path / "o"
    code, said, err = edgecase(
        *("export", workspace.path, "--all", "--without", "wrong ones", "--format", "coco"),
        *("--labels", "v1", "--link", "--out", out),
    )
    assert (code, said, err) == (0, f"58 images without wrong ones written to {out}\n", "")
    assert len(json.loads((out / "instances.json").read_text("utf-8"))["annotations"]) == 58
    assert (out / "images" / "leaf" / "00.png").is_symlink()


def test_names_of_subsets_stand_before_or_behind_options(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        edgecase("subset", "create", workspace.path, name, "--where", "v1.outcome=wrong")
    words = ("export", workspace.path, "--format", "csv", "one", "two", "--out", tmp_path / "o.csv")
    assert edgecase(*words)[1] == f"2 images of one and two written to {tmp_path / 'o.csv'}\n"
    with pytest.raises(SystemExit):
        parser().parse_args(["export", "ws", "s", "--unknown", "--out", "x"])


def test_labels_of_nobody_are_refused(edgecase: Edgecase, workspace: Workspace) -> None:
    said = refusal(edgecase("export", workspace.path, "--all", "--labels", "v9", "--out", "never.csv"))
    assert "Expected given, corrected, v1, v2 as labels" in said


def test_a_finding_is_exported_as_the_subset_that_it_would_be(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path
) -> None:
    first = json.loads(edgecase("finding", "list", workspace.path, "--json")[1])[0]
    out = tmp_path / "o.csv"
    code, said, _ = edgecase("export", workspace.path, "--finding", first["key"][:8], "--out", out)
    assert (code, said) == (0, f"{len(first['ids'])} images of {first['title']} written to {out}\n")
    manifest = json.loads((tmp_path / "o.manifest.json").read_text("utf-8"))
    (about,) = manifest["subsets"]
    assert (about["name"], about["category"], about["note"]) == (first["title"], first["kind"], first["sentence"])
    assert sorted(image["id"] for image in manifest["images"]) == sorted(first["ids"])
    words = ("export", workspace.path, "--finding", "zzz", "--out", tmp_path / "never.csv")
    assert "Expected the key of one finding, found 'zzz'" in refusal(edgecase(*words))
