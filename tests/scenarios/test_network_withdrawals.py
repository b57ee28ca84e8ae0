"""Withdrawals over a network, from the request to the last confirmation, with a crash at every step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest

from bedesten.chain.addresses import derive
from bedesten.domain.commands import Command
from bedesten.domain.enums import RejectReason, SendStage
from bedesten.domain.networks import AddressFormat
from bedesten.domain.notes import Note
from bedesten.services import chain_watch
from bedesten.services.accounts.accounts import Account
from bedesten.services.errors import OutcomeUnknown, Overloaded, Stopped, StoreFailure
from bedesten.services.holds.fold_holds import OpenHold
from bedesten.services.ports import Batch, Destination, PaymentState
from bedesten.services.wallets.network_withdrawals import SendOutcome, SendRefusal
from bedesten.services.wallets.withdrawals import WithdrawalState
from bedesten.storage.sqlite import SqliteStore
from tests.scenarios.wallets import BITCOIN, BTC, DEPTH
from tests.scenarios.wallets import Stage as VenueStage

AWAY: Final = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
PURSE: Final = 10_000_000
STEPS: Final = DEPTH + 3


@pytest.fixture
async def stage() -> AsyncIterator[VenueStage]:
    """A venue whose ledger is looked at when the scenario is over."""
    stage = VenueStage()
    yield stage
    await stage.end()


async def begin(stage: VenueStage) -> Account:
    alice = await stage.begin()
    await stage.venue.accounts.deposit(alice.id, "BTC", PURSE)
    return alice


async def ask(
    stage: VenueStage, account: Account, amount: int = 100_000, to: Destination = AWAY, fee_within: bool = True
) -> SendOutcome:
    return await stage.venue.network_withdrawals.request(account.id, BTC, BITCOIN, amount, to, fee_within=fee_within)


async def balance(stage: VenueStage, account: Account) -> tuple[int, int]:
    found = await stage.venue.accounts.balance(account.id, BTC)
    return found.total, found.held


async def test_a_withdrawal_that_cannot_go_on_keeps_nothing_else_from_going_on(
    stage: VenueStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the one behind it nor the deposits; it goes on when it can."""
    alice = await begin(stage)
    first, second = await ask(stage, alice), await ask(stage, alice)
    take = stage.venue.holds.take

    async def refuses(hold: OpenHold, command: Command, *notes: Note) -> bool:
        if hold.hold_id == first.id:
            raise Overloaded("16384 commands are waiting")
        return await take(hold, command, *notes)

    looked = 0

    async def look() -> None:
        nonlocal looked
        looked += 1

    monkeypatch.setattr(stage.venue.holds, "take", refuses)
    monkeypatch.setattr(stage.venue.network_deposits, "beat", look)
    await chain_watch.beat(stage.venue)

    assert await stage.chain.sent(first.id) is None and await stage.chain.sent(second.id) is not None and looked == 1
    assert stage.venue.loops.failing() == {"chains": 1}
    monkeypatch.undo()
    await chain_watch.beat(stage.venue)
    assert await stage.chain.sent(first.id) is not None
    assert stage.venue.loops.failing() == {"chains": 0}


async def test_a_withdrawal_is_held_then_sent_then_completed(stage: VenueStage) -> None:
    """The hold lasts until the chain has confirmed the payment."""
    alice = await begin(stage)
    asked = await ask(stage, alice)

    await stage.venue.network_withdrawals.beat()
    assert (await balance(stage, alice), (await stage.chain.sent(asked.id)).payment.amount) == (
        (PURSE, 100_000),
        99_500,
    )  # type: ignore[union-attr]
    await stage.blocks(DEPTH - 1)
    assert await balance(stage, alice) == (PURSE, 100_000)
    await stage.blocks(1)

    assert await balance(stage, alice) == (PURSE - 100_000, 0)
    (row,) = await stage.venue.withdrawals.list(alice.id)
    assert (row.state, row.stage, row.fee, row.network) == (WithdrawalState.SENT, SendStage.SENT, 500, "Bitcoin")
    assert stage.venue.network_withdrawals.open() == []


async def test_the_fee_may_come_on_top(stage: VenueStage) -> None:
    """Then what was asked for is what arrives."""
    alice = await begin(stage)
    asked = await ask(stage, alice, fee_within=False)
    await stage.blocks(DEPTH + 1)

    assert (await stage.chain.sent(asked.id)).payment.amount == 100_000  # type: ignore[union-attr]
    assert await balance(stage, alice) == (PURSE - 100_500, 0)


