"""Public market data of spot v3 and of the public API, over the whole server."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

V3 = "/spot/api/v3.3"
PUBLIC = "/public-api/market/v1"
NOW_S = 1_700_000_000
SUMMARY_KEYS = [
    "symbol",
    "last",
    "lowestAsk",
    "highestBid",
    "percentageChange",
    "volume",
    "high24Hr",
    "low24Hr",
    "base",
    "quote",
    "active",
    "size",
    "minValidPrice",
    "minPriceIncrement",
    "minOrderSize",
    "maxOrderSize",
    "minSizeIncrement",
    "openInterest",
    "openInterestUSD",
    "contractStart",
    "contractEnd",
    "timeBasedContract",
    "openTime",
    "closeTime",
    "startMatching",
    "inactiveTime",
    "fundingRate",
    "contractSize",
    "maxPosition",
    "minRiskLimit",
    "maxRiskLimit",
    "availableSettlement",
    "futures",
    "isMarketOpenToOtc",
    "isMarketOpenToSpot",
]


@pytest.fixture
async def traded(stand: Stand, alice: Client, bob: Client) -> Stand:
    """A market where 0.001 traded at 20,000 and two minutes later 0.002 at 20,100; a book of two levels a side."""
    await stand.index("20050")
    for size, price in ((0.001, 20000), (0.002, 20100)):
        await alice.order("SELL", size, price)
        await bob.order("BUY", size, price)
        stand.clock.advance(120 * SECOND)
    for side, price in (("BUY", 19999.5), ("BUY", 19990), ("SELL", 20100), ("SELL", 20110)):
        await alice.order(side, 0.5, price)
    return stand


async def test_market_summary_has_every_documented_key(traded: Stand) -> None:
    """Every documented key in its order, no null but availableSettlement."""
    (row,) = (await traded.public.get(f"{V3}/market_summary", symbol="BTC-USD")).json
    every = (await traded.public.get("/spot/api/v3.1/market_summary")).json

    assert list(row) == SUMMARY_KEYS
    assert [each["symbol"] for each in every if each["isMarketOpenToOtc"]] == ["BTC-USD"]  # what the desk quotes
    assert [name for name, value in row.items() if value is None] == ["availableSettlement"]
    assert (row["last"], row["highestBid"], row["lowestAsk"]) == (20100, 19999.5, 20100)
    assert (row["percentageChange"], row["volume"], row["size"]) == (0.5, 60.2, 0.003)
    assert (row["high24Hr"], row["low24Hr"]) == (20100, 20000)
    assert (row["minValidPrice"], row["minPriceIncrement"], row["minOrderSize"], row["maxOrderSize"]) == (
        0.5,
        0.5,
        1e-05,
        100,
    )
    assert [entry["symbol"] for entry in every] == ["BTC-USD", "ETH-TRY"]


async def test_price_tells_index_and_last(traded: Stand) -> None:
    """Index and last price; without a symbol, of all markets."""
    assert (await traded.public.get(f"{V3}/price", symbol="BTC-USD")).json == [
        {"symbol": "BTC-USD", "indexPrice": 20050, "lastPrice": 20100, "markPrice": 0}
    ]
    assert len((await traded.public.get(f"{V3}/price")).json) == 2


@pytest.mark.parametrize("path", ["orderbook", "orderbook/L2"])
async def test_v3_books_are_strings_best_first(traded: Stand, path: str) -> None:
    """Both sides."""
    book = (await traded.public.get(f"{V3}/{path}", symbol="BTC-USD")).json

    assert book["buyQuote"] == [{"price": "19999.5", "size": "0.5"}, {"price": "19990", "size": "0.5"}]
    assert book["sellQuote"] == [{"price": "20100", "size": "0.5"}, {"price": "20110", "size": "0.5"}]
    assert (book["symbol"], book["timestamp"]) == ("BTC-USD", (NOW_S + 240) * 1000)


async def test_v3_books_are_cut_and_grouped(traded: Stand) -> None:
    """depth, limit_bids, limit_asks and group: group 4 joins fifty dollars."""
    get = traded.public.get

    assert len((await get(f"{V3}/orderbook/L2", symbol="BTC-USD", depth=1)).json["buyQuote"]) == 1
    cut = (await get(f"{V3}/orderbook", symbol="BTC-USD", limit_bids=1, limit_asks=2)).json
    assert (len(cut["buyQuote"]), len(cut["sellQuote"])) == (1, 2)
    grouped = (await get(f"{V3}/orderbook", symbol="BTC-USD", group=4)).json
    assert grouped["buyQuote"] == [{"price": "19950", "size": "1"}]
    assert [level["price"] for level in grouped["sellQuote"]] == ["20100", "20150"]
    assert len((await get(f"{V3}/orderbook", symbol="BTC-USD", depth=0)).json["buyQuote"]) == 2
    for wrong in ({"group": 9}, {"limit_bids": -1}, {"depth": -1}):
        assert (await get(f"{V3}/orderbook", symbol="BTC-USD", **wrong)).status == 400


async def test_v3_trades_are_numbers_newest_first(traded: Stand) -> None:
    """Newest first, with numbers; by time, both ends included."""
    get = traded.public.get
    newest, oldest = (await get(f"{V3}/trades", symbol="BTC-USD")).json

    assert oldest == {
        "price": 20000, "size": 0.001, "side": "BUY", "symbol": "BTC-USD", "serialId": 1, "timestamp": NOW_S * 1000,
    }  # fmt: skip
    assert newest["serialId"] == 2
    assert (await get(f"{V3}/trades", symbol="BTC-USD", count=1)).json == [newest]
    at = {"startTime": oldest["timestamp"], "endTime": oldest["timestamp"]}
    assert (await get(f"{V3}/trades", symbol="BTC-USD", **at)).json == [oldest]
    assert (await get(f"{V3}/trades", symbol="BTC-USD", startTime=newest["timestamp"] + 1)).json == []
    assert (await get(f"{V3}/trades", symbol="BTC-USD", endTime=newest["timestamp"])).json == [newest, oldest]


async def test_v3_candles_are_numbers_newest_first(traded: Stand) -> None:
    """Newest first, numbers, volume of the quote; start and end in seconds or milliseconds."""
    get = traded.public.get
    start = NOW_S - NOW_S % 60

    rows = (await get(f"{V3}/ohlcv", symbol="BTC-USD", resolution="1")).json
    assert rows == [
        [start + 120, 20100, 20100, 20100, 20100, 40.2],
        [start + 60, 20000, 20000, 20000, 20000, 0],
        [start, 20000, 20000, 20000, 20000, 20],
    ]
    for unit in (1, 1000):
        span = {"start": start * unit, "end": (start + 60) * unit}
        assert (await get(f"{V3}/ohlcv", symbol="BTC-USD", resolution="1", **span)).json == rows[2:]
    (day,) = (await get(f"{V3}/ohlcv", symbol="BTC-USD", resolution="1440")).json
    assert day[1:] == [20000, 20100, 20000, 20100, 60.2]


async def test_time_is_iso_and_epoch(stand: Stand) -> None:
    """ISO with milliseconds, epoch in seconds."""
    stand.clock.advance(886_000_000)

    assert (await stand.public.get(f"{V3}/time")).json == {"iso": "2023-11-14T22:13:20.886Z", "epoch": NOW_S}


@pytest.mark.parametrize(
    ("path", "query", "code", "message"),
    [
        ("orderbook/L2", {"symbol": "NO-SUCH"}, -7006, "Coin pair does not exist"),
        ("price", {"symbol": "NO-SUCH"}, -2, "Unsupported symbol: NO-SUCH"),
        ("orderbook", {}, -2, "symbol parameter is mandatory"),
        ("trades", {"symbol": "BTC-USD", "count": 501}, -2, "Can't support count more than 500"),
        ("trades", {"symbol": "BTC-USD", "startTime": "soon"}, -2, "Invalid request parameters: startTime"),
        ("ohlcv", {"symbol": "BTC-USD", "resolution": "7"}, -2, "Invalid request parameters: resolution"),
        ("ohlcv", {"symbol": "BTC-USD"}, -2, "resolution parameter is mandatory"),
    ],
)
async def test_v3_parameters_are_refused_in_shape_b(
    stand: Stand, path: str, query: dict[str, Any], code: int, message: str
) -> None:
    """status, errorCode, message, extraData."""
    answer = await stand.public.get(f"{V3}/{path}", **query)

    assert (answer.status, answer.json) == (
        400, {"status": 400, "errorCode": code, "message": message, "extraData": None},
    )  # fmt: skip


async def test_too_many_candles_are_refused(stand: Stand) -> None:
    """With the venue's sentence, and the code of each family."""
    sentence = "BADREQUEST: resolution too small for the requested time range. Records returned exceeds 300"
    for path, code in ((f"{V3}/ohlcv", 400), (f"{PUBLIC}/klines", 10010004)):
        answer = await stand.public.get(path, symbol="BTC-USD", resolution="1", start=NOW_S - 86_400, end=NOW_S)
        assert (answer.status, answer.json["code"], answer.json["msg"], answer.json["data"]) == (
            400,
            code,
            sentence,
            [],
        )


