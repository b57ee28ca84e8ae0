"""Holds for what is not an order, and orders that go on under a new id."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import rows

from bedesten.core import Machine as Compiled
from bedesten.core.machine import Machine as Plain
from bedesten.domain import commands as c
from bedesten.domain.enums import (
    CloseReason,
    EventKind,
    InstrumentParameter,
    RejectReason,
    ReleaseCause,
    TransferReason,
)
from bedesten.domain.events import Event, read_events
from bedesten.domain.orders import Order

ALICE, BOB = 16, 17


class Venue:
    """A machine with two funded accounts and one instrument, driven command by command and audited after each."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine()
        parameters = {InstrumentParameter.STATE: 1, InstrumentParameter.REISSUE_AT_TRIGGER: 1}
        self.do(c.ListAsset(asset=1), c.ListAsset(asset=2))
        self.do(
            c.ListInstrument(instrument=1, base=1, quote=2, lot_value=1, value_numerator=1, value_denominator=1),
            *(c.SetInstrument(instrument=1, parameter=int(name), value=value) for name, value in parameters.items()),
        )
        for account in (ALICE, BOB):
            self.do(c.OpenAccount(account=account))
            for asset in (1, 2):
                self.do(c.Transfer(account=0, to_account=account, asset=asset, amount=1000, reason=1))

    def do(self, *commands: c.Command, at: int = 0) -> list[Event]:
        self.machine.apply(rows(((command, at) for command in commands), self.machine.seq + 1))
        self.machine.audit()
        restored = type(self.machine).restore(self.machine.snapshot())
        assert restored.digest() == self.machine.digest()
        return read_events(self.machine.take_events())


@pytest.fixture(params=[Plain, Compiled], ids=["plain", "compiled"])
def venue(request: pytest.FixtureRequest) -> Venue:
    return Venue(request.param)


def hold(amount: int = 300, expires_ns: int = 0) -> c.HoldFunds:
    reason = int(TransferReason.WITHDRAWAL)
    return c.HoldFunds(account=ALICE, asset=2, amount=amount, reason=reason, expires_ns=expires_ns)


def told(events: list[Event]) -> list[tuple[str, int]]:
    """Return the kinds of events about holds, and the holds."""
    return [(EventKind(event.kind).name, event.hold_id) for event in events if hasattr(event, "hold_id")]


def test_a_hold_reserves_and_its_release_gives_back(venue: Venue) -> None:
    """Held money is still the account's, but not to spend."""
    held = venue.do(hold())[0]

    assert (held.kind, held.amount) == (EventKind.FUNDS_HELD, 300)
    assert venue.machine.balance(ALICE, 2) == (1000, 300)
    assert venue.machine.holds(ALICE) == [(1, 2, 300, TransferReason.WITHDRAWAL, 0)]

    venue.do(c.ReleaseFunds(account=ALICE, hold_id=1))

    assert venue.machine.balance(ALICE, 2) == (1000, 0)
    assert venue.machine.holds(ALICE) == []


def test_a_capture_moves_its_part_and_releases_the_rest(venue: Venue) -> None:
    """What is captured leaves; what is not is available again."""
    venue.do(hold())

    captured = venue.do(c.CaptureFunds(account=ALICE, hold_id=1, to_account=0, amount=200))[0]

    assert (captured.amount, captured.released) == (200, 100)
    assert venue.machine.balance(ALICE, 2) == (800, 0)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (hold(1001), RejectReason.INSUFFICIENT_AVAILABLE),
        (hold(0), RejectReason.AMOUNT_OUT_OF_RANGE),
        (c.HoldFunds(account=0, asset=2, amount=1, reason=2), RejectReason.UNKNOWN_ACCOUNT),
        (c.HoldFunds(account=ALICE, asset=9, amount=1, reason=2), RejectReason.UNKNOWN_ASSET),
        (c.HoldFunds(account=ALICE, asset=2, amount=1, reason=0), RejectReason.MALFORMED),
        (hold(1, -1), RejectReason.MALFORMED),
        (hold(1, 1 << 62), RejectReason.MALFORMED),
        (c.SetHold(account=ALICE, hold_id=1, expires_ns=-1), RejectReason.MALFORMED),
        (c.SetHold(account=ALICE, hold_id=1, expires_ns=1 << 62), RejectReason.MALFORMED),
        (c.SetHold(account=BOB, hold_id=1, expires_ns=0), RejectReason.UNKNOWN_HOLD),
        (c.SetHold(account=ALICE, hold_id=7, expires_ns=0), RejectReason.UNKNOWN_HOLD),
        (c.ReleaseFunds(account=BOB, hold_id=1), RejectReason.UNKNOWN_HOLD),
        (c.ReleaseFunds(account=ALICE, hold_id=7), RejectReason.UNKNOWN_HOLD),
        (c.CaptureFunds(account=BOB, hold_id=1, to_account=0, amount=1), RejectReason.UNKNOWN_HOLD),
        (c.CaptureFunds(account=ALICE, hold_id=1, to_account=0, amount=301), RejectReason.AMOUNT_OUT_OF_RANGE),
        (c.CaptureFunds(account=ALICE, hold_id=1, to_account=99, amount=1), RejectReason.UNKNOWN_ACCOUNT),
        (c.CaptureFunds(account=ALICE, hold_id=1, to_account=ALICE, amount=1), RejectReason.UNKNOWN_ACCOUNT),
    ],
)
def test_what_a_hold_does_not_allow_is_refused_and_moves_nothing(
    venue: Venue, command: c.Command, reason: RejectReason
) -> None:
    """Another account's hold, one that is not there, too much of it, or too little of anything."""
    venue.do(hold())

    refused = venue.do(command)[0]

    assert (refused.kind, refused.reason) == (EventKind.REJECTED, reason)
    assert venue.machine.balance(ALICE, 2) == (1000, 300)


