"""The register: every customer by account, username and e-mail address, in memory and in the store.

Owns the records. Invariant: no two customers share an account, a username or an e-mail address, in whatever case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.customers.records import Customer, Status
from bedesten.services.errors import NameTaken
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "customer"  # of the records they are kept as


class Register:
    """The customers."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._by_account: dict[int, Customer] = {}
        self._by_username: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._waiting: set[int] = set()
        for _, text in store.kept_records(KIND):
            self._remember(msgspec.json.decode(text, type=Customer))

    def __iter__(self) -> Iterator[Customer]:
        return iter(tuple(self._by_account.values()))

    def __len__(self) -> int:
        return len(self._by_account)

    @property
    def waiting(self) -> int:
        """How many have signed up and not proven their e-mail address."""
        return len(self._waiting)

    def of_account(self, account: int) -> Customer | None:
        """Return the customer whose account that is."""
        return self._by_account.get(account)

    def by_username(self, text: str) -> Customer | None:
        """Return the customer of that name, in any case."""
        return self._by_account.get(self._by_username.get(text.lower(), -1))

    def by_email(self, text: str) -> Customer | None:
        """Return the customer of that e-mail address, in any case."""
        return self._by_account.get(self._by_email.get(text.lower(), -1))

    def by_login(self, text: str) -> Customer | None:
        """Return the customer who signs in by that name or e-mail address."""
        return self.by_email(text) if "@" in text else self.by_username(text)

    def status(self, customer: Customer) -> Status:
        """Return how a customer stands now: locked while a lockout lasts, which keeps out strangers and nobody who is in."""
        locked = customer.status is Status.NORMAL and self._clock.now_ns() < customer.locked_until_ns
        return Status.LOCKED if locked else customer.status

    async def add(self, customer: Customer) -> Customer:
        """Enter a new customer.

        Raises: NameTaken, Overloaded, Stopped.
        """
        known = (self.of_account(customer.account), self.by_username(customer.username), self.by_email(customer.email))
        if any(known):
            raise NameTaken(f"a customer {customer.username!r} or {customer.email!r} exists already")
        self._remember(customer)
        try:
            await self._write(customer.account)
        except BaseException:
            del self._by_account[customer.account]
            self._waiting.discard(customer.account)
            del self._by_username[customer.username.lower()]
            del self._by_email[customer.email.lower()]
            raise
        return customer

    async def change(self, account: int, **fields: Any) -> Customer:
        """Change fields of a customer, as they stand now, and return the customer once that is kept.

        Raises: Overloaded, Stopped.
        """
        before = self._by_account[account]
        changed = msgspec.structs.replace(before, **fields)
        self._set(changed)
        try:
            await self._write(account)
        except BaseException:
            if self._by_account[account] is changed:
                self._set(before)
            raise
        return changed

    async def set_email(self, account: int, email: str) -> Customer:
        """Give a customer another e-mail address, which is nobody else's.

        Raises: NameTaken, Overloaded, Stopped.
        """
        before, holder = self._by_account[account].email, self.by_email(email)
        if holder is not None and holder.account != account:
            raise NameTaken(f"the e-mail address {email!r} is another customer's")
        self._by_email[email.lower()] = account  # at once, so that it is not given twice while the write waits
        try:
            changed = await self.change(account, email=email)
        except BaseException:
            if email.lower() != before.lower():
                del self._by_email[email.lower()]
            raise
        if email.lower() != before.lower():
            del self._by_email[before.lower()]
        return changed

    async def _write(self, account: int) -> None:
        # what is written is what is known when its turn comes, so that of two changes the last one stays
        await self._sequencer.write(
            lambda: self._store.save_record(KIND, str(account), msgspec.json.encode(self._by_account[account]).decode())
        )

    def _set(self, customer: Customer) -> None:
        self._by_account[customer.account] = customer
        if customer.status is Status.NOT_ACTIVATED:
            self._waiting.add(customer.account)
        else:
            self._waiting.discard(customer.account)

    def _remember(self, customer: Customer) -> None:
        self._set(customer)
        self._by_username[customer.username.lower()] = customer.account
        self._by_email[customer.email.lower()] = customer.account
