"""Checks as JUnit XML, which servers for continuous integration show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from explorer.data.endings import refuse_other_ending
from explorer.data.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not."""


def write_junit(said: Mapping[str, Any], path: Path) -> None:
    """Write what `check` gives: one suite, one case for each check; one of which nothing can be said is skipped.

    Raises:
        ExportError: the file's ending says something else than XML.
        OSError: it cannot be written.
    """
    refuse_other_ending(path, "the checks, which are XML,", ".xml")
    checks = said["checks"]
    many = {status: str(sum(one["status"] == status for one in checks)) for status in ("failed", "cannot say")}
    counts = {"tests": str(len(checks)), "failures": many["failed"], "errors": "0", "skipped": many["cannot say"]}
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": _text(f"edgecase check {said['model']}"), **counts, "time": "0"})
    for one in checks:
        _case(suite, one)
    indent(root)
    with whole_file(path) as draft:
        ElementTree(root).write(draft, "utf-8", xml_declaration=True)


def _case(suite: Element, one: Mapping[str, Any]) -> None:
    name = _text(f"{one['name']}, {one['metric']} at least {one['at_least']:g}")
    case = SubElement(suite, "testcase", {"classname": _text(f"edgecase.{one['kind']}"), "name": name, "time": "0"})
    reason = _text(one["reason"])
    if one["status"] == "failed":
        SubElement(case, "failure", {"message": reason, "type": "threshold"}).text = reason
    elif one["status"] == "cannot say":
        SubElement(case, "skipped", {"message": reason})
    else:
        SubElement(case, "system-out").text = reason


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
