"""Public REST over the whole server: forms of numbers, formulas, clamps, and what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.config import parse_venue_file
from bedesten.dialects.btcturk.pairs import Pair
from bedesten.dialects.btcturk.rest import render_market
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.services.market.market_data import Bbo, Summary
from bedesten.services.store_types import Candle
from tests.dialects.btcturk.stand import SECOND, START_NS, VENUE_FILE, Client, Stand
from tests.dialects.btse.stand import Client as BtseClient

MINUTE = 60 * SECOND


def a_pair(name: str = "BTCTRY") -> Pair:
    file = parse_venue_file(VENUE_FILE, source="tests")
    (listing,) = [row for row in file.listings["btcturk"] if row.symbol == name]
    (instrument,) = [row for row in file.instruments if row.id == listing.instrument]
    return Pair(instrument, listing)


def text_of(value: Any) -> str:
    return bytes(value).decode()


# The samples of the documents


def test_the_ticker_sample_follows_the_formulas() -> None:
    """daily is ask − open and dailyPercent (last − open) ÷ open: −318 and −1.02."""
    day = Summary(1, 47988, 48710, 47000, 47500, 30_441_000_000, 0, Bbo(47472, 1, 47670, 1), 0, START_NS)

    row = render_market.ticker(a_pair(), day)

    assert [text_of(row[name]) for name in ("last", "high", "low", "bid", "ask", "open", "volume")] == [
        "47500", "48710", "47000", "47472", "47670", "47988", "304.41",
    ]  # fmt: skip
    assert (text_of(row["daily"]), text_of(row["dailyPercent"])) == ("-318", "-1.02")
    assert (row["pair"], row["pairNormalized"], row["timestamp"]) == ("BTCTRY", "BTC_TRY", START_NS // 1_000_000)


def test_the_other_ticker_sample_follows_them_too() -> None:
    """ETHTRY: 1023 − 1032 = −9, and (1020 − 1032) ÷ 1032 = −1.16 %."""
    day = Summary(1, 1032, 1034, 999, 1020, 1, 0, Bbo(1019, 1, 1023, 1), 0, START_NS)

    row = render_market.ticker(a_pair(), day)

    assert (text_of(row["daily"]), text_of(row["dailyPercent"])) == ("-9", "-1.16")


@pytest.mark.parametrize(
    ("candle", "average", "change", "percentage"),
    [
        (Candle(1582070400, 61940, 62698, 58500, 58801, 54_918_588_855, 3_356_608_063_598_729), "61119.71", "-3139", "-5.07"),
        (Candle(1582156800, 59150, 61000, 58477, 59100, 66_345_338_115, 3_921_128_323_027_989), "59101.79", "-50", "-0.08"),
        (Candle(1582243200, 59104, 60399, 58801, 59704, 38_762_553_662, 2_312_702_668_246_151), "59663.32", "600", "1.02"),
    ],
)  # fmt: skip
def test_the_daily_samples_follow_the_formulas(candle: Candle, average: str, change: str, percentage: str) -> None:
    """average is total ÷ volume, dailyChangeAmount close − open: all three rows of the documents."""
    row = render_market.day(a_pair(), candle)

    told = [text_of(row[name]) for name in ("average", "dailyChangeAmount", "dailyChangePercentage")]
    assert told == [average, change, percentage]
    assert list(row) == [
        "pair", "time", "open", "high", "low", "close", "volume", "total", "average", "dailyChangeAmount",
        "dailyChangePercentage",
    ]  # fmt: skip


# The clock


async def test_the_clock_is_told_twice(stand: Stand) -> None:
    """In milliseconds, and as .NET writes an instant: seven digits of a second."""
    stand.clock.advance(123_456_789)

    answer = await stand.public.get("/api/v2/server/time")

    assert answer.body == b'{"serverTime":1700000000123,"serverTime2":"2023-11-14T22:13:20.1234567+00:00"}'
    assert (await stand.public.get("/api/v2/server/ping")).json == {"pong": True}
    assert set((await stand.public.get("/api/v2/server/version")).json) == {"version"}


# What is listed


async def test_exchange_info_lists_pairs_and_currencies(stand: Stand) -> None:
    """Every key that clients read, with scales, and limits of ten times and a tenth of the price in sixteen decimals."""
    await stand.index("50000")

    answer = await stand.public.get("/api/v2/server/exchangeinfo")

    data = answer.data
    assert list(data) == ["timeZone", "serverTime", "symbols", "currencies", "currencyOperationBlocks"]
    assert answer.body.endswith(b'"success":true,"message":"","code":0,"extensions":null}')
    assert answer.headers["cache-control"] == "public, max-age=30, s-maxage=30, must-revalidate"
    assert [row["currencySymbol"] for row in data["currencyOperationBlocks"]] == ["Try", "Btc", "Xrp", "Usdt"]
    first, second, third = data["symbols"]
    assert list(first) == [
        "id", "name", "nameNormalized", "status", "numerator", "denominator", "numeratorScale", "denominatorScale",
        "hasFraction", "filters", "orderMethods", "displayFormat", "commissionFromNumerator", "order", "priceRounding",
        "isNew", "marketPriceWarningThresholdPercentage", "maximumOrderAmount", "maximumLimitOrderPrice",
        "minimumLimitOrderPrice",
    ]  # fmt: skip
    assert (first["numeratorScale"], first["denominatorScale"], first["hasFraction"]) == (8, 0, False)
    assert (second["numeratorScale"], second["denominatorScale"], second["hasFraction"]) == (4, 2, True)
    assert (third["numeratorScale"], third["denominatorScale"], third["hasFraction"]) == (8, 0, False)
    assert first["filters"][0]["minExchangeValue"] == "99.91"
    assert (
        b'"maximumLimitOrderPrice":500000.0000000000000000,"minimumLimitOrderPrice":5000.0000000000000000'
        in answer.body
    )
    lira = data["currencies"][0]
    assert (lira["symbol"], lira["name"], lira["currencyType"], lira["precision"]) == ("TRY", "Türk Lirası", "FIAT", 2)
    assert "Türk Lirası".encode() in answer.body
    assert data["currencies"][2]["tag"]["enable"] is True


# Tickers


async def trade(stand: Stand, alice: Client, bob: Client, price: str = "50000", quantity: str = "0.01") -> None:
    await alice.placed("sell", quantity, price)
    await bob.placed("buy", quantity, price)


async def test_tickers_of_all_pairs_leave_out_those_without_a_trade(stand: Stand, alice: Client, bob: Client) -> None:
    """Asked for by name they come with zeros, and always in a list."""
    await trade(stand, alice, bob)
    get = stand.public.get

    assert [row["pair"] for row in (await get("/api/v2/ticker")).data] == ["BTCTRY"]
    (idle,) = (await get("/api/v2/ticker", pairSymbol="xrp_try")).data
    assert (idle["pair"], idle["high"], idle["volume"], idle["daily"]) == ("XRPTRY", 0, 0, 0)
    (busy,) = (await get("/api/v2/ticker", pairSymbol="")).data
    assert busy["pair"] == "BTCTRY"


async def test_a_ticker_tells_the_last_day(stand: Stand, alice: Client, bob: Client) -> None:
    """Open, high, low, last, volume and their average price, of whole numbers without a point."""
    for price in ("50000", "52000", "49000"):
        await trade(stand, alice, bob, price)
        stand.clock.advance(MINUTE)
    await alice.placed("sell", "1", "51000")
    await bob.placed("buy", "1", "48000")

    answer = await stand.public.get("/api/v2/ticker", pairSymbol="BTCTRY")

    assert answer.body.startswith(
        b'{"data":[{"pair":"BTCTRY","pairNormalized":"BTC_TRY","timestamp":1700000180000,"last":49000,"high":52000,'
        b'"low":49000,"bid":48000,"ask":51000,"open":50000,"volume":0.03,"average":50333.33,"daily":1000,'
        b'"dailyPercent":-2,"denominatorSymbol":"TRY","numeratorSymbol":"BTC","order":1000}],"success":true'
    )
    stand.clock.advance(25 * 60 * MINUTE)
    assert (await stand.public.get("/api/v2/ticker")).data == []


async def test_a_currency_names_the_pairs_on_either_side(stand: Stand, alice: Client, bob: Client) -> None:
    """XRP and TRY find their pairs; a currency that is not listed is refused."""
    await trade(stand, alice, bob)
    get = stand.public.get

    assert [row["pair"] for row in (await get("/api/v2/ticker/currency", symbol="try")).data] == ["BTCTRY"]
    assert (await get("/api/v2/ticker/currency", symbol="XRP")).data == []
    assert (await get("/api/v2/ticker/currency", symbol="DOGE")).refusal == (400, "PAIR_NOT_FOUND_ERROR", 1027)
    assert (await get("/api/v2/ticker/currency")).refusal == (400, "The Symbol field is required.", 1038)


# Books and trades


async def test_a_book_is_aggregated_texts_best_first(stand: Stand, alice: Client) -> None:
    """Prices at the pair's scale, amounts with eight decimals; the time is a double, and the code a word here."""
    for price, quantity in (("10.5", "20"), ("10.50", "15.5"), ("10.4", "30"), ("9.99", "30")):
        await alice.placed("buy", quantity, price, pairSymbol="XRP_TRY")
    await alice.placed("sell", "10", "11", pairSymbol="XRP_TRY")

    answer = await stand.public.get("/api/v2/orderBook", pairSymbol="XRPTRY", limit=2)

    assert answer.body.startswith(
        b'{"data":{"timestamp":1700000000000.0,"bids":[["10.50","35.50000000"],["10.40","30.00000000"]],'
        b'"asks":[["11.00","10.00000000"]]},"success":true,"message":null,"code":"SUCCESS"}'
    )


