"""The private topics, byte for byte: our own golden frames in ws_notices.json, built from order updates made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from tests.dialects.btse.socket_doubles import ACCOUNT, TIME_NS, Stage, login, request

from bedesten.dialects.btse.spot.render_notices import NOTIFICATION, TX_TYPE, status_told
from bedesten.dialects.btse.vocabulary import STATE_NAME, Status
from bedesten.domain.enums import CloseReason, EventKind, OrderType, RejectReason, Side, TimeInForce, Trigger
from bedesten.domain.events import Traded
from bedesten.domain.orders import Order
from bedesten.services.orders.updates import OrderUpdate

GOLDEN: Final[list[dict[str, str]]] = json.loads((Path(__file__).parent / "ws_notices.json").read_text())
TOPICS: Final = (*NOTIFICATION, "fills")


def an_order(**changes: int) -> Order:
    """Return an order to buy 0.002 BTC at 8500.0 USD, resting."""
    columns: dict[str, int] = dict.fromkeys(Order._fields, 0)
    columns |= dict(
        order_id=4711, account=ACCOUNT, instrument=1, side=Side.BUY, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, price=85_000, original_price=85_000, quantity=200, original_quantity=200,
        created_ns=TIME_NS, updated_ns=TIME_NS,
    )  # fmt: skip
    return Order(**{**columns, **changes})


def a_match(**changes: int) -> Traded:
    """Return a match of 0.0005 BTC at 8499.5, in which the order of `an_order` takes."""
    columns: dict[str, int] = dict(
        kind=EventKind.TRADED, seq=9, time_ns=TIME_NS, trade_id=118974855, instrument=1, side=Side.BUY, price=84_995,
        quantity=50, notional=424_975_000, taker_order=4711, taker_account=ACCOUNT, taker_fee=100, taker_tax=0,
        taker_remaining=150, maker_order=4000, maker_account=17, maker_fee=84_995, maker_tax=0, maker_remaining=0,
    )  # fmt: skip
    return Traded(**{**columns, **changes})


def an_update(kind: EventKind, order: Order | None = None, client_id: str = "", **changes: Any) -> OrderUpdate:
    """Return an update about *order*."""
    columns: dict[str, Any] = dict(trade=None, is_maker=False, time_ns=TIME_NS, reason=None)
    return OrderUpdate(kind=kind, order=order or an_order(), client_id=client_id, **{**columns, **changes})


HALF = {"filled": 50, "notional": 424_975_000, "fee": 100}
WHOLE = {"filled": 200, "notional": 1_699_900_000, "fee": 400}
BUDGET = {"order_type": OrderType.MARKET, "price": 0, "quantity": 0, "original_quantity": 0, "budget": 500_000_000}

UPDATES: Final[dict[str, OrderUpdate]] = {
    "inserted": an_update(EventKind.PLACED, client_id='my "first" order'),
    "partly filled as taker": an_update(EventKind.TRADED, an_order(**HALF), trade=a_match()),
    "filled as maker": an_update(
        EventKind.TRADED, an_order(**WHOLE, order_id=4000, side=Side.SELL, post_only=1), trade=a_match(), is_maker=True
    ),
    "canceled": an_update(EventKind.CLOSED, an_order(**HALF, close_reason=CloseReason.CANCELED)),
    "stop inserted": an_update(
        EventKind.PLACED, an_order(trigger=Trigger.STOP, trigger_price=84_900, side=Side.SELL, time_in_force=TimeInForce.IOC)
    ),
    "take profit activated": an_update(
        EventKind.TRIGGERED, an_order(trigger=Trigger.TAKE_PROFIT, trigger_price=84_900, triggered=1)
    ),
    "leg of an OCO order": an_update(EventKind.PLACED, an_order(sibling_id=4712)),
    "amended": an_update(EventKind.AMENDED, an_order(price=85_010, quantity=300)),
    "peg": an_update(
        EventKind.PLACED, an_order(order_type=OrderType.PEG, deviation_ppm=-100_000, display_ppm=100_000)
    ),
    "market buy by budget": an_update(EventKind.TRADED, an_order(**{**BUDGET, **HALF}), trade=a_match()),
    "market buy by budget, dust left": an_update(
        EventKind.CLOSED, an_order(**{**BUDGET, **HALF}, close_reason=CloseReason.BUDGET_SPENT)
    ),
    "post-only refused": an_update(
        EventKind.REJECTED, an_order(post_only=1, close_reason=CloseReason.CANCELED),
        reason=RejectReason.POST_ONLY_WOULD_CROSS,
    ),
    "good for an hour": an_update(
        EventKind.PLACED, an_order(time_in_force=TimeInForce.GTD, expires_ns=TIME_NS + 3_600_000_000_000)
    ),
}  # fmt: skip


def frames(update: OrderUpdate) -> list[str]:
    """Return the frames of every private topic that tell *update*."""
    stage = Stage()
    connection, session = stage.spot()
    session.received(login())
    session.received(request("subscribe", *TOPICS))
    connection.sent.clear()
    stage.tell(update)
    return connection.sent


@pytest.mark.parametrize("name", UPDATES)
async def test_frames_are_those_on_file(name: str) -> None:
    """Every topic tells every kind of update exactly as recorded, keys in the venue's order."""
    assert frames(UPDATES[name]) == [row["frame"] for row in GOLDEN if row["name"] == name]