# ── the public API ──


async def test_markets_are_chosen_by_symbol_or_type(stand: Stand) -> None:
    """The row of the documents, in the envelope; chosen by symbol, symbols or types."""
    get = stand.public.get
    answer = (await get(f"{PUBLIC}/markets", symbol="BTC-USD")).json

    assert {name: answer[name] for name in ("code", "msg", "success", "time")} == {
        "code": 1, "msg": "Success", "success": True, "time": NOW_S * 1000,
    }  # fmt: skip
    assert answer["data"]["symbols"] == [
        {
            "symbol": "BTC-USD", "type": "Spot", "category": "CRYPTO", "tradeCurrency": "BTC", "baseCurrency": "BTC",
            "quoteCurrency": "USD", "displayName": "Bitcoin", "active": True, "minOrderPrice": "0.5",
            "minPriceIncrement": "0.5", "pricePrecision": 1, "minOrderSize": "0.00001", "maxOrderSize": "100",
            "minSizeIncrement": "0.00001", "sizePrecision": 5,
        }
    ]  # fmt: skip

    async def names(**query: str) -> list[str]:
        return [row["symbol"] for row in (await get(f"{PUBLIC}/markets", **query)).json["data"]["symbols"]]

    assert await names() == await names(types='["Spot"]') == ["BTC-USD", "ETH-TRY"]
    assert await names(symbols='["ETH-TRY","BTC-USD"]') == ["ETH-TRY", "BTC-USD"]
    assert await names(types='["FuturesPerpetual"]') == []
    assert (await get(f"{PUBLIC}/markets", symbol="BTC-USD", types='["Spot"]')).status == 400


