"""A venue that money reaches by bank, which crashes and comes back: the same store, a new process."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from bedesten.clock import ManualClock
from bedesten.domain.commands import ListAsset
from bedesten.domain.fiat import Bank, Bounds, Branch, FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.money import Amount
from bedesten.services.accounts.accounts import Account
from bedesten.services.chain_watch import beat
from bedesten.services.fiat.bank_accounts import BankAccount
from bedesten.services.fiat.deposits import BankTransfer, DepositRefusal, FiatDeposit
from bedesten.services.instruments import Catalogue
from bedesten.services.operator.operations import Operations
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

SECOND: Final = 1_000_000_000
DAY: Final = 86_400 * SECOND
START: Final = 1_700_000_000 * SECOND  # 2023-11-14, 22:13 in Greenwich and the next morning in Taipei
TWD: Final = Asset(id=1, code="TWD", name="New Taiwan Dollar", scale=4, is_fiat=True)
FEE: Final = 15_0000
TERMS: Final = FiatTerms(
    banks=(Bank(code="004", name="First", branches=(Branch(code="0037", name="Head"),)), Bank(code="812", name="Ours")),
    currencies=(
        FiatCurrency(
            asset=1, bank="004", branch="0037", holder="Venue", account_prefix="99781", fee=Amount(FEE),
            deposit=Bounds(least=Amount(1_0000), most=Amount(5000_0000), day=Amount(6000_0000), month=Amount(9000_0000)),
            withdraw=Bounds(least=Amount(100_0000), most=Amount(2000_0000), day=Amount(3000_0000), month=Amount(5000_0000)),
        ),
    ),
    utc_offset_s=8 * 3600,
)  # fmt: skip
CATALOGUE: Final = Catalogue([TWD], [])


@dataclass
class Branchwork:
    """The venue, its clock, its store and one customer, alice."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    store: SqliteStore = field(default_factory=open_memory)
    venue: Venue = None  # type: ignore[assignment]
    alice: Account = None  # type: ignore[assignment]
    bank_account: BankAccount = None  # type: ignore[assignment]

    async def begin(self) -> None:
        """Open the venue for the first time."""
        await self.open()
        await self.venue.sequencer.submit(ListAsset(asset=TWD.id))
        self.alice = await self.venue.accounts.open("alice")
        await self.venue.customers.introduce(self.alice.id, "alice@example.com", "", level=3)
        self.bank_account = await self.venue.fiat.bank_accounts.add(
            self.alice.id, TWD.id, bank="004", branch="0037", number="12345678901", holder="Alice", is_verified=True
        )

    async def open(self) -> None:
        """Start over what the store holds, as a process that begins."""
        self.venue = open_venue(self.store, self.clock, CATALOGUE, fiat=TERMS)

    async def crash(self) -> None:
        """Lose the process: nothing but the store is left."""
        await self.venue.sequencer.stop()
        await self.open()

    async def arrives(self, amount: int, reference: str, account: int | None = None) -> FiatDeposit | DepositRefusal:
        """Let the operator see a payment for alice."""
        owner = account or self.alice.id
        told = BankTransfer(account=owner, asset=TWD.id, amount=amount, reference=reference)
        is_known = self.venue.accounts.by_id(owner) is not None
        return await self.venue.fiat.deposits.credit(
            TWD, told, may=lambda: not is_known or self.venue.customers.allowed(owner).fiat_deposit
        )

    async def asks(self, amount: int) -> int:
        """Let alice ask for a withdrawal; return its number."""
        made = await self.venue.fiat.withdrawals.request(TWD, self.bank_account, amount, must_confirm=True)
        assert not hasattr(made, "value"), made
        return made.id  # type: ignore[union-attr]

    def mailed(self) -> list[str]:
        """Return the e-mails that were sent, oldest first."""
        return [message.body for message in self.venue.customers.outbox.messages(1_000)][::-1]

    def code(self) -> str:
        """Return the code of the last e-mail."""
        found = re.search(r"\d{6}", self.mailed()[-1])
        assert found is not None
        return found.group()

    async def operator(self, operation: str, **arguments: object) -> list[dict[str, object]]:
        """Do what the operator asks."""
        return await Operations(self.venue).call(operation, arguments)

    async def beat(self) -> None:
        """Let the venue look around once."""
        await beat(self.venue)

    async def has(self) -> tuple[int, int]:
        """Return what alice has in all, and what of it is held."""
        balance = await self.venue.accounts.balance(self.alice.id, TWD)
        return balance.total, balance.held

    async def end(self) -> None:
        """Check what every scenario ends with, and stop: the ledger sums to zero, and a replay gets to the same state."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        digest = machine.digest()
        await self.crash()
        assert self.venue.sequencer.state.machine.digest() == digest
        await self.venue.sequencer.stop()
        self.store.close()
