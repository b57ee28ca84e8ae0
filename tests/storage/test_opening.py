"""Who may open a data directory, and what they are told when they may not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bedesten.services.errors import StoreFailure, StoreLocked
from bedesten.storage.directory import open_directory
from tests.storage.conftest import Open
from tests.storage.market import a_market_day

ROOT = Path(__file__).parents[2]
OPENER = "import sys; from pathlib import Path; from bedesten.storage.directory import open_directory as o; o(Path(sys.argv[1]))"


def test_an_empty_directory_becomes_a_venue(opened: Open, home: Path) -> None:
    """Nothing has to be there before, not even the directory."""
    first = opened()

    assert first.store.last_seq == 0
    assert first.snapshots.newest() is None
    assert sorted(path.name for path in home.iterdir() if "-" not in path.name) == [
        "index.sqlite3", "lock", "reached", "snapshots", "venue.sqlite3",
    ]  # fmt: skip


def test_a_new_venue_is_its_owners_alone(tmp_path: Path) -> None:
    """Its file holds the secrets of API keys: nobody else reads it, even in a directory that everybody may enter."""
    inside = tmp_path / "made by hand"
    inside.mkdir(mode=0o755)
    for directory in (inside, tmp_path / "made by us"):
        store = open_directory(directory).store
        modes = {path.name: path.stat().st_mode & 0o077 for path in directory.glob("venue.sqlite3*")}
        store.close()

        assert modes and not any(modes.values())
    assert (tmp_path / "made by us").stat().st_mode & 0o077 == 0


def test_a_second_owner_is_refused_and_told_about_the_first(opened: Open, home: Path) -> None:
    """The message names the process and what to do; the first owner is not disturbed."""
    store = opened().store
    store.commit(a_market_day(1)[0])

    with pytest.raises(
        StoreLocked, match=f"in use by process {os.getpid()}: stop that process first, or choose another"
    ):
        opened()
    other = subprocess.run(
        [sys.executable, "-c", OPENER, str(home)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert other.returncode != 0
    assert f"in use by process {os.getpid()}" in other.stderr
    assert len(list(store.batches(0))) == 1


def test_closing_lets_the_next_owner_in(opened: Open) -> None:
    """The right to the directory goes with the store, and closing twice does no harm."""
    first = opened().store
    first.close()
    first.close()

    assert opened().store.last_seq == 0


def test_a_refused_start_lets_the_next_owner_in(opened: Open, home: Path) -> None:
    """A venue that could not start holds nothing."""
    opened().store.close()
    whole = (home / "venue.sqlite3").read_bytes()
    (home / "venue.sqlite3").write_bytes(b"rubbish" * 1_000)
    with pytest.raises(StoreFailure):
        opened()

    (home / "venue.sqlite3").write_bytes(whole)

    assert opened().store.last_seq == 0


def test_a_start_that_was_cut_before_the_tables_were_made_can_be_repeated(opened: Open, home: Path) -> None:
    """An empty file is as good as none."""
    home.mkdir()
    (home / "venue.sqlite3").touch()

    assert opened().store.last_seq == 0


def test_a_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The message says what cannot be made."""
    (tmp_path / "venue").touch()

    with pytest.raises(StoreFailure, match="cannot make the data directory"):
        open_directory(tmp_path / "venue")