async def test_exchange_info_tells_the_limits(stand: Stand) -> None:
    """Beside the markets."""
    data = (await stand.public.get(f"{PUBLIC}/exchangeInfo")).json["data"]

    assert data["rateLimits"] == [{"type": "RAW_REQUEST", "interval": "SECOND", "intervalNum": 2, "limit": 50}]
    assert len(data["symbols"]) == 2


async def test_public_book_runs_from_high_to_low(traded: Stand) -> None:
    """On both sides: the best ask is the last."""
    data = (await traded.public.get(f"{PUBLIC}/orderbook", symbol="BTC-USD", depth=5)).json["data"]

    assert data["bids"] == [["19999.5", "0.5"], ["19990", "0.5"]]
    assert data["asks"] == [["20110", "0.5"], ["20100", "0.5"]]
    assert (await traded.public.get(f"{PUBLIC}/orderbook", symbol="BTC-USD", depth=1)).json["data"]["asks"] == [
        ["20100", "0.5"]
    ]
    for depth in (0, 51):
        assert (await traded.public.get(f"{PUBLIC}/orderbook", symbol="BTC-USD", depth=depth)).status == 400


async def test_public_trades_and_candles_are_strings(traded: Stand) -> None:
    """Newest first."""
    get = traded.public.get
    newest, oldest = (await get(f"{PUBLIC}/trades", symbol="BTC-USD")).json["data"]
    rows = (await get(f"{PUBLIC}/klines", symbol="BTC-USD", resolution="1")).json["data"]

    assert oldest == {
        "id": 1, "timestamp": NOW_S * 1000, "price": "20000", "size": "0.001", "quoteSize": "20", "side": "BUY",
    }  # fmt: skip
    assert newest["id"] == 2
    start = NOW_S - NOW_S % 60
    assert rows[0] == [str(start + 120), "20100", "20100", "20100", "20100", "40.2"]
    assert len(rows) == 3
    assert (await get(f"{PUBLIC}/klines", symbol="BTC-USD", resolution="1", start=start, limit=1)).json["data"] == rows[
        2:
    ]
    assert (await get(f"{PUBLIC}/trades", symbol="BTC-USD", limit=1)).json["data"] == [newest]


