"""What clients send to the graph host and read there, as structs with the venue's names.

Requests are filled by parameters.py; nothing is encoded from the answers' structs: every test holds what is printed to them.
Source: BtcTurk API documents, OHLC Data and Get Kline Data; TradingView's Universal Data Feed for the chart's routes.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bedesten.dialects.btcturk.forms import Form
from bedesten.dialects.btcturk.numbers import DecimalNumber

# What clients send --------------------------------------------------------------------------------


class OhlcsQuery(Form):
    """Days of a pair. Units: seconds."""

    pair: str = ""
    from_: Annotated[int | None, msgspec.Meta(description="Unix time in seconds")] = msgspec.field(
        name="from", default=None
    )
    to: int | None = None
    last: int | None = None


class KlinesQuery(Form):
    """Candles of a pair. Units: seconds; a negative `from` is counted back from `to`."""

    symbol: str = ""
    resolution: str = ""
    from_: int | None = msgspec.field(name="from", default=None)
    to: int | None = None


class ChartSymbolQuery(Form):
    """A pair."""

    symbol: str = ""


class ChartSearchQuery(Form):
    """A text to look for."""

    query: str = ""
    type: str = ""
    exchange: Annotated[str, Meta(description="this venue")] = ""
    limit: int | None = None


class ChartHistoryQuery(Form):
    """Candles. Units: seconds."""

    symbol: str = ""
    resolution: str = ""
    from_: int | None = msgspec.field(default=None, name="from")
    to: int | None = None


# Candles ------------------------------------------------------------------------------------------


class Day(Struct):
    """A day of a pair."""

    pair: Annotated[str, Meta(description="the pair: BTCTRY")]
    time: Annotated[int, Meta(description="when the day began, at 00:00 UTC; Unix time in seconds")]
    open: Annotated[DecimalNumber, Meta(description="first price, in the denominator")]
    high: Annotated[DecimalNumber, Meta(description="highest price, in the denominator")]
    low: Annotated[DecimalNumber, Meta(description="lowest price, in the denominator")]
    close: Annotated[DecimalNumber, Meta(description="last price, in the denominator")]
    volume: Annotated[DecimalNumber, Meta(description="quantity traded, in the numerator")]
    total: Annotated[DecimalNumber, Meta(description="price times quantity of all trades, in the denominator")]
    average: Annotated[DecimalNumber, Meta(description="average price weighed by quantity, in the denominator")]
    dailyChangeAmount: Annotated[DecimalNumber, Meta(description="close less open, in the denominator")]
    dailyChangePercentage: Annotated[DecimalNumber, Meta(description="the same in percent of open")]


_Starts = Annotated[list[int], Meta(description="when each candle began, oldest first; Unix time in seconds")]
_Highs = Annotated[list[DecimalNumber], Meta(description="highest price of each, in the denominator")]
_Opens = Annotated[list[DecimalNumber], Meta(description="first price of each, in the denominator")]
_Lows = Annotated[list[DecimalNumber], Meta(description="lowest price of each, in the denominator")]
_Closes = Annotated[list[DecimalNumber], Meta(description="last price of each, in the denominator")]
_Volumes = Annotated[list[DecimalNumber], Meta(description="quantity traded in each, in the numerator")]


class Candles(Struct):
    """Candles, one list a column. A period in which nothing traded is left out."""

    s: Annotated[Literal["ok"] | None, Meta(description="ok; null: there are none")]
    t: _Starts
    h: _Highs
    o: _Opens
    l: _Lows  # noqa: E741  (the venue's name)
    c: _Closes
    v: _Volumes


# The chart's data feed ----------------------------------------------------------------------------


class ChartCandles(Struct):
    """Candles as the graph host has them, by TradingView's word for none."""

    s: Annotated[Literal["ok", "no_data"], Meta(description="whether there are any")]
    t: _Starts
    h: _Highs
    o: _Opens
    l: _Lows  # noqa: E741  (TradingView's name)
    c: _Closes
    v: _Volumes


class UnknownSymbol(Struct):
    """What the feed says of a pair that is none."""

    s: Annotated[Literal["error"], Meta(description="that there is no answer")]
    errmsg: Annotated[Literal["unknown_symbol"], Meta(description="why")]


class ChartExchange(Struct):
    """An exchange whose pairs can be looked for."""

    value: Annotated[str, Meta(description="what a search sends")]
    name: Annotated[str, Meta(description="what is shown")]
    desc: Annotated[str, Meta(description="what is shown besides")]


