"""A simulated chain: blocks on the venue's clock, payments that enter a block, gain confirmations, or are taken back.

Owns its payments, which it keeps in the venue's store: a payment is told of only once it is written. A block's number follows
from the clock alone, so a restart finds the chain as far on as it would have been. Never touches the ledger.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from bedesten.chain import addresses
from bedesten.clock import Clock
from bedesten.domain.networks import Network
from bedesten.services.ports import ChainRefused, Destination, Payment, PaymentState, Store

RECORDS: Final = "chain"
NEVER: Final = 1 << 60  # a block that never comes
Write = Callable[[Callable[[], None]], Awaitable[None]]


class SimulatedChain:
    """services.ports.Chain for every network of the venue."""

    def __init__(self, store: Store, clock: Clock, networks: Sequence[Network], seed: bytes, write: Write) -> None:
        self._store = store
        self._clock = clock
        self._networks: dict[str, Network] = {}
        self.connect(networks)
        self._seed = seed
        self._write = write
        self._payments: dict[str, Payment] = {}
        self._by_reference: dict[int, str] = {}
        for _, text in store.kept_records(RECORDS):
            self._remember(msgspec.json.decode(text, type=Payment))

    def connect(self, networks: Sequence[Network]) -> None:
        """Be these networks from now on."""
        self._networks = {network.name: network for network in networks}

    # ── services.ports.Chain ──

    def derive(self, network: Network, index: int) -> Destination:
        """Return where the venue's customer of that number is paid."""
        if network.has_tags:
            return Destination(addresses.derive(self._seed, network.format, 0), str(addresses.FIRST_TAG + index))
        return Destination(addresses.derive(self._seed, network.format, index))

    def accepts(self, network: Network, to: Destination) -> bool:
        """Return whether the network can pay there."""
        return addresses.accepts(network.format, to.address, to.tag)

    def canonical(self, network: Network, to: Destination) -> Destination:
        """Return the one spelling by which destinations are compared."""
        return Destination(addresses.canonical(network.format, to.address), to.tag)

    def payments(self, after: int = 0) -> Sequence[Payment]:
        """Return every payment, oldest first, but for the first *after* ones."""
        count = len(self._payments) - after
        newest_first = itertools.islice(reversed(self._payments.values()), max(0, count))
        return list(newest_first)[::-1]

    def payment(self, payment_id: str) -> Payment | None:
        """Return a payment as it stands now."""
        return self._payments.get(payment_id)

    def confirmations(self, payment: Payment) -> int:
        """Return how many blocks hold or follow the payment."""
        network = self._networks.get(payment.network)
        if network is None or payment.state is not PaymentState.SENT:
            return 0
        return max(0, self.height(network) - payment.height + 1)

    def height(self, network: Network) -> int:
        """Return the number of the newest block."""
        return self._clock.now_ns() // network.block_ns

    async def fund(self, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay from nowhere: the faucet.

        Raises: ChainRefused.
        """
        return await self._pay(network, asset, amount, to, reference=0)

    async def send(self, reference: int, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay out once, however often it is asked for by the same *reference*.

        Raises: ChainRefused.
        """
        known = self.sent(reference)
        return known if known is not None else await self._pay(network, asset, amount, to, reference)

    def sent(self, reference: int) -> Payment | None:
        """Return the payment of that reference, if it was sent."""
        found = self._by_reference.get(reference)
        return None if found is None else self._payments[found]

    # ── faults ──

    async def reorganize(self, network: Network, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks, and return the payments that were in them.

        The payer of one to the venue has taken it back; one that the venue sent is in the next block.
        """
        tip = self.height(network)
        return [
            await self._change(payment, height=tip + 1)
            if payment.reference
            else await self._change(payment, state=PaymentState.REVERTED)
            for payment in self.payments()
            if payment.network == network.name and payment.state is PaymentState.SENT
            if tip - depth < payment.height <= (tip if payment.reference else tip + 1)
        ]

    async def fail(self, reference: int) -> Payment:
        """Let a payment out of the venue fail that is not confirmed yet: no block ever holds it.

        Raises: ChainRefused.
        """
        return await self._change(self._unconfirmed(reference), state=PaymentState.FAILED)

    async def delay(self, reference: int) -> Payment:
        """Let no block take a payment out of the venue until it is included.

        Raises: ChainRefused.
        """
        return await self._change(self._unconfirmed(reference), height=NEVER)

    async def include(self, reference: int) -> Payment:
        """Let the next block take a payment that was delayed.

        Raises: ChainRefused.
        """
        payment = self._unconfirmed(reference)
        if payment.height != NEVER:
            raise ChainRefused(f"payment {reference} was not delayed")
        return await self._change(payment, height=self.height(self._networks[payment.network]) + 1)

    def _unconfirmed(self, reference: int) -> Payment:
        payment = self.sent(reference)
        network = self._networks.get(payment.network) if payment is not None else None
        if payment is None or network is None or payment.state is not PaymentState.SENT:
            raise ChainRefused(f"no payment {reference} is on its way")
        if self.confirmations(payment) >= network.confirmations:
            raise ChainRefused(f"payment {reference} is confirmed")
        return payment

    # ── what is kept ──

    async def _pay(self, network: Network, asset: int, amount: int, to: Destination, reference: int) -> Payment:
        if not self.accepts(network, to):
            raise ChainRefused(f"{to.address[: addresses.ADDRESS_CHARS_MAX]!r} is no address on {network.name}")
        count = len(self._payments) + 1
        label = f"{network.name} {count} {reference}".encode()
        payment = Payment(
            id=hashlib.blake2b(label, key=self._seed[:64], digest_size=32).hexdigest(), network=network.name, asset=asset,
            amount=amount, to=to, height=self.height(network) + 1, created_ns=self._clock.now_ns(), reference=reference,
        )  # fmt: skip
        self._remember(payment)  # at once: who asks again while it is being written must not pay twice
        await self._keep(payment)
        return payment

    async def _change(self, payment: Payment, **changes: Any) -> Payment:
        changed = msgspec.structs.replace(payment, **changes)
        self._remember(changed)
        await self._keep(changed)
        return changed

    def _remember(self, payment: Payment) -> None:
        self._payments[payment.id] = payment
        if payment.reference:
            self._by_reference[payment.reference] = payment.id

    async def _keep(self, payment: Payment) -> None:
        text = msgspec.json.encode(payment).decode()
        await self._write(lambda: self._store.save_record(RECORDS, payment.id, text))
