"""What the row of a hold says besides the command that made it: the steps that were taken of it since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from bedesten.domain.notes import Note, encode_beside
from bedesten.storage.record_queries import beside_of_hold


def add(connection: sqlite3.Connection, steps: Iterable[tuple[int, Note]]) -> None:
    """Write each step behind what the row of its hold says already. Raises: sqlite3.Error."""
    for hold_id, step in steps:
        for text, notes in connection.execute("SELECT text, notes FROM holds WHERE hold_id = ?", (hold_id,)).fetchall():
            encoded = encode_beside([*beside_of_hold(text, notes), step])
            connection.execute("UPDATE holds SET notes = ? WHERE hold_id = ?", (encoded, hold_id))