class ChartKind(Struct):
    """A kind of pairs that can be looked for."""

    name: Annotated[str, Meta(description="what is shown")]
    value: Annotated[str, Meta(description="what a search sends")]


class ChartConfig(Struct):
    """What the feed can do."""

    supports_search: Annotated[bool, Meta(description="whether pairs can be looked for by a text")]
    supports_group_request: Annotated[bool, Meta(description="whether symbol_info takes a group")]
    supports_marks: Annotated[bool, Meta(description="whether there are marks on bars")]
    supports_timescale_marks: Annotated[bool, Meta(description="whether there are marks on the time axis")]
    supports_time: Annotated[bool, Meta(description="whether the clock can be asked")]
    exchanges: Annotated[list[ChartExchange], Meta(description="one: this venue")]
    symbols_types: Annotated[list[ChartKind], Meta(description="kinds of pairs")]
    supported_resolutions: Annotated[list[str], Meta(description="minutes, or 1D, 1W, 1M")]


class ChartSymbol(Struct):
    """A pair, as a chart needs it."""

    name: Annotated[str, Meta(description="the pair: BTCTRY")]
    ticker: Annotated[str, Meta(description="the same: what the feed is asked for")]
    description: Annotated[str, Meta(description="its assets' names")]
    type: Annotated[Literal["crypto"], Meta(description="the kind of pair")]
    session: Annotated[Literal["24x7"], Meta(description="when it trades: always")]
    timezone: Annotated[Literal["Etc/UTC"], Meta(description="where days begin")]
    exchange: Annotated[str, Meta(description="this venue")]
    listed_exchange: Annotated[str, Meta(description="this venue")]
    format: Annotated[Literal["price"], Meta(description="how a price is shown")]
    minmov: Annotated[int, Meta(description="smallest step of a price, in 1/pricescale")]
    pricescale: Annotated[int, Meta(description="ten to the number of a price's decimals")]
    has_intraday: Annotated[bool, Meta(description="whether there are candles of less than a day")]
    has_weekly_and_monthly: Annotated[bool, Meta(description="whether there are candles of weeks and months")]
    volume_precision: Annotated[int, Meta(description="decimals of a quantity")]
    supported_resolutions: Annotated[list[str], Meta(description="minutes, or 1D, 1W, 1M")]
    data_status: Annotated[Literal["streaming"], Meta(description="that the candle that runs is told")]


class ChartSymbolColumns(Struct, rename={
    "exchange_listed": "exchange-listed", "exchange_traded": "exchange-traded", "has_intraday": "has-intraday",
    "session_regular": "session-regular", "supported_resolutions": "supported-resolutions",
}):  # fmt: skip
    """All pairs, one list a column; what is the same of all stands once."""

    symbol: Annotated[list[str], Meta(description="pairs: BTCTRY")]
    description: Annotated[list[str], Meta(description="their assets' names")]
    exchange_listed: Annotated[str, Meta(description="this venue")]
    exchange_traded: Annotated[str, Meta(description="this venue")]
    minmovement: Annotated[int, Meta(description="smallest step of a price, in 1/pricescale")]
    pricescale: Annotated[list[int], Meta(description="ten to the number of a price's decimals")]
    has_intraday: Annotated[bool, Meta(description="whether there are candles of less than a day")]
    type: Annotated[Literal["crypto"], Meta(description="the kind of pair")]
    ticker: Annotated[list[str], Meta(description="what the feed is asked for")]
    timezone: Annotated[Literal["Etc/UTC"], Meta(description="where days begin")]
    session_regular: Annotated[Literal["24x7"], Meta(description="when they trade: always")]
    supported_resolutions: Annotated[list[str], Meta(description="minutes, or 1D, 1W, 1M")]


class ChartFound(Struct):
    """A pair that was found."""

    symbol: Annotated[str, Meta(description="the pair: BTCTRY")]
    full_name: Annotated[str, Meta(description="with the exchange before it: BTCTURK:BTCTRY")]
    description: Annotated[str, Meta(description="its assets' names")]
    exchange: Annotated[str, Meta(description="this venue")]
    ticker: Annotated[str, Meta(description="what the feed is asked for")]
    type: Annotated[Literal["crypto"], Meta(description="the kind of pair")]
