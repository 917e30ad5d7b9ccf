"""No command writes a file whose ending says another format than what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from explorer.data.subsets import Member
from explorer.data.verdicts import Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("review", "export", "WS", "Spring", "-o"), "sheet.xlsx"),
        (("category", "export", "WS", "-o"), "categories.json"),
        (("export", "WS", "--all", "--format", "csv", "-o"), "out.parquet"),
        (("export", "WS", "--all", "-o"), "out.xlsx"),
        (("export", "WS", "--all", "--format", "parquet", "-o"), "out.csv"),
        (("export", "WS", "--all", "--format", "coco", "-o"), "out.zip"),
        (("export", "WS", "--all", "--format", "coco", "-o"), "out.json"),
        (("snapshot", "WS", "-o"), "map.png"),
        (("report", "WS", "-o"), "report.pdf"),
        (("report", "WS", "-o", "report.html", "--actions"), "actions.json"),
        (("library", "export", "WS", "-o"), "library.tar"),
        (("audit", "export", "WS", "-o"), "log.json"),
        (("backup", "WS", "-o"), "friday.tar"),
        (("check", "WS", "--thresholds", "THRESHOLDS", "--junit"), "junit.json"),
    ],
)
def test_another_ending_is_refused(
    command: tuple[str, ...], name: str, workspace: Workspace, edgecase: Edgecase, tmp_path: Path
) -> None:
    workspace.rounds.start(Protocol("Spring", workspace.ids[:2], ("Ada",)), author="Ada")
    workspace.decisions.create_subset(
        "some", author="Ada", members=[Member(each, "ids") for each in workspace.ids[:20]]
    )
    thresholds = tmp_path / "thresholds.yaml"
    thresholds.write_text("- {subset: some, metric: accuracy, at_least: 0.1}\n", "utf-8")
    places = {"WS": workspace.path, "THRESHOLDS": thresholds, "report.html": tmp_path / "report.html"}
    code, out, said = edgecase(*(places.get(word, word) for word in command), tmp_path / name)
    assert (code, out) == (4 if command[0] == "check" else 1, "")
    assert said.startswith("edgecase: Expected ")
    assert f"found {name!r}" in said
    assert not (tmp_path / name).exists()
    assert not (tmp_path / "report.html").exists()


def test_a_table_is_of_the_format_that_its_ending_says(
    workspace: Workspace, edgecase: Edgecase, tmp_path: Path
) -> None:
    assert edgecase("export", workspace.path, "--all", "-o", tmp_path / "out.parquet")[0] == 0
    assert pd.read_parquet(tmp_path / "out.parquet")["id"].tolist() == list(workspace.ids)
    assert edgecase("export", workspace.path, "--all", "-o", tmp_path / "out.csv")[0] == 0
    assert pd.read_csv(tmp_path / "out.csv")["id"].tolist() == list(workspace.ids)
