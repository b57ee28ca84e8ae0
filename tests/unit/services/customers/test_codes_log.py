"""Codes, messages and confirmations as the log knows them: what waits for its commit counts already."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.unit.services.customers.test_register_log import behind, digests, settled
from tests.unit.services.market import BTC, Market, Pausing, open_market

from bedesten.clock import ManualClock
from bedesten.domain.commands import AdvanceTime, CaptureFunds, Command, HoldFunds, ReleaseFunds
from bedesten.domain.enums import TransferReason
from bedesten.domain.events import FundsHeld
from bedesten.services.customers.codes import MESSAGES_MAX, TRIES_MAX, Channel, Outcome
from bedesten.services.customers.fold_codes import CodesFold
from bedesten.services.customers.records import Customer
from bedesten.services.errors import Overloaded
from bedesten.services.holds.confirmations import RESEND_NS, Confirmations, ConfirmRefusal
from bedesten.services.holds.confirmations import TRIES_MAX as CONFIRM_TRIES
from bedesten.services.holds.fold_confirmations import ConfirmationsFold
from bedesten.services.log import recover
from bedesten.services.messages.fold_messages import MessagesFold
from bedesten.services.sequencing import sequencer as sequencer_module
from bedesten.storage.memory import MemorySnapshots

HOLD = 7


async def alice(market: Market) -> Customer:
    """Make alice a customer."""
    return await market.venue.customers.introduce(market.alice.id, "alice@example.com", "", level=0)


def last_code(market: Market) -> str:
    """Return the code in the last message."""
    (found,) = re.findall(r"(?<!\d)\d{6}(?!\d)", market.venue.customers.outbox.messages(1)[0].body)
    return found


async def send(market: Market, customer: Customer, **asked: bool) -> Outcome:
    """Ask for a code by e-mail."""
    return await market.venue.customers.codes.send(customer, "alice", Channel.EMAIL, customer.email, **asked)


async def show(market: Market, customer: Customer, code: str, **asked: bool) -> Outcome:
    """Show a code."""
    return await market.venue.customers.codes.redeem(customer, "alice", Channel.EMAIL, code, **asked)


def confirmations(market: Market) -> Confirmations:
    """Return a venue's confirmations."""
    return market.venue.fiat.confirmations


async def confirm(market: Market, code: str) -> ConfirmRefusal | None:
    """Show a code that confirms."""
    return await confirmations(market).confirm(HOLD, market.alice.id, code, lambda: True)


async def at_once(store: Pausing, market: Market, works: list[Awaitable[Any]]) -> list[Any]:
    """Have all of them wait for their commit together, and return what came of each."""
    await behind(store, market)
    tasks = [asyncio.ensure_future(work) for work in works]
    await settled()
    store.let_go()
    return list(await asyncio.gather(*tasks))


async def test_they_end_alike_live_replayed_and_behind_a_snapshot(
    market: Market, store: Pausing, clock: ManualClock
) -> None:
    """Codes, wrong ones, messages, and confirmations asked for, tried and given."""
    customer, snapshots = await alice(market), MemorySnapshots()
    await send(market, customer)
    await show(market, customer, "wrong!")
    await confirmations(market).ask(HOLD, customer.account, "withdrawal")
    snapshots.save(market.venue.sequencer.state.capture())
    clock.advance(RESEND_NS)
    await confirm(market, "wrong!")
    assert await confirmations(market).ask_again(HOLD, customer.account, "withdrawal")
    assert await confirm(market, last_code(market)) is None
    await send(market, customer, is_read=True)
    await show(market, customer, last_code(market), is_read=True)

    assert len(digests(market, store, snapshots)) == 1
    assert recover(store.inner, snapshots).folds.of(ConfirmationsFold).by_hold[HOLD].is_confirmed


