"""The customers of a venue: one door to everything that is known of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bedesten.clock import Clock
from bedesten.services.accounts import Accounts
from bedesten.services.customers.records import Customer, Status
from bedesten.services.customers.register import Register
from bedesten.services.customers.sessions import Sessions
from bedesten.services.ports import Store
from bedesten.services.sequencer import Sequencer


@dataclass(frozen=True, slots=True)
class CustomerTools:
    """What customers need of the outside, with what serves unless told."""

    randomness: Callable[[int], bytes] = secrets.token_bytes  # so many bytes that nobody can guess


class Customers:
    """Everything about customers."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, accounts: Accounts, tools: CustomerTools | None = None
    ) -> None:
        self._clock = clock
        self._accounts = accounts
        tools = tools or CustomerTools()
        self.register = Register(sequencer, store, clock)
        self.sessions = Sessions(sequencer, store, clock, tools.randomness)
        self.of_account = self.register.of_account
        self.by_username = self.register.by_username
        self.by_email = self.register.by_email
        self.allowed = self.register.allowed

    def vip_level_of(self, account: int) -> int:
        """Return a customer's VIP level, 0 for an account without a customer."""
        customer = self.register.of_account(account)
        return customer.vip_level if customer is not None else 0

    def level_of(self, account: int) -> int | None:
        """Return a customer's level; None for an account without a customer, which nothing of a level holds for."""
        customer = self.register.of_account(account)
        return None if customer is None else customer.level

    async def introduce(self, account: int, email: str, password_hash: str, *, level: int) -> Customer:
        """Make the holder of an account a customer whom the operator vouches for: verified, and of that level.

        Raises: NameTaken, Overloaded, Stopped.
        """
        named = self._accounts.by_id(account)
        assert named is not None, "the account is opened first"
        customer = Customer(
            account=account, username=named.name, email=email, password_hash=password_hash,
            status=Status.NORMAL, level=level, created_ns=self._clock.now_ns(),
        )  # fmt: skip
        return await self.register.add(customer)
