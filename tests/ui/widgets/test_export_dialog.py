"""The export dialog: every control changes what the preview shows and what is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.export import Exported
from explorer.data.records import Skipped
from explorer.data.subsets import Member
from explorer.exporters import FOLDERS, TITLES
from explorer.exporters.package import Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Dialog = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def dialog(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dialog:
    """Open the dialog on the list of subsets and set controls; AppTest closes it at each run, so it is opened anew."""
    for name, rows in (("dark", range(3)), ("blurred", range(2, 6))):
        members = [Member(workspace.ids[row], "lasso") for row in rows]
        workspace.decisions.create_subset(name, author="Ada", members=members)
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path), "--root", str(tmp_path)])
    app = AppTest.from_file(MAIN, default_timeout=60).run().switch_page("subsets.py").run()

    def with_controls(**controls: Any) -> AppTest:
        _press(app, "Export…")
        for key, value in controls.items():
            _control(app, key).set_value(value)
            _press(app, "Export…")
        assert [error.message for error in app.exception] == []
        return app

    return with_controls


def _control(app: AppTest, key: str) -> Any:
    """A control of the dialog by the last word of its key."""
    kinds = ("multiselect", "selectbox", "button_group", "text_input")
    (found,) = [one for kind in kinds for one in getattr(app, kind) if str(one.key).startswith(f"export_{key}")]
    return found


def _press(app: AppTest, *labels: str) -> AppTest:
    for button in app.button:
        if button.label in labels:
            button.click()
    return app.run()


def _keys(workspace: Workspace, *names: str) -> list[str]:
    return [workspace.subset(name).key for name in names]


def _said(app: AppTest) -> str:
    return "\n".join(one.value for kind in ("markdown", "success", "error", "warning") for one in getattr(app, kind))


def _written(app: AppTest, place: Path, press: tuple[str, ...] = ("Export…", "Write")) -> dict[str, Any]:
    """Write to a place, and read the manifest."""
    _control(app, "place").set_value(str(place))
    _press(app, *press)
    assert [error.value for error in app.error] == []
    found: dict[str, Any] = json.loads(next(place.parent.rglob("*manifest.json")).read_text("utf-8"))
    return found


def test_subsets_and_what_is_left_out_are_counted_and_written(
    dialog: Dialog, workspace: Workspace, tmp_path: Path
) -> None:
    assert "**60 images**" in _said(dialog())
    assert "**6 images**" in _said(dialog(subsets=_keys(workspace, "dark", "blurred")))
    app = dialog(subsets=_keys(workspace, "dark"), without=_keys(workspace, "blurred"))
    assert "**2 images**" in _said(app)
    manifest = _written(app, tmp_path / "to.csv")
    assert [image["id"] for image in manifest["images"]] == list(workspace.ids[:2])


@pytest.mark.parametrize("form", TITLES)
def test_each_format_is_previewed_and_written(form: str, dialog: Dialog, workspace: Workspace, tmp_path: Path) -> None:
    app = dialog(subsets=_keys(workspace, "dark"), format=form)
    if form in FOLDERS:
        files = next(box.options for box in app.selectbox if box.label == "Beginning of")
        assert files[-1] == "manifest.json"
        assert app.code[0].value
    else:
        assert workspace.ids[0] in app.dataframe[-1].value.index
    assert _written(app, tmp_path / "to" if form in FOLDERS else tmp_path / f"to.{form}")["options"]["format"] == form
    assert "3 images written to" in _said(app).replace("\\", "")


def test_another_file_of_the_preview_is_shown(dialog: Dialog) -> None:
    first = dialog(format="coco").code[0].value
    assert '"images"' in first
    shown = dialog(file="results/v1.json").code[0].value
    assert '"score"' in shown


def test_labels_predictions_and_links_are_as_chosen(dialog: Dialog, workspace: Workspace, tmp_path: Path) -> None:
    app = dialog(format="coco", labels="v1", media="link", models=["v2"])
    options = _written(app, tmp_path / "to")["options"]
    assert options == {"format": "coco", "labels": "v1", "images": "link"}
    assert [file.name for file in (tmp_path / "to" / "results").iterdir()] == ["v2.json"]
    content = json.loads((tmp_path / "to" / "instances.json").read_text("utf-8"))
    names = {one["id"]: one["name"] for one in content["categories"]}
    said = [names[one["category_id"]] for one in content["annotations"]]
    assert said == workspace.samples["v1.prediction"].tolist()
    assert (tmp_path / "to" / "images" / "apple" / "00.png").is_symlink()


def test_a_place_that_may_not_be_looked_into_or_is_taken_is_refused(dialog: Dialog, tmp_path: Path) -> None:
    app = dialog(format="coco")
    _control(app, "place").set_value(str(tmp_path.parent.parent / "out"))
    assert "may" in _said(_press(app, "Export…", "Write"))
    app = dialog(format="coco")
    (tmp_path / "taken" / "mine").mkdir(parents=True)
    _control(app, "place").set_value(str(tmp_path / "taken"))
    assert "Expected a new or empty folder" in _said(_press(app, "Export…", "Write"))


def test_a_viewer_writes_nothing(dialog: Dialog, workspace: Workspace, tmp_path: Path) -> None:
    workspace.paths.roles.write_text("people: {Ada: owner, Vic: viewer}\n")
    app = dialog(format="coco")
    app.session_state["author"] = "Vic"
    _control(app, "place").set_value(str(tmp_path / "to"))
    assert "found the viewer 'Vic'" in _said(_press(app, "Export…", "Write"))
    assert not (tmp_path / "to").exists()
    assert workspace.exports.all() == []


def test_what_is_to_be_known_of_a_download_is_said_when_the_dialog_is_drawn_again(dialog: Dialog) -> None:
    app = dialog()
    written = Written(Path("to.csv"), 3, (Skipped("gone.png", "cannot be read"),))
    app.session_state["downloaded"] = [Exported(written, "images", "It could not be noted.")]
    said = _said(_press(app, "Export…")).replace("\\", "")
    assert "Left out gone.png: cannot be read" in said
    assert "It could not be noted." in said
    assert "could not be noted" not in _said(_press(app, "Export…"))


def test_one_subset_begins_with_itself(dialog: Dialog, workspace: Workspace) -> None:
    app = dialog()
    app.session_state["subset"] = workspace.subset("blurred").key
    app.run()
    _press(app, "Export…")
    assert "**4 images**" in _said(app)
    downloads: list[Any] = [one.proto.label for one in app.get("download_button")]
    assert downloads == [r"Download blurred\.csv.zip"]
