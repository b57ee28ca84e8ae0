"""A whole venue in memory whose process may die at any write: book, desk, conversions, wallets over a simulated chain.

Owns the store's fuse and the restart, and knows what the money must come to, from the chain's side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.domain.commands import SetIndex
from bedesten.domain.enums import TransferReason
from bedesten.domain.notes import QuoteSettled
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.chain_watch import beat
from bedesten.services.errors import OutcomeUnknown, Stopped, StoreFailure
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.ports import Batch, Destination, PaymentState
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.venue import Venue, open_venue
from bedesten.services.wallets.network_deposits import DepositState
from bedesten.services.wallets.withdrawals import WithdrawalState
from bedesten.storage.memory import open_memory

DEPTH: Final = 3
FEE: Final = 500
OPERATORS: Final = 1_000_000  # what the operator brings in of each asset, for each account and the desk
PRICE: Final = 100  # dollars, around which everything moves
NAMES: Final = ("alice", "bob")
FILE: Final = parse_venue_file(
    f"""
assets = [{{ code = "USD", name = "US Dollar", scale = 4 }}, {{ code = "BTC", name = "Bitcoin", scale = 4 }}]
instruments = [{{ base = "BTC", quote = "USD", group = "main", tick_size = 1, lot_size = 0.01 }}]
[venue]
name = "all money"
[groups.main]
fees = [{{ maker = 0.001, taker = 0.002 }}]
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = {DEPTH}
assets.BTC = {{ deposit_min = 0.01, withdraw_min = 0.01, withdraw_fee = {FEE / 10**4}, approve_above = 5, day_max = 90 }}
[otc]
tolerance = 0.02
valid_ms = 120000
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.01
spreads = [{{ quantity = 20, spread = 0.01 }}]
[convert]
spread = 0.01
""",
    source="tests",
)
USD, BTC = FILE.assets
BITCOIN = FILE.networks[0]


class Fused:
    """A store that lets so many writes through, and then the process is dead."""

    def __init__(self) -> None:
        self.inner = open_memory()
        self.left: int | None = None  # writes until the end; None: no end
        self.is_behind = False  # whether the last write is on the disk
        self.is_out = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def log(self) -> Any:
        """This: its commits are what goes wrong."""
        return self

    @property
    def rows(self) -> Any:
        """This, too."""
        return self

    def commit(self, batch: Batch) -> None:
        self._burn(lambda: self.inner.commit(batch))

    def _burn(self, write: Callable[[], None]) -> None:
        if self.is_out:
            raise StoreFailure("the process is dead")
        if self.left == 0:
            self.is_out = True
            if self.is_behind:
                write()
            raise StoreFailure("the process ends here")
        self.left = None if self.left is None else self.left - 1
        write()


class MoneyVenue:
    """The venue, its clock, its chain, and an event loop to run them on."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock(1_700_000_000_000_000_000)
        self.store = Fused()
        self.crashes = 0
        self.venue: Venue = None  # type: ignore[assignment]
        self.chain: SimulatedChain = None  # type: ignore[assignment]
        self.addresses: dict[int, Destination] = {}
        self.run(self._begin())

    async def _begin(self) -> None:
        await self._open()
        for command in setup_commands(FILE):
            await self.venue.sequencer.submit(command)
        for name in NAMES:
            account = await self.venue.accounts.open(name)
            address, _ = await self.venue.network_deposits.create_address(account.id, BTC, BITCOIN)
            self.addresses[account.id] = address.to
        for owner in (DESK, *self.addresses):
            for asset in FILE.assets:
                await self.venue.accounts.deposit(owner, asset.code, OPERATORS)
        await self.venue.sequencer.submit(SetIndex(instrument=1, price=PRICE))

    async def _open(self) -> None:
        def chain(sequencer: Sequencer) -> SimulatedChain:
            self.chain = SimulatedChain(sequencer, self.clock, FILE.networks, b"a seed")  # type: ignore[arg-type]
            return self.chain

        catalogue = Catalogue(FILE.assets, FILE.instruments, networks=FILE.networks)
        self.venue = open_venue(
            self.store, self.clock, catalogue, chain=chain, otc=FILE.otc, convert=FILE.convert  # type: ignore[arg-type]
        )  # fmt: skip

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let something happen, and come back after a crash if it was the last that happened."""
        outcome: Any = None
        try:
            outcome = self.loop.run_until_complete(work)
        except (OutcomeUnknown, Stopped, StoreFailure):
            assert self.store.is_out, "it died of something else"
        if self.store.is_out:
            self.restart()
        return outcome

    def restart(self) -> None:
        """Abandon the process and begin again from what the store holds."""
        self.loop.run_until_complete(self.venue.sequencer.stop())
        self.store.is_out, self.store.left = False, None
        self.crashes += 1
        self.loop.run_until_complete(self._open())

    async def blocks(self, count: int) -> None:
        """Let blocks pass, the venue looking at each."""
        for _ in range(count):
            self.clock.advance(BITCOIN.block_ns)
            await beat(self.venue)

    def check(self) -> None:
        """Every asset sums to zero, every hold has its owner, and what customers and venue have came in by operator or chain."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        began = OPERATORS * (1 + len(self.addresses))
        assert -machine.balance(OUTSIDE, USD.id)[0] == began
        credited = sum(
            deposit.payment.amount
            for owner in self.addresses
            for deposit in self.deposits(owner)
            if deposit.state is DepositState.CREDITED
        )
        left = sum(row.amount for row in self.withdrawals() if row.state is WithdrawalState.SENT)
        assert -machine.balance(OUTSIDE, BTC.id)[0] == began + credited - left

    def deposits(self, owner: int) -> list[Any]:
        """Return every payment to an account."""
        return self.loop.run_until_complete(self.venue.network_deposits.deposits(owner))

    def withdrawals(self) -> list[Any]:
        """Return every withdrawal of everybody."""
        return [
            row for owner in self.addresses for row in self.loop.run_until_complete(self.venue.withdrawals.list(owner))
        ]

    async def settle(self) -> None:
        """Let everything that is under way come to its end."""
        for each in self.venue.network_withdrawals.open():
            seen = await self.chain.sent(each.id)
            if seen is not None and seen.payment.height > await self.chain.height(BITCOIN) + 1:
                await self.venue.chain_faults.include(each.id)
            await self.venue.network_withdrawals.approve(each.id)
        await self.blocks(DEPTH + 3)

    def end(self) -> None:
        """Settle everything; look once more, with what the chain says of each payment, and replay."""
        self.run(self.settle())
        self.check()
        assert self.venue.network_withdrawals.open() == []
        mine = set(self.addresses.values())
        for payment in self.loop.run_until_complete(self.chain.payments()):
            deposit = self.deposit_of(payment.id)
            if payment.to in mine and payment.state is PaymentState.SENT and payment.amount >= 100:
                assert deposit is DepositState.CREDITED, payment
        for row in self.withdrawals():
            seen = self.loop.run_until_complete(self.chain.sent(row.id))
            sent = None if seen is None else seen.payment
            is_paid = sent is not None and sent.state is PaymentState.SENT
            assert is_paid == (row.state is WithdrawalState.SENT), (row, sent)
            assert sent is None or sent.amount == row.amount - row.fee
        self.no_quote_settled_twice()
        digest = self.venue.sequencer.state.machine.digest()
        assert recover(self.store).machine.digest() == digest  # type: ignore[arg-type]
        self.loop.run_until_complete(self.venue.sequencer.stop())
        self.store.inner.close()
        self.loop.close()

    def deposit_of(self, payment: str) -> DepositState | None:
        """Return where a deposit stands."""
        found = [each for owner in self.addresses for each in self.deposits(owner)]
        return next((each.state for each in found if each.payment.id == payment), None)

    def no_quote_settled_twice(self) -> None:
        """Each settlement's note names another quote."""
        rows = self.store.transfers(DESK, reasons=[int(TransferReason.EXCHANGE)], limit=10_000)
        beside = self.store.notes_beside(list({row.seq for row in rows}))
        quotes = [note.quote for notes in beside.values() for note in notes if isinstance(note, QuoteSettled)]
        assert len(quotes) == len(set(quotes))