ENDS: dict[str, Callable[[int, int], Command]] = {
    "released": lambda account, hold: ReleaseFunds(account=account, hold_id=hold),
    "captured": lambda account, hold: CaptureFunds(account=account, hold_id=hold, to_account=0, amount=5),
    "expired": lambda account, hold: AdvanceTime(),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_confirmation_is_forgotten_with_its_hold(
    market: Market, store: Pausing, clock: ManualClock, end: str
) -> None:
    """However it ends: what is remembered does not grow with the venue's age. Behind a snapshot from before the end, too."""
    customer, snapshots, sequencer = await alice(market), MemorySnapshots(), market.venue.sequencer
    until = clock.now_ns() + RESEND_NS
    hold = HoldFunds(
        account=customer.account, asset=BTC.id, amount=5, reason=int(TransferReason.WITHDRAWAL), expires_ns=until
    )
    (held,) = (await sequencer.submit(hold)).events
    assert isinstance(held, FundsHeld)
    await confirmations(market).ask(held.hold_id, customer.account, "withdrawal")
    assert await confirmations(market).confirm(held.hold_id, customer.account, last_code(market), lambda: True) is None
    snapshots.save(sequencer.state.capture())
    assert confirmations(market).is_confirmed(held.hold_id)

    clock.advance(RESEND_NS)
    await sequencer.submit(ENDS[end](customer.account, held.hold_id))

    assert sequencer.state.folds.of(ConfirmationsFold).by_hold == {}
    assert len(digests(market, store, snapshots)) == 1
    known = confirmations(market).confirm(held.hold_id, customer.account, "123456", lambda: True)
    assert await known is ConfirmRefusal.UNKNOWN


async def test_a_code_is_good_once_while_its_use_waits(market: Market, store: Pausing) -> None:
    """However many show it at the same instant."""
    customer = await alice(market)
    await send(market, customer)
    code = last_code(market)

    outcomes = await at_once(store, market, [show(market, customer, code) for _ in range(3)])

    assert outcomes == [Outcome.DONE, Outcome.WRONG, Outcome.WRONG]


async def test_no_more_guesses_are_had_at_the_same_instant(market: Market, store: Pausing) -> None:
    """What waits for its commit counts: of twenty guesses five are looked at, and so with messages."""
    customer = await alice(market)
    await send(market, customer)
    guesses = await at_once(store, market, [show(market, customer, "wrong!") for _ in range(20)])
    sent = await at_once(store, market, [send(market, customer) for _ in range(20)])

    assert [guesses.count(each) for each in (Outcome.WRONG, Outcome.CAPTCHA)] == [TRIES_MAX, 20 - TRIES_MAX]
    assert sent.count(Outcome.DONE) == MESSAGES_MAX - 1
    assert len(market.venue.customers.outbox.messages(99)) == MESSAGES_MAX


async def test_no_more_guesses_confirm_at_the_same_instant(market: Market, store: Pausing) -> None:
    """The right code after five wrong ones confirms nothing, though none of them is committed."""
    customer = await alice(market)
    await confirmations(market).ask(HOLD, customer.account, "withdrawal")
    code = last_code(market)

    refusals = await at_once(
        store, market, [*(confirm(market, "wrong!") for _ in range(CONFIRM_TRIES)), confirm(market, code)]
    )

    assert refusals == [ConfirmRefusal.WRONG] * CONFIRM_TRIES + [ConfirmRefusal.EXHAUSTED]
    assert not confirmations(market).is_confirmed(HOLD)


async def test_what_is_confirmed_is_not_asked_for_again(market: Market, store: Pausing, clock: ManualClock) -> None:
    """A new code that is asked for while the confirmation waits takes nothing back."""
    customer = await alice(market)
    await confirmations(market).ask(HOLD, customer.account, "withdrawal")
    clock.advance(RESEND_NS)

    again = confirmations(market).ask_again(HOLD, customer.account, "withdrawal")
    done = await at_once(store, market, [confirm(market, last_code(market)), again, confirm(market, "wrong!")])

    assert done == [None, False, None] and confirmations(market).is_confirmed(HOLD)


async def test_a_confirmation_of_an_account_without_a_customer_is_sealed_too(market: Market, store: Pausing) -> None:
    """It gets a data key of its own; nobody is written to."""
    await confirmations(market).ask(HOLD, market.bob.id, "withdrawal")

    assert await confirmations(market).confirm(HOLD, market.bob.id, "wrong!", lambda: True) is ConfirmRefusal.WRONG
    assert market.venue.customers.outbox.messages(1) == []


ASKS: dict[str, Callable[[Market, Customer], Awaitable[object]]] = {
    "a code": lambda market, customer: send(market, customer),
    "a guess": lambda market, customer: show(market, customer, "wrong!"),
    "the right code": lambda market, customer: show(market, customer, last_code(market)),
    "a stranger's": lambda market, customer: market.venue.customers.codes.send(None, "nobody", Channel.EMAIL, ""),
    "a confirmation": lambda market, customer: confirmations(market).ask(HOLD + 1, customer.account, "withdrawal"),
    "a wrong one": lambda market, customer: confirm(market, "wrong!"),
    "a message": lambda market, customer: market.venue.customers.outbox.send("email", "a@example.com", "", ""),
}


@pytest.mark.parametrize("what", ASKS)
async def test_what_is_refused_counts_for_nothing(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Overloaded comes before anything changed: the code stays good, the guess is not counted."""
    customer = await alice(market)
    await confirmations(market).ask(HOLD, customer.account, "withdrawal")
    await send(market, customer)
    before = market.venue.sequencer.state.folds.digest()
    with monkeypatch.context() as crowded:
        crowded.setattr(sequencer_module, "WAITING_MAX", 0)
        for _ in range(9):
            with pytest.raises(Overloaded):
                await ASKS[what](market, customer)

    assert market.venue.sequencer.state.folds.digest() == before
    assert await show(market, customer, last_code(market)) is Outcome.DONE


async def test_what_is_erased_is_forgotten_everywhere(market: Market, store: Pausing) -> None:
    """Messages, codes and sessions; others' stay."""
    customer = await alice(market)
    await market.venue.customers.sessions.open(customer.account, is_proven=True)
    await send(market, customer)
    await confirmations(market).ask(HOLD, customer.account, "withdrawal")
    code = last_code(market)
    await market.venue.customers.outbox.send("captcha", "1", "captcha", "ABCD")
    await market.venue.customers.register.erase(customer.account)

    assert [message.body for message in market.venue.customers.outbox.messages(9)] == ["ABCD"]
    folds = recover(store.inner).folds
    assert folds.of(CodesFold).codes == {} and folds.digest() == market.venue.sequencer.state.folds.digest()
    assert market.venue.customers.sessions.of_account(customer.account) == []
    assert await confirm(market, code) is ConfirmRefusal.UNKNOWN


async def test_codes_are_good_behind_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """With the guesses that were had, and the messages' numbers."""
    customer = await alice(market)
    await send(market, customer)
    await show(market, customer, "wrong!")
    await market.venue.sequencer.stop()
    again = await open_market(store, clock)

    for _ in range(TRIES_MAX - 1):
        assert await show(again, customer, "wrong!") is Outcome.WRONG
    assert await show(again, customer, last_code(again)) is Outcome.CAPTCHA
    assert await show(again, customer, last_code(again), is_read=True) is Outcome.DONE
    await again.venue.customers.outbox.send("email", "a@example.com", "", "")
    assert [message.number for message in again.venue.customers.outbox.messages(9)] == [2, 1]
    assert again.venue.sequencer.state.folds.of(MessagesFold).last == 2
    await again.venue.sequencer.stop()
