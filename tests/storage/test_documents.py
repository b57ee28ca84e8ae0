"""Customers' documents on the disk: whole or not at all, for nobody else's eyes, and never at the journal's cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedesten.services.errors import Overloaded, StoreFailure
from bedesten.storage import documents as module
from bedesten.storage.documents import DIRECTORY, DocumentFiles, DocumentsInMemory
from bedesten.storage.memory import PlainSealing

DATA = b"\xff\xd8\xff" + bytes(range(256)) * 100


@pytest.fixture(params=["files", "memory"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Either place that documents are kept in."""
    return DocumentFiles(tmp_path, PlainSealing()) if request.param == "files" else DocumentsInMemory()


def test_a_document_comes_back_as_it_was(documents: Any) -> None:
    """Until it is deleted; deleting what is not there is no mistake."""
    documents.save("16-1-abc", DATA)

    assert documents.load("16-1-abc") == DATA
    documents.delete("16-1-abc")
    documents.delete("16-1-abc")
    with pytest.raises(StoreFailure):
        documents.load("16-1-abc")


def test_files_are_the_operators_alone(tmp_path: Path) -> None:
    """0600 in a directory of 0700, and nothing unfinished beside them."""
    DocumentFiles(tmp_path, PlainSealing()).save("16-1-abc", DATA)
    (file,) = (tmp_path / DIRECTORY).iterdir()

    assert (file.name, file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == ("16-1-abc", 0o600, 0o700)


def test_a_full_disk_is_the_journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents stop being taken while there is still room for what matters; so they do in memory."""
    monkeypatch.setattr(module, "FREE_BYTES_MIN", 1 << 62)
    monkeypatch.setattr(module, "MEMORY_BYTES_MAX", 10)

    for documents in (DocumentFiles(tmp_path, PlainSealing()), DocumentsInMemory()):
        with pytest.raises(Overloaded):
            documents.save("16-1-abc", DATA)
    assert not list((tmp_path / DIRECTORY).iterdir())


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """With the reason."""
    (tmp_path / DIRECTORY).write_text("a file is in the way")

    with pytest.raises(StoreFailure, match="cannot be kept"):
        DocumentFiles(tmp_path, PlainSealing()).save("16-1-abc", DATA)


@pytest.mark.parametrize("name", ["../venue", "a/b", "", "x" * 129, "a.b"])
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    """Names are ours; one that is not is a bug."""
    with pytest.raises(AssertionError):
        DocumentFiles(tmp_path, PlainSealing()).save(name, DATA)