def test_a_hold_is_given_back_under_whichever_command_makes_its_time_known(venue: Venue) -> None:
    """Not before, once, and told apart from one that a command released."""
    venue.do(hold(300, 50), hold(200, 60))
    assert venue.machine.next_deadline_ns == 50
    assert venue.do(c.AdvanceTime(), at=49) == []

    events = venue.do(c.Transfer(account=0, to_account=BOB, asset=2, amount=1, reason=1), at=55)

    assert told(events) == [("FUNDS_RELEASED", 1)] and events[0].cause == ReleaseCause.EXPIRED
    assert venue.machine.balance(ALICE, 2) == (1000, 200) and venue.machine.next_deadline_ns == 60
    assert venue.do(c.ReleaseFunds(account=ALICE, hold_id=1), at=55)[0].reason == RejectReason.UNKNOWN_HOLD
    released = venue.do(c.ReleaseFunds(account=ALICE, hold_id=2), at=55)
    assert told(released) == [("FUNDS_RELEASED", 2)] and released[0].cause == 0
    assert venue.machine.next_deadline_ns == 0 and venue.do(c.AdvanceTime(), at=99) == []


def test_a_hold_that_was_set_to_stay_does_not_expire_and_one_that_expired_cannot_be_set(venue: Venue) -> None:
    """Under all orders of the two: whichever is first decides, also under one and the same command's time."""
    venue.do(hold(300, 50))
    set_to_stay = c.SetHold(account=ALICE, hold_id=1, expires_ns=0)
    assert told(venue.do(set_to_stay, at=49)) == [("HOLD_SET", 1)]
    assert venue.do(c.AdvanceTime(), at=99) == [] and venue.machine.balance(ALICE, 2) == (1000, 300)

    venue.do(hold(200, 150), at=100)
    events = venue.do(c.SetHold(account=ALICE, hold_id=2, expires_ns=0), at=150)

    assert told(events) == [("FUNDS_RELEASED", 2)]
    assert [event.reason for event in events if event.kind == EventKind.REJECTED] == [RejectReason.UNKNOWN_HOLD]
    assert venue.machine.balance(ALICE, 2) == (1000, 300)


def test_an_expiry_moves_either_way_and_into_the_past(venue: Venue) -> None:
    """Later, sooner, and at once."""
    venue.do(hold(300, 50))
    venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=80))
    assert venue.do(c.AdvanceTime(), at=79) == []
    venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=0), at=79)
    venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=200), at=79)
    venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=90), at=79)
    assert venue.do(c.AdvanceTime(), at=89) == [] and venue.machine.next_deadline_ns == 90

    events = venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=5), at=89)

    assert told(events) == [("HOLD_SET", 1), ("FUNDS_RELEASED", 1)] and events[1].cause == ReleaseCause.EXPIRED
    assert venue.do(hold(1, 89), at=89)[0].reason == RejectReason.EXPIRED_ON_ARRIVAL
    assert venue.machine.balance(ALICE, 2) == (1000, 0) and venue.do(c.AdvanceTime(), at=300) == []


def test_expiries_that_are_set_again_and_again_leave_no_timers_behind(venue: Venue) -> None:
    """The heap of timers stays as small as what waits."""
    venue.do(hold(300, 1000))
    for at in range(200):
        venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=(0, 900 - at, 1000)[at % 3]))

    assert venue.do(c.SetHold(account=ALICE, hold_id=1, expires_ns=500)) != []
    assert told(venue.do(c.AdvanceTime(), at=500)) == [("FUNDS_RELEASED", 1)]
    assert venue.machine.next_deadline_ns == 0


