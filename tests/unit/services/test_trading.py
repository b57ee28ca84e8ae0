"""Trading: client ids, looking orders up while they live and after, fills, the dead-man timer."""

from __future__ import annotations

import pytest
from tests.unit.services.market import BTC_USD, ETH_USD, MINUTE, SECOND, Market, Pausing, open_market, order, settle

from bedesten.clock import ManualClock
from bedesten.domain.enums import CloseReason, RejectReason, Side, TimeInForce
from bedesten.services.orders import ended as ended_module
from bedesten.services.orders.trading import client_ref


async def test_an_order_is_found_by_the_clients_own_id(market: Market) -> None:
    """Open orders answer to their number and to the text that the client gave them."""
    placed = await market.buy(market.alice, 1, 90, "first-order")

    by_text = await market.venue.trading.order(market.alice.id, client_id="first-order")
    by_number = await market.venue.trading.order(market.alice.id, placed.order_id)

    assert by_text is not None and by_text == by_number
    assert (by_text.order.order_id, by_text.client_id) == (placed.order_id, "first-order")


async def test_a_client_id_belongs_to_its_account(market: Market) -> None:
    """Two accounts may use the same text; neither sees or cancels the other's order."""
    hers = await market.buy(market.alice, 1, 90, "same")
    his = await market.buy(market.bob, 1, 91, "same")

    canceled = await market.venue.trading.cancel_by_client_id(market.alice.id, "same")

    assert [record.order.order_id for record in canceled.orders] == [hers.order_id]
    left = await market.venue.trading.order(market.bob.id, client_id="same")
    assert left is not None and left.order.order_id == his.order_id
    assert await market.venue.trading.order(market.alice.id, his.order_id) is None


async def test_a_cancel_by_client_id_ends_every_namesake(market: Market) -> None:
    """A client id need not be unique; all that carry it are canceled, on the instrument named or on all."""
    for price in (90, 91):
        await market.buy(market.alice, 1, price, "twice")

    elsewhere = await market.venue.trading.cancel_by_client_id(market.alice.id, "twice", ETH_USD.id)
    canceled = await market.venue.trading.cancel_by_client_id(market.alice.id, "twice")

    assert elsewhere.reject is RejectReason.UNKNOWN_ORDER
    assert len(canceled.orders) == 2
    assert {record.client_id for record in canceled.orders} == {"twice"}


async def test_the_newest_of_namesakes_is_found_first(market: Market) -> None:
    """Asking by a client id that was used again is about the last order; its end does not hide the order's row."""
    await market.buy(market.alice, 1, 90, "again")
    second = await market.buy(market.alice, 1, 91, "again")

    found = await market.venue.trading.order(market.alice.id, client_id="again")

    assert found is not None and found.order.order_id == second.order_id


async def test_a_client_id_longer_than_any_id_is_refused(market: Market) -> None:
    """The journal keeps the text, so the text has a bound."""
    outcome = await market.buy(market.alice, 1, 90, "x" * 129)

    assert outcome.reject is RejectReason.MALFORMED


def test_the_stand_in_for_a_client_id_is_a_positive_64_bit_number() -> None:
    """It is the same every time, and differs between accounts and texts."""
    references = {client_ref(account, text) for account in (16, 17) for text in ("a", "b", "日本")}

    assert len(references) == 6
    assert all(0 < reference < 1 << 63 for reference in references)
    assert client_ref(16, "a") == client_ref(16, "a")


async def test_an_ended_order_is_still_known(market: Market) -> None:
    """Right after its end an order is told from memory, with its client id, by number and by text."""
    placed = await market.buy(market.alice, 1, 90, "gone")
    await market.venue.trading.cancel_all(market.alice.id)

    for found in (
        await market.venue.trading.order(market.alice.id, placed.order_id),
        await market.venue.trading.order(market.alice.id, client_id="gone"),
    ):
        assert found is not None
        assert (found.order.close_reason, found.client_id) == (CloseReason.CANCELED, "gone")


async def test_an_order_that_ended_long_ago_is_found_in_the_store(market: Market, clock: ManualClock) -> None:
    """After half an hour memory lets go of an order; the store does not."""
    old = await market.buy(market.alice, 1, 90, "old")
    await market.venue.trading.cancel_all(market.alice.id)
    clock.advance(31 * MINUTE)
    await market.buy(market.alice, 1, 90, "new")
    await market.venue.trading.cancel_all(market.alice.id)

    by_number = await market.venue.trading.order(market.alice.id, old.order_id)
    by_text = await market.venue.trading.order(market.alice.id, client_id="old")

    assert by_number is not None and by_number == by_text
    assert (by_number.client_id, by_number.order.order_id) == ("old", old.order_id)
    assert await market.venue.trading.order(market.bob.id, old.order_id) is None