async def test_tickers_of_one_market_are_objects(traded: Stand) -> None:
    """One symbol is an object, anything else an array; times are seconds."""
    get = traded.public.get
    row = (await get(f"{PUBLIC}/ticker/24hr", symbol="BTC-USD")).json["data"]

    assert row == {
        "symbol": "BTC-USD", "lastPrice": "20100", "openPrice": "20000", "highPrice": "20100", "lowPrice": "20000",
        "amount": "0.003", "volume": "60.2", "openTime": NOW_S + 240 - 86_400, "closeTime": NOW_S + 240,
        "priceChange": "100", "priceChangePercent": "0.005", "prevClosePrice": "20000", "bidPrice": "19999.5",
        "bidQty": "0.5", "askPrice": "20100", "askQty": "0.5",
    }  # fmt: skip
    assert [entry["symbol"] for entry in (await get(f"{PUBLIC}/ticker/24hr")).json["data"]] == ["BTC-USD", "ETH-TRY"]
    assert (await get(f"{PUBLIC}/ticker/24hr", symbols='["BTC-USD"]')).json["data"] == [row]
    assert (await get(f"{PUBLIC}/ticker/price", symbol="BTC-USD")).json["data"]["price"] == "20100"
    assert (await get(f"{PUBLIC}/ticker/indices", symbol="BTC-USD")).json["data"]["indexPrice"] == "20050"
    l1 = (await get(f"{PUBLIC}/ticker/l1", symbol="BTC-USD")).json["data"]
    assert (l1["bidPrice"], l1["bidQty"], l1["askPrice"], l1["askQty"]) == ("19999.5", "0.5", "20100", "0.5")


async def test_public_parameters_are_refused_in_the_envelope(stand: Stand) -> None:
    """A missing one is an empty 400, a wrong one the envelope with 10010004, a wrong path an empty 404."""
    get = stand.public.get
    missing = await get(f"{PUBLIC}/orderbook")
    wrong = await get(f"{PUBLIC}/orderbook", symbol="NO-SUCH")
    nowhere = await get(f"{PUBLIC}/time")

    assert (missing.status, missing.body) == (400, b"")
    assert (wrong.status, wrong.json["code"], wrong.json["success"]) == (400, 10010004, False)
    assert (nowhere.status, nowhere.body) == (404, b"")
    assert (await stand.public.post(f"{PUBLIC}/markets", {})).status == 405


async def test_small_letters_name_a_symbol_too(stand: Stand) -> None:
    """The documents' fee sample has them."""
    assert (await stand.public.get(f"{V3}/orderbook/L2", symbol="btc-usd")).json["symbol"] == "BTC-USD"


async def test_public_calls_are_limited_by_address(stand: Stand) -> None:
    """The 51st in two seconds is told to wait."""
    answers = [await stand.public.get(f"{PUBLIC}/ticker/l1", symbol="BTC-USD") for _ in range(51)]

    assert [answer.status for answer in answers] == [200] * 50 + [429]
    assert answers[-1].json["code"] == 303
    assert int(answers[-1].headers["retry-after"]) >= 1
