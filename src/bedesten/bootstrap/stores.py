"""The store and the snapshots that a venue runs on: of a data directory, of memory, or of a template."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bedesten.bootstrap.checks import Say
from bedesten.config import Settings
from bedesten.services.ports import AckPolicy, Store
from bedesten.storage import kill_points
from bedesten.storage.directory import open_directory
from bedesten.storage.kill_points import Trap
from bedesten.storage.memory import open_forgetting

if TYPE_CHECKING:
    from bedesten.bootstrap.templates import Template


@contextlib.contextmanager
def open_store(settings: Settings, say: Say, trap: Trap | None = None) -> Iterator[Store]:
    """Yield the store, whose log this process holds, and close it.

    Raises: StoreFailure.
    """
    if settings.directory is None:
        store: Store = open_forgetting()
    else:
        opened = open_directory(
            settings.directory, policy=AckPolicy(settings.ack), say=say, disk=kill_points.disk_of(trap)
        )
        store = opened.store
        for notice in opened.notices:
            say(notice)
    try:
        yield store
    finally:
        store.close()


def opened(
    settings: Settings, say: Say, trap: Trap | None, template: Template | None
) -> contextlib.AbstractContextManager[Store]:
    """Return the store that the settings name, or the template's."""
    return open_store(settings, say, trap) if template is None else template.opened()
