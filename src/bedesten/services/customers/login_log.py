"""The login log: what happened to a customer's access, from where and with what, for the customer to read.

The same goes to the audit log, for the operator. Bounded: of each customer the last ENTRIES_MAX. Never holds a secret.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.services.customers.register import Register
from bedesten.services.operator.audit import Audit
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "login_log"  # of the records they are kept as: one of each customer, with all entries
ENTRIES_MAX: Final = 200  # a few months of a person's logins, in 30 KB that each of them writes anew
AGENT_CHARS_MAX: Final = 256  # of what a browser says of itself: they say less, and it is matched with expressions
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


#: What is done often: so many of them stay, and never push out what tells of the access itself.
MONEY: Final = frozenset({
    Activity.BOUGHT, Activity.SOLD, Activity.WITHDRAWAL_BY_BANK, Activity.WITHDRAWAL_OVER_NETWORK,
})  # fmt: skip
MONEY_MAX: Final = 100


class Visitor(NamedTuple):
    """Who is at the door: the address, and what the browser says of itself."""

    address: str = ""
    agent: str = ""
    network: str = ""  # of the address, as far as one subscriber has it


class Entry(msgspec.Struct, frozen=True, array_like=True):
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

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock, register: Register, audit: Audit) -> None:
        self._register = register
        self._audit = audit
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._entries = {
            int(name): msgspec.json.decode(text, type=list[Entry]) for name, text in store.kept_records(KIND)
        }

    def entries(self, account: int) -> list[Entry]:
        """Return what happened, newest first."""
        return self._entries.get(account, [])[::-1]

    async def forget(self, account: int) -> None:
        """Keep nothing of what happened to a customer's access; the audit log has it still.

        Raises: Overloaded, Stopped.
        """
        self._entries.pop(account, None)
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), "[]"))

    async def note(self, account: int, activity: Activity, visitor: Visitor) -> None:
        """Write down what happened just now.

        Raises: Overloaded, Stopped.
        """
        entry = Entry(self._clock.now_ns(), activity, visitor.address, visitor.agent[:AGENT_CHARS_MAX])
        entries = self._entries.setdefault(account, [])
        entries.append(entry)
        kept = [at for at, each in enumerate(entries) if each.activity in MONEY][:-MONEY_MAX]
        if kept:
            del entries[kept[0]]  # one came, one goes
        access = len(entries) - sum(each.activity in MONEY for each in entries)
        if access > ENTRIES_MAX:
            del entries[next(at for at, each in enumerate(entries) if each.activity not in MONEY)]
        text = msgspec.json.encode(entries).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))
        customer = self._register.of_account(account)
        actor = f"customer {customer.username if customer is not None else account}"
        await self._audit.note(actor, activity.name.lower(), address=visitor.address)


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
