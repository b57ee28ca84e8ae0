"""What an account hears of itself, through the life of its orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.dialects.btcturk.pairs import pairs_of
from bedesten.dialects.btcturk.rest import render
from bedesten.domain.commands import AmendOrder, CancelOrder, SetFees
from bedesten.domain.enums import CloseReason, OrderType, PriceSource, TimeInForce, Trigger
from bedesten.domain.events import Rejected
from tests.dialects.btcturk.feed_stage import VENUE_FILE, Stage, join, login, open_stage
from tests.dialects.btse.socket_doubles import FakeConnection, settle

STOP = {"trigger": Trigger.STOP, "trigger_price": 950, "trigger_source": PriceSource.LAST}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    yield opened
    await opened.venue.sequencer.stop()


def bob(stage: Stage) -> FakeConnection:
    """Return a connection logged in as bob."""
    connection, session = stage.connect()
    session.received(login(stage))
    assert connection.take()[0][1]["ok"]
    return connection


def orders(connection: FakeConnection) -> list[tuple[int, str]]:
    """Return each order message's model and what it leaves of the order; balances aside."""
    return [(model, body.get("numLeft", body.get("amount"))) for model, body in connection.take() if model != 201]


async def test_a_resting_order_is_inserted_and_deleted(stage: Stage) -> None:
    """451, then 452 with what was left; balances change with both."""
    connection = bob(stage)
    placed = await stage.buy(stage.bob, "2", "100", "mine")
    inserted, balance = connection.take()
    assert inserted[0] == 451 and inserted[1]["id"] == placed.order_id
    assert inserted[1]["newOrderClientId"] == "mine"
    assert balance == [201, {"type": 201, "userId": stage.bob, "payload": "1,3,1"}]

    await stage.venue.trading.cancel(CancelOrder(account=stage.bob, order_id=placed.order_id))

    deleted, _ = connection.take()
    assert (deleted[0], deleted[1]["numLeft"], deleted[1]["id"]) == (452, "2.0000000000000000", placed.order_id)


async def test_a_match_is_told_thrice_and_a_filled_order_is_not_deleted(stage: Stage) -> None:
    """441 by its order, 423 with fee and tax, 453 with what is left; the last match is the end."""
    connection = bob(stage)
    await stage.buy(stage.bob, "3", "100")
    await stage.sell(stage.alice, "1", "100")
    await stage.sell(stage.alice, "2", "100")

    assert orders(connection) == [
        (451, "3"), (441, "1.0000000000"), (423, "1"), (453, "2"), (441, "2.0000000000"), (423, "2"), (453, "0"),
    ]  # fmt: skip


async def test_a_fee_is_told_in_the_asset_it_was_taken_in() -> None:
    """As REST's own trades tell it, on pairs that are shared with an API of other rules; what is left has no fee on top."""
    stage = await open_stage(text=VENUE_FILE.replace('"in_quote"', '"in_received"'))
    connection = bob(stage)
    await stage.sell(stage.alice, "1", "100000")
    await stage.buy(stage.bob, "2", "100000")

    told = {model: body for model, body in connection.take() if model in (423, 453)}
    assert (told[423]["fee"], told[423]["tax"]) == ("-0.00200000", "-0.00036000")
    assert told[453]["denomLeft"] == "100000.0000000000000000"
    await stage.venue.sequencer.stop()


async def test_what_is_left_is_told_at_the_rate_that_the_order_was_placed_with(stage: Stage) -> None:
    """A change of the fees concerns the next orders; so of one from before the login, and of its end."""
    early = await stage.sell(stage.bob, "1", "1000")
    connection = bob(stage)
    await stage.settle()
    late = await stage.sell(stage.bob, "1", "1000")
    _, told = connection.take()[0]
    instrument = stage.instrument("BTC-TRY")
    dearer = SetFees(instrument=instrument.id, tier=0, maker_ppb=40_000_000, taker_ppb=50_000_000)
    assert not any(isinstance(event, Rejected) for event in (await stage.venue.sequencer.submit(dearer)).events)

    for order in (early, late):
        await stage.venue.trading.cancel(CancelOrder(account=stage.bob, order_id=order.order_id))
    await stage.sell(stage.bob, "1", "1000")

    left = [body["denomLeft"] for model, body in connection.take() if model in (451, 452)]
    assert left[:2] == [told["denomLeft"]] * 2 and float(left[2]) < float(told["denomLeft"])


