"""Failures at the door by what was typed there: counted for every name, and those of nobody's written down as a customer's are.

Invariant: a failure under a name that is nobody's costs what one under a customer's costs, write for write, so that the time
which a refusal takes tells nobody which names there are; and it is remembered over a restart, as theirs is. What is kept has a
bound whatever is tried: names share a fixed number of places, of which each holds the digest of the name that came last. Which
names share one is the venue's secret: who could tell would have one name forgotten by another, and so see which are nobody's.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import StrangerTried
from bedesten.services.customers.fold_strangers import StrangersFold
from bedesten.services.customers.login_log import AGENT_CHARS_MAX, ENTRIES_MAX, Activity, Entry, Visitor
from bedesten.services.ports import VENUE, Sealing, Store
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer

LOG_KIND: Final = "stranger_log"  # of the one record of the last tries, under NOBODY
TOTAL_KIND: Final = "stranger_total"  # of the one record of how many there were, where a customer's go to the audit log
NOBODY: Final = "0"
PLACES: Final = 10_000  # names remembered: 100 bytes each


class Strangers:
    """Whoever has no name here."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._sealing = store.vault.sealing(VENUE)
        self._fold = sequencer.state.folds.of(StrangersFold)
        self._ahead: Ahead[int, StrangerTried | None] = Ahead()
        self._log: list[Entry] = [
            entry for _, text in store.kept_records(LOG_KIND) for entry in msgspec.json.decode(text, type=list[Entry])
        ]
        self._total: int = sum(int(text) for _, text in store.kept_records(TOTAL_KIND))

    def failures(self, name: str) -> int:
        """Return how often a name was tried in vain, in any case, whoever has it; each of a customer's two by itself."""
        digest = _digest(name)
        place = place_of(digest, self._sealing)
        tried = self._ahead.of(place, self._fold.places.get(place))
        is_known = tried is not None and self._sealing.unseal(tried.name, stranger_purpose(place)) == digest
        return tried.failures if tried is not None and is_known else 0

    async def count(self, name: str, visitor: Visitor, activity: Activity) -> int:
        """Count one more failure under a name, write it down, and return how many there were.

        Raises: Overloaded, Stopped.
        """
        tried = self.tried(name)
        committed = self._sequencer.submit(RecordNote(), notes=(tried,))
        self._ahead.put(tried.place, tried, committed)
        await asyncio.shield(committed)
        self._log.append(Entry(self._clock.now_ns(), activity, visitor.address, visitor.agent[:AGENT_CHARS_MAX]))
        del self._log[:-ENTRIES_MAX]
        await self._save(LOG_KIND, NOBODY, self._log)
        self._total += 1
        await self._save(TOTAL_KIND, NOBODY, self._total)
        return tried.failures

    def tried(self, name: str) -> StrangerTried:
        """Return what says that a name was tried once more; whoever submits it has one command for it, as `count` has."""
        return self._of(name, self.failures(name) + 1)

    def forgotten(self, name: str) -> StrangerTried:
        """Return what says that whoever has the name signed in by it."""
        return self._of(name, 0)

    def _of(self, name: str, failures: int) -> StrangerTried:
        digest = _digest(name)
        place = place_of(digest, self._sealing)
        # the digest is sealed: what somebody typed there may be a password
        return StrangerTried(place, self._sealing.seal(digest, stranger_purpose(place)), failures)

    async def _save(self, kind: str, name: str, what: object) -> None:
        text = msgspec.json.encode(what).decode()
        await self._sequencer.write(lambda: self._store.save_record(kind, name, text))


def stranger_purpose(place: int) -> str:
    """Return what the digest of a name that was tried is sealed for."""
    return f"name tried at place {place}"


def place_of(digest: str, sealing: Sealing) -> int:
    """Return the place of the name with that digest."""
    return sealing.mark(digest, "place of a name that was tried") % PLACES


def _digest(name: str) -> str:
    return hashlib.sha256(name.lower().encode(errors="replace")).hexdigest()