async def test_a_book_shared_with_a_finer_api_has_this_ones_steps(stand: Stand, alice: Client) -> None:
    """Bids are floored and asks ceiled to whole prices, as the pair lists them; so are the ticker's."""
    for side, price in (("BUY", 92000.3), ("BUY", 92000.9), ("SELL", 92001.2)):
        form = {"symbol": "BTC-USDT", "side": side, "type": "LIMIT", "price": price, "size": 0.5}
        await place_on_btse(alice, form)

    data = (await stand.public.get("/api/v2/orderbook", pairSymbol="BTCUSDT")).data
    (ticker,) = (await stand.public.get("/api/v2/ticker", pairSymbol="BTCUSDT")).data

    assert (data["bids"], data["asks"]) == ([["92000", "1.00000000"]], [["92002", "0.50000000"]])
    assert (ticker["bid"], ticker["ask"]) == (92000, 92002)


async def place_on_btse(client: Client, form: dict[str, Any]) -> dict[str, Any]:
    answer = await BtseClient(client.stand, client.key, client.secret).post("/spot/api/v3.3/order", form)  # type: ignore[arg-type]
    assert answer.status == 200, answer.body
    return dict(answer.json[0])


async def test_the_books_limit_is_clamped(stand: Stand) -> None:
    """At least one level, at most a hundred."""
    for crowd in range(6):  # nobody may have more than twenty open orders
        customer = await stand.customer(f"customer {crowd}")
        instrument, account = (
            stand.venue.catalogue.instrument("BTC-TRY"),
            stand.venue.accounts.by_name(f"customer {crowd}"),
        )
        assert instrument is not None and account is not None and customer.key
        for step in range(17):
            await stand.venue.sequencer.submit(
                PlaceOrder(
                    account=account.id, instrument=instrument.id, side=Side.BUY, order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC, price=40_000 + 100 * crowd + step, quantity=1_000_000,
                )
            )  # fmt: skip

    levels = [
        len((await stand.public.get("/api/v2/orderbook", pairSymbol="BTCTRY", limit=limit)).data["bids"])
        for limit in ("1", "0", "-3", "100", "1000", "")
    ]

    assert levels == [1, 1, 1, 100, 100, 100]