async def test_v3_has_the_venues_keys_in_order() -> None:
    """The documented keys come in the documented order; every spelling of what remains is there."""
    [row] = [row for row in GOLDEN if row["name"] == "inserted" and "notificationApiV3" in row["frame"]]

    assert list(json.loads(row["frame"])["data"]) == [
        "symbol", "orderID", "side", "orderType", "txType", "price", "triggerPrice", "pegPriceDeviation", "stealth",
        "status", "timestamp", "avgFilledPrice", "clOrderID", "maker", "postOnly", "orderUserInitiated",
        "originalOrderBaseSize", "originalOrderQuoteSize", "currentOrderBaseSize", "currentOrderQuoteSize",
        "filledBaseSize", "totalFilledBaseSize", "remainingBaseSize", "remainingQuoteSize", "remainingOrderBaseSize",
        "remainingOrderQuoteSize", "remainingSize", "orderCurrency", "time_in_force",
    ]  # fmt: skip


async def test_v2_and_fills_have_the_venues_keys_in_order() -> None:
    """V2 has the documented keys in order and the table's second spelling of the average last; fills have theirs."""
    rows = [json.loads(row["frame"]) for row in GOLDEN if row["name"] == "partly filled as taker"]
    v2, fills = rows[1], rows[-1]

    assert list(v2["data"]) == [
        "symbol", "orderID", "side", "type", "price", "size", "originalSize", "avgFillPrice", "fillSize", "status",
        "clOrderID", "maker", "stealth", "timestamp", "pegPriceDeviation", "remainingSize", "time_in_force", "txType",
        "triggerPrice", "avgFilledPrice",
    ]  # fmt: skip
    assert list(fills["data"][0]) == [
        "orderId", "serialId", "clOrderId", "type", "symbol", "side", "price", "size", "feeAmount", "feeCurrency",
        "base", "quote", "maker", "timestamp", "tradeId",
    ]  # fmt: skip


async def test_fee_is_in_base_for_a_buyer_and_in_quote_for_a_seller() -> None:
    """Fills name the asset that the fee was taken in."""
    told = {
        name: json.loads(frames(UPDATES[name])[-1])["data"][0] for name in ("partly filled as taker", "filled as maker")
    }

    assert [(row["feeAmount"], row["feeCurrency"], row["maker"]) for row in told.values()] == [
        ("0.000001", "BTC", False),
        ("0.00084995", "USD", True),
    ]


