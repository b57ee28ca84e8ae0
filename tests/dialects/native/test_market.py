"""What anybody may ask of the native API: what is listed, books, trades, candles and prices."""

from __future__ import annotations

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Request
from bedesten.dialects.native.market.parse import GROUPS
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.domain.money import to_units
from bedesten.services.store_types import Announcement
from tests.dialects.native.client import Client
from tests.security.stand import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _fill(stand: Stand, name: str, prices: list[str], quantity: str = "0.01") -> None:
    """Let two strangers trade a quantity at each of *prices*, in turn."""
    instrument = stand.venue.catalogue.instrument(name)
    assert instrument is not None
    maker, taker = [await stand.customer(f"{name} {stand.stranger()}", money=10_000_000) for _ in range(2)]
    for price in prices:
        for who, side in ((maker, Side.SELL), (taker, Side.BUY)):
            await stand.venue.trading.place(
                PlaceOrder(
                    account=who.account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC, price=instrument.ticks(price), quantity=instrument.lots(quantity),
                )
            )  # fmt: skip
        stand.clock.advance(60_000_000_000)


async def test_the_clock_is_told_twice(client: Client, stand: Stand) -> None:
    """As text with microseconds, and as requests are signed with."""
    told = await client.get("/time")

    assert told["unix_ms"] == stand.clock.now_ns() // 1_000_000
    assert told["time"].endswith("Z") and len(told["time"].partition(".")[2]) == len("123456Z")


async def test_an_instrument_is_listed_with_its_rules(client: Client) -> None:
    """In the list and by itself alike; what bounds nothing is left out."""
    listed = {row["instrument"]: row for row in (await client.get("/instruments"))["items"]}
    one = await client.get("/instruments/BTC-USD")

    assert listed["BTC-USD"] == one
    assert one | {"tick_size": "0.5", "lot_size": "0.00001", "state": "trading", "base": "BTC", "quote": "USD"} == one
    assert one["groups"][:3] == ["0.5", "1.0", "2.5"] and len(one["groups"]) == len(GROUPS)
    assert all(value not in ("", 0, None) for name, value in one.items() if name not in ("tax_ppb", "maker_fee_ppb"))


async def test_what_is_not_listed_is_refused_by_name(client: Client) -> None:
    """With a problem that a program can read."""
    answer = await client.ask("GET", "/instruments/NO-SUCH/book")

    assert answer.status == 404
    assert answer.json | {"reason": "unknown_instrument", "param": "instrument", "status": 404} == answer.json
    assert answer.json["type"] == "/docs/errors#unknown_instrument" and answer.json["request_id"]


async def test_a_parameter_that_cannot_be_read_is_named(client: Client) -> None:
    """A depth that is too large, a group that is none, a resolution that is none, an instant without an offset."""
    for path, query, param in (
        ("/instruments/BTC-USD/book", {"depth": 1_001}, "depth"),
        ("/instruments/BTC-USD/book", {"group": "0.7"}, "group"),
        ("/instruments/BTC-USD/book", {"group": "1.5"}, "group"),
        ("/instruments/BTC-USD/candles", {"resolution": "7m"}, "resolution"),
        ("/instruments/BTC-USD/candles", {"start": "2026-11-30T12:00:00"}, "start"),
        ("/instruments/BTC-USD/trades", {"after": "AAAA"}, "after"),
    ):
        answer = await client.ask("GET", path, **query)

        assert (answer.status, answer.json["reason"], answer.json["param"]) == (400, "malformed", param), query


async def test_a_book_s_levels_are_joined_by_the_group(client: Client, stand: Stand) -> None:
    """Bids downwards, asks upwards; every decimal is a text in the instrument's own scale."""
    who = await stand.customer("a maker of books", money=10_000_000)
    instrument = stand.venue.catalogue.instrument("ETH-USD")
    assert instrument is not None
    for side, price in ((Side.BUY, "1999.05"), (Side.BUY, "1998.10"), (Side.SELL, "2000.05"), (Side.SELL, "2000.90")):
        await stand.venue.trading.place(
            PlaceOrder(
                account=who.account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT,
                time_in_force=TimeInForce.GTC, price=instrument.ticks(price), quantity=instrument.lots("1.5"),
            )
        )  # fmt: skip

    plain = await client.get("/instruments/ETH-USD/book", depth=1)
    grouped = await client.get("/instruments/ETH-USD/book", group="5.00")

    assert (plain["bids"], plain["asks"]) == ([["1999.05", "1.5000"]], [["2000.05", "1.5000"]])
    assert (grouped["bids"], grouped["asks"]) == ([["1995.00", "3.0000"]], [["2005.00", "3.0000"]])


