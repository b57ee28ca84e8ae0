"""A life of money, from the chain and back: paid in, converted, sent, moved within a family, withdrawn, with a crash between any
two steps; and the history that tells it the same before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import VenueFile, parse_venue_file, setup_commands
from bedesten.domain.commands import SetIndex
from bedesten.domain.instruments import Asset
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import FIRST_CUSTOMER
from bedesten.services.chain_watch import beat
from bedesten.services.instruments import Catalogue
from bedesten.services.money.conversions import Conversion
from bedesten.services.money.subaccounts import Portion
from bedesten.services.money.transfers import Sent
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Destination
from bedesten.services.venue import Venue, open_venue
from bedesten.services.wallet_history import Move, MoveKind, MoveState
from bedesten.services.wallets.network_deposits import Address
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore
from tests.scenarios.banks import FEE, TWD, Branchwork

SECOND: Final = 1_000_000_000
UNIT: Final = 10**8
AWAY: Final = Destination("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
FILE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true, scale = 2 }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "test"
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = 2
assets.BTC = { withdraw_min = 0.001, withdraw_fee = 0.0005 }
[groups.main]
min_notional = 1
fees = [{ maker = 0.0005, taker = 0.0006 }]
[convert]
spread = 0.001
"""


@dataclass
class Life:
    """A venue over a store that outlives it, alice with a sub-account, and bob."""

    file: VenueFile = field(default_factory=lambda: parse_venue_file(FILE, source="tests"))
    clock: ManualClock = field(default_factory=lambda: ManualClock(1_700_000_000 * SECOND))
    store: SqliteStore = field(default_factory=open_memory)
    venue: Venue = None  # type: ignore[assignment]
    alice: int = FIRST_CUSTOMER
    bob: int = FIRST_CUSTOMER + 1
    bots: int = FIRST_CUSTOMER + 2

    async def begin(self) -> None:
        """Open the venue for the first time."""
        await self.open()
        for command in setup_commands(self.file):
            await self.venue.sequencer.submit(command)
        for name in ("alice", "bob"):
            account = await self.venue.accounts.open(name)
            await self.venue.customers.introduce(account.id, f"{name}@example.com", "", level=3)
        main = self.venue.accounts.by_id(self.alice)
        assert main is not None
        await self.venue.subaccounts.open("bots", main)
        await self.venue.accounts.deposit(DESK, "USD", 10**9)
        await self.venue.sequencer.submit(SetIndex(instrument=1, price=40_000))

    async def open(self) -> None:
        """Start over what the store holds, as a process that begins."""

        def chain(sequencer: Sequencer) -> SimulatedChain:
            return SimulatedChain(sequencer, self.clock, self.file.networks, b"a seed")

        catalogue = Catalogue(self.file.assets, self.file.instruments, networks=self.file.networks)
        self.venue = open_venue(self.store, self.clock, catalogue, chain=chain, convert=self.file.convert)

    async def crash(self) -> None:
        """Lose the process: nothing but the store is left; the replay must lead to the same state."""
        digest = self.venue.sequencer.state.machine.digest()
        await self.venue.sequencer.stop()
        await self.open()
        assert self.venue.sequencer.state.machine.digest() == digest

    @property
    def btc(self) -> Asset:
        return self.file.assets[1]

    @property
    def usd(self) -> Asset:
        return self.file.assets[0]

    async def blocks(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(10 * SECOND)
            await beat(self.venue)

    # ── the steps; each may be asked for again ──

    async def paid(self) -> None:
        """Alice is paid two BTC."""
        network = self.file.networks[0]
        address: Address
        address, is_new = await self.venue.network_deposits.create_address(self.alice, self.btc, network)
        if is_new and not await self.venue.network_deposits.deposits(self.alice):
            await self.venue.network_deposits.fund(network, self.btc, 2 * UNIT, address.to)
        await self.blocks(3)

    async def converted(self) -> None:
        """Alice converts one of them."""
        done = await self.venue.conversions.convert(self.alice, self.btc, self.usd, amount=UNIT, client_id="c")
        assert isinstance(done, Conversion)

    async def sent(self) -> None:
        """Alice sends bob a tenth."""
        done = await self.venue.transfers.send(
            self.alice, "bob", "bob@example.com", self.btc, UNIT // 10, client_id="t"
        )
        assert isinstance(done, Sent)

    async def moved(self) -> None:
        """Alice gives her bots half the dollars and a tenth."""
        portions = [Portion(self.btc, UNIT // 10), Portion(self.usd, 999_000)]
        assert await self.venue.subaccounts.transfer(self.alice, "alice", "bots", portions, client_id="f") is None

    async def withdrawn(self) -> None:
        """Alice withdraws a half."""
        outcome = await self.venue.network_withdrawals.request(
            self.alice, self.btc, self.file.networks[0], UNIT // 2, AWAY, fee_within=True, client_id="w"
        )
        assert outcome.reject is None and outcome.refusal is None
        await self.blocks(4)

    @property
    def steps(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        return (self.paid, self.converted, self.sent, self.moved, self.withdrawn)

    async def lines(self, account: int) -> list[Move]:
        return await self.venue.wallet_history.moves(account, limit=100)

    def totals(self) -> dict[str, tuple[int, int]]:
        """Return BTC and USD of everybody; the ledger must be whole."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        who = {"alice": self.alice, "bob": self.bob, "bots": self.bots, "desk": DESK}
        return {name: (machine.balance(of, 2)[0], machine.balance(of, 1)[0]) for name, of in who.items()}


@pytest.fixture
async def life() -> AsyncIterator[Life]:
    """The venue."""
    life = Life()
    await life.begin()
    yield life
    await life.crash()
    await life.venue.sequencer.stop()
    life.store.close()


@pytest.mark.parametrize("crashes", range(1 << 5))
async def test_money_lives_through_crashes_between_any_steps(life: Life, crashes: int) -> None:
    """After a crash the client asks for the step again; nothing is lost, nothing done twice, the history the same."""
    for at, step in enumerate(life.steps):
        life.clock.advance(SECOND)
        await step()
        if crashes >> at & 1:
            await life.crash()
            await step() if at else None

    assert life.totals() == {
        "alice": (UNIT * 3 // 10, 1_998_000 - 999_000), "bob": (UNIT // 10, 0), "bots": (UNIT // 10, 999_000),
        "desk": (UNIT, 10**9 - 1_998_000),
    }  # fmt: skip
    told = await life.lines(life.alice)
    assert [(row.kind, row.asset, row.amount, row.state) for row in told] == [
        (MoveKind.WITHDRAWAL, 2, UNIT // 2 - 50_000, MoveState.COMPLETED),
        (MoveKind.FAMILY_OUT, 1, 999_000, MoveState.COMPLETED), (MoveKind.FAMILY_OUT, 2, UNIT // 10, MoveState.COMPLETED),
        (MoveKind.TRANSFER_OUT, 2, UNIT // 10, MoveState.COMPLETED),
        (MoveKind.CONVERT_IN, 1, 1_998_000, MoveState.COMPLETED), (MoveKind.CONVERT_OUT, 2, UNIT, MoveState.COMPLETED),
        (MoveKind.DEPOSIT, 2, 2 * UNIT, MoveState.COMPLETED),
    ]  # fmt: skip
    assert {row.kind for row in await life.lines(life.bots)} == {MoveKind.FAMILY_IN}
    assert [row.kind for row in await life.lines(life.bob)] == [MoveKind.TRANSFER_IN]
    await life.crash()
    assert await life.lines(life.alice) == told


async def test_lines_are_chosen_by_kind_before_they_are_counted(life: Life) -> None:
    """A page of one kind is not filled with others."""
    for step in life.steps:
        await step()

    async def kinds(*wanted: MoveKind, limit: int) -> list[MoveKind]:
        return [row.kind for row in await life.venue.wallet_history.moves(life.alice, kinds=wanted, limit=limit)]

    assert await kinds(MoveKind.DEPOSIT, limit=1) == [MoveKind.DEPOSIT]
    assert await kinds(MoveKind.CONVERT_IN, MoveKind.TRANSFER_OUT, limit=5) == [
        MoveKind.TRANSFER_OUT,
        MoveKind.CONVERT_IN,
    ]
    assert await kinds(limit=5) == []


async def test_what_leaves_and_comes_by_bank_is_told_too() -> None:
    """A deposit, and a withdrawal from the request to the operator's word."""
    bank = Branchwork()
    await bank.begin()
    await bank.arrives(1_000_0000, "R1")
    bank.clock.advance(SECOND)
    number = await bank.asks(500_0000)

    async def told() -> list[tuple[MoveKind, int, int, MoveState]]:
        rows = await bank.venue.wallet_history.moves(bank.alice.id, asset=TWD.id, limit=10)
        return [(row.kind, row.amount, row.fee, row.state) for row in rows]

    came = (MoveKind.DEPOSIT, 1_000_0000, 0, MoveState.COMPLETED)
    gone = (MoveKind.WITHDRAWAL, 500_0000 - FEE, FEE)
    assert await told() == [(*gone, MoveState.PENDING), came]
    assert await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code()) is None
    assert await bank.venue.fiat.withdrawals.begin(number) is None
    assert await told() == [(*gone, MoveState.UNDER_WAY), came]
    assert await bank.venue.fiat.withdrawals.paid(number, "B1")
    assert await told() == [(*gone, MoveState.COMPLETED), came]
    await bank.end()
