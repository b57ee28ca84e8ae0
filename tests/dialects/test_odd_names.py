"""Whatever a market, an asset or a client's id is called, what a dialect prints by hand is JSON, and says that name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

import bedesten.dialects
from bedesten.config import VenueFile, parse_venue_file
from bedesten.dialects.btcturk.feed import render, render_account
from bedesten.dialects.btcturk.pairs import pairs_of
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.contract import Dialect
from bedesten.domain.enums import Side
from bedesten.services.store_types import Candle, Trade
from tests.dialects.btcturk import stand as btcturk
from tests.dialects.btse import stand as btse

ODD: Final = '"\\/<É😀'  # no control characters: those are refused at the door
CLIENT_ID: Final = "c" + ODD
LISTS: Final = (
    "/api/v2/server/exchangeinfo", "/api/v2/ticker", "/api/v1/openOrders", "/api/v1/users/balances", "/api/v1/allOrders",
    "/api/v1/users/transactions/trade",
)  # fmt: skip
DIALECTS: Final = Path(bedesten.dialects.__file__).parent


def odd(file: VenueFile) -> VenueFile:
    """Return the venue with names that its file would not take today."""
    assets = {each.id: replace(each, code=f"{each.code}{ODD}", name=f"{each.name}{ODD}") for each in file.assets}
    instruments = [replace(each, base=assets[each.base.id], quote=assets[each.quote.id]) for each in file.instruments]
    listings = {
        api: tuple(replace(row, symbol=row.symbol + ODD) for row in rows) for api, rows in file.listings.items()
    }
    return replace(file, assets=tuple(assets.values()), instruments=tuple(instruments), listings=listings)


def odd_file(text: str, *, source: str) -> VenueFile:
    return odd(parse_venue_file(text, source=source))


def readable(dialect: Dialect) -> list[Any]:
    return [
        row
        for row in dialect.endpoints
        if row.method == "GET" and "{" not in row.path and "/server/ping" not in row.path
    ]


async def test_btse_tells_odd_names_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list and every page of the market, by a real symbol of such a kind, and orders in each version."""
    monkeypatch.setattr(btse, "parse_venue_file", odd_file)
    stand = await btse.open_stand()
    alice, bob = await stand.customer("alice"), await stand.customer("bob")
    symbol = stand.venue.catalogue.instruments[0].name
    form = {"symbol": symbol, "type": "LIMIT", "price": 20000, "clOrderID": CLIENT_ID}
    v4 = {"symbol": symbol, "orderType": "LIMIT", "orderPrice": "19000", "orderSize": "0.001", "orderSide": "BUY"}
    placed = [
        await alice.post("/spot/api/v3.3/order", {**form, "side": "BUY", "size": 0.002}),
        await bob.post("/spot/api/v3.3/order", {**form, "side": "SELL", "size": 0.001}),
        await alice.post("/spot/api/v3.2/order", {**form, "side": "BUY", "size": 0.001, "price": 18000}),
        await alice.post("/spot/api/v4/trade/orders", {**v4, "clOrderId": CLIENT_ID}),
    ]

    assert [answer.status for answer in placed] == [200] * 4
    assert all(CLIENT_ID in list_of(answer.json) and ODD in list_of(answer.json) for answer in placed)
    told = 0
    for row in readable(BtseDialect()):
        stand.clock.advance(10**9)
        answer = await alice.get(row.path, symbol=symbol, resolution="60")
        if answer.body:
            told += ODD in list_of(json.loads(answer.body))
    assert told > 20
    await stand.venue.sequencer.stop()


async def test_btcturk_tells_odd_names_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, and each public frame of the feed."""
    monkeypatch.setattr(btcturk, "parse_venue_file", odd_file)
    stand = await btcturk.open_stand()
    pair = next(iter(pairs_of(stand.venue.catalogue)))
    trade = Trade(1, pair.instrument.id, int(Side.BUY), 5, 7, 35, 10**18)
    day = await stand.venue.market_data.summary(pair.instrument.id)
    printer = render.LevelPrinter(pair)
    private = render_account.balance_updated(16, 1, 2, 3)
    frames = [
        render.trade_list(pair, render.trade_items(pair, [trade])), render.trade_single(pair, trade),
        render.trading_view(pair, "1", 1, Candle(0, 1, 2, 1, 2, 3, 4)),
        render.book_full(printer, 1, {5: 7}, {6: 7}, "orderbook"), render.book_difference(printer, 1, [], []),
        render.ticker_pair(pair, render.ticker_row(pair, day)),
    ]  # fmt: skip

    assert json.loads(private)
    for frame in frames:
        assert ODD in list_of(json.loads(frame))
    alice, bob = await stand.customer("alice"), await stand.customer("bob")
    told = 0
    for client in (alice, bob):
        side = "buy" if client is alice else "sell"
        await client.order(side, "0.01", "50000", pairSymbol=pair.name, newOrderClientId=CLIENT_ID[:50])
    for path in LISTS:
        stand.clock.advance(10**9)
        told += ODD in list_of((await alice.get(path, pairSymbol=pair.name)).json)
    assert told >= 5
    await stand.venue.sequencer.stop()


def test_no_name_stands_between_quotation_marks_of_ours() -> None:
    """In the source of every dialect: a name, a code or a symbol goes through `quoted`."""
    bare = re.compile(r"""f'[^'\n]*"\{[\w.()]*(name|code|symbol|currency)\}\"""")
    found = [
        f"{path.name}: {line.strip()}"
        for path in DIALECTS.rglob("*.py")
        for line in path.read_text().splitlines()
        if bare.search(line)
    ]
    assert found == []


def list_of(value: Any) -> str:
    return "\0".join(texts(value))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from texts(name)
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
