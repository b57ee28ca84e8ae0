"""The embedded store: one directory that holds a venue's journal, the rows its commands caused, and state snapshots."""

from bedesten.storage.directory import DataDirectory, open_directory
from bedesten.storage.memory import MemorySnapshots, open_memory
from bedesten.storage.sqlite import SqliteStore

__all__ = ["DataDirectory", "MemorySnapshots", "SqliteStore", "open_directory", "open_memory"]
