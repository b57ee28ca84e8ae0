"""Prices, charts, banks and networks: what anybody may know of the broker.

A chart shows the closing prices of the book's candles; where the desk quotes an instrument, these follow its reference price.
Source: BITGIN API, Get All Tickers, Pre Exchange, Get Quote Line Chart, Query Crypto List, Get Crypto Paymentway, Get Bank Code
List, Get bank branch list.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from bedesten.dialects.bitgin import render
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.errors import PARAMETER, UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT, BitginError, invalid
from bedesten.dialects.bitgin.parse import asset_named
from bedesten.dialects.bitgin.shapes_money import BranchQuery, ChartQuery, CurrencyQuery
from bedesten.dialects.bitgin.vocabulary import HOME, payment_way

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.domain.instruments import Instrument
    from bedesten.domain.otc import OtcMarket
    from bedesten.services.venue import Venue

PERCENT_DECIMALS: Final = 16  # of a change, as the documents' examples have
_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR
_NS_PER_S: Final = 1_000_000_000
_MS_PER_S: Final = 1_000


class Range(NamedTuple):
    """What a chart covers. Units: seconds; span 0: all that is known."""

    step_s: int
    span_s: int


#: The steps are ours: the documents name the ranges, and a day's points in the example of a week.
RANGES: Final = {
    "0": Range(_HOUR, _DAY),
    "1": Range(_DAY, 7 * _DAY),
    "2": Range(_DAY, 30 * _DAY),
    "3": Range(_DAY, 90 * _DAY),
    "4": Range(7 * _DAY, 365 * _DAY),
    "5": Range(7 * _DAY, 0),
}


def quoted(venue: Venue, code: str) -> tuple[Instrument, OtcMarket]:
    """Return the desk's market of a currency against the broker's own.

    Raises: BitginError.
    """
    asset = asset_named(venue, code)
    instrument = venue.catalogue.instrument(f"{asset.code}-{HOME}")
    market = None if instrument is None else venue.otc.market(instrument.id)
    if instrument is None or market is None:
        raise BitginError(UNKNOWN_CURRENCY, UNKNOWN_CURRENCY_TEXT)
    return instrument, market


async def all_tickers(venue: Venue, request: Request, form: None) -> Envelope:
    """Tell the last prices and how they changed in a day."""
    rows = []
    for summary in await venue.market_data.summaries():
        instrument = venue.catalogue.by_id(summary.instrument)
        if instrument is not None and instrument.quote.code == HOME:
            rows.append(_ticker(instrument, summary.open, summary.last))
    return done(venue, rows)


def _ticker(instrument: Instrument, opened: int, last: int) -> dict[str, Any]:
    change = Fraction(100 * (last - opened), opened) if opened else Fraction(0)
    units = int(change * 10**PERCENT_DECIMALS)
    return {
        "baseCurrency": instrument.base.code,
        "quoteCurrency": instrument.quote.code,
        "changePricePercent": render.number(units, PERCENT_DECIMALS),
        "lastPrice": _price(instrument, last) if last else None,
    }


def _price(instrument: Instrument, ticks: int) -> msgspec.Raw:
    return render.number(ticks * instrument.tick_size, instrument.price_scale)


async def pre_exchange(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Tell how much the desk quotes at least and at most, in the currency."""
    instrument, market = quoted(venue, form.currency)
    scale = instrument.base.scale
    return done(
        venue,
        {
            "minLimit": render.number(market.min_quantity, scale),
            "maxLimit": render.number(market.max_quantity, scale),
        },
    )


async def line_chart(venue: Venue, request: Request, form: ChartQuery) -> Envelope:
    """Tell prices over time, oldest first, the last one of now."""
    asked = RANGES.get(form.rangeType.strip())
    if asked is None:
        raise BitginError(PARAMETER, "Invalid type.")
    instrument, _ = quoted(venue, form.currency)
    now_s = venue.clock.now_ns() // _NS_PER_S
    start_s = now_s - asked.span_s if asked.span_s else 0
    candles = await venue.candles.candles(instrument.id, asked.step_s, start_s, now_s + 1)
    points = [
        {"time": min(candle.start_s + asked.step_s, now_s) * _MS_PER_S, "value": _price(instrument, candle.close)}
        for candle in candles
        if candle.close
    ]
    return done(venue, points)


async def crypto_list(venue: Venue, request: Request, form: None) -> Envelope:
    """Name the crypto assets that come and go over networks."""
    codes = [
        asset.code for asset in venue.catalogue.assets if not asset.is_fiat and venue.network_deposits.networks(asset)
    ]
    return done(venue, sorted(codes))


async def payment_ways(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Name the networks of each crypto asset, or of one."""
    assets = [asset_named(venue, form.currency)] if form.currency else list(venue.catalogue.assets)
    ways = {
        asset.code: [payment_way(network) for network in networks]
        for asset in assets
        if not asset.is_fiat and (networks := venue.network_deposits.networks(asset))
    }
    return done(venue, ways)


async def bank_codes(venue: Venue, request: Request, form: None) -> Envelope:
    """Name the banks."""
    return done(venue, [{"code": bank.code, "name": bank.name} for bank in venue.fiat.terms.banks])


async def bank_branches(venue: Venue, request: Request, form: BranchQuery) -> Envelope:
    """Name the branches of a bank."""
    bank = venue.fiat.terms.bank(form.code)
    if bank is None:
        raise invalid("code")
    return done(venue, [{"code": branch.code, "name": branch.name} for branch in bank.branches])
