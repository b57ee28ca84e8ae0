"""Notes about what people did to a venue, and at its doors."""

from __future__ import annotations

from typing import Final

from bedesten.domain.notes.base import Note, Sealed


class ActNoted(Note, frozen=True, tag=110):
    """What somebody did or tried outside trading: an entry of the audit log, and of a customer's login log.

    account: of the customer whom it is about, with whose data key *told* is sealed; 0: nobody's, sealed with the venue's.
    activity: of services.customers.login_log.Activity; 0: no entry of a login log. told: who, what came of it, and particulars.
    time_ns: when, of what an older program kept in a login log, and told in its audit log besides; 0: with the command.
    """

    action: str
    account: int
    activity: int
    told: Sealed
    time_ns: int = 0


class StoreHandled(Note, frozen=True, tag=111):
    """What was done to the files of a venue that did not run, an entry of the audit log; in clear: it names no customer.

    time_ns: when; the command beside it has the time of the last one before, so that nothing falls due by it.
    """

    actor: str
    action: str
    particulars: dict[str, str | int]
    time_ns: int


class FormerAuditEnded(Note, frozen=True, tag=112):
    """The audit log had a chain of its own, which ends here: how many entries it has, and the last one's checksum, in hex."""

    entries: int
    checksum: str


class AccountSuspended(Note, frozen=True, tag=113):
    """An account that may only cancel from now on, by itself and whatever else is said of it; or not any more."""

    account: int
    is_suspended: bool


class FlagsKept(Note, frozen=True, tag=114):
    """Whether notes tell every suspension: not where an older program had no word for one but the core's flag."""

    are_kept: bool


#: What is an entry of the audit log or of a login log, and so a row of table noted.
LOGGED: Final = (ActNoted, StoreHandled)
