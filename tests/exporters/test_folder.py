"""Folders are there whole or not at all, hold copies or links, and nothing in the data leads out of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from explorer.errors import ExportError
from explorer.exporters import FOLDERS, FORMATS, exporter
from tests.exporters.conftest import classified, detected, file_at, no_file_larger_than, package_of

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "../../out.png",
    "/etc/passwd.png",
    "..",
    "a/../../b.png",
    "C:\\x.png",
    "con.png",
    "x" * 300 + ".png",
    "a\0b.png",
]


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_no_name_leads_out_of_the_folder(form: str, tmp_path: Path) -> None:
    """Of an image, a class or a model; each arrives under a name of its own below the folder."""
    source = file_at(tmp_path / "source.png")
    package = package_of(dict.fromkeys(HOSTILE, source))
    truth = classified(tmp_path, 0).truth
    truth["sample"], truth["label"] = HOSTILE, ["../up", "/root", "..", "", "nul", "a/b", "x" * 300, "\0"]
    truth.index = package.table.index
    models = {name: truth.assign(confidence=0.5) for name in ("../../model", "..", "/m")}
    classes = tuple(dict.fromkeys(truth["label"]))
    within = tmp_path / "a" / "b" / "out"
    within.parent.mkdir(parents=True)
    done = exporter(form, "copy")(replace(package, truth=truth, predictions=models, classes=classes), within)
    assert done.images == len(HOSTILE)
    assert [file.name for file in within.parent.iterdir()] == ["out"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "source.png"]
    placed = [image["exported_as"] for image in json.loads((within / "manifest.json").read_text("utf-8"))["images"]]
    assert len({place.casefold() for place in placed}) == len(HOSTILE)
    assert all((within / place).read_bytes() == b"pixels" for place in placed)
    assert all((within / place).resolve().is_relative_to(within.resolve()) for place in placed)


@pytest.mark.parametrize("name", ["annotations.xml", "predictions-v 1.xml", "labeling_config.xml"])
def test_markup_and_letters_that_xml_forbids_stay_text(name: str, tmp_path: Path) -> None:
    evil = '"/><!ENTITY x SYSTEM "file:///etc/passwd">&x;\x0b]]>'
    package = detected(tmp_path)
    classes = (evil, *package.classes)
    package = replace(package, classes=classes, truth=package.truth.assign(label=evil))
    exporter("label-studio" if name.startswith("labeling") else "cvat")(package, tmp_path / "out")
    found = ET.parse(tmp_path / "out" / name).getroot()  # noqa: S314 - our own
    texts = {text for entry in found.iter() for text in (entry.text, *entry.attrib.values())}
    assert evil.replace("\x0b", "\ufffd") in texts


def test_a_table_holds_no_formula(tmp_path: Path) -> None:
    exporter("images")(detected(tmp_path), tmp_path / "out")
    cells = (tmp_path / "out" / "boxes.csv").read_text("utf-8").replace("\n", ",").split(",")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_links_lead_to_the_images_and_copies_are_files(form: str, tmp_path: Path) -> None:
    package = classified(tmp_path, 2)
    for media in ("link", "copy"):
        out = tmp_path / media
        exporter(form, media)(package, out)
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))
        for image in manifest["images"]:
            file = out / image["exported_as"]
            assert file.is_symlink() == (media == "link")
            assert str(file.resolve()) == (image["filepath"] if media == "link" else str(file))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_holds_no_images(form: str) -> None:
    with pytest.raises(ExportError, match="Expected a format of folders to copy images into, found"):
        exporter(form, "copy")


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_nothing_and_says_what_to_do(form: str, tmp_path: Path) -> None:
    package = detected(tmp_path, 40)
    before = sorted(tmp_path.iterdir())
    with no_file_larger_than(1000), pytest.raises(ExportError, match=r"[Ff]ree some space.* half\s+written"):
        exporter(form)(package, tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_a_taken_folder_is_refused_and_untouched(form: str, tmp_path: Path) -> None:
    file_at(tmp_path / "out" / "mine.txt", b"mine")
    with pytest.raises(ExportError, match=r"Expected a new or empty folder, found .* Choose another --out"):
        exporter(form)(classified(tmp_path, 1), tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine.txt"]


_KILLED = """
import os, signal, sys
from pathlib import Path
from explorer.exporters import exporter
from tests.exporters.conftest import detected

folder, form, place = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
package = detected(folder)
json_text = type(package).manifest
type(package).manifest = lambda self: os.kill(os.getpid(), signal.SIGKILL) or json_text(self)
exporter(form)(package, place)
"""


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_a_killed_export_leaves_no_half_folder_and_the_next_one_is_whole(form: str, tmp_path: Path) -> None:
    """Killed when all but the manifest is written: what is left has no name that anybody takes for an export."""
    place = tmp_path / "to" / "out"
    place.parent.mkdir()
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), form, str(place)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert [file.name.startswith(".partial-") for file in place.parent.iterdir()] == [True]
    exporter(form)(detected(tmp_path), place)
    assert [file.name for file in place.parent.iterdir()] == ["out"]
    assert (place / "manifest.json").is_file()
