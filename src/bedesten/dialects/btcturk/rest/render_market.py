"""Rows of market data: tickers, trades, days and candles, symbols and currencies, as the venue's JSON has them.

Formulas: daily is ask − open (not last − open: all recorded tickers agree on it); dailyPercent (last − open) ÷ open; average is
quote volume ÷ volume, at two decimals or the pair's price scale; of a day, dailyChangeAmount is close − open.
Source: BtcTurk API documents, Ticker, Trades, OHLC Data, Exchange Info; the answers recorded in hummingbot and ExchangeSharp.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk.numbers import PLACES_MAX, fixed, hundredths, ms, plain, raw
from bedesten.dialects.btcturk.vocabulary import RESTING_NAME
from bedesten.domain.enums import FeeRule, InstrumentState
from bedesten.domain.instruments import Asset
from bedesten.domain.money import PPM, to_text

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.domain.events import Traded
    from bedesten.domain.networks import Network
    from bedesten.services.market.market_data import Summary
    from bedesten.services.store_types import Candle, Trade

Row = dict[str, Any]

ORDER_STEP: Final = 1_000  # between the places of two pairs in the venue's list
AVERAGE_PLACES_MIN: Final = 2
LEVEL_PLACES: Final = 8  # of a level's amount
METHODS: Final = ("MARKET", "LIMIT", "STOP_MARKET", "STOP_LIMIT")
WARNING: Final = raw("0.2500000000000000")
MAX_PRICE: Final = "10000000"  # the filter's; the price that counts is maximumLimitOrderPrice
MIN_PRICE: Final = "0.0000000000001"

#: Assets whose addresses take a tag, by the name that their users know it under.
TAGS: Final[Mapping[str, str]] = {"XRP": "Destination Tag", "XLM": "Memo", "EOS": "Memo"}
TAG_CHARS_MAX: Final = 200
ADDRESS_CHARS: Final = (26, 100)


def average_places(pair: Pair) -> int:
    """Return how many decimals an average price has."""
    return max(AVERAGE_PLACES_MIN, pair.listing.price_scale)


def percent(part: int, whole: int) -> str:
    """Return part ÷ whole in percent with at most two decimals."""
    return to_text(hundredths(part, whole), scale=2)


def ticker(pair: Pair, day: Summary) -> Row:
    """Return a ticker. A day without a trade has zeros."""
    text = pair.bare
    bid, ask = pair.best(day.bbo.bid_price, day.bbo.ask_price)
    traded = day.volume_lots > 0
    open_ = day.open if traded else 0
    last_units, open_units = pair.shown(day.last), pair.shown(open_)  # changes are those of the prices told
    places = average_places(pair)
    return {
        "pair": pair.name,
        "pairNormalized": pair.normalized,
        "timestamp": ms(day.time_ns),
        "last": raw(text(day.last)),
        "high": raw(text(day.high if traded else 0)),
        "low": raw(text(day.low if traded else 0)),
        "bid": raw(text(bid)),
        "ask": raw(text(ask)),
        "open": raw(text(open_)),
        "volume": raw(pair.quantity(day.volume_lots)),
        "average": plain(pair.average_units(day.quote_volume, day.volume_lots, places), places),
        "daily": plain(pair.shown(ask) - open_units if ask and open_ else 0, pair.scale),
        "dailyPercent": raw(percent(last_units - open_units, open_units)),
        "denominatorSymbol": pair.quote.code,
        "numeratorSymbol": pair.base.code,
        "order": pair.position * ORDER_STEP,
    }


def trade(pair: Pair, row: Traded | Trade) -> Row:
    """Return a public trade; the side is that of the order that rested, where the feed's S is the taker's."""
    return {
        "pair": pair.name,
        "pairNormalized": pair.normalized,
        "numerator": pair.base.code,
        "denominator": pair.quote.code,
        "date": ms(row.time_ns),
        "tid": str(row.trade_id),
        "price": pair.price(row.price),
        "amount": pair.quantity_fixed(row.quantity, pair.instrument.quantity_scale),
        "side": RESTING_NAME[row.side],
    }


def level(pair: Pair, price: int, lots: int) -> tuple[str, str]:
    """Return a level of the book."""
    return pair.price(price), pair.quantity_fixed(lots, LEVEL_PLACES)


def day(pair: Pair, candle: Candle) -> Row:
    """Return a day of the graph host, numbers as numbers."""
    text, places = pair.bare, average_places(pair)
    open_units = pair.shown(candle.open)
    change = pair.shown(candle.close) - open_units
    return {
        "pair": pair.name,
        "time": candle.start_s,
        "open": raw(text(candle.open)),
        "high": raw(text(candle.high)),
        "low": raw(text(candle.low)),
        "close": raw(text(candle.close)),
        "volume": raw(pair.quantity(candle.volume_lots)),
        "total": raw(pair.amount(candle.quote_volume)),
        "average": plain(pair.average_units(candle.quote_volume, candle.volume_lots, places), places),
        "dailyChangeAmount": plain(change, pair.scale),
        "dailyChangePercentage": raw(percent(change, open_units)),
    }


def old_day(pair: Pair, candle: Candle) -> Row:
    """Return a day as api/v2/ohlc tells it: the same numbers, as texts, and the time in milliseconds."""
    row = day(pair, candle)
    texts = {name: bytes(value).decode() for name, value in row.items() if name not in ("pair", "time", "total")}
    return {"pairSymbol": pair.name, "pairSymbolNormalized": pair.normalized, "time": candle.start_s * 1_000} | texts


# What is listed -----------------------------------------------------------------------------


def symbol(pair: Pair, reference: int) -> Row:
    """Return a pair of exchangeinfo; *reference*: the price that limits are reckoned from, in ticks."""
    listing, instrument = pair.listing, pair.instrument
    has_fraction = listing.price_scale > 0
    ceiling = instrument.price_ceiling_ppm or (PPM + instrument.buy_band_ppm if instrument.buy_band_ppm else 0)
    floor = instrument.price_floor_ppm or (PPM - instrument.sell_band_ppm if instrument.sell_band_ppm else 0)
    return {
        "id": pair.number,
        "name": pair.name,
        "nameNormalized": pair.normalized,
        "status": "TRADING" if instrument.state == InstrumentState.TRADING else "HALTED",
        "numerator": pair.base.code,
        "denominator": pair.quote.code,
        "numeratorScale": listing.quantity_scale,
        "denominatorScale": listing.price_scale,
        "hasFraction": has_fraction,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": MIN_PRICE,
                "maxPrice": MAX_PRICE,
                "tickSize": to_text(1, scale=listing.price_scale),
                "minExchangeValue": pair.amount(listing.min_value),
                "minAmount": None,
                "maxAmount": None,
            }
        ],
        "orderMethods": METHODS,
        "displayFormat": f"#,##0.{'0' * listing.price_scale}" if has_fraction else "#,###",
        "commissionFromNumerator": instrument.fee_rule == FeeRule.IN_RECEIVED,
        "order": pair.position * ORDER_STEP,
        "priceRounding": False,
        "isNew": False,
        "marketPriceWarningThresholdPercentage": WARNING,
        "maximumOrderAmount": None,
        "maximumLimitOrderPrice": _bound(pair, reference, ceiling, MAX_PRICE),
        "minimumLimitOrderPrice": _bound(pair, reference, floor, "0"),
    }


def _bound(pair: Pair, reference: int, ppm: int, otherwise: str) -> Any:
    if not reference or not ppm:
        return raw(f"{otherwise}.{'0' * PLACES_MAX}")
    units = reference * pair.instrument.tick_size * ppm
    return raw(fixed(units, pair.instrument.price_scale + 6, PLACES_MAX))


def currency(asset: Asset, networks: Iterable[Network]) -> Row:
    """Return a currency of exchangeinfo. Its least amounts are those of the network that asks for the least."""
    tag = TAGS.get(asset.code)
    terms = [row for network in networks if (row := network.asset(asset.id)) is not None]
    withdrawal = min((max(row.withdraw_min, row.withdraw_fee + 1) for row in terms), default=0)
    deposit = min((row.deposit_min for row in terms), default=0)
    return {
        "id": asset.id,
        "symbol": asset.code,
        "minWithdrawal": raw(fixed(max(withdrawal, 1), asset.scale, PLACES_MAX)),
        "minDeposit": raw(fixed(max(deposit, 1), asset.scale, PLACES_MAX)),
        "precision": 2 if asset.is_fiat else asset.scale,
        "address": {"minLen": None, "maxLen": None}
        if asset.is_fiat
        else {"minLen": ADDRESS_CHARS[0], "maxLen": ADDRESS_CHARS[1]},
        "currencyType": "FIAT" if asset.is_fiat else "CRYPTO",
        "tag": {
            "enable": tag is not None,
            "name": tag,
            "minLen": 1 if tag else None,
            "maxLen": TAG_CHARS_MAX if tag else None,
        },
        "color": f"#{_color(asset):06x}",
        "name": asset.name,
        "isAddressRenewable": False,
        "getAutoAddressDisabled": False,
        "isPartialWithdrawalEnabled": False,
        "isNew": False,
    }


def _color(asset: Asset) -> int:
    return asset.id * 0x9E3779 & 0xFFFFFF  # any that differs: the venue's are of its logos