async def test_a_market_order_is_told_with_what_it_took(stage: Stage) -> None:
    """Inserted, matched, and deleted where the book was used up."""
    await stage.sell(stage.alice, "1", "100")
    connection = bob(stage)

    await stage.buy(stage.bob, "3", "0", order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC)

    frames = connection.take()
    assert [model for model, _ in frames] == [451, 441, 423, 453, 452, 201]
    assert {body["method"] for model, body in frames if "method" in body} == {1}


async def test_a_budget_is_left_in_the_denominator(stage: Stage) -> None:
    """An order by budget has no amount; what it has not spent is what is left."""
    connection = bob(stage)
    await stage.sell(stage.alice, "1", "100")
    await stage.buy(
        stage.bob, "0", "0", budget=50 * 10**8, order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC
    )  # fmt: skip

    inserted = connection.take()[0][1]

    assert (inserted["amount"], inserted["denomLeft"]) == ("0", "50.0000000000000000")


async def test_a_stop_order_that_fires_goes_on_under_a_new_id(stage: Stage) -> None:
    """452 of the one that waited, 451 of the one in the book, with the same client id; it is a plain limit order now."""
    connection = bob(stage)
    waiting = await stage.sell(stage.bob, "1", "900", "stop", **STOP)
    assert connection.take()[0][1]["method"] == 2

    await stage.buy(stage.alice, "2", "940")
    carol = await stage.venue.accounts.open("carol")
    await stage.fund(carol.id)
    await stage.sell(carol.id, "1", "940")

    frames = [frame for frame in connection.take() if frame[0] != 201]
    (deleted, inserted, *after) = frames
    assert (deleted[0], deleted[1]["id"], deleted[1]["method"]) == (452, waiting.order_id, 2)
    assert (inserted[0], inserted[1]["method"], inserted[1]["newOrderClientId"]) == (451, 0, "stop")
    assert inserted[1]["id"] > waiting.order_id
    assert {body.get("orderId", body["id"]) for _, body in after} <= {inserted[1]["id"]}


async def test_an_amended_order_is_deleted_and_inserted(stage: Stage) -> None:
    """As the venue's own system works: what is deleted is told as it stood, also when it was placed before the login."""
    placed = await stage.buy(stage.bob, "2", "100")
    connection = bob(stage)
    await settle()

    await stage.venue.trading.amend(AmendOrder(account=stage.bob, order_id=placed.order_id, quantity=10**8))
    assert orders(connection) == [(452, "2.0000000000000000"), (451, "1")]
    await stage.venue.trading.amend(AmendOrder(account=stage.bob, order_id=placed.order_id, price=90))
    (deleted, inserted, _) = [body for _, body in connection.take()]
    assert (deleted["price"], inserted["price"]) == ("100.0000000000000000", "90")
    await stage.sell(stage.alice, "0.4", "90")
    await stage.venue.trading.amend(AmendOrder(account=stage.bob, order_id=placed.order_id, price=95))

    told = dict(connection.take())
    assert (told[452]["price"], told[452]["numLeft"]) == ("90.0000000000000000", "0.6000000000000000")
    assert (told[451]["price"], told[451]["numLeft"]) == ("95", "0.6")


async def test_a_market_buy_that_leaves_change_is_not_deleted(stage: Stage) -> None:
    """It is carried out: the last match is its end, as of any other; the change comes back with the balance."""
    connection = bob(stage)
    await stage.sell(stage.alice, "1", "999983")
    connection.take()

    outcome = await stage.buy(
        stage.bob, "0", "0", budget=50 * 10**8, order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC
    )  # fmt: skip

    assert outcome.order is not None and outcome.order.order.close_reason == CloseReason.BUDGET_SPENT
    assert [model for model, _ in connection.take()] == [451, 441, 423, 453, 201]


