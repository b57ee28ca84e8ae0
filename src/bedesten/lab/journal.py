"""The journal of a venue's data directory as arrays: everything that ever happened on it, by its own record.

Reads only, and beside a running venue: one consistent moment is seen. What is told is replayed and held to what was journaled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bedesten.lab.dtypes import EVENT
from bedesten.lab.market import Events, together
from bedesten.services.log import new_state
from bedesten.storage.reading import read_directory
from bedesten.storage.verification import checked_replay


def read_events(directory: Path, *, after_seq: int = 0) -> Events:
    """Return what the commands behind *after_seq* did, in their order; all of it is in memory at once, 160 bytes an event.

    Raises: StoreFailure where there is no venue, or a newer program's; DamagedJournal.
    """
    with read_directory(directory, lambda said: None) as read:
        replayed = checked_replay(new_state(), read.rows, 0, lambda done: None)
        told = [np.frombuffer(events, dtype=EVENT) for record, events in replayed if record.last_seq > after_seq]
    rows = together(told).rows
    return Events(rows[rows["seq"] > after_seq])
