"""What an operator may ask about money on its way: allowed addresses of withdrawals, and faults of simulated chains.

Called by name through services.operations. Owns the translation between an operator's words and the services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bedesten.domain.money import to_text
from bedesten.services.errors import OperationRefused
from bedesten.services.records import Account, Destination, Payment
from bedesten.services.venue import Venue

Answer = list[dict[str, Any]]

PAYMENTS_SHOWN_MAX: Final = 1_000  # more are no list for a person


class MoneyOperations:
    """The operator's requests about withdrawals and chains."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.calls: Mapping[str, Callable[..., Awaitable[Answer]]] = {
            "allow_list": self.allow_list,
            "allow_address": self.allow_address,
            "disallow_address": self.disallow_address,
            "lift_allow_list": self.lift_allow_list,
            "chain_payments": self.chain_payments,
            "reorganize": self.reorganize,
            "fail_payment": self.fail_payment,
            "delay_payment": self.delay_payment,
            "include_payment": self.include_payment,
        }

    # ── allowed addresses ──

    async def allow_list(self, account: str) -> Answer:
        """Return the only addresses that an account may withdraw to; none: any will do, or none at all will."""
        found = self._venue.withdrawals.rules.allow_list(self._account(account).id)
        rows = () if found is None else found.addresses
        return [{"network": row.network, "address": row.to.address, "tag": row.to.tag} for row in rows]

    async def allow_address(self, account: str, network: str, address: str, tag: str = "") -> Answer:
        """Let an account withdraw to an address, and to none that is not on its list."""
        owner, to = self._account(account), Destination(address, tag)
        found = self._venue.catalogue.network(self._network(network))
        if found is None or not self._venue.wallets.accepts(found, to):
            raise OperationRefused(f"{address!r} is no address on {network}")
        if not await self._venue.withdrawals.rules.allow(owner.id, found.name, to):
            raise OperationRefused("the list is full")
        return await self.allow_list(account)

    async def disallow_address(self, account: str, network: str, address: str, tag: str = "") -> Answer:
        """Take an address from an account's list; a list without addresses allows none."""
        owner, name = self._account(account), self._network(network)
        if not await self._venue.withdrawals.rules.disallow(owner.id, name, Destination(address, tag)):
            raise OperationRefused(f"{address!r} is not on the list of {account!r}")
        return await self.allow_list(account)

    async def lift_allow_list(self, account: str) -> Answer:
        """Let an account withdraw to any address again."""
        if not await self._venue.withdrawals.rules.lift(self._account(account).id):
            raise OperationRefused(f"{account!r} may withdraw to any address already")
        return []

    # ── simulated chains ──

    async def chain_payments(self, limit: int = 50) -> Answer:
        """Return the last payments on all chains, newest first."""
        shown = self._venue.chain_faults.payments(max(0, min(limit, PAYMENTS_SHOWN_MAX)))
        return [self._payment_row(payment) | {"confirmations": count} for payment, count in shown]

    async def reorganize(self, network: str, depth: int) -> Answer:
        """Replace the last blocks of a simulated network, and return the payments that were in them."""
        return [self._payment_row(each) for each in await self._venue.chain_faults.reorganize(network, depth)]

    async def fail_payment(self, id: int) -> Answer:
        """Let the payment of a withdrawal fail."""
        return [self._payment_row(await self._venue.chain_faults.fail(id))]

    async def delay_payment(self, id: int) -> Answer:
        """Let no block take the payment of a withdrawal."""
        return [self._payment_row(await self._venue.chain_faults.delay(id))]

    async def include_payment(self, id: int) -> Answer:
        """Let the next block take a payment that was delayed."""
        return [self._payment_row(await self._venue.chain_faults.include(id))]

    # ── words ──

    def _payment_row(self, payment: Payment) -> dict[str, Any]:
        asset = self._venue.catalogue.asset_by_id(payment.asset)
        return {
            "payment": payment.id,
            "network": payment.network,
            "asset": asset.code if asset else str(payment.asset),
            "amount": to_text(payment.amount, scale=asset.scale if asset else 0),
            "address": payment.to.address,
            "tag": payment.to.tag,
            "withdrawal": payment.reference or "",
            "state": payment.state.value,
        }

    def _network(self, name: str) -> str:
        names = [each.name for each in self._venue.catalogue.networks]
        found = next((each for each in names if each.lower() == name.strip().lower()), None)
        if found is None:
            raise OperationRefused(f"there is no network {name!r}; there are {', '.join(names) or 'none'}")
        return found

    def _account(self, name: str) -> Account:
        account = self._venue.accounts.by_name(name)
        if account is None:
            raise OperationRefused(f"there is no account {name!r}; open it first")
        return account