async def test_trades_are_told_newest_first_with_the_side_that_rested(stand: Stand, alice: Client, bob: Client) -> None:
    """On both versions alike, fifty at most. A buyer who took is told as "sell"; the feed's S is the taker's, 0."""
    for number in range(52):
        await trade(stand, alice, bob, str(50_000 + number), "0.002")
        if number % 5 == 4:
            stand.clock.advance(10 * SECOND)
    get = stand.public.get

    rows = (await get("/api/v2/trades", pairSymbol="BTC_TRY", last=2)).data

    assert list(rows[0]) == [
        "pair", "pairNormalized", "numerator", "denominator", "date", "tid", "price", "amount", "side",
    ]  # fmt: skip
    assert [(row["price"], row["amount"], row["side"]) for row in rows] == [
        ("50051", "0.00200000", "sell"), ("50050", "0.00200000", "sell"),
    ]  # fmt: skip
    assert isinstance(rows[0]["tid"], str) and isinstance(rows[0]["date"], int)
    assert (await get("/api/v1/trades", pairSymbol="btctry", last=2)).data == rows
    for last in ("", "51", "1000"):
        assert len((await get("/api/v2/trades", pairSymbol="BTCTRY", last=last)).data) == 50


@pytest.mark.parametrize("path", ["/api/v2/trades", "/api/v1/trades", "/api/v2/ohlc"])
async def test_an_unknown_pair_has_its_code(stand: Stand, path: str) -> None:
    """1027; a pair that is not named at all, or a count that is none, is a request that cannot be read."""
    get = stand.public.get

    assert (await get(path, pairSymbol="BTCXXX")).refusal == (400, "PAIR_NOT_FOUND_ERROR", 1027)
    assert (await get(path, pairSymbol="BTC-TRY")).refusal[2] == 1027
    assert (await get(path)).refusal == (400, "The PairSymbol field is required.", 1038)
    assert (await get(path, pairSymbol="BTCTRY", last="many")).refusal[::2] == (400, 1038)


