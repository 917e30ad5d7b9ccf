"""A review that lies beside data, as the sample's does: its categories, its round and its verdicts become decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.actions.review import start_round
from explorer.actions.review_sheets import import_verdicts
from explorer.data.subsets import Member
from explorer.data.untrusted import MALFORMED, read_json
from explorer.data.verdicts import read_protocol
from explorer.errors import ExplorerError, SourceError
from explorer.readers.documents import read_text
from explorer.review.spreadsheet import from_csv
from explorer.review.taxonomy import from_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.verdicts import Protocol, Round
    from explorer.review.spreadsheet import Sheet
    from explorer.store.workspace import Workspace

CATEGORIES, PROTOCOL, VERDICTS = "categories.yaml", "protocol.json", "verdicts.csv"

AUTHOR = "import"
"""Who decided what is taken in: nobody who works on it later, whose undo would begin there."""


def begin_review(workspace: Workspace, folder: Path) -> Round | None:
    """Keep a review among the decisions of a workspace in which nothing was decided yet; None where something was.

    Each category gets a subset of the items that reviewers put into it first.

    Args:
        workspace: of the images that were reviewed.
        folder: `categories.yaml` as `edgecase category export` writes it, `protocol.json` as `Protocol.facts` gives it,
            and `verdicts.csv` as `edgecase review export` does.

    Raises:
        SourceError: a file is missing or cannot be read.
        ReviewError: the protocol or the verdicts are not of this workspace.
        CategoryError: the categories are not as they must be.
        WorkspaceError: the decisions cannot be written.
    """
    if workspace.decisions.state().sequence:
        return None
    categories = from_yaml(read_text(folder / CATEGORIES), str(folder / CATEGORIES))
    sheet = from_csv(read_text(folder / VERDICTS).removeprefix("\ufeff"), str(folder / VERDICTS))
    protocol = _protocol(folder / PROTOCOL)
    reason = f"the review in {folder.name}/ beside the data"
    workspace.categories.take_in(categories, author=AUTHOR, reason=reason)
    for name, ids in _members(sheet).items():
        members = [Member(each, "import") for each in ids]
        workspace.decisions.create_subset(name, author=AUTHOR, category=name, members=members, reason=reason)
    one = start_round(workspace, protocol, author=AUTHOR, reason=reason)
    import_verdicts(workspace, folder / VERDICTS, author=AUTHOR, name=one.name)
    return one


def _protocol(file: Path) -> Protocol:
    try:
        return read_protocol(read_json(file))
    except ExplorerError:
        raise
    except MALFORMED as error:
        raise SourceError(
            f"Expected the protocol of a round as JSON in {file}, found something else: {error}."
        ) from error


def _members(sheet: Sheet) -> dict[str, list[str]]:
    """The items of each category, by the first one that each was put into."""
    first = {line.image: line.categories[0] for line in reversed(sheet.lines) if line.categories}
    found: dict[str, list[str]] = {}
    for image in sorted(first):
        found.setdefault(first[image], []).append(image)
    return found
