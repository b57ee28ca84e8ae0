"""Deposits over networks: addresses that customers are paid at, deposits that are credited, and where a withdrawal stands.

Owns who may be paid where. Never holds a balance: a deposit is a transfer from outside with a note that names the payment, so
that after a crash at any point it is known whether it was credited. Invariant: a payment is credited at most once, and only with
as many confirmations as its network asks for.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote, Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network
from bedesten.domain.notes import AddressSaved, PaymentCredited
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.errors import NotAllowed
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import (
    Chain,
    ChainRefused,
    Destination,
    Payment,
    PaymentSeen,
    PaymentState,
    SimulatedNetworks,
)
from bedesten.services.sequencing.ahead import whole
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.fold_addresses import AddressesFold, CreditsFold

__all__ = ["Address", "Deposit", "DepositState", "NetworkDeposits"]

ADDRESSES_MAX: Final = 1_000  # of one account: each is kept forever, since money may still come
DEPOSITS_MAX: Final = 10_000  # of one account that are listed: some 50 ms

_log = logging.getLogger("bedesten.wallets")


class Address(NamedTuple):
    """Where an account is paid. Numbered from 1 over the whole venue."""

    id: int
    account: int
    asset: int
    network: str
    to: Destination
    created_ns: int


class DepositState(enum.Enum):
    """Where a deposit stands."""

    PENDING = "pending"  # not yet confirmed often enough
    CREDITED = "credited"
    REVERTED = "reverted"  # taken back by the chain before it was credited
    TOO_SMALL = "too small"  # below what is credited


class Deposit(NamedTuple):
    """A payment to an account."""

    account: int
    payment: Payment
    state: DepositState
    confirmations: int


class NetworkDeposits:
    """The addresses and deposits of every account."""

    def __init__(
        self, sequencer: Sequencer, clock: Clock, catalogue: Catalogue, chain: Chain | None,
        may_deposit: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.may_deposit = may_deposit
        self.heights: dict[str, int] = {}  # the newest block of each network at the last look
        self._sequencer = sequencer
        self._clock = clock
        self._catalogue = catalogue
        self._chain = chain
        self._addresses = sequencer.state.folds.of(AddressesFold)
        self._credits = sequencer.state.folds.of(CreditsFold)
        self._by_destination: dict[tuple[str, Destination], int] = {}
        self._indexed = 0  # addresses that are in there
        self._making = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._beating = asyncio.Lock()
        self._seen = 0  # payments of the chain that were looked at
        self._open: dict[str, None] = {}  # those to us that are neither credited nor lost
        self._of_account: dict[int, list[str]] = {}  # payments to each account, oldest first
        self._used: set[int] = set()  # addresses that were paid
        catalogue.watch(self._index_anew)

    # ── networks ──

    def networks(self, asset: Asset) -> list[Network]:
        """Return the networks that carry an asset."""
        return [network for network in self._catalogue.networks if network.asset(asset.id) is not None]

    def network(self, asset: Asset, name: str) -> Network | None:
        """Return the network of that name, in any case, if it carries the asset."""
        named = name.strip().lower()
        return next((network for network in self.networks(asset) if network.name.lower() == named), None)

    def default_network(self, asset: Asset) -> Network | None:
        """Return the network that is meant when none is named: the one of the asset's own name, or the only one."""
        carrying = self.networks(asset)
        return self.network(asset, asset.name) or (carrying[0] if len(carrying) == 1 else None)

    def accepts(self, network: Network, to: Destination) -> bool:
        """Return whether the network can pay there."""
        return self._sole_chain.accepts(network, to)

    # ── addresses ──

    async def addresses(self, account: int, asset: Asset, network: Network | None = None) -> list[Address]:
        """Return the account's addresses that are not deleted, newest first; on one network or on all."""
        return await self._sequencer.read(lambda machine: list(self._shown(account, asset, network)))

    async def create_address(self, account: int, asset: Asset, network: Network) -> tuple[Address, bool]:
        """Return a new address, or the unused one that there is, and whether it is new.

        Raises: NotAllowed, ChainRefused, Overloaded, Stopped.
        """
        return await whole(self._create(account, asset, network))

    async def delete_address(self, account: int, asset: Asset, network: Network, text: str) -> bool:
        """Show an address no more; money that still comes to it is credited all the same.

        Raises: Overloaded, Stopped.
        """
        for each in self._shown(account, asset, network):
            if text == each.to.address:
                saved = self._addresses.saved[each.id]
                await self._save(msgspec.structs.replace(saved, is_deleted=True))
                return True
        return False

    # ── deposits ──

    async def deposits(self, account: int, limit: int = DEPOSITS_MAX) -> list[Deposit]:
        """Return the last payments to the account, newest first."""
        await self._look()
        return await self._told(account, self._of_account.get(account, [])[: -limit - 1 : -1])

    async def deposit(self, account: int, prefix: str) -> Deposit | None:
        """Return the payment to the account whose id begins so; the oldest of several."""
        await self._look()
        named = [each for each in self._of_account.get(account, ()) if each.startswith(prefix)]
        return next(iter(await self._told(account, named[:1])), None)

    def is_payment(self, seq: int) -> bool:
        """Return whether the transfer of that seq credited a payment."""
        return seq in self._credits.payments

    def payment_of(self, seq: int) -> str:
        """Return the id of the payment that the transfer of that seq credited; "" when it credited none."""
        return self._credits.payments.get(seq, "")

    async def fund(self, network: Network, asset: Asset, amount: int, to: Destination) -> Payment:
        """Let the faucet of a simulated network pay an address. Units: minor units.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        faucet: object = self._sole_chain
        if not isinstance(faucet, SimulatedNetworks):
            raise ChainRefused("only a simulated network has a faucet")
        if amount < 1:
            raise ChainRefused("the faucet pays more than nothing")
        return await faucet.fund(network, asset.id, amount, to)

    async def beat(self) -> None:
        """Look at the chains once: credit what is confirmed.

        Raises: Overloaded, StoreFailure, when the others had their turn; Stopped.
        """
        if self._chain is not None:
            await whole(self._beat(self._chain))

    # ── inside ──

    async def _beat(self, chain: Chain) -> None:
        async with self._beating:
            self.heights = {network.name: await chain.height(network) for network in self._catalogue.networks}
            await self._look()
            await each_alone(await chain.look_up(list(self._open)), self._take_in)

    async def _look(self) -> None:
        # What is new on the chain: each payment is looked at once, and again only while it is open.
        if self._chain is None:
            return
        async with self._looking:
            for payment in await self._chain.payments(self._seen):
                self._seen += 1
                address = self._paid(payment)
                if address is not None:
                    self._used.add(address.id)
                    self._of_account.setdefault(address.account, []).append(payment.id)
                    if payment.id not in self._credits.seqs:
                        self._open[payment.id] = None

    async def _take_in(self, seen: PaymentSeen) -> None:
        if self._state(seen.payment) is DepositState.PENDING:
            await self._credit(seen)
        if self._state(seen.payment) is not DepositState.PENDING:
            del self._open[seen.payment.id]

    async def _credit(self, seen: PaymentSeen) -> None:
        payment = seen.payment
        address, network = self._paid(payment), self._named(payment.network)
        if address is None or network is None or seen.confirmations < network.confirmations:
            return
        command = Transfer(
            account=OUTSIDE, to_account=address.account, asset=payment.asset, amount=payment.amount,
            reason=int(TransferReason.DEPOSIT),
        )  # fmt: skip
        note = PaymentCredited(payment.id, payment.network)
        result = await self._sequencer.submit(command, notes=(note,))
        if any(isinstance(event, Rejected) for event in result.events):
            _log.error("payment %s could not be credited to account %s", payment.id, address.account)

    async def _told(self, account: int, payment_ids: Sequence[str]) -> list[Deposit]:
        if not payment_ids:
            return []
        found = await self._sole_chain.look_up(payment_ids)
        return await self._sequencer.read(
            lambda machine: [
                Deposit(account, each.payment, self._state(each.payment), each.confirmations) for each in found
            ]
        )

    def _state(self, payment: Payment) -> DepositState:
        if payment.id in self._credits.seqs:
            return DepositState.CREDITED
        if payment.state is not PaymentState.SENT:
            return DepositState.REVERTED
        network = self._named(payment.network)
        terms = network.asset(payment.asset) if network is not None else None
        small = terms is None or payment.amount < terms.deposit_min
        return DepositState.TOO_SMALL if small else DepositState.PENDING

    def _shown(self, account: int, asset: Asset, network: Network | None) -> Iterator[Address]:
        for each in reversed(self._addresses.of(account)):
            if each.asset == asset.id and not each.is_deleted and (network is None or each.network == network.name):
                yield _address(each)

    async def _create(self, account: int, asset: Asset, network: Network) -> tuple[Address, bool]:
        async with self._making:
            if not self.may_deposit(account):
                raise NotAllowed("the customer may not deposit")
            await self._look()
            unused = next((each for each in self._shown(account, asset, network) if each.id not in self._used), None)
            if unused is not None:
                return unused, False
            if len(self._addresses.of(account)) >= ADDRESSES_MAX:
                raise ChainRefused(f"an account has at most {ADDRESSES_MAX} addresses")
            number = len(self._addresses.saved) + 1
            to = await self._sole_chain.derive(network, number)
            if not self.may_deposit(account):  # behind the last wait
                raise NotAllowed("the customer may not deposit")
            made = AddressSaved(number, account, asset.id, network.name, to.address, to.tag, self._clock.now_ns())
            await self._save(made)
            return _address(made), True

    async def _save(self, address: AddressSaved) -> None:
        await self._sequencer.submit(RecordNote(), notes=(address,))

    def _paid(self, payment: Payment) -> AddressSaved | None:
        self._index()
        found = self._by_destination.get((payment.network, self._spelled(payment)))
        return None if found is None else self._addresses.saved[found]

    def _spelled(self, payment: Payment) -> Destination:
        network = self._named(payment.network)
        return payment.to if network is None else self._sole_chain.canonical(network, payment.to)

    def _index(self) -> None:
        saved = self._addresses.saved
        for each in islice(reversed(saved.values()), len(saved) - self._indexed):
            network = self._named(each.network)
            if network is not None:
                to = self._sole_chain.canonical(network, Destination(each.address, each.tag))
                self._by_destination[each.network, to] = each.id
        self._indexed = len(saved)

    def _index_anew(self) -> None:
        self._indexed = 0  # a network may be there that was not

    def _named(self, name: str) -> Network | None:
        return self._catalogue.network(name)

    @property
    def _sole_chain(self) -> Chain:
        if self._chain is None:
            raise ChainRefused("this venue is connected to no network")
        return self._chain


def _address(saved: AddressSaved) -> Address:
    to = Destination(saved.address, saved.tag)
    return Address(saved.id, saved.account, saved.asset, saved.network, to, saved.created_ns)
