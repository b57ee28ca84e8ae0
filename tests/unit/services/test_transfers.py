"""Transfers to another customer: by a name and an address that must both fit, once under an id, never from who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from tests.unit.services.market import BTC, PURSE, USD, Market, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import SetAccount
from bedesten.domain.enums import AccountParameter
from bedesten.domain.instruments import Asset
from bedesten.services.money.transfers import Sent, TransferRefusal, Transfers
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

R = TransferRefusal


@dataclass(frozen=True)
class Person:
    account: int
    email: str


@dataclass(frozen=True)
class Standing:
    crypto_deposit: bool = True
    fiat_deposit: bool = True
    transfer: bool = True


@dataclass
class Directory:
    """Whoever is entered may do everything, unless told."""

    people: dict[str, Person] = field(default_factory=dict)
    standings: dict[int, Standing] = field(default_factory=dict)

    def by_username(self, text: str) -> Person | None:
        return self.people.get(text.lower())

    def allowed(self, account: int) -> Standing:
        return self.standings.get(account, Standing())


@dataclass
class Bank:
    """A market whose alice and bob are customers."""

    store: SqliteStore
    market: Market
    directory: Directory
    transfers: Transfers

    async def send(
        self, amount: int = 10, to: str = "bob", email: str = "bob@example.com", asset: Asset = BTC, id: str = ""
    ) -> Sent | TransferRefusal:
        return await self.transfers.send(self.market.alice.id, to, email, asset, amount, client_id=id)

    async def has(self, asset: Asset = BTC) -> tuple[int, int]:
        """Return what alice and bob have."""
        accounts = self.market.venue.accounts
        return tuple([(await accounts.balance(who.id, asset)).total for who in (self.market.alice, self.market.bob)])  # type: ignore[return-value]


@pytest.fixture
async def bank() -> AsyncIterator[Bank]:
    """A market in memory and its directory."""
    store = open_memory()
    market = await open_market(store, ManualClock())
    people = {
        name: Person(who.id, f"{name}@example.com") for name, who in (("alice", market.alice), ("bob", market.bob))
    }
    directory = Directory(people)
    bank = Bank(store, market, directory, Transfers(market.venue.sequencer, directory))
    yield bank
    bank.market.venue.sequencer.state.machine.audit()
    await bank.market.venue.sequencer.stop()


@pytest.mark.parametrize(("name", "email"), [("bob", "bob@example.com"), ("Bob", " BOB@Example.com ")])
async def test_money_goes_to_whom_both_name_and_address_belong(bank: Bank, name: str, email: str) -> None:
    """In whatever case they are written."""
    done = await bank.send(10, name, email)

    assert isinstance(done, Sent)
    assert (done.to_account, done.asset, done.amount) == (bank.market.bob.id, BTC.id, 10)
    assert await bank.has() == (PURSE - 10, PURSE + 10)


@pytest.mark.parametrize(
    ("name", "email"),
    [("bob", "alice@example.com"), ("bob", ""), ("carol", "bob@example.com"), ("", ""), ("carol", "carol@example.com")],
)
async def test_what_did_not_fit_is_not_told(bank: Bank, name: str, email: str) -> None:
    """A wrong name, a wrong address, nobody at all: one answer."""
    assert await bank.send(10, name, email) is R.UNKNOWN_RECEIVER
    assert await bank.has() == (PURSE, PURSE)


async def test_each_other_refusal_has_its_name(bank: Bank) -> None:
    """Nothing moves."""
    assert await bank.send(10, "alice", "alice@example.com") is R.TO_ONESELF
    assert await bank.send(PURSE + 1) is R.INSUFFICIENT_AVAILABLE
    assert await bank.send(0) is R.OUT_OF_RANGE
    assert await bank.send(1 << 70) is R.OUT_OF_RANGE
    assert await bank.has() == (PURSE, PURSE)


async def test_a_receiver_must_be_allowed_to_be_paid_in_the_asset(bank: Bank) -> None:
    """A customer of a low level may have crypto and no state's money yet."""
    bank.directory.standings[bank.market.bob.id] = Standing(fiat_deposit=False)
    assert await bank.send(10, asset=USD) is R.CANNOT_RECEIVE
    assert isinstance(await bank.send(10), Sent)
    bank.directory.standings[bank.market.bob.id] = Standing(crypto_deposit=False)

    assert await bank.send(10) is R.CANNOT_RECEIVE
    assert isinstance(await bank.send(10, asset=USD), Sent)


async def test_who_may_not_transfer_sends_nothing(bank: Bank) -> None:
    """By the customer's standing, or by the ledger's own word."""
    alice = bank.market.alice.id
    suspend = SetAccount(account=alice, parameter=AccountParameter.SUSPENDED, value=1)
    await bank.market.venue.sequencer.submit(suspend)
    assert await bank.send() is R.NOT_ALLOWED
    await bank.market.venue.sequencer.submit(SetAccount(account=alice, parameter=suspend.parameter, value=0))
    bank.directory.standings[alice] = Standing(transfer=False)

    assert await bank.send() is R.NOT_ALLOWED
    assert await bank.has() == (PURSE, PURSE)


async def test_an_id_sends_once_even_after_a_restart(bank: Bank) -> None:
    """The same answer; another transfer under the id is refused; a refused one may be tried again."""
    assert await bank.send(PURSE + 1, id="mine") is R.INSUFFICIENT_AVAILABLE
    first = await bank.send(id="mine")
    second = await bank.send(id="mine")
    await bank.market.venue.sequencer.stop()
    bank.market = await open_market(bank.store, ManualClock())
    bank.transfers = Transfers(bank.market.venue.sequencer, bank.directory)
    third = await bank.send(id="mine")

    assert isinstance(first, Sent)
    assert first == second == third
    assert await bank.send(11, id="mine") is R.ID_USED
    assert await bank.send(to="carol", id="mine") is R.ID_USED
    assert await bank.has() == (PURSE - 10, PURSE + 10)
