"""A simulated chain: blocks on the venue's clock, payments that enter a block, gain confirmations, or are taken back.

Owns the rules of its payments, which stand in the venue's log: a payment is told of only once it is committed. A block's number
follows from the clock and the blocks mined by hand, so a restart finds the chain as far on as it would have been. Never touches
the ledger.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from bedesten.chain import addresses
from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.networks import Network
from bedesten.domain.notes import BlocksMined, PaymentChanged, PaymentMade
from bedesten.services.ports import ChainRefused, Destination, Payment, PaymentSeen, PaymentState
from bedesten.services.sequencing.ahead import whole
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.fold_payments import PaymentsFold

NEVER: Final = 1 << 60  # a block that never comes
T = TypeVar("T")


class SimulatedChain:
    """services.ports.Chain and SimulatedNetworks for every network of the venue."""

    def __init__(self, sequencer: Sequencer, clock: Clock, networks: Sequence[Network], seed: bytes) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._networks: dict[str, Network] = {}
        self.connect(networks)
        self._seed = seed
        self._fold = sequencer.state.folds.of(PaymentsFold)
        self._changing = asyncio.Lock()  # one change at a time, so that each finds the one before

    def connect(self, networks: Sequence[Network]) -> None:
        """Be these networks from now on."""
        self._networks = {network.name: network for network in networks}

    # ── services.ports.Chain ──

    async def derive(self, network: Network, index: int) -> Destination:
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

    async def height(self, network: Network) -> int:
        """Return the number of the newest block."""
        return await self._told(lambda: self._height(network))

    async def payments(self, after: int = 0) -> Sequence[Payment]:
        """Return every payment, oldest first, but for the first *after* ones."""

        def look() -> list[Payment]:
            count = len(self._fold.by_id) - after
            newest_first = itertools.islice(reversed(self._fold.by_id.values()), max(0, count))
            return list(newest_first)[::-1]

        return await self._told(look)

    async def look_up(self, payment_ids: Sequence[str]) -> Sequence[PaymentSeen]:
        """Return these payments as they stand now."""
        known = self._fold.by_id
        return await self._told(lambda: [self._seen(known[each]) for each in payment_ids if each in known])

    async def send(self, reference: int, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay out once, however often it is asked for by the same *reference*.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        return await whole(self._pay(network, asset, amount, to, reference))

    async def sent(self, reference: int) -> PaymentSeen | None:
        """Return the payment of that reference, if it was sent."""

        def look() -> PaymentSeen | None:
            found = self._sent(reference)
            return None if found is None else self._seen(found)

        return await self._told(look)

    # ── services.ports.SimulatedNetworks ──

    async def fund(self, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay from nowhere: the faucet.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        return await whole(self._pay(network, asset, amount, to, reference=0))

    async def reorganize(self, network: Network, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks, and return the payments that were in them.

        The payer of one to the venue has taken it back; one that the venue sent is in the next block.
        """

        def changed() -> list[Payment]:
            tip = self._height(network)
            return [
                _changed(payment, height=tip + 1)
                if payment.reference
                else _changed(payment, state=PaymentState.REVERTED)
                for payment in self._fold.by_id.values()
                if payment.network == network.name and payment.state is PaymentState.SENT
                if tip - depth < payment.height <= (tip if payment.reference else tip + 1)
            ]

        return await whole(self._change(changed))

    async def mine(self, network: Network, count: int) -> int:
        """Add blocks at once, and return the number of the newest."""
        await whole(self._mine(network, count))
        return await self.height(network)

    async def fail(self, reference: int) -> Payment:
        """Let a payment out of the venue fail that is not confirmed yet: no block ever holds it."""
        return await self._change_one(reference, lambda payment: _changed(payment, state=PaymentState.FAILED))

    async def delay(self, reference: int) -> Payment:
        """Let no block take a payment out of the venue until it is included."""
        return await self._change_one(reference, lambda payment: _changed(payment, height=NEVER))

    async def include(self, reference: int) -> Payment:
        """Let the next block take a payment that was delayed."""

        def included(payment: Payment) -> Payment:
            if payment.height != NEVER:
                raise ChainRefused(f"payment {reference} was not delayed")
            return _changed(payment, height=self._height(self._networks[payment.network]) + 1)

        return await self._change_one(reference, included)

    # ── looking ──

    async def _told(self, look: Callable[[], T]) -> T:
        return await self._sequencer.read(lambda machine: look())

    def _height(self, network: Network) -> int:
        return self._clock.now_ns() // network.block_ns + self._fold.mined.get(network.name, 0)

    def _seen(self, payment: Payment) -> PaymentSeen:
        network = self._networks.get(payment.network)
        if network is None or payment.state is not PaymentState.SENT:
            return PaymentSeen(payment, 0)
        return PaymentSeen(payment, max(0, self._height(network) - payment.height + 1))

    def _sent(self, reference: int) -> Payment | None:
        found = self._fold.by_reference.get(reference)
        return None if found is None else self._fold.by_id[found]

    def _unconfirmed(self, reference: int) -> Payment:
        payment = self._sent(reference)
        network = self._networks.get(payment.network) if payment is not None else None
        if payment is None or network is None or payment.state is not PaymentState.SENT:
            raise ChainRefused(f"no payment {reference} is on its way")
        if self._seen(payment).confirmations >= network.confirmations:
            raise ChainRefused(f"payment {reference} is confirmed")
        return payment

    # ── changing ──

    async def _pay(self, network: Network, asset: int, amount: int, to: Destination, reference: int) -> Payment:
        async with self._changing:
            known = self._sent(reference)
            if known is not None:
                return known
            if not self.accepts(network, to):
                raise ChainRefused(f"{to.address[: addresses.ADDRESS_CHARS_MAX]!r} is no address on {network.name}")
            label = f"{network.name} {len(self._fold.by_id) + 1} {reference}".encode()
            name = hashlib.blake2b(label, key=self._seed[:64], digest_size=32).hexdigest()
            made = PaymentMade(
                name, network.name, asset, amount, to.address, to.tag, self._height(network) + 1, self._clock.now_ns(),
                reference,
            )  # fmt: skip
            await self._sequencer.submit(RecordNote(), notes=(made,))
            return self._fold.by_id[name]

    async def _change(self, decide: Callable[[], list[Payment]]) -> list[Payment]:
        async with self._changing:
            changed = decide()
            notes = [PaymentChanged(payment.id, payment.height, payment.state.value) for payment in changed]
            if notes:
                await self._sequencer.submit(RecordNote(), notes=notes)
            return changed

    async def _change_one(self, reference: int, change: Callable[[Payment], Payment]) -> Payment:
        (changed,) = await whole(self._change(lambda: [change(self._unconfirmed(reference))]))
        return changed

    async def _mine(self, network: Network, count: int) -> None:
        async with self._changing:
            await self._sequencer.submit(RecordNote(), notes=(BlocksMined(network.name, count),))


def _changed(payment: Payment, **changes: Any) -> Payment:
    return msgspec.structs.replace(payment, **changes)
