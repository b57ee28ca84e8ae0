"""Standing: what an account may do now, for every reason at once.

Owns suspensions of accounts. An account may do what all of these let it: its own suspension, its customer's status and level,
and both of its main account. Each reason stands by itself, so that lifting one leaves the others; own suspensions are notes in
the log, and the core's flag, its last guard, is kept in step with what they come to. An account without a customer may do what
its keys say; one that is unknown, or the venue's own, may do nothing. `may` is asked where nothing is waited for any more.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from bedesten.domain.commands import RecordNote, SetAccount
from bedesten.domain.customers import Status
from bedesten.domain.enums import AccountParameter
from bedesten.domain.levels import Levels
from bedesten.domain.notes import AccountSuspended, FlagsKept
from bedesten.services import authority
from bedesten.services.accounts.accounts import Accounts
from bedesten.services.accounts.families import Families
from bedesten.services.sequencing.ahead import Ahead
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.standing.fold_suspensions import SuspensionsFold


class Act(enum.IntEnum):
    """What an account may want to do, numbered as the fields of Allowed."""

    READ = 0  # look at what is its own, over any API and stream; and get tokens to look with
    CANCEL = 1  # take back what is open: orders, quotes, withdrawals and transfers that wait
    TRADE = 2  # place and amend orders, convert, be quoted by the desk and accept
    TRANSFER = 3
    CRYPTO_WITHDRAWAL = 4
    FIAT_WITHDRAWAL = 5
    BE_PAID = 6  # within the family
    CRYPTO_DEPOSIT = 7
    FIAT_DEPOSIT = 8


class Allowed(NamedTuple):
    """What an account may do."""

    read: bool
    cancel: bool
    trade: bool
    transfer: bool
    crypto_withdrawal: bool
    fiat_withdrawal: bool
    be_paid: bool
    crypto_deposit: bool
    fiat_deposit: bool


EVERYTHING: Final = Allowed(*(True for _ in Act))
NOTHING: Final = Allowed(*(False for _ in Act))

_LOOK: Final = frozenset({Act.READ, Act.CANCEL})
_PAID: Final = frozenset({Act.BE_PAID, Act.CRYPTO_DEPOSIT, Act.FIAT_DEPOSIT})

#: What each status leaves open, before levels. docs/customers.md has the same table, and a test compares them.
PERMITS: Final[Mapping[Status, frozenset[Act]]] = {
    Status.NORMAL: frozenset(Act),
    Status.BLOCKED: _LOOK | _PAID,
    Status.NOT_ACTIVATED: _LOOK,
    Status.DELETED: frozenset(),
    Status.SUSPENDED: _LOOK,
    Status.LOCKED: frozenset(),
    Status.NOT_TRADABLE: frozenset(Act) - {Act.TRADE},
}
#: What an account leaves open that the operator suspended by itself, whatever its customer's status.
SUSPENDED: Final = Allowed(*(act in PERMITS[Status.SUSPENDED] for act in Act))
#: Statuses in which the core is told that the account may only cancel.
SUSPENDING: Final = frozenset({Status.BLOCKED, Status.DELETED, Status.SUSPENDED, Status.LOCKED})


def allowed_to(status: Status, level: int, levels: Levels) -> Allowed:
    """Return what a customer of that status and level may do."""
    permitted = PERMITS[status]
    return Allowed(*(act in permitted and level >= getattr(levels, act.name.lower(), 0) for act in Act))


class Holder(Protocol):
    """Who has an account, as far as its standing asks."""

    @property
    def username(self) -> str:
        """Return the name, to be told to the operator."""
        ...

    @property
    def status(self) -> Status:
        """Return where the customer stands with the venue."""
        ...

    @property
    def level(self) -> int:
        """Return how far the customer proved who they are."""
        ...


class Holders(Protocol):
    """Who has which account."""

    @property
    def changes(self) -> int:
        """Return a count that differs whenever an answer may, beside what the folds' own count tells."""
        ...

    def of_account(self, account: int) -> Holder | None:
        """Return the customer who has an account; None: nobody is named."""
        ...


