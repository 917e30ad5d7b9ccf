"""The commands of saved views."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from explorer.cli import main

if TYPE_CHECKING:
    import pytest

    from explorer.store.workspace import Workspace

LOOK: dict[str, Any] = {
    "widgets": {
        "space": "label",
        "placement": "numbers?x=lux&y=blur",
        "colour": "camera",
        "filter split": ["test"],
        "filter weight": [8.5, 12.0],
    },
    "hidden": {"camera": ["left"], "label": []},
    "selection": [{"origin": "lasso"}, {"origin": "search"}],
    "search": {"title": "“boots”", "rows": ["a", "b"]},
    "zoom": {},
}


def test_views_are_listed_shown_renamed_and_deleted(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(workspace.path)
    key = workspace.views.save("Boots", LOOK, author="Ada").key
    link = f"?workspace={workspace.paths.key}&view={key}"
    assert main(["view", "list", place, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["key"], told["name"], told["created_by"], told["link"]) == (key, "Boots", "Ada", link)
    assert main(["view", "list", place]) == 0
    assert capsys.readouterr().out.startswith(f"Boots\t{link}\tAda\t")
    assert main(["view", "show", place, "boots", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["look"] == LOOK
    assert main(["view", "show", place, "boots"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  placed by: label",
        "  arranged by: lux and blur",
        "  coloured by: camera",
        "  filters: split: test; weight: 8.5 to 12.0",
        "  hidden: camera: left",
        "  selected by: lasso, search",
        "  found: 2 most like “boots”",
        f"  link: {link} behind the address of the app",
    ]
    assert main(["view", "rename", place, "Boots", "Dark boots", "--author", "Bob"]) == 0
    assert main(["view", "delete", place, "Dark boots", "--author", "Bob"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Bob renamed the view “Boots” to “Dark boots”.",
        "Bob deleted the view “Dark boots”.",
    ]
    assert main(["view", "list", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_history_undo_and_redo_are_of_views(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(workspace.path)
    key = workspace.views.save("Boots", LOOK, author="Ada").key
    workspace.views.delete("Boots", author="Ada")
    workspace.decisions.create_subset("Boots", author="Ada")
    assert main(["view", "undo", place, "--author", "Ada"]) == 0
    assert main(["view", "history", place, "--json"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "Ada undid: deleted the view “Boots”."
    events = json.loads(said.partition("\n")[2])
    assert [(one["kind"], one["view"], one["undone"]) for one in events] == [
        ("undone", key, False),
        ("deleted", key, True),
        ("saved", key, False),
    ]
    assert main(["view", "history", place, key]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith("Ada deleted the view “Boots”. (undone)")
    assert main(["view", "redo", place, "--author", "Ada", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "redone"
    assert main(["view", "undo", place, "--author", "Bob"]) == 1
    assert "nothing about views of Bob" in capsys.readouterr().err
    assert main(["view", "show", place, "Boots"]) == 1
    assert "No view is called “Boots”. There are: none yet." in capsys.readouterr().err