@pytest.mark.parametrize("blocks", range(STEPS))
async def test_a_crash_between_blocks_loses_and_doubles_nothing(stage: VenueStage, blocks: int) -> None:
    """Wherever the withdrawal stands."""
    alice = await begin(stage)
    await ask(stage, alice)
    await stage.blocks(blocks)

    await stage.crash()
    await stage.blocks(STEPS)

    assert await balance(stage, alice) == (PURSE - 100_000, 0)
    assert [payment.amount for payment in await stage.chain.payments()] == [99_500]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fails", [False, True], ids=["paid", "failed"])
@pytest.mark.parametrize("at", range(6))
async def test_a_crash_at_any_write_loses_and_doubles_nothing(
    stage: VenueStage, monkeypatch: pytest.MonkeyPatch, at: int, fails: bool, is_after: bool
) -> None:
    """Every step and every payment may be the last thing that the process wrote, or the first that it did not."""
    alice = await begin(stage)
    asked = await ask(stage, alice)
    commit, count = SqliteStore.commit, 0

    def dying(store: SqliteStore, batch: Batch) -> None:
        nonlocal count
        count += 1
        if count <= at or (is_after and count == at + 1):
            commit(store, batch)
        if count > at:
            raise StoreFailure("the process ends here")

    monkeypatch.setattr(SqliteStore, "commit", dying)
    try:
        await stage.venue.network_withdrawals.beat()
        if fails:
            await stage.chain.fail(asked.id)
        await stage.blocks(STEPS)
    except (OutcomeUnknown, Stopped):
        pass
    monkeypatch.setattr(SqliteStore, "commit", commit)
    await stage.crash()
    await stage.venue.network_withdrawals.beat()
    sent = await stage.chain.sent(asked.id)
    if fails and sent is not None and sent.payment.state is PaymentState.SENT:
        await stage.chain.fail(asked.id)
    await stage.blocks(STEPS)

    assert await balance(stage, alice) == ((PURSE, 0) if fails else (PURSE - 100_000, 0))
    assert len(await stage.chain.payments()) == 1
    assert stage.venue.network_withdrawals.open() == []


async def test_a_failed_payment_gives_everything_back(stage: VenueStage) -> None:
    """The fee as well: the network took none."""
    alice = await begin(stage)
    asked = await ask(stage, alice)
    await stage.blocks(1)
    await stage.chain.fail(asked.id)
    await stage.blocks(1)

    assert await balance(stage, alice) == (PURSE, 0)
    (row,) = await stage.venue.withdrawals.list(alice.id)
    assert (row.state, row.stage) == (WithdrawalState.CANCELED, SendStage.FAILED)


async def test_a_large_one_waits_for_the_operator(stage: VenueStage) -> None:
    """Through a restart; approved once, it goes on."""
    alice = await begin(stage)
    asked = await ask(stage, alice, 1_000_001)
    await stage.blocks(DEPTH)
    await stage.crash()
    assert [(each.id, each.stage) for each in stage.venue.network_withdrawals.open()] == [
        (asked.id, SendStage.REQUESTED)
    ]

    assert await stage.venue.network_withdrawals.approve(asked.id)
    assert not await stage.venue.network_withdrawals.approve(asked.id)
    await stage.crash()
    await stage.blocks(DEPTH + 1)

    assert await balance(stage, alice) == (PURSE - 1_000_001, 0)


async def test_it_can_be_canceled_until_it_is_sent(stage: VenueStage) -> None:
    """Before: the money is back and nothing is ever sent. Afterwards: refused."""
    alice = await begin(stage)
    first, second = await ask(stage, alice), await ask(stage, alice)
    cancel = stage.venue.withdrawals.cancel
    assert (await cancel(alice.id, first.id)).reject is None
    await stage.blocks(1)

    assert (await cancel(alice.id, second.id)).reject is RejectReason.UNKNOWN_HOLD
    await stage.crash()
    assert (await stage.venue.withdrawals.cancel(alice.id, second.id)).reject is RejectReason.UNKNOWN_HOLD
    await stage.blocks(STEPS)
    assert (len(await stage.chain.payments()), await balance(stage, alice)) == (1, (PURSE - 100_000, 0))


