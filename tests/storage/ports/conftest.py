"""The places that a venue may keep its data in: what every one of them promises is in the tests of this folder.

Another implementation of Log, Rows and Vault is one more class here, and one more line of PLACES.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import pytest

from bedesten.services.ports import Store
from bedesten.storage.directory import open_directory
from bedesten.storage.memory import open_memory

HOLDER: Final = "the first"


class Place(Protocol):
    """Where data is kept, to be opened once and, when that store was closed, again."""

    keeps: bool  # whether what was committed is there when it is opened again

    def __init__(self, home: Path) -> None: ...

    def open(self) -> Store:
        """Return the store there, whose log nobody holds yet."""
        ...


class InDirectory:
    """A data directory with SQLite files."""

    keeps = True

    def __init__(self, home: Path) -> None:
        self._home = home

    def open(self) -> Store:
        """Open the directory, whose lock is the log's."""
        return open_directory(self._home, is_taken=False).store


class InMemory:
    """The same tables in memory."""

    keeps = False

    def __init__(self, home: Path) -> None:
        """Use nothing of the disk."""

    def open(self) -> Store:
        """Make an empty store."""
        return open_memory(is_taken=False)


PLACES: Final[dict[str, type[Place]]] = {"directory": InDirectory, "memory": InMemory}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, home: Path) -> Place:
    """Each place, empty."""
    return PLACES[request.param](home)


@pytest.fixture
def untaken(place: Place) -> Iterator[Store]:
    """An empty store, whose log nobody holds."""
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def store(untaken: Store) -> Store:
    """An empty store, whose log this test holds."""
    assert untaken.log.take(HOLDER) is not None
    return untaken
