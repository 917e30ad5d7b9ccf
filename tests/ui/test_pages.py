"""Every page in every state a workspace can be in, run by Streamlit itself without a browser."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import explorer
from explorer.points.membership import SUBSET_COLUMN, membership
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member
from explorer.store.derived.building import announce
from explorer.subsets.selection import Stroke
from explorer.ui.components.scatter import Categories
from explorer.ui.widgets.colours import colouring

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1.element_tree import Button

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
PAGES = [
    "map.py",
    "findings.py",
    "subsets.py",
    "grow.py",
    "labels.py",
    "review.py",
    "loop.py",
    "evaluate.py",
    "dataset.py",
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a workspace at a page, with some of the session's state set beforehand."""

    def at(workspace: Workspace | Path, page: str = "map.py", **state: object) -> AppTest:
        path = workspace if isinstance(workspace, Path) else workspace.path
        monkeypatch.setattr(sys, "argv", ["main.py", str(path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return app if page == "map.py" else app.switch_page(page).run()

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    """All text on the page."""
    kinds = ("markdown", "caption", "info", "warning", "success", "text", "subheader")
    texts = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join([*texts, *(f"{metric.label}: {metric.value}" for metric in app.metric)])


def _click(app: AppTest, label: str) -> Button:
    """Press the button whose label begins so, without running the page yet."""
    (button,) = [button for button in app.button if button.label.startswith(label)]
    return button.click()


def _button(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    return _fine(_click(app, label).run())


def _tag(app: AppTest, opener: str, name: str, label: str) -> AppTest:
    """Tag in the dialog. AppTest knows no part of a page that runs alone, so what opens it is pressed once more."""
    _click(app, opener).run()
    _click(app, opener)
    app.text_input(key="tag_name").set_value(name).run()
    _click(app, opener)
    return _button(app, label)


def _lassoed(workspace: Workspace, label: str) -> tuple[tuple[Stroke, ...], ...]:
    """The session's history after a lasso around exactly one class on the map."""
    rows = np.flatnonzero(workspace.samples["label"] == label)
    xy = workspace.layout().xy[rows]
    (x0, y0), (x1, y1) = xy.min(axis=0) - 0.01, xy.max(axis=0) + 0.01
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    polygon = tuple((float(x), float(y)) for x, y in corners)
    return ((), (Stroke("replace", "lasso", layout=workspace.layout_key(), polygon=polygon),))


def _subset(workspace: Workspace, name: str, *rows: int) -> str:
    members = [Member(workspace.ids[row], "lasso") for row in rows]
    return workspace.decisions.create_subset(name, author="Ada", note="a note", members=members).key


@pytest.fixture(scope="module", params=["bare", "one", "none"])
def unusual(
    request: pytest.FixtureRequest, source: Source, clip_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """Neither labels nor predictions; one image; not one usable image."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "images").mkdir()
    if request.param == "bare":
        bare = pd.read_csv(source.table)[["image"]]
        bare["image"] = [str(source.images / image) for image in bare["image"]]
        bare.to_csv(folder / "bare.csv", index=False)
        return explorer.build(folder / "bare.csv", folder / "ws", vectors=_npy(source, folder))
    if request.param == "one":
        Image.new("RGB", (8, 8)).save(folder / "images" / "1.png")
    else:
        (folder / "images" / "broken.png").touch()
    return explorer.build(folder / "images", folder / "ws", pretrained=str(clip_folder))


def _npy(source: Source, folder: Path) -> Path:
    np.save(folder / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    return folder / "v.npy"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_at_first(page: str, opened: Opener, clip_workspace: Workspace) -> None:
    _fine(opened(clip_workspace, page))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_a_workspace_that_lacks_things(page: str, opened: Opener, unusual: Workspace) -> None:
    _fine(opened(unusual, page))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("workspace_of", ["clip_workspace", "boxes_workspace"])
def test_every_page_opens_while_the_build_goes_on(
    page: str, workspace_of: str, opened: Opener, request: pytest.FixtureRequest
) -> None:
    """The image map is there, the others are not yet."""
    whole: Workspace = request.getfixturevalue(workspace_of)
    spaces = {"image": whole.manifest.spaces["image"]}
    announce(whole.path, replace(whole.manifest, spaces=spaces, signals={}, unfinished=True))
    _fine(opened(whole.path, page))


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_workspace_says_how_to_make_one(page: str, opened: Opener, tmp_path: Path) -> None:
    app = opened(tmp_path / "nowhere", page)
    assert [error.message for error in app.exception] == []
    (error,) = app.error
    assert "Choose another one under Workspaces" in error.value
    assert str(tmp_path / "nowhere") in error.value.replace("\\", "")


def test_the_first_run_says_how_to_begin(opened: Opener, workspace: Workspace) -> None:
    said = _said(_fine(opened(workspace)))
    assert "Draw around a suspicious cluster" in said
    assert "v1 is correct on **96.7%** of the images" in said
    assert "v2 is correct on **98.3%** of the images" in said


def test_a_lasso_fills_the_panel(opened: Opener, workspace: Workspace) -> None:
    """Count, accuracy with its interval against the rest, and what is over-represented."""
    app = _fine(opened(workspace, history=_lassoed(workspace, "apple")))
    said = _said(app)
    assert "20 selected" in said
    assert "**90% correct** here by v1 (70% to 97%)" in said
    assert "100% on the rest" in said
    assert "| Label | apple | 100% | **3.0×** |" in said
    assert any(button.label.startswith("Tag 20 images") for button in app.button)


def test_the_selection_outlives_other_pages_spaces_colours_and_models(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "dataset.py", history=_lassoed(workspace, "apple"))
    _fine(app.switch_page("map.py").run())
    for key, value in (("space", "label"), ("model", "v2"), ("colour", "camera"), ("safe_colours", True)):
        app.session_state[key] = value
        assert "20 selected" in _said(_fine(app.run())), key
    assert app.session_state["colour"] == "camera"


def test_another_model_keeps_the_colour_by_the_same_thing(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace)
    assert app.session_state["colour"] == "v1.outcome"
    app.session_state["model"] = "v2"
    assert _fine(app.run()).session_state["colour"] == "v2.outcome"


def test_filters_that_match_nothing_say_so_and_are_one_click_from_gone(opened: Opener, workspace: Workspace) -> None:
    low = float(np.float32(workspace.samples.loc[workspace.samples["label"] == "leaf", "weight"].min()))
    state = {"filter_columns": ["label", "weight"], "filter label": ["sky"], "filter weight": (low, low)}
    app = _fine(opened(workspace, **state))
    assert "0 of 60 points shown" in _said(app)
    assert "60 of 60 points shown" in _said(_button(app, "Show everything"))


def test_selecting_what_is_shown_selects_what_passes_the_filter(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, **{"filter_columns": ["label"], "filter label": ["sky"]})
    assert "20 selected" in _said(_button(app, "Select all 20 shown"))


def test_no_predictions_say_how_to_add_them(opened: Opener, unusual: Workspace) -> None:
    assert "No labels and no predictions yet" in _said(opened(unusual))
    assert "No predictions yet. Add them on the Dataset page, or with `edgecase add-predictions" in _said(
        opened(unusual, "evaluate.py")
    )


def test_a_workspace_without_images_says_why(opened: Opener, tmp_path: Path, clip_folder: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "broken.png").touch()
    workspace = explorer.build(tmp_path / "images", tmp_path / "ws", pretrained=str(clip_folder))
    assert "every one was left out" in _said(opened(workspace))
    app = opened(workspace, "dataset.py")
    assert "Left out: 1" in _said(app)
    assert any("broken.png" in frame.value.to_csv() for frame in app.dataframe)
    app = opened(workspace)
    app.text_input(key="query").set_value("anything").run()
    _fine(app)


def test_words_find_images_and_the_panel_lists_them(opened: Opener, clip_workspace: Workspace) -> None:
    app = opened(clip_workspace)
    app.text_input(key="query").set_value("a *leaf* <b>").run()
    assert "50 most like" in _said(_fine(app))
    assert "50 selected" in _said(_button(app, "Select these 50"))


def test_own_vectors_say_that_words_need_a_model(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace)
    assert "needs a CLIP model" in _said(app)
    assert "query" not in app.session_state


def test_tagging_is_on_disk_with_author_origin_and_context_when_the_click_returns(
    opened: Opener, workspace: Workspace
) -> None:
    """Into an existing subset; AppTest cannot type a new name, which the browser journey does."""
    _subset(workspace, "red ones", 0, 45)
    app = opened(workspace, history=_lassoed(workspace, "apple"), author="Grace")
    _tag(app, "Tag 20 images…", "red ones", "Add 19 images to red ones")
    subset = explorer.open_workspace(workspace.path).subset("red ones")
    apples = set(workspace.samples.index[workspace.samples["label"] == "apple"])
    assert set(subset.ids) == apples | {workspace.ids[45]}
    assert {(subset.members[each].author, subset.members[each].origin) for each in apples - {workspace.ids[0]}} == {
        ("Grace", "lasso")
    }
    event = workspace.decisions.history()[0]
    assert event.payload["context"]["layout"] == workspace.layout_key()
    assert event.payload["context"]["selection"][0]["polygon"]
    assert [toast.value for toast in app.toast] == ["Added: 19 images to “red ones”."]


@pytest.mark.parametrize("page", ["subsets.py", "grow.py"])
def test_without_subsets_the_pages_say_how_to_make_one(page: str, opened: Opener, workspace: Workspace) -> None:
    assert "No edge-case subsets yet" in _said(opened(workspace, page))


@pytest.mark.parametrize("action", ["Delete", "Show on map", "Edit…"])
def test_a_click_on_a_subset_deleted_in_another_tab_spares_the_one_in_its_place(
    opened: Opener, workspace: Workspace, action: str
) -> None:
    _subset(workspace, "first", 0, 1)
    key = _subset(workspace, "second", 2)
    app = opened(workspace, "subsets.py", subset=key)
    assert app.selectbox(key="subset").value == key
    workspace.decisions.delete_subset(workspace.subset("second").key, author="Ben")
    next(button for button in app.button if button.label == action).click().run()
    assert [subset.name for subset in workspace.subsets()] == ["first"]
    assert "is gone: deleted or undone" in _said(app)
    refused = ["The subset “second” is deleted. Restore it first."] if action == "Delete" else []
    assert [error.value.replace("\\", "") for error in app.error] == refused
    assert "selected" not in _said(app)


def test_a_subset_is_deleted_restored_undone_and_redone(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "red ones", 0, 1)
    app = opened(workspace, "subsets.py", author="Ada", subset=key)
    _button(app, "Delete")
    assert workspace.subsets() == []
    assert "No edge-case subsets yet" in _said(app)
    _button(app, "Restore")
    assert [toast.value for toast in app.toast] == ["“red ones” is back."]
    assert [subset.name for subset in workspace.subsets()] == ["red ones"]
    _button(app, "Undo")
    assert [toast.value for toast in app.toast] == ["Ada undid\\: restored “red ones”\\."]
    assert workspace.subsets() == []
    _button(app, "Redo")
    assert [toast.value for toast in app.toast] == ["Ada redid\\: restored “red ones”\\."]
    assert workspace.subset("red ones").ids == workspace.ids[:2]


def test_a_subset_opens_on_the_map(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "some", 0, 20, 40)
    app = opened(workspace, "subsets.py", subset=key)
    assert "3 selected" in _said(_button(app, "Show on map"))


def test_a_subset_grows_from_the_subset_that_was_being_looked_at(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "older", 0, 1)
    _subset(workspace, "newer", 40)
    app = opened(workspace, "grow.py", subset=key)
    assert app.session_state["subset"] == key
    assert "2 members, 0 rejected so far" in _said(app)


def test_a_member_that_left_the_build_is_named(opened: Opener, workspace: Workspace) -> None:
    members = [Member(workspace.ids[0], "lasso"), Member("gone.png", "lasso")]
    key = workspace.decisions.create_subset("half", author="Ada", members=members).key
    assert "1 member is not in the current build" in _said(_fine(opened(workspace, "subsets.py", subset=key)))
    _fine(opened(workspace, "grow.py"))


def test_an_empty_subset_is_a_subset(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "empty")
    _fine(opened(workspace, "subsets.py"))
    _fine(opened(workspace, "subsets.py", subset=key))
    assert "there is nothing to propose from" in _said(_fine(opened(workspace, "grow.py")))


def test_names_from_people_and_data_are_text_and_not_markup(opened: Opener, workspace: Workspace) -> None:
    name = "[click](javascript:alert(1)) **bold** $x$ :red[y] <b>"
    key = _subset(workspace, name, 0)
    app = _fine(opened(workspace, "subsets.py", subset=key))
    marked = [element.value for element in app.markdown if "click" in element.value]
    assert marked
    for text in marked:
        for raw in ("[click]", "**bold**", "$x$", ":red[", "<b>"):
            assert raw not in text.replace("\\", "\0"), text


def test_an_image_opens_large_with_its_facts_and_neighbours(opened: Opener, workspace: Workspace) -> None:
    _subset(workspace, "red ones", 10)
    app = _fine(opened(workspace, opened=("image", 10, (9, 10, 11))))
    said = _said(app).replace("\\", "")
    for fact in ("apple/10.png", "| camera | left |", "| size | 32 x 32 |", "In red ones", "Nearest in the original"):
        assert fact in said
    assert "50 most like" in _said(_button(app, "Find similar images"))


def test_a_closed_search_can_be_asked_again(opened: Opener, clip_workspace: Workspace) -> None:
    """The box is emptied with it: only words that change are a question."""
    app = opened(clip_workspace)
    app = _fine(app.text_input(key="query").set_value("a red apple").run())
    app = _button(app, "Close search")
    assert app.text_input(key="query").value == ""
    assert "“a red apple”" in _said(_fine(app.text_input(key="query").set_value("a red apple").run()))


def test_what_is_selected_already_is_not_added_again(opened: Opener, workspace: Workspace) -> None:
    chosen = ((), (Stroke("replace", "thumbnail", rows=(3, 4)),))
    labels = {
        row: [button.label for button in _fine(opened(workspace, history=chosen, opened=("image", row, ()))).button]
        for row in (3, 9)
    }
    assert "Selected" in labels[3]
    assert "Add to selection" in labels[9]


def test_arrow_keys_lead_through_the_images_it_was_clicked_among(opened: Opener, workspace: Workspace) -> None:
    app = _fine(opened(workspace, opened=("image", 10, (9, 10, 44))))
    assert "2 of 3" in _said(app)
    assert {button.label: button.disabled for button in app.button if button.label in ("Previous", "Next")} == {
        "Previous": False,
        "Next": False,
    }
    app = _button(app, "Next")
    assert "sky/04.png" in _said(app).replace("\\", "")
    assert "3 of 3" in _said(app)
    assert next(button for button in app.button if button.label == "Next").disabled


def test_the_map_is_coloured_and_filtered_by_subset(opened: Opener, workspace: Workspace) -> None:
    """The column follows what anybody decides; a colour that was chosen is the one on the map."""
    assert "Edge-case subset" not in opened(workspace).selectbox(key="colour").options
    first, second = ([Member(each, "lasso") for each in workspace.ids[a:b]] for a, b in ((0, 5), (3, 9)))
    workspace.decisions.create_subset("dark", author="Ada", members=first, colour="#123456")
    workspace.decisions.create_subset("blurred", author="Ada", members=second)
    app = _fine(opened(workspace, colour=SUBSET_COLUMN))
    assert "Edge-case subset" in app.selectbox(key="colour").options
    column = membership(View(workspace).images, list(workspace.decisions.state().subsets))
    names = [column.values[code] for code in column.codes]
    assert names[:10] == ["dark"] * 3 + ["several subsets"] * 2 + ["blurred"] * 4 + ["no subset"]
    drawn = colouring(column, "", np.ones(60, np.bool_), frozenset(), safe=False, given={"dark": "#123456"})
    assert isinstance(drawn, Categories)
    assert dict(zip(drawn.names, drawn.colours, strict=True))["dark"] == "#123456"
    app.session_state["filter_columns"] = [SUBSET_COLUMN]
    app.session_state[f"filter {SUBSET_COLUMN}"] = ["no subset"]
    assert "51 of 60 points shown" in _said(_fine(app.run()))
    workspace.decisions.add_members("dark", [Member(workspace.ids[20], "lasso")], author="Bob")
    assert "50 of 60 points shown" in _said(_fine(app.run()))


def test_the_dataset_page_says_how_far_to_trust_the_map(opened: Opener, workspace: Workspace) -> None:
    said = _said(opened(workspace, "dataset.py"))
    assert "Images: 60" in said
    assert f"Trustworthiness of the map: {workspace.layout().trustworthiness:.3f}" in said


def test_a_filter_on_one_models_mistakes_stays_while_looking_at_another(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, **{"filter_columns": ["v1.outcome"], "filter v1.outcome": ["wrong"]})
    app.session_state["model"] = "v2"
    assert "2 of 60 points shown" in _said(_fine(app.run()))


def test_a_new_build_is_picked_up_by_an_open_app(opened: Opener, source: Source, workspace: Workspace) -> None:
    """What the session knew of rows and columns of the former build is forgotten."""
    state = {"filter_columns": ["camera", "weight"], "filter camera": ["left"], "space": "label", "opened": 55}
    app = opened(workspace, history=_lassoed(workspace, "apple"), colour="camera", model="v2", **state)
    bare = pd.read_csv(source.table)[["image"]][:30]
    bare["image"] = [str(source.images / image) for image in bare["image"]]
    bare.to_csv(workspace.path.parent / "bare.csv", index=False)
    np.save(workspace.path.parent / "v.npy", np.eye(30, 8) + 0.1)
    explorer.build(workspace.path.parent / "bare.csv", workspace.path, vectors=workspace.path.parent / "v.npy")
    _fine(app.run())
    assert "No labels and no predictions yet" in _said(app)
    _fine(app.switch_page("dataset.py").run())
    assert "Images: 30" in _said(app)


def test_what_is_shown_on_the_map_is_not_hidden_by_a_filter(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "apples", 0, 1, 2)
    app = opened(workspace, "subsets.py", subset=key, hidden={"label": frozenset({"apple"})})
    said = _said(_button(app, "Show on map"))
    assert "3 selected" in said
    assert "60 of 60 points shown" in said
    assert "filters were lifted" in app.toast[0].value


def test_a_selection_says_how_much_of_it_the_filters_hide(opened: Opener, workspace: Workspace) -> None:
    app = _fine(opened(workspace, history=_lassoed(workspace, "apple"), hidden={"split": frozenset({"test"})}))
    hidden = int((workspace.samples["split"][:20] == "test").sum())
    assert f"{hidden} of them are hidden by the filters" in _said(app)


def test_a_name_is_shown_as_it_was_typed_in_a_toast(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "*dark* $5 to $10", 0)
    app = _button(opened(workspace, "subsets.py", subset=key), "Delete")
    assert r"“\*dark\* \$5 to \$10”" in app.toast[0].value


def test_a_subset_of_copies_grows_without_a_threshold(opened: Opener, tmp_path: Path) -> None:
    """All candidates score the same: there is nothing to cut between."""
    for number in range(30):
        Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / f"{number:02}.png")
    np.save(tmp_path / "v.npy", np.full((30, 8), 0.3) + np.random.default_rng(0).normal(0, 1e-8, (30, 8)))
    copies = explorer.build(tmp_path, tmp_path / "ws", vectors=tmp_path / "v.npy")
    _subset(copies, "half", *range(15))
    app = _fine(opened(copies, "grow.py"))
    assert any(button.label == "Accept checked" for button in app.button)
