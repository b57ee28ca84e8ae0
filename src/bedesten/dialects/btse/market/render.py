"""Market data rows: market summary, books, trades and candles of spot v3, and the rows of the public market API.

Spot v3 writes numbers, but its book in strings; the public API writes every decimal as a string.
Source: BTSE spot API v3.2 and v3.3, public endpoints; docs.btse.com, Markets, as recorded in ccxt's btse.py 4.5.90.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.domain.enums import InstrumentState
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX
from bedesten.services.market.market_data import Depth, Summary
from bedesten.services.store_types import Candle

_NS_PER_S: Final = 1_000_000_000
_DAY_S: Final = 86_400
_PERCENT_SCALE: Final = 9  # decimals of percentageChange, as the sample has them
_RATIO_SCALE: Final = 3  # decimals of priceChangePercent, a ratio in spite of its name


class TradeLike(Protocol):
    """A match, just made or read back."""

    @property
    def trade_id(self) -> int: ...
    @property
    def side(self) -> int: ...
    @property
    def price(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def notional(self) -> int: ...
    @property
    def time_ns(self) -> int: ...


def largest_quantity(instrument: Instrument) -> int:
    """Return the most lots that an order may have: without a rule, what the ledger can hold."""
    return instrument.max_quantity or AMOUNT_MAX // instrument.lot_value


def is_active(instrument: Instrument) -> bool:
    """Return whether orders are taken."""
    return instrument.state == InstrumentState.TRADING


def summary_row(instrument: Instrument, summary: Summary, *, has_desk: bool) -> str:
    """Return a row of market_summary; a side of the book without orders is 0. *has_desk*: the OTC desk quotes it."""
    last, bbo = summary.last, summary.bbo
    change = _change(last - summary.open, summary.open, 100, _PERCENT_SCALE)
    return (
        f'{{"symbol":{numbers.text(instrument.name)},"last":{numbers.price(instrument, last)},'
        f'"lowestAsk":{numbers.price(instrument, bbo.ask_price)},"highestBid":{numbers.price(instrument, bbo.bid_price)},'
        f'"percentageChange":{change},"volume":{numbers.amount(instrument, summary.quote_volume)},'
        f'"high24Hr":{numbers.price(instrument, summary.high)},"low24Hr":{numbers.price(instrument, summary.low)},'
        f'"base":{numbers.text(instrument.base.code)},"quote":{numbers.text(instrument.quote.code)},"active":{numbers.flag(is_active(instrument))},'
        f'"size":{numbers.size(instrument, summary.volume_lots)},"minValidPrice":{_least_price(instrument)},'
        f'"minPriceIncrement":{numbers.price(instrument, 1)},"minOrderSize":{_least_size(instrument)},'
        f'"maxOrderSize":{numbers.size(instrument, largest_quantity(instrument))},'
        f'"minSizeIncrement":{numbers.size(instrument, 1)},{_FUTURES_FIELDS}'
        f'"isMarketOpenToOtc":{numbers.flag(has_desk)},"isMarketOpenToSpot":true}}'
    )


_FUTURES_FIELDS: Final = (
    '"openInterest":0,"openInterestUSD":0,"contractStart":0,"contractEnd":0,"timeBasedContract":false,"openTime":0,'
    '"closeTime":0,"startMatching":0,"inactiveTime":0,"fundingRate":0,"contractSize":0,"maxPosition":0,"minRiskLimit":0,'
    '"maxRiskLimit":0,"availableSettlement":null,"futures":false,'
)


def price_row(instrument: Instrument, index_price: int, last_price: int) -> str:
    """Return a row of price; a spot market has no mark price."""
    return (
        f'{{"symbol":{numbers.text(instrument.name)},"indexPrice":{numbers.price(instrument, index_price)},'
        f'"lastPrice":{numbers.price(instrument, last_price)},"markPrice":0}}'
    )


def order_book(instrument: Instrument, depth: Depth, bids: int, asks: int) -> str:
    """Return the v3 book: bids and asks levels of each side, best first."""
    return (
        f'{{"buyQuote":[{_quotes(instrument, depth.bids[:bids])}],"sellQuote":[{_quotes(instrument, depth.asks[:asks])}],'
        f'"timestamp":{depth.time_ns // NS_PER_MS},"symbol":{numbers.text(instrument.name)},"depth":{max(bids, asks)}}}'
    )


def _quotes(instrument: Instrument, levels: Iterable[tuple[int, int]]) -> str:
    return ",".join(
        f'{{"price":"{numbers.price(instrument, price)}","size":"{numbers.size(instrument, lots)}"}}'
        for price, lots in levels
    )


def trade_row(instrument: Instrument, trade: TradeLike) -> str:
    """Return a row of the v3 trades."""
    return (
        f'{{"price":{numbers.price(instrument, trade.price)},"size":{numbers.size(instrument, trade.quantity)},'
        f'"side":"{SIDE_NAME[trade.side]}","symbol":{numbers.text(instrument.name)},"serialId":{trade.trade_id},'
        f'"timestamp":{trade.time_ns // NS_PER_MS}}}'
    )


def ohlcv_row(instrument: Instrument, candle: Candle) -> str:
    """Return a v3 candle; its volume is of the quote asset."""
    prices = (numbers.price(instrument, price) for price in candle[1:5])
    return f"[{candle.start_s},{','.join(prices)},{numbers.amount(instrument, candle.quote_volume)}]"


# ── the public market API ──


def market_row(instrument: Instrument) -> str:
    """Return a row of markets and exchangeInfo."""
    return (
        f'{{"symbol":{numbers.text(instrument.name)},"type":"Spot","category":"CRYPTO","tradeCurrency":{numbers.text(instrument.base.code)},'
        f'"baseCurrency":{numbers.text(instrument.base.code)},"quoteCurrency":{numbers.text(instrument.quote.code)},'
        f'"displayName":{numbers.text(instrument.base.name)},"active":{numbers.flag(is_active(instrument))},'
        f'"minOrderPrice":"{_least_price(instrument)}","minPriceIncrement":"{numbers.price(instrument, 1)}",'
        f'"pricePrecision":{_decimals(numbers.price(instrument, 1))},"minOrderSize":"{_least_size(instrument)}",'
        f'"maxOrderSize":"{numbers.size(instrument, largest_quantity(instrument))}",'
        f'"minSizeIncrement":"{numbers.size(instrument, 1)}","sizePrecision":{_decimals(numbers.size(instrument, 1))}}}'
    )


def public_book(instrument: Instrument, depth: Depth) -> str:
    """Return the public API's book. Both sides run from high to low, as the live venue sends them: the best ask is last."""
    return (
        f'{{"timestamp":{depth.time_ns // NS_PER_MS},"bids":[{_levels(instrument, depth.bids)}],'
        f'"asks":[{_levels(instrument, depth.asks[::-1])}]}}'
    )


