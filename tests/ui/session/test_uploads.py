"""A file from the browser is spoken of by its own name."""

from __future__ import annotations

import tempfile
from io import BytesIO
from typing import TYPE_CHECKING, cast

import pytest

from explorer.actions.library import import_library
from explorer.errors import SubsetError
from explorer.ui.session.uploads import as_file, own_name

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.store.workspace import Workspace


class Upload(BytesIO):
    """What Streamlit hands over: bytes with a name."""

    def __init__(self, name: str) -> None:
        super().__init__(b"no archive")
        self.name = name


def _upload(name: str) -> UploadedFile:
    return cast("UploadedFile", Upload(name))


def test_a_refusal_names_the_upload_and_not_where_it_was_put(workspace: Workspace) -> None:
    with pytest.raises(SubsetError) as refused, as_file(_upload("from Ada.zip")) as file:
        import_library(workspace, file)
    assert "at from Ada.zip" in str(refused.value)
    assert tempfile.gettempdir() not in str(refused.value)
    assert not file.exists()


@pytest.mark.parametrize(
    ("given", "name"), [(r"C:\photos\my boot.png", "my boot.png"), ("../../etc/passwd", "passwd"), ("", "upload")]
)
def test_an_upload_has_no_folders(given: str, name: str) -> None:
    assert own_name(_upload(given)) == name
    with as_file(_upload(given)) as file:
        assert (file.name, file.read_bytes()) == (name, b"no archive")
