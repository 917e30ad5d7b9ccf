"""New from my data, run by Streamlit itself: what may be looked into, what was found, and what would be done."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit import config
from streamlit.testing.v1 import AppTest

import explorer
from explorer.ui.start.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home folder with pictures of two classes, and a folder beside it that is none of theirs."""
    folder = tmp_path / "home"
    for label, colour in (("cat", "red"), ("dog", "blue")):
        (folder / "pets" / label).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (8 + number, 8), colour).save(folder / "pets" / label / f"{number}.png")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "diary.csv").write_text("image\nmine.png\n")
    Image.new("RGB", (8, 8)).save(tmp_path / "secret" / "mine.png")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "configuration"))
    return folder


@pytest.fixture
def new(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:  # noqa: ARG001 - HOME is the root
    """The page, on an address, started with these words."""
    before = config.get_option("server.address")

    def visit(*words: object, host: str = "127.0.0.1", **state: object) -> AppTest:
        config.set_option("server.address", host)
        monkeypatch.setattr(sys, "argv", ["main.py", *map(str, words)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        return app.run().switch_page("new.py").run()

    yield visit
    config.set_option("server.address", before)


def _labels(app: AppTest) -> list[str]:
    return [button.label.replace("\\", "") for button in app.button]


def _press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.replace("\\", "").startswith(label)]
    button.click().run()
    assert [error.message for error in app.exception] == []
    return app


def _errors(app: AppTest) -> list[str]:
    return [str(error.value).replace("\\", "") for error in app.error]


def _figures(app: AppTest) -> dict[str, Any]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_folder_is_found_by_opening_folders_and_looked_at_before_anything_is_computed(
    new: Opener, home: Path
) -> None:
    app = _press(new(), "pets")
    assert "Use the folder “pets”" in _labels(app)
    app = _press(app, "Use the folder")
    assert _figures(app) == {"Images": "6", "Classes": "2"}
    assert any("cat (3), dog (3)" in caption.value.replace("\\", "") for caption in app.caption)
    assert not (home / "edgecase").exists()


def test_a_table_beside_the_images_is_offered_instead_of_their_folder(new: Opener, home: Path, tmp_path: Path) -> None:
    """It may say what they are called; one that lies elsewhere, behind a link, is not offered."""
    (home / "pets" / "said.csv").write_text("image,label,mood\ncat/0.png,lion,calm\ndog/1.png,wolf,wild\n")
    (home / "pets" / "link.csv").symlink_to(tmp_path / "secret" / "diary.csv")
    app = _press(_press(new(), "pets"), "Use the folder")
    assert [label for label in _labels(app) if ".csv" in label] == ["Use said.csv"]
    app = _press(app, "Use said.csv")
    assert _figures(app) == {"Images": "2", "Classes": "2"}
    assert not [label for label in _labels(app) if ".csv" in label]


@pytest.mark.parametrize("folder", ["secret", "home/../secret", "home/pets/way out", ""])
def test_nothing_outside_the_roots_is_listed(folder: str, new: Opener, home: Path, tmp_path: Path) -> None:
    """Not by a path that some request put into the session, not through a link, and not from above."""
    (home / "pets" / "way out").symlink_to(tmp_path / "secret")
    app = new(**{"folder of source": tmp_path / folder})
    assert _errors(app)[0].startswith(f"Expected a folder or file below {home}")
    assert not any("diary" in label for label in _labels(app))
    assert "pets" in _labels(app.run())
    assert "way out" not in _labels(_press(app, "pets"))


def test_served_wide_without_roots_no_folder_is_shown(new: Opener) -> None:
    app = new(host="0.0.0.0")  # noqa: S104
    assert _labels(app) == ["Use these files"]
    assert "started without" in app.caption[0].value


def test_with_roots_only_these_are_shown(new: Opener, home: Path, tmp_path: Path) -> None:
    app = new("--root", home / "pets", host="0.0.0.0")  # noqa: S104
    assert {"cat", "dog", "Use the folder “pets”"} <= set(_labels(app))
    outside = home / "pets" / "outside.csv"
    outside.write_text(f"image\n{tmp_path / 'secret' / 'mine.png'}\n")
    app = _press(app.run(), "outside.csv")
    assert _errors(app) == [f"Expected a folder or file below {home / 'pets'}, found '{tmp_path / 'secret'}'."]


def test_the_wrong_file_is_a_sentence_and_the_right_one_follows(new: Opener, home: Path) -> None:
    (home / "wrong.json").write_text('{"no": "coco"}')
    app = _press(new(), "wrong.json")
    assert _errors(app)[0].startswith("Expected")
    assert "Build the map" not in _labels(app)
    app = _press(_press(_press(app, "Choose other data"), "pets"), "Use the folder")
    assert _errors(app) == []
    assert _figures(app)["Images"] == "6"


@pytest.fixture
def table(home: Path) -> Path:
    """A table whose columns have names of its own."""
    files = sorted(path.relative_to(home).as_posix() for path in (home / "pets").rglob("*.png"))
    rows = pd.DataFrame({"photo": files, "animal": [Path(file).parent.name for file in files], "cage": range(6)})
    rows.to_csv(home / "animals.csv", index=False)
    return home / "animals.csv"


def test_a_column_of_another_name_is_said_to_be_the_image_and_another_the_label(
    new: Opener, table: Path, home: Path
) -> None:
    np.save(home / "own.npy", np.eye(6, dtype=np.float32))
    app = _press(new(), "animals.csv")
    assert "Expected a column named image" in _errors(app)[0]
    app.selectbox(key=f"role {table} photo").set_value("image").run()
    assert _errors(app) == []
    assert _figures(app) == {"Images": "6"}
    app.selectbox(key=f"role {table} animal").set_value("label").run()
    assert _figures(app) == {"Images": "6", "Classes": "2"}
    app.radio(key="model way").set_value("vectors").run()
    app = _press(app, "own.npy")
    assert shlex.split(app.code[0].value) == [
        *("edgecase", "build", str(table), "--workspace", str(home / "edgecase" / "home"), "--name", "home"),
        *("--column", "image=photo", "--column", "label=animal", "--vectors", str(home / "own.npy")),
    ]


def test_two_columns_for_one_thing_are_refused(new: Opener, table: Path) -> None:
    app = _press(new(), "animals.csv")
    app.selectbox(key=f"role {table} photo").set_value("image").run()
    app.selectbox(key=f"role {table} animal").set_value("image").run()
    assert "photo, animal cannot all be the image file" in app.warning[0].value


def test_names_from_files_are_text_and_not_markup(new: Opener, home: Path) -> None:
    name = "[click](javascript:alert(1)) **bold** $x$ :red[y]"
    (home / name).mkdir()
    raw = [button.label for button in new().button if "click" in button.label]
    assert raw
    for text in raw:
        for mark in ("[click]", "**bold**", "$x$", ":red["):
            assert mark not in text.replace("\\\\", "").replace("\\", "\0")


def test_a_model_hub_that_does_not_answer_is_said_before_anything_starts(
    new: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    app = _press(_press(new(), "pets"), "Use the folder")
    said = app.warning[0].value.replace("\\", "")
    assert "is not on this machine and the model hub does not answer" in said
    assert "--" not in said
    assert "Errno" not in said
    (build,) = [button for button in app.button if button.label == "Build the map"]
    assert build.disabled
    app = _press(app, "My own vectors")
    assert not app.warning


def test_dropped_files_are_looked_at_in_a_new_workspace_and_gone_when_other_data_are_chosen(
    new: Opener, home: Path
) -> None:
    app = new(data_are="Drop files here")
    assert "Each file up to" in app.caption[0].value
    files = [(path.name, path.read_bytes(), "image/png") for path in sorted((home / "pets" / "cat").iterdir())]
    uploader: Any = app.get("file_uploader")[0]
    uploader.set_value(files).run()
    app = _press(app, "Use these 3 files")
    assert _figures(app) == {"Images": "3"}
    assert len(list((home / "edgecase" / "dropped images").rglob("*.png"))) == 3
    _press(app, "Choose other data")
    assert not (home / "edgecase" / "dropped images").exists()


def test_dropped_files_without_an_image_are_a_sentence_and_leave_nothing(new: Opener, home: Path) -> None:
    app = new(data_are="Drop files here")
    uploader: Any = app.get("file_uploader")[0]
    uploader.set_value([("notes.json", b"{}", "application/json")]).run()
    app = _press(app, "Use this file")
    assert _errors(app)[0].startswith("Expected images")
    assert list((home / "edgecase").iterdir()) == []


def test_predictions_mostly_of_other_images_are_taken_where_the_person_says_so(new: Opener, home: Path) -> None:
    said = [f"cat/{number}.png" for number in range(100)]  # of which three are there
    pd.DataFrame({"image": said, "prediction": "cat"}).to_csv(home / "said.csv", index=False)
    app = new(draft=Draft(home / "pets", predictions=(("v1", home / "said.csv"),)))
    assert "found that 3 of 100 rows are used" in _errors(app)[0]
    assert "Build the map" not in _labels(app)
    app.checkbox[0].check().run()
    assert _errors(app) == []
    assert _figures(app)["Predictions of v1"] == "3"
    assert app.session_state["draft"].command(home / "ws", "pets", {})[-1] == "--allow-unmatched"
    app.checkbox[0].uncheck().run()
    assert "found that 3 of 100 rows are used" in _errors(app)[0]
