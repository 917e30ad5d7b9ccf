"""`edgecase relocate`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_a_moved_image_folder_is_told_and_found_again(edgecase: Edgecase, source: Source, tmp_path: Path) -> None:
    photos = shutil.copytree(source.images, tmp_path / "photos")
    ws = tmp_path / "ws"
    edgecase("build", photos / "table.csv", "--workspace", ws, "--vectors", source.vectors)
    edgecase("subset", "create", ws, "red", "--where", "label=apple")
    photos.rename(tmp_path / "moved")
    told = f"60 of 60 image files are no longer at {photos}"
    assert told in edgecase("info", ws)[2]
    assert told in printed_json(edgecase("info", ws, "--json"))["images_gone"]
    assert told in edgecase("export", ws, "red", "--out", tmp_path / "o.csv")[2]
    assert "None of the images" in refusal(edgecase("relocate", ws, tmp_path / "ws"))
    code, out, _ = edgecase("relocate", ws, tmp_path / "moved")
    assert (code, out) == (0, f"{photos} is now {tmp_path / 'moved'}: 60 of 60 images found, 60 compared.\n")
    assert edgecase("info", ws)[2] == ""
    ran = edgecase("export", ws, "red", "--format", "images", "--out", tmp_path / "o")
    assert (ran[0], ran[2]) == (0, "")
    assert printed_json(edgecase("relocate", ws, tmp_path / "moved", "--json"))["found"] == 60
