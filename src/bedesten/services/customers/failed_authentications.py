"""Failed sign-ins by the name that was typed, whether or not it is a customer's: counted, and written down.

Invariant: a failure under a name that is nobody's costs what one under a customer's costs, note for note, so that the time which
a refusal takes tells nobody which names there are; and it is remembered over a restart, as theirs is. What is counted has a bound
whatever is tried: names share a fixed number of places, of which each holds the digest of the name that came last. Which names
share one is the venue's secret: who could tell would have one name forgotten by another, and so see which are nobody's.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import StrangerTried
from bedesten.services.customers.fold_failed_authentications import FailedAuthenticationsFold
from bedesten.services.customers.login_log import Activity, LoginLog, Visitor
from bedesten.services.ports import VENUE, DataKeys, Sealing
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer

PLACES: Final = 10_000  # names remembered: 100 bytes each


class FailedAuthentications:
    """How often somebody failed under each name."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, log: LoginLog) -> None:
        self._sequencer = sequencer
        self._sealing = vault.sealing(VENUE)
        self._log = log
        self._fold = sequencer.state.folds.of(FailedAuthenticationsFold)
        self._ahead: Ahead[int, StrangerTried | None] = Ahead()

    def failures(self, name: str) -> int:
        """Return how often a name was tried in vain, in any case, whoever has it; each of a customer's two by itself."""
        digest = _digest(name)
        place = place_of(digest, self._sealing)
        tried = self._ahead.of(place, self._fold.places.get(place))
        is_known = tried is not None and self._sealing.unseal(tried.name, stranger_purpose(place)) == digest
        return tried.failures if tried is not None and is_known else 0

    async def count(self, name: str, visitor: Visitor, activity: Activity) -> int:
        """Count one more failure under a name that is nobody's, write it down, and return how many there were.

        Raises: Overloaded, Stopped; then nothing was counted.
        """
        tried = self.tried(name)
        committed = self._sequencer.submit(RecordNote(), notes=(tried, self._log.of_nobody(activity, visitor)))
        self._ahead.put(tried.place, tried, committed)
        await asyncio.shield(committed)
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


def stranger_purpose(place: int) -> str:
    """Return what the digest of a name that was tried is sealed for."""
    return f"name tried at place {place}"


def place_of(digest: str, sealing: Sealing) -> int:
    """Return the place of the name with that digest."""
    return sealing.mark(digest, "place of a name that was tried") % PLACES


def _digest(name: str) -> str:
    return hashlib.sha256(name.lower().encode(errors="replace")).hexdigest()
