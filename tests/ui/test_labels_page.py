"""The page of labels: every answer is one decision, the next label follows, and it goes on where it stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer import build, open_workspace
from explorer.actions import label_issues
from explorer.actions.analyze import analyze
from explorer.ui.label_review import card, queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
SWAPPED = ("apple/03.png", "apple/07.png", "leaf/05.png")
"""Two apples that are called leaf, and a leaf that is called sky."""


@pytest.fixture(scope="module")
def swapped(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source with three wrong labels, built once."""
    folder = tmp_path_factory.mktemp("swapped")
    table = pd.read_csv(source.table)[["image", "label"]]
    wrong = dict(zip(SWAPPED, ("leaf", "leaf", "sky"), strict=True))
    table["label"] = [wrong.get(name, label) for name, label in zip(table["image"], table["label"], strict=True)]
    table["image"] = [str(source.images / name) for name in table["image"]]
    vectors = pd.read_parquet(source.vectors)
    vectors["id"] = [str(source.images / name) for name in vectors["id"]]
    table.to_csv(folder / "table.csv", index=False)
    vectors.to_parquet(folder / "vectors.parquet")
    return build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet").path


@pytest.fixture
def labels(swapped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The page on a copy, as one person."""
    import shutil

    place = shutil.copytree(swapped, tmp_path / "ws")

    def opened(author: str = "Ada", **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(place)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["author"] = author
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return _fine(app.switch_page("labels.py").run())

    return opened


@pytest.fixture
def place(labels: Opener, tmp_path: Path) -> Workspace:  # noqa: ARG001 - makes the copy
    """The copy that the page is of."""
    return open_workspace(tmp_path / "ws")


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _press(app: AppTest, key: str) -> AppTest:
    return _fine(app.button(key=key).click().run())


def _order(place: Workspace) -> list[str]:
    return [row["id"] for row in analyze(place, ["label_issues"])["label_issues"]]


def _asked(app: AppTest) -> str:
    (heading,) = [one.value for one in app.markdown if one.value.startswith("#### ")]
    return str(heading)


def _progress(app: AppTest) -> str:
    (bar,) = app.get("progress")
    return str(bar.proto.text)


def _stands(place: Workspace) -> dict[str, tuple[str | None, str, str]]:
    return {each: (one.given, one.label, one.author) for each, one in place.corrections.all().items()}


def test_the_most_doubtful_label_is_asked_first_with_its_votes(labels: Opener, place: Workspace) -> None:
    app = labels()
    first = _order(place)[0]
    assert set(_order(place)[:3]) == {each for each in place.ids if each.endswith(SWAPPED)}
    given = place.samples["label"][first]
    true = "apple" if "apple/" in first else "leaf"
    assert _asked(app) == f"#### Given **{given}**, suggested **{true}**"
    table = next(one.value for one in app.markdown if "votes against it" in one.value)
    assert "2 of 2 votes against it" in table
    assert "probe" in table
    assert "neighbours" in table
    assert _progress(app).startswith("0 of about ")


@pytest.mark.parametrize(
    ("key", "label"),
    [("a", "suggested"), ("r", "given"), ("1", 0), ("2", 1), ("3", 2)],
)
def test_each_button_is_one_decision_and_the_next_label_follows(
    labels: Opener, place: Workspace, key: str, label: str | int
) -> None:
    first, second = analyze(place, ["label_issues"])["label_issues"][:2]
    app = _press(labels(), f"label key {key}")
    classes = place.samples["label"].value_counts().index
    wanted = first[label] if isinstance(label, str) else classes[label]
    assert _stands(place) == {first["id"]: (first["given"], wanted, "Ada")}
    assert len(place.corrections.history()) == 1
    assert _asked(app) == f"#### Given **{second['given']}**, suggested **{second['suggested']}**"
    assert place.corrections.all()[first["id"]].source == queue.REVIEW


def test_keys_do_what_the_buttons_do(labels: Opener) -> None:
    """A browser sends a letter or a digit: each has the button of its name."""
    app = labels()
    keys = {str(button.key).removeprefix("label key ") for button in app.button if "label key" in str(button.key)}
    assert keys == {"a", "r", "l", "1", "2", "3"}
    assert keys <= {"a", "r", "l", *card.DIGITS}


def test_later_comes_after_all_others_and_is_no_decision(labels: Opener, place: Workspace) -> None:
    app = _press(labels(), "label key l")
    assert _stands(place) == {}
    second = analyze(place, ["label_issues"])["label_issues"][1]
    assert _asked(app) == f"#### Given **{second['given']}**, suggested **{second['suggested']}**"
    assert app.session_state["label_later"] == (_order(place)[0],)


def test_it_goes_on_where_it_stopped_and_says_how_often_labels_were_wrong(labels: Opener, place: Workspace) -> None:
    _press(_press(labels(), "label key a"), "label key r")
    app = labels()
    third = analyze(place, ["label_issues"])["label_issues"][2]
    assert _asked(app) == f"#### Given **{third['given']}**, suggested **{third['suggested']}**"
    assert "2 of about" in _progress(app)
    assert "Of your 2 answers, 1 changed the label: 50% (9% to 91%)." in _progress(app)
    assert "Of your" not in _progress(labels("Bob")), "of somebody else's answers nothing is said"


def test_undo_asks_again_and_redo_goes_on(labels: Opener, place: Workspace) -> None:
    app = _press(labels(), "label key a")
    app = _press(app, "correction Undo")
    assert _stands(place) == {}
    first = analyze(place, ["label_issues"])["label_issues"][0]
    assert _asked(app) == f"#### Given **{first['given']}**, suggested **{first['suggested']}**"
    _press(app, "correction Redo")
    assert list(_stands(place)) == [first["id"]]


@pytest.mark.parametrize(("verb", "label"), [("apple for all", "apple"), ("leaf is right for all", "leaf")])
def test_a_pair_of_classes_is_answered_at_once(labels: Opener, place: Workspace, verb: str, label: str) -> None:
    app = labels()
    app = _fine(app.selectbox(key="label_pair").set_value(queue.Pair("leaf", "apple")).run())
    (button,) = [one for one in app.button if one.label.startswith(verb)]
    assert button.label == f"{verb} 2 images shown"
    app = _fine(button.click().run())
    apples = {each for each in place.ids if each.endswith(SWAPPED[:2])}
    assert {each: said[1] for each, said in _stands(place).items()} == dict.fromkeys(apples, label)
    assert len(place.corrections.history()) == 1, "a batch is undone as one"
    assert [one.value for one in app.success] == ["Every one of these labels has an answer."]


def test_a_label_that_is_asked_for_is_shown_with_its_answer(labels: Opener, place: Workspace) -> None:
    each = next(each for each in place.ids if each.endswith("sky/09.png"))
    place.corrections.label({each: "leaf"}, {each: "sky"}, author="Bob")
    app = labels(label_at=each)
    assert _asked(app).startswith("#### Given **sky**")
    assert "Bob has corrected to leaf this label. Another answer takes its place." in [one.value for one in app.caption]
    app = _press(app, "label key r")
    assert _stands(place)[each] == ("sky", "sky", "Ada")
    assert not _asked(app).startswith("#### Given **sky**, suggested **apple**")


def test_the_large_view_leads_to_the_label_of_its_image(labels: Opener, place: Workspace) -> None:
    row = 42
    app = labels(opened=("image", row, ()))
    (button,) = [one for one in app.button if one.label == "Check its label"]
    app = _fine(button.click().run())
    assert app.session_state["label_at"] == place.ids[row]
    assert app.session_state["opened"] is None
    assert _asked(app).startswith(f"#### Given **{place.samples['label'].iloc[row]}**")


def test_boxes_are_asked_by_their_labels(boxes_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["main.py", str(boxes_workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.session_state["model"], app.session_state["author"] = "v2", "Ada"
    app.run()
    app = _fine(app.switch_page("labels.py").run())
    app.session_state["label_at"] = "gt:5"
    app = _fine(app.run())
    assert _asked(app) == "#### Given **dot**, suggested **cell**"
    _press(app, "label key a")
    assert _stands(boxes_workspace) == {"gt:5": ("dot", "cell", "Ada")}


def test_without_labels_it_says_so(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"image": [str(path) for path in sorted(source.images.glob("apple/*.png"))]})
    table.to_csv(tmp_path / "table.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(len(table), 8)))
    workspace = build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    app = _fine(app.switch_page("labels.py").run())
    assert [one.value for one in app.info] == [label_issues.NO_LABELS]
