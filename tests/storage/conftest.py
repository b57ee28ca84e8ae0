"""What the storage tests share: a data directory, and a way to open it that lets go of it in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bedesten.services.ports import AckPolicy
from bedesten.storage.directory import DataDirectory, open_directory
from bedesten.storage.disk import Disk

Open = Callable[..., DataDirectory]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data directory that is not there yet."""
    return tmp_path / "venue"


@pytest.fixture
def opened(home: Path) -> Iterator[Open]:
    """Open the data directory as often as asked; whatever is still open is closed in the end."""
    stores: list[DataDirectory] = []

    def open_home(policy: AckPolicy = AckPolicy.SYNCED, disk: Disk | None = None) -> DataDirectory:
        stores.append(open_directory(home, policy=policy, disk=disk))
        return stores[-1]

    yield open_home
    for one in stores:
        one.store.close()