def _levels(instrument: Instrument, levels: Iterable[tuple[int, int]]) -> str:
    return ",".join(
        f'["{numbers.price(instrument, price)}","{numbers.size(instrument, lots)}"]' for price, lots in levels
    )


def public_trade(instrument: Instrument, trade: TradeLike) -> str:
    """Return a row of the public trades."""
    return (
        f'{{"id":{trade.trade_id},"timestamp":{trade.time_ns // NS_PER_MS},"price":"{numbers.price(instrument, trade.price)}",'
        f'"size":"{numbers.size(instrument, trade.quantity)}","quoteSize":"{numbers.amount(instrument, trade.notional)}",'
        f'"side":"{SIDE_NAME[trade.side]}"}}'
    )


def kline(instrument: Instrument, candle: Candle) -> str:
    """Return a public candle: all strings, its volume of the quote asset."""
    prices = '","'.join(numbers.price(instrument, price) for price in candle[1:5])
    return f'["{candle.start_s}","{prices}","{numbers.amount(instrument, candle.quote_volume)}"]'


def ticker(instrument: Instrument, summary: Summary) -> str:
    """Return a row of ticker/24hr. Times are seconds, as the live venue sends them."""
    price, bbo = numbers.price, summary.bbo
    change, close_s = summary.last - summary.open, summary.time_ns // _NS_PER_S
    return (
        f'{{"symbol":{numbers.text(instrument.name)},"lastPrice":"{price(instrument, summary.last)}",'
        f'"openPrice":"{price(instrument, summary.open)}","highPrice":"{price(instrument, summary.high)}",'
        f'"lowPrice":"{price(instrument, summary.low)}","amount":"{numbers.size(instrument, summary.volume_lots)}",'
        f'"volume":"{numbers.amount(instrument, summary.quote_volume)}","openTime":{close_s - _DAY_S},'
        f'"closeTime":{close_s},"priceChange":"{price(instrument, change)}",'
        f'"priceChangePercent":"{_change(change, summary.open, 1, _RATIO_SCALE)}",'
        f'"prevClosePrice":"{price(instrument, summary.open)}","bidPrice":"{price(instrument, bbo.bid_price)}",'
        f'"bidQty":"{numbers.size(instrument, bbo.bid_quantity)}","askPrice":"{price(instrument, bbo.ask_price)}",'
        f'"askQty":"{numbers.size(instrument, bbo.ask_quantity)}"}}'
    )


def ticker_price(instrument: Instrument, summary: Summary) -> str:
    """Return a row of ticker/price."""
    last, time_ms = numbers.price(instrument, summary.last), summary.time_ns // NS_PER_MS
    return f'{{"symbol":{numbers.text(instrument.name)},"price":"{last}","lastPrice":"{last}","time":{time_ms}}}'


def ticker_indices(instrument: Instrument, summary: Summary) -> str:
    """Return a row of ticker/indices; a spot market has no mark price."""
    index = numbers.price(instrument, summary.index_price)
    return f'{{"symbol":{numbers.text(instrument.name)},"indexPrice":"{index}","markPrice":"0"}}'


def ticker_l1(instrument: Instrument, summary: Summary) -> str:
    """Return a row of ticker/l1."""
    bbo, price, size = summary.bbo, numbers.price, numbers.size
    return (
        f'{{"symbol":{numbers.text(instrument.name)},"bidPrice":"{price(instrument, bbo.bid_price)}",'
        f'"bidQty":"{size(instrument, bbo.bid_quantity)}","askPrice":"{price(instrument, bbo.ask_price)}",'
        f'"askQty":"{size(instrument, bbo.ask_quantity)}","time":{summary.time_ns // NS_PER_MS}}}'
    )


def _least_price(instrument: Instrument) -> str:
    return numbers.price(instrument, max(instrument.min_price, 1))


def _least_size(instrument: Instrument) -> str:
    return numbers.size(instrument, max(instrument.min_quantity, 1))


def _decimals(step: str) -> int:
    return len(step.partition(".")[2])


def _change(change: int, base: int, factor: int, scale: int) -> str:
    """Return change ÷ base × factor, cut off after *scale* decimals; 0 without a base."""
    if not base:
        return "0"
    units = abs(change) * factor * 10**scale // base
    return numbers.decimal(units if change >= 0 else -units, scale)