async def test_trades_are_walked_page_by_page_while_new_ones_come(client: Client, stand: Stand) -> None:
    """Nothing is left out and nothing is shown twice, whatever happens between two pages."""
    await _fill(stand, "LTC-USD", ["100.00", "101.00", "102.00", "103.00", "104.00"])
    walked, after = [], {}
    while True:
        page = await client.get("/instruments/LTC-USD/trades", limit=2, **after)
        walked += [row["price"] for row in page["items"]]
        await _fill(stand, "LTC-USD", ["200.00"])
        if "next" not in page:
            break
        after = {"after": page["next"]}

    assert walked == ["104.00", "103.00", "102.00", "101.00", "100.00"]


async def test_a_cursor_belongs_to_its_list_and_filter(client: Client, stand: Stand) -> None:
    """Of another instrument's trades it is refused, and so is one that was altered."""
    await _fill(stand, "SOL-USD", ["100.00", "101.00", "102.00"])
    cursor = (await client.get("/instruments/SOL-USD/trades", limit=1))["next"]

    for path, after in (
        ("/instruments/XRP-USD/trades", cursor),
        ("/instruments/SOL-USD/candles", cursor),
        ("/instruments/SOL-USD/trades", cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
    ):
        assert (await client.ask("GET", path, after=after)).json["param"] == "after"


async def test_candles_are_newest_first_and_walked_by_pages(client: Client, stand: Stand) -> None:
    """A minute each, in one line with the ticker's figures."""
    await _fill(stand, "XRP-USD", ["1.0000", "1.2000", "0.9000"], "10")
    first = await client.get("/instruments/XRP-USD/candles", resolution="1m", limit=2)
    second = await client.get("/instruments/XRP-USD/candles", resolution="1m", limit=2, after=first["next"])
    closes = [row["close"] for row in (*first["items"], *second["items"])]
    ticker = (await client.get("/tickers", instrument="XRP-USD"))["items"][0]

    assert [close for close in closes if close in ("1.0000", "1.2000", "0.9000")][-3:] == ["0.9000", "1.2000", "1.0000"]
    assert ticker | {"last": "0.9000", "high": "1.2000", "low": "0.9000", "volume": "30.0"} == ticker
    assert ticker["change_ppm"] == (to_units("0.9", scale=4) - 10_000) * 100


async def test_an_index_price_says_when_and_by_whom_it_was_told(client: Client) -> None:
    """One that was never told has no price."""
    told = await client.get("/instruments/BTC-USD/index")
    none = await client.get("/instruments/ETH-EUR/index")

    assert (told["price"], told["source"], told["too_old"]) == ("20000.0", "operator", False)
    assert none == {"instrument": "ETH-EUR", "too_old": False}


async def test_networks_say_what_they_carry(client: Client) -> None:
    """An asset names its networks, and a network its assets and terms."""
    assets = {row["asset"]: row for row in (await client.get("/assets"))["items"]}
    networks = {row["network"]: row for row in (await client.get("/networks"))["items"]}

    assert "Bitcoin" in assets["BTC"]["networks"]
    assert "BTC" in [row["asset"] for row in networks["Bitcoin"]["assets"]]


async def test_an_unknown_path_is_a_problem_too(client: Client) -> None:
    """And so is a known one with another method."""
    unknown, wrong = await client.ask("GET", "/nowhere"), await client.ask("DELETE", "/time")

    assert (unknown.status, unknown.json["reason"]) == (404, "not_found")
    assert (wrong.status, wrong.json["reason"]) == (405, "method_not_allowed")


async def test_the_venue_says_what_it_is_and_offers(client: Client, stand: Stand) -> None:
    """By what its file configures; whether its money is play money is the start's to say."""
    told = await client.get("/venue")

    assert told | {"demo": False, "languages": ["en", "tr", "zh-TW"]} == told and told["name"]
    assert set(told["features"]) == {"networks", "bank", "otc", "conversions", "sign_up"}
    (demo,) = [each for each in make_dialects(demo_venue_file(), is_demo=True) if each.name == "native"]
    (row,) = [each for each in demo.endpoints if each.path.endswith("/venue")]
    assert (await row.call(stand.venue, Request(method="GET", path=row.path), None)).demo


async def test_what_the_operator_changed_is_listed_newest_first(client: Client, stand: Stand) -> None:
    """What is new has no before, and what is gone no after."""
    now_ns = stand.clock.now_ns()
    stand.venue.feeds.announce(
        [Announcement(now_ns, "groups.btse.min_notional", "", "5"), Announcement(now_ns, "x", "1", "")]
    )
    first, second = (await client.get("/announcements", limit=2))["items"]

    assert (first["key"], first["before"], "after" in first) == ("x", "1", False)
    assert (second["key"], second["after"], "before" in second) == ("groups.btse.min_notional", "5", False)
