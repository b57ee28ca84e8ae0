"""What the storage tests share: a data directory, and a way to open it that lets go of it in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bedesten.services.ports import AckPolicy
from bedesten.storage.directory import DataDirectory, open_directory
from bedesten.storage.disk import Disk
from bedesten.storage.master_key import KEY_VARIABLE

Open = Callable[..., DataDirectory]


KEY = "bm8gc2VjcmV0OiB0aGUga2V5IG9mIG91ciB0ZXN0cy4="


@pytest.fixture(autouse=True)
def given_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every data directory here, and every copy of one, opens with the same key."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)


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