@pytest.mark.parametrize(
    ("update", "status"),
    [
        (an_update(EventKind.CLOSED, an_order(**WHOLE, close_reason=CloseReason.FILLED)), None),
        (an_update(EventKind.CLOSED, an_order(**{**BUDGET, **HALF}, close_reason=CloseReason.FILLED)), 4),
        (an_update(EventKind.REPRICED), None),
        (an_update(EventKind.CLOSED, an_order(close_reason=CloseReason.NO_LIQUIDITY)), 7),
        (an_update(EventKind.CLOSED, an_order(close_reason=CloseReason.NOT_RESTED)), 6),
        (an_update(EventKind.CLOSED, an_order(close_reason=CloseReason.REFUSED_AT_TRIGGER)), 15),
        (an_update(EventKind.REJECTED, reason=RejectReason.FOK_NOT_FILLABLE), 6),
        (an_update(EventKind.REJECTED, reason=RejectReason.NO_LIQUIDITY), 7),
        (an_update(EventKind.REJECTED, reason=RejectReason.INSUFFICIENT_AVAILABLE), 8),
    ],
)
def test_statuses_are_those_of_order_rows(update: OrderUpdate, status: int | None) -> None:
    """A filled order's end has been told with its last match; everything else ends with the number REST answers."""
    assert status_told(update) == status


def test_every_trigger_and_status_has_a_word() -> None:
    """A new trigger or status cannot ship untold."""
    assert set(TX_TYPE) == {0, *Trigger}
    assert set(STATE_NAME) == set(Status)


async def test_matches_of_one_commit_are_one_frame_of_fills() -> None:
    """An order that sweeps three makers is notified three times and told three fills at once."""
    stage = Stage()
    connection, session = stage.spot()
    session.received(login())
    session.received(request("subscribe", "notificationApiV2", "fills"))
    connection.take()

    stage.tell(*[an_update(EventKind.TRADED, an_order(**HALF), trade=a_match(trade_id=at)) for at in (1, 2, 3)])

    assert [len(message["data"]) if message["topic"] == "fills" else 1 for message in connection.take()] == [1, 1, 1, 3]


async def test_private_topics_flow_from_the_login_on() -> None:
    """Subscribed first, they are silent, without an error; the login alone makes them speak."""
    stage = Stage()
    connection, session = stage.spot()
    session.received(request("subscribe", "fills", "notificationApiV2"))
    stage.tell(UPDATES["inserted"])
    assert connection.take() == [{"event": "subscribe", "channel": ["fills", "notificationApiV2"]}]

    session.received(login())
    stage.tell(UPDATES["inserted"])

    assert [message.get("topic") for message in connection.take()] == [None, "notificationApiV2"]


async def test_a_second_login_hears_the_second_account_only() -> None:
    """Logging in with another account's key leaves the first account; a failed login changes nothing."""
    stage = Stage()
    other = stage.keys["other"] = type(next(iter(stage.keys.values())))(
        key="other",
        secret=next(iter(stage.keys.values())).secret,
        account=ACCOUNT + 1,
        permissions=1,  # type: ignore[arg-type]
    )
    connection, session = stage.spot()
    for message in (request("subscribe", "notificationApiV2"), login(), login(key="other"), login(key="nobody")):
        session.received(message)
    connection.take()

    stage.tell(UPDATES["inserted"])
    assert connection.take() == []
    stage.tell(UPDATES["inserted"], account=other.account)
    assert len(connection.take()) == 1


async def test_unsubscribed_private_topic_falls_silent() -> None:
    """Unsubscribing works logged in or not."""
    stage = Stage()
    connection, session = stage.spot()
    for message in (login(), request("subscribe", *TOPICS), request("unsubscribe", "notificationApiV3", "fills")):
        session.received(message)
    connection.take()

    stage.tell(UPDATES["partly filled as taker"])

    assert [message["topic"] for message in connection.take()] == list(TOPICS[1:4])


async def test_nothing_is_rendered_for_an_account_without_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logged-in connection that subscribed to nothing costs no rendering."""
    stage = Stage()
    _, session = stage.spot()
    session.received(login())
    monkeypatch.setattr(
        "bedesten.dialects.btse.spot.streams.status_told", lambda update: pytest.fail("rendered for nobody")
    )

    stage.tell(UPDATES["inserted"])
