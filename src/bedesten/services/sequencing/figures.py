"""What the venue counts of itself while it works: whole numbers in plain arrays, cheap enough for the path of every order.

Owns no meaning and no format: who shows them names them (server/metrics.py). Only ever grows, and never decides anything.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from bedesten.domain.columns import KIND, at
from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.domain.events import EVENT_WIDTH, Rejected
from bedesten.services.sequencing.batch import Committed

MS: Final = 1_000_000
#: Of waits and writes: from a tenth of a millisecond, which a commit from memory takes, to ten seconds, which nobody waits.
TIME_BOUNDS_NS: Final = (
    MS // 10, MS // 4, MS // 2, MS, 2 * MS, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 500 * MS,
    1_000 * MS, 2_500 * MS, 10_000 * MS,
)  # fmt: skip
SIZE_BOUNDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024)  # of batches

_REJECTED: Final = int(EventKind.REJECTED)
_REASON_AT: Final = at(Rejected, "reason")


class Histogram:
    """How often a value fell into each of a few ranges, and the sum of all."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[int, ...]) -> None:
        self.bounds = bounds
        self.counts = array("q", [0]) * (len(bounds) + 1)  # the last: above them all
        self.total = 0

    def note(self, value: int) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def note_all(self, values: Iterable[int]) -> None:
        """Count several."""
        counts, bounds, total = self.counts, self.bounds, 0
        for value in values:
            counts[bisect_left(bounds, value)] += 1
            total += value
        self.total += total


class Figures:
    """The counts of one run, from zero."""

    __slots__ = ("acks", "batches", "closes", "commits", "conflated", "events", "rejects")

    def __init__(self) -> None:
        self.acks = Histogram(TIME_BOUNDS_NS)  # from a command's hand-over to its acknowledgment
        self.commits = Histogram(TIME_BOUNDS_NS)  # from a batch's application to the end of its write
        self.batches = Histogram(SIZE_BOUNDS)  # commands in a commit
        self.events: Counter[int] = Counter()  # by EventKind
        self.rejects: Counter[int] = Counter()  # by RejectReason
        self.closes: Counter[int] = Counter()  # by CloseReason
        self.conflated = 0  # changes of a watched book that went into an update with earlier ones

    def note_commit(self, committed: Committed) -> None:
        """Count what a batch caused; feeds call it after each commit."""
        kinds = memoryview(committed.applied.events).cast("q")[KIND::EVENT_WIDTH].tolist()
        self.events.update(kinds)
        if _REJECTED in kinds:
            self.rejects.update([event[_REASON_AT] for event in committed.events if event[KIND] == _REJECTED])
        if committed.closed:
            self.closes.update([order[-1] for order in committed.closed])

    def by_name(self, counts: Counter[int], names: type[EventKind | RejectReason | CloseReason]) -> dict[str, int]:
        """Return counts by the word's name in small letters, zeros included, so that none appears from nowhere."""
        return {name.name.lower(): counts[int(name)] for name in names}
