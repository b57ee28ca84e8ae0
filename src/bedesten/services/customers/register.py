"""The register: every customer by account, username and e-mail address, known from the log and opened in memory.

Owns the look-ups, which are made anew at a start from what the fold has sealed: no digest of an address stands in the log, so
nothing of a customer is left there once the data key is gone. Claims names while they are being given. Every change is made on
the customer as the command will find them. Invariant: no two customers share an account, a username or an e-mail address, in
whatever case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.customers import Status
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import AuthenticatorUsed, CustomerErased
from bedesten.services.customers.fold_register import Kept, RegisterFold
from bedesten.services.customers.records import Customer
from bedesten.services.customers.saved import counted_of, customer_of, erased_of, note_of
from bedesten.services.errors import NameTaken
from bedesten.services.ports import DataKeys
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.ahead import Ahead, whole
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import look_ups

_STEP: Final = frozenset({"totp_step"})
_COUNTED: Final = frozenset({"login_failures", "locked_until_ns", "totp_failures", "totp_locked_until_ns"})


class Register:
    """The customers."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, clock: Clock) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._fold = sequencer.state.folds.of(RegisterFold)
        self._ahead: Ahead[int, Customer | None] = Ahead()
        self._opened: dict[int, Customer] = {}
        self._by_username: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._waiting: set[int] = set()
        self._claimed: set[str] = set()  # names and addresses that are being given, in lower case
        self._follow()

    def __iter__(self) -> Iterator[Customer]:
        self._follow()
        found = [self.of_account(account) for account in self._fold.kept]
        return iter([customer for customer in found if customer is not None])

    def __len__(self) -> int:
        return len(self._fold.kept)

    @property
    def changes(self) -> int:
        """How often a customer changed ahead of the log; with the folds' own count it tells whether anybody changed at all."""
        return self._ahead.changes

    @property
    def waiting(self) -> int:
        """How many have signed up and not proven their e-mail address."""
        self._follow()
        return len(self._waiting)

    def of_account(self, account: int) -> Customer | None:
        """Return the customer whose account that is, as the next command finds them."""
        if self._fold.changed:
            self._follow()
        return self._ahead.of(account, self._opened.get(account))

    def by_username(self, text: str) -> Customer | None:
        """Return the customer of that name, in any case."""
        self._follow()
        return self.of_account(self._by_username.get(text.lower(), -1))

    def by_email(self, text: str) -> Customer | None:
        """Return the customer of that e-mail address, in any case."""
        self._follow()
        return self.of_account(self._by_email.get(text.lower(), -1))

    def by_login(self, text: str) -> Customer | None:
        """Return the customer who signs in by that name or e-mail address."""
        return self.by_email(text) if "@" in text else self.by_username(text)

    def is_free(self, text: str) -> bool:
        """Return whether a name or an e-mail address is nobody's in any case, and is not being given to anybody."""
        return text.lower() not in self._claimed and self.by_login(text) is None

    def status(self, customer: Customer) -> Status:
        """Return how a customer stands now: locked while a lockout lasts, which keeps out strangers and nobody who is in."""
        locked = customer.status is Status.NORMAL and self._clock.now_ns() < customer.locked_until_ns
        return Status.LOCKED if locked else customer.status

    @contextmanager
    def claim(self, *texts: str) -> Iterator[None]:
        """Keep names and e-mail addresses for whoever is being given them, until that is committed.

        Raises: NameTaken when one is somebody's, in whatever case, or is kept for another.
        """
        for text in texts:
            if not self.is_free(text):
                raise NameTaken(f"{text!r} is another customer's")
        claimed = {text.lower() for text in texts}
        self._claimed |= claimed
        try:
            yield
        finally:
            self._claimed -= claimed

    async def add(self, customer: Customer) -> Customer:
        """Enter a new customer, the holder of an account that there is.

        Raises: NameTaken, Overloaded, Stopped.
        """
        if self.of_account(customer.account) is not None:
            raise NameTaken(f"account {customer.account} has a customer already")
        return await whole(self._add(customer))

    async def _add(self, customer: Customer) -> Customer:
        with self.claim(customer.username, customer.email):
            await self._sequencer.submit(RecordNote(), notes=(self.prepare(customer),))
        return self._known(customer.account)

    def prepare(self, customer: Customer) -> Note:
        """Return the note of a new customer, whose names are claimed, with a data key for whatever is sealed for them."""
        owner = owner_of(customer.account)
        self._vault.draw(owner)
        return note_of(customer, self._vault.sealing(owner))

    async def change(self, account: int, *, beside: Sequence[Note] = (), **fields: Any) -> Customer:
        """Change fields of a customer, as the command finds them, and return the customer once that is committed.

        *beside*: what is told by the same command.

        Raises: Overloaded, Stopped; then nothing was changed.
        """
        changed, committed = self.put(account, beside, **fields)
        if committed is not None:
            await asyncio.shield(committed)
        return changed

    def put(
        self, account: int, beside: Sequence[Note] = (), **fields: Any
    ) -> tuple[Customer, asyncio.Future[Any] | None]:
        """Do what `change` does, and return the customer and the end of the last command about them; None: nothing is under way.

        Raises: Overloaded, Stopped; then nothing was changed.
        """
        before = self._known(account)
        changed = msgspec.structs.replace(before, **fields)
        differing = {name for name in fields if getattr(changed, name) != getattr(before, name)}
        if before.is_erased:
            return before, None
        committed = self._ahead.under_way(account)
        if differing or beside:
            committed = self._sequencer.submit(RecordNote(), notes=(*self._notes(changed, differing), *beside))
            self._ahead.put(account, changed, committed)
        return changed, committed

    async def set_email(self, account: int, email: str) -> Customer:
        """Give a customer another e-mail address, which is nobody else's.

        Raises: NameTaken, Overloaded, Stopped.
        """
        if self._known(account).email.lower() == email.lower():
            return await self.change(account, email=email)
        return await whole(self._move(account, email))

    async def _move(self, account: int, email: str) -> Customer:
        with self.claim(email):
            return await self.change(account, email=email)

    async def erase(self, account: int) -> None:
        """Forget who the holder of an account was: in the log first, and behind it the data key of all that was sealed.

        Raises: Overloaded, Stopped; then nothing was changed. StoreFailure when the key could not be thrown away: the next
        start does it.
        """
        before = self._known(account)
        committed = self._sequencer.submit(RecordNote(), notes=(CustomerErased(account),))
        gone = Customer(account=account, username=before.username, email="", status=Status.DELETED)
        self._ahead.put(account, gone, committed)
        await whole(self._throw_away(account, committed))

    async def _throw_away(self, account: int, committed: asyncio.Future[Any]) -> None:
        await committed
        await self._sequencer.settled()
        await look_ups.run(self._vault.erase, owner_of(account))

    async def set_up(self) -> None:
        """Throw away the keys of those who were erased when the process ended in between: at the start.

        Raises: StoreFailure.
        """
        for owner in [owner_of(account) for account, kept in self._fold.kept.items() if kept.is_erased]:
            if self._vault.has(owner):
                await look_ups.run(self._vault.erase, owner)

    # ── inside ──

    def _known(self, account: int) -> Customer:
        found = self.of_account(account)
        if found is None:
            raise KeyError(account)
        return found

    def _notes(self, changed: Customer, differing: set[str]) -> list[Note]:
        notes: list[Note] = []
        if differing - _STEP - _COUNTED:
            notes.append(note_of(changed, self._vault.sealing(owner_of(changed.account))))
        if differing & _STEP:
            notes.append(AuthenticatorUsed(changed.account, changed.totp_step))
        if differing & _COUNTED:
            notes.append(counted_of(changed))
        return notes

    # The look-ups follow the fold: it says who changed since they were made.
    def _follow(self) -> None:
        changed = self._fold.changed
        while changed:
            account = changed.pop()
            former, opened = self._opened.get(account), self._open(self._fold.kept[account])
            if former is not None:
                self._forget(former)
            self._opened[account] = opened
            if not opened.is_erased:
                self._by_username[opened.username.lower()] = self._by_email[opened.email.lower()] = account
            if opened.status is Status.NOT_ACTIVATED:
                self._waiting.add(account)

    def _forget(self, former: Customer) -> None:
        self._waiting.discard(former.account)
        for found, text in ((self._by_username, former.username), (self._by_email, former.email)):
            if found.get(text.lower()) == former.account:
                del found[text.lower()]

    def _open(self, kept: Kept) -> Customer:
        if kept.is_erased:
            return erased_of(kept)
        return customer_of(kept, self._vault.sealing(owner_of(kept.saved.account)))
