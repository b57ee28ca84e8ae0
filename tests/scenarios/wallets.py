"""A venue with wallets that crashes and comes back: the same store, a new process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.domain.commands import ListAsset
from bedesten.domain.instruments import Asset
from bedesten.domain.networks import AddressFormat, Network, NetworkAsset, WithdrawalTerms
from bedesten.services.accounts.accounts import Account
from bedesten.services.chain_watch import beat
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Payment
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

SECOND: Final = 1_000_000_000
BLOCK: Final = 10 * SECOND
DEPTH: Final = 3
BTC: Final = Asset(id=1, code="BTC", name="Bitcoin")
XRP: Final = Asset(id=2, code="XRP", name="XRP", scale=6)
BITCOIN: Final = Network(
    name="Bitcoin", format=AddressFormat.BITCOIN, block_ns=BLOCK, confirmations=DEPTH,
    assets=(
        NetworkAsset(
            asset=1, deposit_min=100, withdraw_min=1_000, withdraw_fee=500, approve_above=1_000_000, day_max=5_000_000
        ),
    ),
)  # fmt: skip
RIPPLE: Final = Network(
    name="Ripple", format=AddressFormat.XRP, block_ns=BLOCK, confirmations=1, assets=(NetworkAsset(asset=2),)
)
LIMITS: Final = WithdrawalTerms(day_max={1: (0, 200_000, 4_000_000)})  # for customers of level 0, 1, 2 and above
CATALOGUE: Final = Catalogue([BTC, XRP], [], networks=[BITCOIN, RIPPLE])


@dataclass
class Stage:
    """The venue, its clock and its chain."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(1_700_000_000 * SECOND))
    store: SqliteStore = field(default_factory=open_memory)
    venue: Venue = None  # type: ignore[assignment]
    chain: SimulatedChain = None  # type: ignore[assignment]

    async def open(self) -> None:
        """Start over what the store holds, as a process that begins."""

        def chain(sequencer: Sequencer) -> SimulatedChain:
            self.chain = SimulatedChain(sequencer, self.clock, CATALOGUE.networks, b"a seed")
            return self.chain

        self.venue = open_venue(self.store, self.clock, CATALOGUE, chain=chain, limits=LIMITS)

    async def crash(self) -> None:
        """Lose the process: nothing but the store is left."""
        await self.venue.sequencer.stop()
        await self.open()

    async def begin(self) -> Account:
        """Open the venue for the first time, with one customer."""
        await self.open()
        for asset in CATALOGUE.assets:
            await self.venue.sequencer.submit(ListAsset(asset=asset.id))
        return await self.venue.accounts.open("alice")

    async def paid(self, account: Account, amount: int = 10_000) -> Payment:
        """Let the faucet pay the account's address."""
        address, _ = await self.venue.network_deposits.create_address(account.id, BTC, BITCOIN)
        return await self.venue.network_deposits.fund(BITCOIN, BTC, amount, address.to)

    async def blocks(self, count: int) -> None:
        """Let blocks pass, the venue looking at each."""
        for _ in range(count):
            self.clock.advance(BLOCK)
            await beat(self.venue)

    async def has(self, account: Account, asset: Asset = BTC) -> int:
        """Return what the account has."""
        return (await self.venue.accounts.balance(account.id, asset)).total

    async def end(self) -> None:
        """Check what every scenario ends with, and stop: the ledger sums to zero, and a replay gets to the same state."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        digest = machine.digest()
        await self.crash()
        assert self.venue.sequencer.state.machine.digest() == digest
        await self.venue.sequencer.stop()
        self.store.close()