async def test_memory_of_ended_orders_is_bounded(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many orders end at once, only the last ones stay in memory; the others come from the store."""
    monkeypatch.setattr(ended_module, "KEPT_MAX", 2)
    placed = [await market.buy(market.alice, 1, 90 + at, f"order {at}") for at in range(4)]
    await market.venue.trading.cancel_all(market.alice.id)

    first = await market.venue.trading.order(market.alice.id, placed[0].order_id)

    assert first is not None and first.client_id == "order 0"


async def test_nobody_is_asked_for_an_order_without_a_name(market: Market) -> None:
    """Neither number nor text: there is no such order."""
    await market.buy(market.alice, 1, 90)

    assert await market.venue.trading.order(market.alice.id) is None


async def test_open_orders_are_listed_oldest_first(market: Market) -> None:
    """Of one instrument or of all, with their client ids."""
    for price, client_id in ((90, "a"), (92, ""), (91, "b")):
        await market.buy(market.alice, 1, price, client_id)

    everywhere = await market.venue.trading.open_orders(market.alice.id)
    on_ether = await market.venue.trading.open_orders(market.alice.id, ETH_USD.id)

    assert [(record.order.price, record.client_id) for record in everywhere] == [(90, "a"), (92, ""), (91, "b")]
    assert on_ether == []


async def test_history_tells_ended_orders_newest_first(market: Market, clock: ManualClock) -> None:
    """Each with its last state and client id; open orders are not history."""
    for price, client_id in ((90, "a"), (91, "b")):
        await market.buy(market.alice, 1, price, client_id)
        await market.venue.trading.cancel_all(market.alice.id)
        clock.advance(SECOND)
    await market.buy(market.alice, 1, 92, "open")

    history = await market.venue.trading.order_history(market.alice.id, BTC_USD.id)

    assert [record.client_id for record in history] == ["b", "a"]


async def test_fills_are_told_by_account_order_and_client_id(market: Market) -> None:
    """Each side of a match is a fill of its own, with its own fee; newest first."""
    resting = await market.sell(market.alice, 5, 100, "offer")
    await market.buy(market.bob, 2, 100, "bid")
    await market.buy(market.bob, 1, 100)

    hers = await market.venue.trading.fills(market.alice.id, client_id="offer")
    his = await market.venue.trading.fills(market.bob.id, client_id="bid")
    of_the_order = await market.venue.trading.fills(market.alice.id, order_id=resting.order_id, limit=1)

    assert [(fill.quantity, fill.side, fill.is_maker) for fill in hers] == [(1, Side.SELL, 1), (2, Side.SELL, 1)]
    assert [(fill.quantity, fill.side, fill.is_maker) for fill in his] == [(2, Side.BUY, 0)]
    assert [fill.quantity for fill in of_the_order] == [1]
    assert await market.venue.trading.fills(market.bob.id, client_id="never used") == []


async def test_fills_can_be_shown_with_their_orders(market: Market) -> None:
    """Open orders, ended ones and none of anybody else's."""
    resting = await market.sell(market.alice, 5, 100, "offer")
    taken = await market.buy(market.bob, 2, 100, "bid")

    hers = await market.venue.trading.records(market.alice.id, [resting.order_id, taken.order_id])
    his = await market.venue.trading.records(market.bob.id, [taken.order_id])

    assert {order_id: record.client_id for order_id, record in hers.items()} == {resting.order_id: "offer"}
    assert his[taken.order_id].order.close_reason == CloseReason.FILLED


async def test_the_dead_man_timer_cancels_what_is_open(market: Market, clock: ManualClock) -> None:
    """Unless it is extended, everything of the account ends at its deadline; a timeout of zero disarms it."""
    trading = market.venue.trading
    await market.buy(market.alice, 1, 90)
    await market.buy(market.bob, 1, 90)
    for account in (market.alice, market.bob):
        await trading.cancel_all_after(account.id, 10 * SECOND)
    await trading.cancel_all_after(market.bob.id, 0)

    clock.advance(10 * SECOND)
    await settle()

    assert await trading.open_orders(market.alice.id) == []
    assert len(await trading.open_orders(market.bob.id)) == 1


async def test_a_dead_man_timer_beyond_the_end_of_time_is_the_end_of_time(market: Market) -> None:
    """Some clients mean "never" with a very large number."""
    outcome = await market.venue.trading.cancel_all_after(market.alice.id, 1 << 80)

    assert outcome.reject is None


async def test_client_ids_of_live_orders_survive_a_restart(market: Market, store: Pausing, clock: ManualClock) -> None:
    """The text is journaled beside the command, so the new process knows it."""
    await market.buy(market.alice, 1, 90, "lives")
    await market.buy(market.alice, 1, 89, "canceled")
    await market.venue.trading.cancel_by_client_id(market.alice.id, "canceled")
    await market.buy(market.alice, 1, 200, "kill", time_in_force=TimeInForce.FOK)
    await market.venue.sequencer.stop()

    again = await open_market(store, clock)
    assert list(again.venue.sequencer.state.texts.values()) == ["lives"]
    canceled = await again.venue.trading.cancel_by_client_id(market.alice.id, "lives")

    assert [record.client_id for record in canceled.orders] == ["lives"]
    await again.venue.sequencer.stop()


async def test_a_market_order_may_come_through_the_same_door(market: Market) -> None:
    """Every kind of order is placed the same way."""
    await market.sell(market.alice, 5, 100)

    outcome = await market.venue.trading.place(order(market.bob, Side.BUY, 5, 100, time_in_force=TimeInForce.IOC))

    assert outcome.order is not None and outcome.order.order.close_reason == CloseReason.FILLED