async def test_canceling_and_sending_at_once_is_one_of_both(stage: VenueStage) -> None:
    """Whoever is first; never both."""
    alice = await begin(stage)
    asked = await ask(stage, alice)
    canceled, _ = await asyncio.gather(
        stage.venue.withdrawals.cancel(alice.id, asked.id), stage.venue.network_withdrawals.beat()
    )
    await stage.blocks(STEPS)

    paid = len(await stage.chain.payments())
    assert (canceled.reject is None, paid) in [(True, 0), (False, 1)]
    assert await balance(stage, alice) == (PURSE - 100_000 * paid, 0)


async def test_what_may_not_be_withdrawn_is_refused(stage: VenueStage) -> None:
    """And holds nothing."""
    alice = await begin(stage)
    wrong = Destination("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")

    assert (await ask(stage, alice, to=wrong)).refusal is SendRefusal.BAD_ADDRESS
    assert (await ask(stage, alice, to=AWAY.__class__(AWAY.address, "1"))).refusal is SendRefusal.BAD_ADDRESS
    assert (await ask(stage, alice, 999)).refusal is SendRefusal.TOO_SMALL
    assert (await ask(stage, alice, 5_000_001)).refusal is SendRefusal.ABOVE_DAY
    assert await balance(stage, alice) == (PURSE, 0)
    bob = await stage.venue.accounts.open("bob")
    assert (await ask(stage, bob)).reject is RejectReason.INSUFFICIENT_AVAILABLE


async def test_a_day_s_limit_counts_what_was_asked_for_at_once(stage: VenueStage) -> None:
    """Two requests do not share the rest of a day; what was canceled does not count, and a day later nothing does."""
    alice = await begin(stage)
    outcomes = await asyncio.gather(*[ask(stage, alice, 3_000_000) for _ in range(2)])

    assert [each.refusal for each in outcomes] == [None, SendRefusal.ABOVE_DAY]
    await stage.venue.withdrawals.cancel(alice.id, outcomes[0].id)
    assert (await ask(stage, alice, 3_000_000)).refusal is None
    assert (await ask(stage, alice, 3_000_000)).refusal is SendRefusal.ABOVE_DAY
    stage.clock.advance(86_400 * 1_000_000_000)
    assert (await ask(stage, alice, 3_000_000)).refusal is None


async def test_a_withdrawal_to_a_customer_is_a_deposit_there(stage: VenueStage) -> None:
    """Over the chain, like any other."""
    alice = await begin(stage)
    bob = await stage.venue.accounts.open("bob")
    address, _ = await stage.venue.network_deposits.create_address(bob.id, BTC, BITCOIN)
    await ask(stage, alice, to=address.to)
    await stage.blocks(STEPS)

    assert (await balance(stage, alice), await balance(stage, bob)) == ((PURSE - 100_000, 0), (99_500, 0))


@pytest.mark.parametrize("blocks", range(DEPTH + 2))
async def test_a_request_under_an_id_is_made_once_whatever_crashes(stage: VenueStage, blocks: int) -> None:
    """Asked again before, while and after it is sent, and by the next process: one number, one payment."""
    alice = await begin(stage)

    async def again(amount: int = 100_000) -> SendOutcome:
        return await stage.venue.network_withdrawals.request(
            alice.id, BTC, BITCOIN, amount, AWAY, fee_within=True, client_id="mine"
        )

    first, second = await asyncio.gather(again(), again())
    await stage.blocks(blocks)
    third = await again()
    await stage.crash()
    fourth = await again()
    await stage.blocks(DEPTH + 2)

    assert first.reject is None and first.id
    assert first == second == third == fourth == await again()
    assert (await again(200_000)).reject is RejectReason.ALREADY_EXISTS
    assert await balance(stage, alice) == (PURSE - 100_000, 0)
    assert [payment.reference for payment in await stage.chain.payments()] == [first.id]
    assert stage.venue.network_withdrawals.open() == []


async def test_a_customer_who_hangs_up_does_not_lose_the_request(stage: VenueStage) -> None:
    """Asking again under the id finds what was held, and it is sent."""
    alice = await begin(stage)

    def again() -> asyncio.Task[SendOutcome]:
        request = stage.venue.network_withdrawals.request(
            alice.id, BTC, BITCOIN, 100_000, AWAY, fee_within=True, client_id="mine"
        )
        return asyncio.create_task(request)

    hung_up = again()
    await asyncio.sleep(0)
    hung_up.cancel()
    outcome = await again()
    await stage.blocks(DEPTH + 2)

    assert outcome.reject is None
    assert await balance(stage, alice) == (PURSE - 100_000, 0)
