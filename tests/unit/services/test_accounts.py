"""Accounts and their money."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.services.market import BTC, PURSE, USD, Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.enums import RejectReason
from bedesten.services.accounts.accounts import FEES, FIRST_CUSTOMER, OUTSIDE
from bedesten.services.errors import NameTaken


async def test_customers_are_numbered_from_sixteen(market: Market) -> None:
    """The numbers below are the venue's own."""
    carol = await market.venue.accounts.open("carol")

    assert (market.alice.id, market.bob.id, carol.id) == (FIRST_CUSTOMER, FIRST_CUSTOMER + 1, FIRST_CUSTOMER + 2)
    assert market.venue.accounts.by_name("carol") == market.venue.accounts.by_id(carol.id) == carol
    assert [account.name for account in market.venue.accounts.all()] == [
        "outside",
        "fees",
        "tax",
        "desk",
        "alice",
        "bob",
        "carol",
    ]


async def test_a_name_is_given_once(market: Market) -> None:
    """Not even when two ask at the same time; nor is an empty one."""
    results = await asyncio.gather(*[market.venue.accounts.open("carol") for _ in range(2)], return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Account", "NameTaken"]
    for name in ("alice", "outside", ""):
        with pytest.raises(NameTaken):
            await market.venue.accounts.open(name)


async def test_accounts_are_there_after_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """With their names, numbers and balances; the next one gets the next number."""
    before = await market.venue.accounts.balances(market.alice.id)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)

    assert again.alice == market.alice
    assert await again.venue.accounts.balances(market.alice.id) == before
    assert (await again.venue.accounts.open("carol")).id == market.bob.id + 1
    await again.venue.sequencer.stop()


async def test_balances_name_every_asset(market: Market) -> None:
    """Those never touched are zero; what an order holds is not available."""
    carol = await market.venue.accounts.open("carol")
    await market.venue.accounts.deposit(carol.id, "USD", 1_000)
    await market.buy(carol, 3, 100)

    balances = await market.venue.accounts.balances(carol.id)

    assert [(balance.asset.code, balance.total, balance.held, balance.available) for balance in balances] == [
        ("BTC", 0, 0, 0), ("USD", 1_000, 300, 700), ("ETH", 0, 0, 0),
    ]  # fmt: skip
    assert (await market.venue.accounts.balance(carol.id, USD)).available == 700


async def test_a_deposit_comes_from_outside(market: Market) -> None:
    """What the customers have, the world owes."""
    deposited = await market.venue.accounts.deposit(market.alice.id, "BTC", 5)

    outside = await market.venue.accounts.balance(OUTSIDE, BTC)
    assert deposited.reject is None and deposited.seq > 0
    assert outside.total == -(2 * PURSE + 5)


async def test_a_transfer_needs_the_money_and_the_asset(market: Market) -> None:
    """Refusals are values."""
    accounts = market.venue.accounts
    alice, bob = market.alice.id, market.bob.id

    assert (await accounts.transfer(alice, bob, "USD", 10)).reject is None
    assert (await accounts.transfer(alice, bob, "USD", 2 * PURSE)).reject is RejectReason.INSUFFICIENT_AVAILABLE
    assert (await accounts.transfer(alice, bob, "XYZ", 1)).reject is RejectReason.UNKNOWN_ASSET
    assert (await accounts.transfer(alice, bob, "USD", 1 << 80)).reject is RejectReason.AMOUNT_OUT_OF_RANGE
    assert (await accounts.transfer(alice, 99, "USD", 1)).reject is RejectReason.UNKNOWN_ACCOUNT
    assert (await accounts.balance(bob, USD)).total == PURSE + 10


async def test_fees_go_to_the_venue(market: Market) -> None:
    """Nothing is created and nothing is lost."""
    await market.trade(1_000, 100)

    fees = {balance.asset.code: balance.total for balance in await market.venue.accounts.balances(FEES)}
    assert fees == {"BTC": 10, "USD": 500, "ETH": 0}
    market.venue.sequencer.state.machine.audit()
