"""Wallets: addresses that customers are paid at, deposits that are credited, and where a withdrawal stands.

Owns who may be paid where. Never holds a balance: a deposit is a transfer from outside whose journaled text names the payment, so
that after a crash at any point it is known whether it was credited. Invariant: a payment is credited at most once, and only with
as many confirmations as its network asks for.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import Transfer
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import Network
from bedesten.services.errors import NotAllowed
from bedesten.services.instruments import Catalogue
from bedesten.services.money.accounts import OUTSIDE
from bedesten.services.ports import Chain, ChainRefused, Destination, Payment, PaymentState, Store
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.sequencing.sequencer import Sequencer

__all__ = ["Address", "Deposit", "DepositState", "Wallets"]

ADDRESSES: Final = "address"  # the kind of record they are kept as
ADDRESSES_MAX: Final = 1_000  # of one account: each is kept forever, since money may still come
DEPOSITS_MAX: Final = 10_000  # of one account that are listed: some 50 ms
NOTE_MARK: Final = '{"payment":'

_log = logging.getLogger("bedesten.wallets")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account is paid. Numbered from 1 over the whole venue."""

    id: int
    account: int
    asset: int
    network: str
    to: Destination
    created_ns: int
    is_deleted: bool = False


class DepositNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is journaled beside a deposit's transfer."""

    payment: str
    network: str


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


