"""The lock file is written over, so it is a file of the venue's own or none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bedesten.services.errors import StoreFailure
from bedesten.storage.lock import LOCK_NAME, DirectoryLock, is_held


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_lock_that_is_another_file_is_refused_and_the_file_left_alone(
    tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    """Whoever may put a link into the directory could have emptied any file of the venue's user."""
    other = tmp_path / "other"
    other.write_text("precious")
    directory = tmp_path / "data"
    directory.mkdir()
    link(other, directory / LOCK_NAME)

    for ask in (DirectoryLock, is_held):
        with pytest.raises(StoreFailure, match="remove"):
            ask(directory)  # type: ignore[operator]
    assert other.read_text() == "precious"


def test_a_lock_that_points_to_nothing_makes_nothing(tmp_path: Path) -> None:
    """A link into an empty place is not followed either."""
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreFailure, match="symbolic link"):
        DirectoryLock(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_for_a_lock_holds_nobody_up(tmp_path: Path) -> None:
    """It is refused, not waited for."""
    os.mkfifo(tmp_path / LOCK_NAME)
    for ask in (DirectoryLock, is_held):
        with pytest.raises(StoreFailure):
            ask(tmp_path)  # type: ignore[operator]
