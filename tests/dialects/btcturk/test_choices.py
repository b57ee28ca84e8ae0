"""What BtcTurk has answered in more than one way: the value that is not the default, of every choice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bedesten.dialects.btcturk.choices import CHOICES, DEFAULTS
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.server.app import App
from tests.dialects.btcturk.feed_stage import Stage, open_stage
from tests.dialects.btcturk.stand import Client, Stand

OTHERS = {choice.name: choice.values[-1] for choice in CHOICES}


@pytest.fixture
def early(stand: Stand) -> Stand:
    """The stand, answering in everything as by default it does not."""
    return Stand(stand.venue, stand.clock, App(stand.venue, [BtcTurkDialect(answers=OTHERS)]))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    opened = await open_stage()
    opened.feed = Feed(answers={**DEFAULTS, **OTHERS})
    yield opened
    await opened.venue.sequencer.stop()


async def traded(stand: Stand) -> tuple[Client, Client]:
    alice, bob = await stand.customer("alice"), await stand.customer("bob")
    await alice.placed("sell", "0.01", "50000")
    await bob.placed("buy", "0.01", "50000")
    return alice, bob


async def test_a_book_as_documented_in_2020(early: Stand) -> None:
    """A whole number of milliseconds, the code 0, and the codes of every other endpoint for what is no pair."""
    get = early.public.get

    answer = await get("/api/v2/orderbook", pairSymbol="BTCTRY")

    assert answer.body == (
        b'{"data":{"timestamp":1700000000000,"bids":[],"asks":[]},"success":true,"message":null,"code":0}'
    )
    assert answer.headers["cache-control"] == "no-cache, no-store, max-age=0, must-revalidate"
    assert (await get("/api/v2/orderbook", pairSymbol="NOPE")).refusal == (400, "PAIR_NOT_FOUND_ERROR", 1027)
    assert (await get("/api/v2/orderbook")).refusal == (400, "The PairSymbol field is required.", 1038)
    assert (await get("/api/v2/ticker", pairSymbol="NOPE")).refusal == (400, "PAIR_NOT_FOUND_ERROR", 1027)


async def test_exchange_info_as_recorded_in_2021(early: Stand) -> None:
    """A message that is null, no member more, and currencies in capitals."""
    answer = await early.public.get("/api/v2/server/exchangeinfo")

    assert answer.body.endswith(b'"success":true,"message":null,"code":0}')
    assert answer.data["currencyOperationBlocks"][1]["currencySymbol"] == "BTC"


async def test_own_trades_as_documented_in_2020(early: Stand) -> None:
    """Nine members, and numbers where texts stand since; the figures are the same."""
    _, bob = await traded(early)

    answer = await bob.get("/api/v1/users/transactions/trade")

    assert answer.body.startswith(
        b'{"data":[{"price":50000,"numeratorSymbol":"BTC","denominatorSymbol":"TRY","orderType":"buy","id":1,'
        b'"timestamp":1700000000000,"amount":0.01,"fee":-0.7627'
    )
    assert list(answer.data[0]) == [
        "price", "numeratorSymbol", "denominatorSymbol", "orderType", "id", "timestamp", "amount", "fee", "tax",
    ]  # fmt: skip


async def test_a_401_as_recorded_in_2019(early: Stand) -> None:
    """success is true beside the code 1037, on both versions."""
    for version in ("v1", "v2"):
        answer = await early.public.get(f"/api/{version}/users/balances")
        told = (answer.status, answer.body)
        assert told == (401, b'{"success":true,"message":"Unauthorized - Headers are missing","code":1037}')


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_body_that_is_not_called_json_is_refused(early: Stand, kind: str) -> None:
    """415, and nothing was placed; by default it is read as what it is."""
    alice = await early.customer("alice")
    order = {"quantity": "0.01", "price": "50000", "orderMethod": "limit", "orderType": "buy", "pairSymbol": "BTCTRY"}

    refused = await alice.call("POST", "/api/v1/order", order, headers={"content-type": kind})

    assert refused.refusal == (415, "The Content-Type must be application/json.", 1038)
    assert (await alice.get("/api/v1/openOrders")).data == {"asks": [], "bids": []}
    for good in ("application/json", "Application/JSON; charset=utf-8", "text/json", "application/hal+json"):
        assert (await alice.call("POST", "/api/v1/order", order, headers={"content-type": good})).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded"])
async def test_by_default_a_body_is_read_whatever_it_is_called(stand: Stand, alice: Client, kind: str) -> None:
    """As README-pro has it, and as clients send it."""
    order = {"quantity": "0.01", "price": "50000", "orderMethod": "limit", "orderType": "buy", "pairSymbol": "BTCTRY"}

    assert (await alice.call("POST", "/api/v1/order", order, headers={"content-type": kind})).status == 200


async def test_weeks_begin_on_mondays(early: Stand) -> None:
    """13 November 2023 was one; the feed's candle begins there as well, and TradingView's."""
    await traded(early)
    get = early.public.get

    for path in ("/v1/klines/history", "/api/v2/pricegraph/history"):
        for resolution in ("1W", "W", "10080"):
            assert (await get(path, symbol="BTCTRY", resolution=resolution, from_=0)).json["t"] == [1_699_833_600]


async def test_the_feed_as_the_manual_has_it(stage: Stage) -> None:
    """Whole books every second, changed or not, tickers with decimals and place, weeks from Monday."""
    connection = await stage.listen("orderbook:BTCTRY", "ticker:ETHTRY", "tradeview:BTCTRY_1W", "obdiff:BTCTRY")
    told: dict[int, Any] = dict(connection.take())
    assert told[402]["event"] == "ETHTRY"
    assert (told[402]["NPr"], told[402]["DPr"], told[402]["Ord"]) == (4, 0, 2000)
    assert told[428]["D"] == 1_699_833_600

    await stage.beat(3)
    assert [body["channel"] for model, body in connection.take() if model == 431] == ["orderbook"] * 3
    await stage.beat(57)
    assert [body["channel"] for model, body in connection.take() if model == 431].count("obdiff") == 1


async def test_by_default_the_feed_is_as_recorded(stage: Stage) -> None:
    """No whole book is told again unchanged, none at all among differences; weeks begin on Thursdays; two members less."""
    stage.feed = Feed()
    connection = await stage.listen("orderbook:BTCTRY", "ticker:ETHTRY", "tradeview:BTCTRY_1W", "obdiff:BTCTRY")
    told: dict[int, Any] = dict(connection.take())
    assert not {"NPr", "DPr", "Ord"} & told[402].keys()
    assert told[428]["D"] == 1_699_488_000

    await stage.beat(90)
    assert {model for model, _ in connection.take()} == {402}
    await stage.buy(stage.bob, "1", "100")
    await stage.beat(2)
    assert sorted(model for model, _ in connection.take() if model != 402) == [431, 432]