class Wallets:
    """The addresses and deposits of every account."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, catalogue: Catalogue, chain: Chain | None,
        may_deposit: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.may_deposit = may_deposit
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._chain = chain
        self._addresses: dict[int, Address] = {}
        self._by_destination: dict[tuple[str, Destination], int] = {}
        self._making = asyncio.Lock()
        self._beating = asyncio.Lock()
        self._credited: set[str] = set()
        self._seqs: dict[int, str] = {}  # what each transfer that credited one credited
        self._seen = 0  # payments of the chain that were looked at
        self._open: dict[str, None] = {}  # those to us that are neither credited nor lost
        self._of_account: dict[int, list[str]] = {}  # payments to each account, oldest first
        self._used: set[int] = set()  # addresses that were paid
        for _, text in store.kept_records(ADDRESSES):
            self._remember(msgspec.json.decode(text, type=Address))
        for seq, text in store.notes(NOTE_MARK):
            self._seqs[seq] = msgspec.json.decode(text, type=DepositNote).payment
            self._credited.add(self._seqs[seq])

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

    def height(self, network: Network) -> int:
        """Return the number of the network's newest block; 0: nobody watches it."""
        return 0 if self._chain is None else self._chain.height(network)

    def accepts(self, network: Network, to: Destination) -> bool:
        """Return whether the network can pay there."""
        return self._sole_chain.accepts(network, to)

    # ── addresses ──

    def addresses(self, account: int, asset: Asset, network: Network | None = None) -> list[Address]:
        """Return the account's addresses that are not deleted, newest first; on one network or on all."""
        return [
            each
            for each in reversed(self._addresses.values())
            if (each.account, each.asset) == (account, asset.id)
            and (network is None or each.network == network.name)
            and not each.is_deleted
        ]

    def unused(self, account: int, asset: Asset, network: Network) -> Address | None:
        """Return an address of the account that was never paid."""
        self._look()
        return next((each for each in self.addresses(account, asset, network) if each.id not in self._used), None)

    async def create_address(self, account: int, asset: Asset, network: Network) -> tuple[Address, bool]:
        """Return a new address, or the unused one that there is, and whether it is new.

        Raises: NotAllowed, ChainRefused, Overloaded, Stopped.
        """
        async with self._making:
            if not self.may_deposit(account):
                raise NotAllowed("the customer may not deposit")
            unused = self.unused(account, asset, network)
            if unused is not None:
                return unused, False
            if sum(each.account == account for each in self._addresses.values()) >= ADDRESSES_MAX:
                raise ChainRefused(f"an account has at most {ADDRESSES_MAX} addresses")
            number = len(self._addresses) + 1
            address = Address(
                id=number, account=account, asset=asset.id, network=network.name, created_ns=self._clock.now_ns(),
                to=self._sole_chain.derive(network, number),
            )  # fmt: skip
            await self._keep(address)
            return address, True

    async def delete_address(self, account: int, asset: Asset, network: Network, text: str) -> bool:
        """Show an address no more; money that still comes to it is credited all the same.

        Raises: Overloaded, Stopped.
        """
        for each in self.addresses(account, asset, network):
            if text == each.to.address:
                await self._keep(msgspec.structs.replace(each, is_deleted=True))
                return True
        return False

    # ── deposits ──

    def deposits(self, account: int, limit: int = DEPOSITS_MAX) -> list[Deposit]:
        """Return the last payments to the account, newest first."""
        self._look()
        found = []
        for payment_id in self._of_account.get(account, [])[: -limit - 1 : -1]:
            payment = self._sole_chain.payment(payment_id)
            if payment is not None:
                found.append(Deposit(account, payment, self._state(payment), self._sole_chain.confirmations(payment)))
        return found

    def deposit(self, account: int, prefix: str) -> Deposit | None:
        """Return the payment to the account whose id begins so; the oldest of several."""
        self._look()
        named = (each for each in self._of_account.get(account, ()) if each.startswith(prefix))
        payment = self._sole_chain.payment(found) if (found := next(named, None)) is not None else None
        if payment is None:
            return None
        return Deposit(account, payment, self._state(payment), self._sole_chain.confirmations(payment))

    def is_payment(self, seq: int) -> bool:
        """Return whether the transfer of that seq credited a payment."""
        return seq in self._seqs

    def payment_of(self, seq: int) -> str:
        """Return the id of the payment that the transfer of that seq credited; "" when it credited none."""
        return self._seqs.get(seq, "")

    async def fund(self, network: Network, asset: Asset, amount: int, to: Destination) -> Payment:
        """Let the faucet pay an address. Units: minor units.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        if amount < 1:
            raise ChainRefused("the faucet pays more than nothing")
        return await self._sole_chain.fund(network, asset.id, amount, to)

    async def beat(self) -> None:
        """Look at the chains once: credit what is confirmed.

        Raises: Overloaded, StoreFailure, when the others had their turn; Stopped.
        """
        if self._chain is not None:
            async with self._beating:
                self._look()
                await each_alone(list(self._open), partial(self._take_in, self._chain))

    # ── inside ──

    def _look(self) -> None:
        # What is new on the chain: each payment is looked at once, and again only while it is open.
        if self._chain is None:
            return
        for payment in self._chain.payments(self._seen):
            self._seen += 1
            address = self._paid(payment)
            if address is not None:
                self._used.add(address.id)
                self._of_account.setdefault(address.account, []).append(payment.id)
                if payment.id not in self._credited:
                    self._open[payment.id] = None

    async def _take_in(self, chain: Chain, payment_id: str) -> None:
        payment = chain.payment(payment_id)
        if payment is not None and self._state(payment) is DepositState.PENDING:
            await self._credit(payment)
        if payment is None or self._state(payment) is not DepositState.PENDING:
            del self._open[payment_id]

    async def _credit(self, payment: Payment) -> None:
        address, network = self._paid(payment), self._named(payment.network)
        if address is None or network is None or self._state(payment) is not DepositState.PENDING:
            return
        if self._sole_chain.confirmations(payment) < network.confirmations:
            return
        note = DepositNote(payment=payment.id, network=payment.network)
        command = Transfer(
            account=OUTSIDE, to_account=address.account, asset=payment.asset, amount=payment.amount,
            reason=int(TransferReason.DEPOSIT),
        )  # fmt: skip
        result = await self._sequencer.submit(command, text=msgspec.json.encode(note).decode())
        if any(isinstance(event, Rejected) for event in result.events):
            _log.error("payment %s could not be credited to account %s", payment.id, address.account)
            return
        self._credited.add(payment.id)
        self._seqs[result.seq] = payment.id

    def _state(self, payment: Payment) -> DepositState:
        if payment.id in self._credited:
            return DepositState.CREDITED
        if payment.state is not PaymentState.SENT:
            return DepositState.REVERTED
        network = self._named(payment.network)
        terms = network.asset(payment.asset) if network is not None else None
        small = terms is None or payment.amount < terms.deposit_min
        return DepositState.TOO_SMALL if small else DepositState.PENDING

    def _paid(self, payment: Payment) -> Address | None:
        found = self._by_destination.get((payment.network, self._spelled(payment)))
        return None if found is None else self._addresses[found]

    def _spelled(self, payment: Payment) -> Destination:
        network = self._named(payment.network)
        return payment.to if network is None else self._sole_chain.canonical(network, payment.to)

    def _named(self, name: str) -> Network | None:
        return self._catalogue.network(name)

    @property
    def _sole_chain(self) -> Chain:
        if self._chain is None:
            raise ChainRefused("this venue is connected to no network")
        return self._chain

    async def _keep(self, address: Address) -> None:
        text = msgspec.json.encode(address).decode()
        await self._sequencer.write(lambda: self._store.save_record(ADDRESSES, str(address.id), text))
        self._remember(address)

    def _remember(self, address: Address) -> None:
        self._addresses[address.id] = address
        network = self._catalogue.network(address.network)
        if network is not None and self._chain is not None:
            self._by_destination[address.network, self._chain.canonical(network, address.to)] = address.id