class Standing:
    """The standing of every account."""

    def __init__(
        self, sequencer: Sequencer, holders: Holders, accounts: Accounts, families: Families,
        levels: Levels,
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._holders = holders
        self._accounts = accounts
        self._families = families
        self._by_level: dict[tuple[Status, int], Allowed] = {}
        self._levels = levels
        self._watchers: list[Callable[[list[int]], None]] = []
        self._fold = sequencer.state.folds.of(SuspensionsFold)
        self._ahead: Ahead[int, bool] = Ahead()
        self._folds = sequencer.state.folds
        self._known: dict[int, Allowed] = {}  # judged already, while nothing has changed
        self._known_at = 0  # the count of changes that they were judged at
        self._flagged: set[int] = set()  # of those who are suspended by the core's flag alone
        if not self._fold.are_flags_kept:
            self._flagged = self._flagged_only()

    # ── what an account may do ──

    def allowed(self, account: int) -> Allowed:
        """Return what an account may do."""
        changes = self._folds.changes + self._holders.changes + self._ahead.changes
        if changes != self._known_at:
            self._known.clear()
            self._known_at = changes
        known = self._known.get(account)
        if known is None:
            known = self._known[account] = self._judged(account)
        return known

    def may(self, account: int, act: Act) -> bool:
        """Return whether an account may do something now, on the word of the request in hand, which is looked at again.

        Raises: what the authentication of a request raises, when its key or session does not hold any more.
        """
        authority.recheck()
        return self.allowed(account)[act]

    def who_may(self, act: Act) -> Callable[[int], bool]:
        """Return what tells of an account whether it may do one thing now, as `may` does."""

        def may(account: int) -> bool:
            authority.recheck()
            return self.allowed(account)[act]

        return may

    def is_suspended(self, account: int) -> bool:
        """Return whether an account may only cancel, for whatever reason."""
        return bool(self.reasons(account))

    def reasons(self, account: int) -> list[str]:
        """Return, for the operator, every reason for which an account is suspended."""
        main, told = self._families.main_of(account), []
        for each, whose in ((account, "the account"), (main, "its main account")):
            if self._is_suspended(each) and (whose == "the account" or main != account):
                told.append(f"{whose} is suspended")
        for each in dict.fromkeys((account, main)):
            customer = self._holders.of_account(each)
            if customer is not None and customer.status in SUSPENDING:
                told.append(f"its customer {customer.username} is {customer.status.name.lower()}")
        return told

    def _judged(self, account: int) -> Allowed:
        main = self._families.main_of(account)
        found = self._by_reasons(account)
        return found if main == account else _both(found, self._by_reasons(main))

    def _by_reasons(self, account: int) -> Allowed:
        named = self._accounts.by_id(account)
        if named is None or named.is_system:
            return NOTHING
        customer = self._holders.of_account(account)
        found = EVERYTHING if customer is None else self._of_customer(customer.status, customer.level)
        return _both(found, SUSPENDED) if self._is_suspended(account) else found

    def _of_customer(self, status: Status, level: int) -> Allowed:
        known = self._by_level.get((status, level))
        if known is None:
            known = self._by_level[status, level] = allowed_to(status, level, self._levels)
        return known

    def set_levels(self, levels: Levels) -> None:
        """Go by other levels from now on."""
        self._levels = levels
        self._by_level.clear()
        self._known.clear()

    # ── suspending ──

    async def suspend(self, account: int) -> None:
        """Suspend an account, and its sub-accounts with it, whatever else is said of them.

        Raises: Overloaded, Stopped.
        """
        await self._say(account, is_suspended=True)
        await self.renew(account)

    async def lift(self, account: int) -> None:
        """Lift an account's own suspension; what else suspends it stays.

        Raises: Overloaded, Stopped.
        """
        await self._say(account, is_suspended=False)
        await self.renew(account)

    async def set_up(self) -> None:
        """Keep what only the core's flag said, once, and bring every flag in step: at the start.

        Raises: Overloaded, Stopped.
        """
        if not self._fold.are_flags_kept:
            told = [AccountSuspended(account, is_suspended=True) for account in sorted(self._flagged)]
            await self._sequencer.submit(RecordNote(), notes=(*told, FlagsKept(are_kept=True)))
            self._flagged = set()
            self._known.clear()
        accounts = [account.id for account in self._accounts.all() if not account.is_system]
        flags = await self._sequencer.read(lambda machine: {each: machine.is_suspended(each) for each in accounts})
        await self._flag(each for each in accounts if flags[each] is not self.is_suspended(each))

    async def renew(self, account: int) -> None:
        """Bring the core's flags of a family in step with what is said of it, and tell whoever watches.

        Raises: Overloaded, Stopped.
        """
        family = self._families.family(account)
        await self._flag(family)
        for watcher in self._watchers:
            watcher(family)

    def watch(self, watcher: Callable[[list[int]], None]) -> None:
        """Call *watcher* with the accounts whose standing may have changed, behind every change."""
        self._watchers.append(watcher)

    def _is_suspended(self, account: int) -> bool:
        return self._ahead.of(account, account in self._fold.suspended or account in self._flagged)

    async def _say(self, account: int, *, is_suspended: bool) -> None:
        note = AccountSuspended(account, is_suspended)
        committed = self._sequencer.submit(RecordNote(), notes=(note,))
        self._ahead.put(account, is_suspended, committed)
        await asyncio.shield(committed)

    async def _flag(self, accounts: Iterable[int]) -> None:
        # handed in without a wait between looking and telling: of two changes the later one is told last
        parameter = AccountParameter.SUSPENDED
        told = [
            self._sequencer.submit(SetAccount(account=each, parameter=parameter, value=int(self.is_suspended(each))))
            for each in accounts
        ]
        for each in told:
            await each

    def _flagged_only(self) -> set[int]:
        # A directory from before suspensions were kept: whom the core has flagged and no customer's status explains.
        machine = self._sequencer.state.machine
        return {
            account.id
            for account in self._accounts.all()
            if machine.is_suspended(account.id) and not self.is_suspended(account.id)
        }


def _both(one: Allowed, other: Allowed) -> Allowed:
    if one is other:
        return one
    return Allowed(*(a and b for a, b in zip(one, other, strict=True)))