async def test_a_stop_that_fires_on_a_shared_pair_goes_on_as_a_limit_order() -> None:
    """452 of the stop that waited, 451 of the same number: a plain limit order since, over REST as well."""
    stage = await open_stage(text=VENUE_FILE.replace("reissue_at_trigger = true\n", ""))
    connection = bob(stage)
    waiting = await stage.sell(stage.bob, "1", "900", "stop", **STOP)
    connection.take()

    await stage.buy(stage.alice, "2", "940")
    carol = await stage.venue.accounts.open("carol")
    await stage.fund(carol.id)
    await stage.sell(carol.id, "1", "940")

    deleted, inserted, *_ = [body for model, body in connection.take() if model in (451, 452)]
    assert (deleted["id"], deleted["method"]) == (inserted["id"], 2) == (waiting.order_id, 2)
    assert inserted["method"] == 0
    record = await stage.venue.trading.order(stage.bob, waiting.order_id)
    pair = pairs_of(stage.venue.catalogue).of(stage.instrument().id)
    assert record is not None and pair is not None
    row = render.order(pair, *record, long_rest=True)
    assert (row["method"], row["stopPrice"], row["status"]) == ("limit", "0.00", "Closed")
    await stage.venue.sequencer.stop()


async def test_a_match_has_the_documents_sums_where_they_are_chosen(stage: Stage) -> None:
    """numTotal, numLeft, denomTotal and denomLeft; by default they are not sent, as nobody has seen them. 100 has its id."""
    stage.feed = Feed(answers={**DEFAULTS, "members": "documented"})
    connection, session = stage.connect()
    session.received(login(stage))
    session.received(join("trade", "BTCTRY"))
    assert {"type": 100, "id": 0, "ok": True, "message": "join|trade:BTCTRY"} in [body for _, body in connection.take()]
    await stage.buy(stage.bob, "3", "100")
    await stage.sell(stage.alice, "1", "100")

    (match,) = [body for model, body in connection.take() if model == 441]

    assert [match[name] for name in ("numTotal", "numLeft", "denomTotal", "denomLeft")] == [
        "3", "2", "300", "200.4720000000000000",
    ]  # fmt: skip


async def test_a_seller_gives_and_a_buyer_gets(stage: Stage) -> None:
    """Amounts of sales are negative, and so is what is paid to the venue, on either side."""
    connection = bob(stage)
    await stage.sell(stage.bob, "2", "100")
    await stage.buy(stage.alice, "2", "100")

    (trade,) = [body for model, body in connection.take() if model == 423]

    assert (trade["amount"], trade["preciseAmount"], trade["orderType"]) == ("-2", -2, "sell")
    assert (trade["fee"], trade["tax"]) == ("-0.20000000", "-0.03600000")


async def test_only_ones_own_affairs_are_heard(stage: Stage) -> None:
    """Guests and other accounts hear nothing; a second connection of the account hears the same."""
    first, second = bob(stage), bob(stage)
    guest, _ = stage.connect()

    await stage.buy(stage.alice, "2", "100")
    await stage.buy(stage.bob, "2", "100")

    assert [model for model, _ in first.take()] == [model for model, _ in second.take()] == [451, 201]
    assert guest.take() == []


async def test_a_deposit_changes_a_balance(stage: Stage) -> None:
    """Money that moves without an order is told too, to either side of the transfer."""
    connection = bob(stage)

    await stage.fund(stage.bob)
    await stage.fund(stage.alice)
    await settle()

    assert [body["payload"] for _, body in connection.take()] == [f"0,{asset.id},0" for asset in assets(stage)]


async def test_orders_on_pairs_of_other_apis_are_not_told(stage: Stage) -> None:
    """What is not listed here has no number and no name here; that it moved money is told, of no pair."""
    connection = bob(stage)

    await stage.buy(stage.bob, "1", "0.00100", name="ETH-BTC")

    assert connection.take() == [[201, {"type": 201, "userId": stage.bob, "payload": "0,4,3"}]]


async def test_nobody_is_watched_when_the_last_connection_has_gone(stage: Stage) -> None:
    """A session that ends leaves its account; others of the account stay."""
    bob(stage)
    second = bob(stage)
    for _, session in stage.connections[:1]:
        session.closed()
    await stage.buy(stage.bob, "2", "100")
    assert second.take()

    stage.connections[1][1].closed()
    await stage.buy(stage.bob, "2", "100")

    assert second.take() == []


def assets(stage: Stage) -> Any:
    return stage.venue.catalogue.assets
