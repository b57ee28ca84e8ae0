"""The venue's words for ours are total: nothing that the core says is without one."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.dialects.btse import vocabulary
from bedesten.dialects.btse.spot import errors
from bedesten.dialects.btse.vocabulary import Status, status_of, time_in_force_of
from bedesten.domain.enums import CloseReason, EventKind, OrderType, RejectReason, Side, TimeInForce, Trigger
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.orders import Order

SECOND = 1_000_000_000
INSTRUMENT = Instrument(
    id=1,
    base=Asset(id=1, code="BTC", name="Bitcoin"),
    quote=Asset(id=2, code="USD", name="US Dollar"),
    price_scale=1,
    tick_size=5,
    quantity_scale=5,
    max_quantity=10_000_000,
    buy_band_ppm=300_000,
    sell_band_ppm=300_000,
    trigger_distance_ppm=50_000,
)


def an_order(**changes: Any) -> Order:
    """Return an open limit order to buy, 0.001 at 20,000."""
    columns = dict.fromkeys(Order._fields, 0)
    columns |= dict(
        order_id=1, account=16, instrument=1, side=Side.BUY, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
        price=40_000, original_price=40_000, quantity=100, original_quantity=100, created_ns=SECOND, updated_ns=SECOND,
    )  # fmt: skip
    return Order(**{**columns, **changes})


def test_every_close_reason_has_a_status() -> None:
    """A new way of ending cannot ship until the dialect has said how it reads."""
    assert set(vocabulary.CLOSED_STATUS) == set(CloseReason)


def test_every_reject_reason_is_a_row_or_an_error_and_not_both() -> None:
    """A new refusal cannot ship until the dialect has said how it reads."""
    assert set(vocabulary.REFUSED_STATUS) | set(errors.REFUSED) == set(RejectReason)
    assert not set(vocabulary.REFUSED_STATUS) & set(errors.REFUSED)


@pytest.mark.parametrize("reason", list(errors.REFUSED))
def test_every_error_has_a_sentence(reason: RejectReason) -> None:
    """Whatever the side, and whatever the facts."""
    for side in Side:
        for value, bound in ((0, 0), (1, 40_000), (40_000, 1)):
            said = Rejected(EventKind.REJECTED, 1, 1, reason, 16, INSTRUMENT.id, 5, value, bound)
            refusal = errors.refusal(errors.Refused(INSTRUMENT, side, said))
            assert refusal.message
            assert refusal.status in (400, 503)


def test_every_status_side_type_and_trigger_has_a_word() -> None:
    """The other maps are total as well."""
    assert set(vocabulary.STATE_NAME) == set(Status)
    assert set(vocabulary.SIDE_NAME) == set(Side)
    assert set(vocabulary.TYPE_CODE) == set(OrderType)
    assert set(vocabulary.TRIGGER_KIND) == {0, *Trigger}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.INSERTED),
        ({"filled": 1}, Status.PARTIALLY_TRANSACTED),
        ({"trigger": Trigger.STOP}, Status.TRIGGER_INSERTED),
        ({"trigger": Trigger.STOP, "triggered": 1}, Status.INSERTED),
        ({"close_reason": CloseReason.FILLED, "filled": 100}, Status.FULLY_TRANSACTED),
        ({"close_reason": CloseReason.CANCELED, "filled": 1}, Status.CANCELLED),
        ({"close_reason": CloseReason.NOT_RESTED, "filled": 1}, Status.CANCELLED),
        ({"close_reason": CloseReason.NO_LIQUIDITY}, Status.REFUNDED),
        ({"close_reason": CloseReason.NO_LIQUIDITY, "filled": 1}, Status.PARTIALLY_TRANSACTED),
        ({"close_reason": CloseReason.BUDGET_SPENT, "filled": 1}, Status.PARTIALLY_TRANSACTED),
        ({"close_reason": CloseReason.REFUSED_AT_TRIGGER, "trigger": Trigger.STOP}, Status.REJECTED),
    ],
)  # fmt: skip
def test_status_tells_the_state(changes: dict[str, int], status: Status) -> None:
    """Open, filled, canceled; a market order with a rest reads 5 although it is finished, as the venue has it."""
    assert status_of(an_order(**changes)) is status


@pytest.mark.parametrize("name", list(vocabulary.LIFETIMES_NS))
@pytest.mark.parametrize("late_ns", [0, 1, 400_000_000])
def test_a_lifetime_reads_back_as_it_was_sent(name: str, late_ns: int) -> None:
    """The order is stamped a little after its end was reckoned."""
    order = an_order(
        time_in_force=TimeInForce.GTD, created_ns=SECOND + late_ns, expires_ns=SECOND + vocabulary.LIFETIMES_NS[name]
    )

    assert time_in_force_of(order) == name


def test_any_other_lifetime_reads_as_the_longest() -> None:
    """Orders of other dialects may end at any time."""
    assert time_in_force_of(an_order(time_in_force=TimeInForce.GTD, expires_ns=10**18)) == "MONTH"
