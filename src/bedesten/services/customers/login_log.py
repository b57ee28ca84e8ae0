"""The login log: what happened to a customer's access, from where and with what, for the customer to read.

The same note is an entry of the audit log, for the operator. Of each customer the last ENTRIES_MAX are told. Never a secret.
"""

from __future__ import annotations

import asyncio
import enum
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import ActNoted
from bedesten.services.audit import DONE, Told, opened, sealed
from bedesten.services.customers.register import Register
from bedesten.services.customers.visitors import AGENT_CHARS_MAX, Visitor
from bedesten.services.ports import DataKeys, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import LoggedRow
from bedesten.services.threads import histories

__all__ = [
    "AGENT_CHARS_MAX", "ENTRIES_MAX", "MONEY", "Activity", "Browser", "Entry", "LoginLog", "Visitor", "browser_of", "log_note",
]  # fmt: skip

ENTRIES_MAX: Final = 200  # a few months of a person's logins
AGENTS_MAX: Final = 256  # kept in mind


class Activity(enum.IntEnum):
    """What happened. Kept: never renumber."""

    REGISTERED = 1
    SIGNED_IN = 2
    SIGNED_OUT = 3
    SIGN_IN_FAILED = 4
    AUTHENTICATOR_BOUND = 5
    AUTHENTICATOR_REMOVED = 6
    PASSWORD_CHANGED = 7
    PASSWORD_FORGOTTEN = 8
    PHONE_BOUND = 9
    IDENTITY_TOLD = 10
    LOCKED_OUT = 11
    BOUGHT = 12  # at the desk
    SOLD = 13
    WITHDRAWAL_BY_BANK = 14  # asked for
    WITHDRAWAL_OVER_NETWORK = 15
    KEY_MADE = 16
    KEY_CHANGED = 17
    KEY_REVOKED = 18
    SESSION_ENDED = 19  # from another device
    ADDRESS_ADDED = 20  # to the customer's own book
    ADDRESS_REMOVED = 21
    RECOVERY_CODE_USED = 22


#: What is done often: the last MONEY_MAX of them are told, and never push out what tells of the access itself.
MONEY: Final = frozenset({
    Activity.BOUGHT, Activity.SOLD, Activity.WITHDRAWAL_BY_BANK, Activity.WITHDRAWAL_OVER_NETWORK,
})  # fmt: skip
MONEY_MAX: Final = 100


class Entry(NamedTuple):
    """One thing that happened."""

    time_ns: int
    activity: Activity
    address: str
    agent: str


class Browser(NamedTuple):
    """What a browser is called, as far as it says; "": it does not."""

    browser: str
    system: str


class LoginLog:
    """The logs of everybody."""

    def __init__(self, sequencer: Sequencer, rows: Rows, vault: DataKeys, register: Register) -> None:
        self._register = register
        self._sequencer = sequencer
        self._rows = rows
        self._vault = vault

    async def entries(self, account: int) -> list[Entry]:
        """Return what happened, newest first; of somebody who was erased, nothing.

        Raises: Overloaded, Stopped, StoreFailure.
        """
        await self._sequencer.settled()
        return await histories.run(self._read, account)

    def _read(self, account: int) -> list[Entry]:
        rows = self._rows.logged_of(account, MONEY, MONEY_MAX)
        rows += self._rows.logged_of(account, set(Activity) - MONEY, ENTRIES_MAX)
        rows.sort(key=attrgetter("row_id"), reverse=True)
        return [entry for row in rows if (entry := self._entry(row)) is not None]

    def _entry(self, row: LoggedRow) -> Entry | None:
        assert isinstance(row.note, ActNoted)
        told = opened(self._vault, row.note)
        if told is None:
            return None
        return Entry(row.time_ns, Activity(row.activity), str(told.particulars.get("address", "")), told.agent)

    async def note(self, account: int, activity: Activity, visitor: Visitor) -> None:
        """Write down what happened just now.

        Raises: Overloaded, Stopped.
        """
        beside = (self.of(account, activity, visitor),)
        await asyncio.shield(self._sequencer.submit(RecordNote(), notes=beside))

    def of(self, account: int, activity: Activity, visitor: Visitor) -> ActNoted:
        """Return the note of what happens to a customer's access, for a command that it stands beside."""
        customer = self._register.of_account(account)
        actor = f"customer {customer.username if customer is not None else account}"
        return log_note(self._vault, account, activity, actor, visitor)

    def of_nobody(self, activity: Activity, visitor: Visitor) -> ActNoted:
        """Return the note of what somebody does whom nobody knows."""
        return log_note(self._vault, 0, activity, f"somebody at {visitor.address}", visitor)


def log_note(
    vault: DataKeys, account: int, activity: Activity, actor: str, visitor: Visitor, time_ns: int = 0
) -> ActNoted:
    """Return an entry of a login log as a note, which is one of the audit log, too. time_ns: of one from an older program."""
    told = Told(actor, DONE, {"address": visitor.address}, visitor.agent[:AGENT_CHARS_MAX])
    return sealed(vault, activity.name.lower(), told, account, int(activity), time_ns)


@lru_cache(maxsize=AGENTS_MAX)
def browser_of(agent: str) -> Browser:
    """Return what a User-Agent header says, by the ua-core project's expressions."""
    if not agent:
        return Browser("", "")
    import ua_parser  # a twentieth of a second

    told = ua_parser.parse(agent[:AGENT_CHARS_MAX])
    browser, system = told.user_agent, told.os
    return Browser(
        _joined(browser.family, browser.major, browser.minor, browser.patch) if browser else "",
        _joined(system.family, system.major, system.minor, None) if system else "",
    )


def _joined(family: str, *version: str | None) -> str:
    return f"{family} {'.'.join(part for part in version if part)}".strip()