async def test_a_book_and_a_ticker_of_no_pair_answer_as_recorded(stand: Stand) -> None:
    """The book refuses in words of its own, 1037, and the ticker has no rows: recorded on 2026-09-23."""
    get = stand.public.get

    book = await get("/api/v2/orderbook", pairSymbol="NOPEUSDT")
    assert book.body == b'{"success":false,"message":"Pair NOPEUSDT does not exists.","code":1037}'
    assert book.status == 400
    assert (await get("/api/v2/orderbook")).refusal == (400, "INVALID_REQUEST_ERROR", 1037)
    long = (await get("/api/v2/orderbook", pairSymbol='"' * 5_000)).refusal
    assert long == (400, f"Pair {chr(34) * 50} does not exists.", 1037)
    assert (await get("/api/v2/orderbook", pairSymbol="BTCTRY", limit="many")).refusal[::2] == (400, 1038)
    ticker = await get("/api/v2/ticker", pairSymbol="NOPEUSDT")
    assert (ticker.status, ticker.body) == (200, b'{"data":[],"success":true,"message":null,"code":0}')


async def test_the_old_daily_candles_are_texts(stand: Stand, alice: Client, bob: Client) -> None:
    """Days that traded, oldest first, the time in milliseconds."""
    for price in ("50000", "51000"):
        await trade(stand, alice, bob, price)
        stand.clock.advance(26 * 60 * MINUTE)
    await trade(stand, alice, bob, "49000.0")

    rows = (await stand.public.get("/api/v2/ohlc", pairSymbol="BTCTRY", last=2)).data

    assert [row["close"] for row in rows] == ["51000", "49000"]
    assert rows[0] == {
        "pairSymbol": "BTCTRY", "pairSymbolNormalized": "BTC_TRY", "time": 1_700_092_800_000, "open": "51000",
        "high": "51000", "low": "51000", "close": "51000", "volume": "0.01", "average": "51000",
        "dailyChangeAmount": "0", "dailyChangePercentage": "0",
    }  # fmt: skip


# Paths and verbs


@pytest.mark.parametrize("path", ["/API/V2/Server/Time", "/api/v2/SERVER/time", "/v1/OHLCS", "/Api/v2/orderBook"])
async def test_paths_are_known_in_any_case(stand: Stand, path: str) -> None:
    """This API's only: another's stay as they are."""
    assert (await stand.public.get(path)).status in (200, 400)
    assert (await stand.public.get("/spot/api/v3.3/TIME")).status == 404


async def test_unknown_paths_and_verbs_are_refused_in_the_envelope(stand: Stand) -> None:
    """404 without a word, as recorded on 2026-09-23, and 405 with the verbs that there are."""
    for path in ("/api/v2/nope", "/api/v1/nope", "/api/v3/nope", "/v1/nope"):
        nothing = await stand.public.get(path)
        assert (nothing.status, nothing.body, nothing.headers.get("content-type")) == (404, b"", None)
    answer = await stand.public.post("/api/v2/Ticker", {})
    assert answer.refusal == (405, "METHOD_NOT_ALLOWED", 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
