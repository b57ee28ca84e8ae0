"""Withdrawals and statements: money on its way out, and money that moved."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.services.market import BTC, PURSE, USD, Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import CaptureFunds, HoldFunds
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.money import statement
from bedesten.services.wallets.withdrawals import Destination, WithdrawalState

HERE = Destination("an address", "a tag")
REASONS = (TransferReason.DEPOSIT, TransferReason.WITHDRAWAL)


async def test_a_request_holds_and_a_cancellation_gives_back(market: Market) -> None:
    """Its number is the hold's."""
    withdrawals = market.venue.withdrawals
    asked = await withdrawals.request(market.alice.id, BTC, 40, HERE)

    assert asked.reject is None
    assert await withdrawals.requested(market.alice.id) == {BTC.id: 40}
    assert (await market.venue.accounts.balance(market.alice.id, BTC)).held == 40
    assert (await withdrawals.cancel(market.bob.id, asked.id)).reject is RejectReason.UNKNOWN_HOLD
    assert (await withdrawals.cancel(market.alice.id, asked.id)).reject is None
    assert (await withdrawals.cancel(market.alice.id, asked.id)).reject is RejectReason.UNKNOWN_HOLD
    (row,) = await withdrawals.list(market.alice.id)
    assert (row.state, row.destination, row.amount) == (WithdrawalState.CANCELED, HERE, 40)


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (PURSE + 1, RejectReason.INSUFFICIENT_AVAILABLE), (0, RejectReason.AMOUNT_OUT_OF_RANGE),
        (1 << 70, RejectReason.AMOUNT_OUT_OF_RANGE),
    ],
)  # fmt: skip
async def test_a_request_that_cannot_be_met_is_refused(market: Market, amount: int, reason: RejectReason) -> None:
    """More than there is, nothing, or more than can be counted."""
    assert (await market.venue.withdrawals.request(market.alice.id, BTC, amount, HERE)).reject is reason


async def test_an_address_has_a_length(market: Market) -> None:
    """What is journaled beside a command stays small."""
    outcome = await market.venue.withdrawals.request(market.alice.id, BTC, 1, Destination("x" * 600))

    assert outcome.reject is RejectReason.MALFORMED


async def test_holds_for_other_reasons_are_not_withdrawals(market: Market) -> None:
    """A quote's hold is neither listed nor taken back here."""
    command = HoldFunds(account=market.alice.id, asset=BTC.id, amount=5, reason=TransferReason.INTERNAL)
    held = (await market.venue.sequencer.submit(command)).events[0]

    assert await market.venue.withdrawals.requested(market.alice.id) == {}
    assert (await market.venue.withdrawals.cancel(market.alice.id, held.hold_id)).reject is RejectReason.UNKNOWN_HOLD  # type: ignore[union-attr]
    assert await market.venue.withdrawals.list(market.alice.id) == []


async def test_a_request_that_is_sent_leaves_the_account(market: Market) -> None:
    """The hold is captured, the row says so, and the statement has it."""
    asked = await market.venue.withdrawals.request(market.alice.id, BTC, 40, HERE)
    capture = CaptureFunds(account=market.alice.id, hold_id=asked.id, to_account=OUTSIDE, amount=40)
    await market.venue.sequencer.submit(capture)

    (row,) = await market.venue.withdrawals.list(market.alice.id)
    assert (row.state, row.ended_ns > 0) == (WithdrawalState.SENT, True)
    line, *_ = await market.venue.statements.lines(market.alice.id, [BTC], REASONS, limit=10)
    assert (line.transfer.reason, line.transfer.amount, line.total) == (TransferReason.WITHDRAWAL, 40, PURSE - 40)


async def test_requests_are_there_after_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """From the journal, with their destinations from the rows."""
    asked = await market.venue.withdrawals.request(market.alice.id, BTC, 40, HERE)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)

    assert await again.venue.withdrawals.requested(market.alice.id) == {BTC.id: 40}
    (row,) = await again.venue.withdrawals.list(market.alice.id)
    assert (row.id, row.destination, row.state) == (asked.id, HERE, WithdrawalState.REQUESTED)
    await again.venue.sequencer.stop()


# Statements


async def test_a_line_has_the_total_after_it(market: Market) -> None:
    """Trades and other transfers in between are reckoned with, fees included."""
    accounts, alice = market.venue.accounts, market.alice
    await accounts.deposit(alice.id, "USD", 500)
    before = (await accounts.balance(alice.id, USD)).total
    await market.sell(market.bob, 3, 100)
    await market.buy(alice, 3, 100)
    between = (await accounts.balance(alice.id, USD)).total
    await accounts.transfer(alice.id, market.bob.id, "USD", 70)
    await accounts.deposit(alice.id, "USD", 9)

    lines = await market.venue.statements.lines(alice.id, [USD], [TransferReason.DEPOSIT], limit=10)

    assert [(line.transfer.amount, line.total) for line in lines] == [
        (9, between - 70 + 9), (500, before), (PURSE, PURSE),
    ]  # fmt: skip


async def test_a_line_too_far_back_has_no_total(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better none than a wrong one."""
    monkeypatch.setattr(statement, "FILLS_MAX", 2)
    await market.venue.accounts.deposit(market.alice.id, "USD", 5)
    for _ in range(3):
        await market.sell(market.bob, 1, 100)
        await market.buy(market.alice, 1, 100)
    await market.venue.accounts.deposit(market.alice.id, "USD", 6)

    lines = await market.venue.statements.lines(market.alice.id, [USD], REASONS, limit=10)

    assert [line.total is None for line in lines] == [False, True, True]
    assert await market.venue.statements.lines(market.alice.id, [], REASONS, limit=10) == []


async def test_withdrawals_of_many_share_a_commit(market: Market, store: Pausing) -> None:
    """Twenty customers wait for the disk once or twice, not one behind the other."""
    accounts = [await market.venue.accounts.open(f"customer{number}") for number in range(20)]
    for account in accounts:
        await market.venue.accounts.deposit(account.id, "BTC", 40)
    store.batches_seen.clear()

    asked = await asyncio.gather(*(market.venue.withdrawals.request(each.id, BTC, 40, HERE) for each in accounts))

    assert all(each.reject is None for each in asked)
    assert sum(batch.count for batch in store.batches_seen) == 20 and len(store.batches_seen) <= 2
    assert not market.venue.withdrawals._asking._locks and not market.venue.withdrawals._asking._wanted


async def test_withdrawals_of_one_owner_do_not_share_the_rest_of_a_day(market: Market) -> None:
    """However many are asked for at once, by the main account and its sub-account: together they stay below the day's limit."""
    sub = await market.venue.subaccounts.open("alice-sub", market.alice)
    await market.venue.accounts.deposit(sub.id, "BTC", PURSE)
    asked = await asyncio.gather(
        *(
            market.venue.withdrawals.request(
                (market.alice.id, sub.id)[at % 2], BTC, 40, HERE, network="Bitcoin", day_max=100
            )
            for at in range(10)
        )
    )

    assert [each.reject for each in asked].count(None) == 2
