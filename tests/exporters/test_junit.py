"""JUnit XML of whatever a name may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from explorer.exporters.junit import write_junit

if TYPE_CHECKING:
    from pathlib import Path


def test_every_name_comes_back_and_what_xml_cannot_hold_is_replaced(tmp_path: Path) -> None:
    name, kept = 'a <b> & "c" ]]> \x00\x1b\ufffe\ud800 日本', 'a <b> & "c" ]]> \ufffd\ufffd\ufffd\ufffd 日本'
    one = {"kind": "subset", "name": name, "metric": "recall", "at_least": 0.5, "status": "failed", "reason": name}
    write_junit({"model": name, "checks": [one]}, tmp_path / "junit.xml")
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]  # noqa: S314 - our own file
    assert suite.get("name") == f"edgecase check {kept}"
    assert suite[0].get("name") == f"{kept}, recall at least 0.5"
    assert (suite[0][0].get("message"), suite[0][0].text) == (kept, kept)