def test_a_reissued_stop_ends_and_goes_on_as_a_new_order_with_the_same_client_ref(venue: Venue) -> None:
    """Where the instrument says so, the order that fires is gone, and what enters the book is another."""
    limit = {"instrument": 1, "order_type": 1, "time_in_force": 1}
    stop = {"trigger": 1, "trigger_price": 10, "trigger_source": 1}
    venue.do(c.PlaceOrder(account=ALICE, side=2, price=9, quantity=5, client_ref=77, **stop, **limit))
    venue.do(c.PlaceOrder(account=BOB, side=1, price=10, quantity=2, **limit))

    events = venue.do(c.PlaceOrder(account=ALICE, side=2, price=10, quantity=1, **limit))

    told = [(EventKind(event.kind).name, getattr(event, "order_id", 0)) for event in events]
    assert told == [
        ("PLACED", 3), ("TRADED", 0), ("CLOSED", 3), ("TRIGGERED", 1), ("CLOSED", 1), ("PLACED", 4), ("TRADED", 0), ("CLOSED", 2),
    ]  # fmt: skip
    assert events[4].reason == CloseReason.REISSUED
    fresh = Order._make(venue.machine.order(4))
    assert (fresh.client_ref, fresh.price, fresh.remaining, fresh.trigger, fresh.held) == (77, 9, 4, 0, 4)
    assert venue.machine.order(1) is None


# Exchanges


def exchange(**changes: int) -> c.Exchange:
    fields = {"account": ALICE, "to_account": BOB, "asset": 2, "amount": 300, "to_asset": 1, "to_amount": 7}
    return c.Exchange(**{**fields, **changes})


def test_an_exchange_moves_both_legs(venue: Venue) -> None:
    """One command, one event, and nothing is made or lost."""
    done = venue.do(exchange())

    assert [(event.kind, event.amount, event.to_amount) for event in done] == [(EventKind.EXCHANGED, 300, 7)]  # type: ignore[union-attr]
    assert [venue.machine.balance(ALICE, asset) for asset in (1, 2)] == [(1007, 0), (700, 0)]
    assert [venue.machine.balance(BOB, asset) for asset in (1, 2)] == [(993, 0), (1300, 0)]


@pytest.mark.parametrize(
    ("changes", "reason", "account"),
    [
        ({"amount": 1001}, RejectReason.INSUFFICIENT_AVAILABLE, ALICE),
        ({"to_amount": 1001}, RejectReason.INSUFFICIENT_AVAILABLE, BOB),
        ({"amount": 0}, RejectReason.AMOUNT_OUT_OF_RANGE, ALICE),
        ({"to_amount": -1}, RejectReason.AMOUNT_OUT_OF_RANGE, BOB),
        ({"amount": 1 << 62}, RejectReason.AMOUNT_OUT_OF_RANGE, ALICE),
        ({"to_account": ALICE}, RejectReason.MALFORMED, ALICE),
        ({"to_asset": 2}, RejectReason.MALFORMED, ALICE),
        ({"to_account": 0}, RejectReason.UNKNOWN_ACCOUNT, ALICE),
        ({"to_account": 99}, RejectReason.UNKNOWN_ACCOUNT, ALICE),
        ({"to_asset": 9}, RejectReason.UNKNOWN_ASSET, ALICE),
    ],
)
def test_an_exchange_that_cannot_happen_moves_nothing(
    venue: Venue, changes: dict[str, int], reason: RejectReason, account: int
) -> None:
    """The refusal names the account whose leg it is."""
    before = venue.machine.balances(ALICE), venue.machine.balances(BOB)

    refused = venue.do(exchange(**changes))[0]

    assert (refused.kind, refused.reason, refused.account) == (EventKind.REJECTED, reason, account)  # type: ignore[union-attr]
    assert (venue.machine.balances(ALICE), venue.machine.balances(BOB)) == before


def test_held_money_is_not_exchanged(venue: Venue) -> None:
    """Only what is available moves, on either side."""
    venue.do(hold(800))

    assert venue.do(exchange())[0].reason == RejectReason.INSUFFICIENT_AVAILABLE  # type: ignore[union-attr]


def test_a_suspended_account_does_not_exchange(venue: Venue) -> None:
    """As it does not trade."""
    venue.do(c.SetAccount(account=ALICE, parameter=2, value=1))

    assert venue.do(exchange())[0].reason == RejectReason.ACCOUNT_SUSPENDED  # type: ignore[union-attr]


def test_a_suspended_account_gives_nothing_away(venue: Venue) -> None:
    """What the venue itself moves still moves, and it may be paid."""
    venue.do(c.SetAccount(account=ALICE, parameter=2, value=1))

    def transfer(source: int, target: int, reason: TransferReason) -> EventKind:
        command = c.Transfer(account=source, to_account=target, asset=2, amount=1, reason=reason)
        return EventKind(venue.do(command)[0].kind)

    assert transfer(ALICE, BOB, TransferReason.INTERNAL) is EventKind.REJECTED
    assert transfer(ALICE, BOB, TransferReason.ADJUSTMENT) is EventKind.TRANSFERRED
    assert transfer(BOB, ALICE, TransferReason.INTERNAL) is EventKind.TRANSFERRED
