"""The market in the API's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET, UnsetType

from bedesten.dialects.native.market import shapes
from bedesten.dialects.native.market.parse import GROUPS
from bedesten.dialects.native.times import NS_PER_MS, NS_PER_S, time_text
from bedesten.domain.enums import FeeRule, InstrumentState, Side
from bedesten.domain.events import Traded
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.money import PPM, to_text
from bedesten.domain.networks import Network
from bedesten.services.market.indexes import IndexPrice, source_word
from bedesten.services.market.market_data import Depth, Summary
from bedesten.services.store_types import Announcement, Candle, Trade

STATES: Final[dict[InstrumentState, shapes.State]] = {
    InstrumentState.TRADING: "trading",
    InstrumentState.POST_ONLY_SESSION: "post_only_session",
    InstrumentState.CANCEL_ONLY: "cancel_only",
    InstrumentState.HALTED: "halted",
}
SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell"}


def amount_text(asset: Asset, units: int) -> str:
    """Return an amount with all the asset's decimals."""
    return to_text(units, scale=asset.scale, places=asset.scale)


def price_text(instrument: Instrument, ticks: int) -> str:
    """Return a price with all its decimals."""
    return instrument.price_text(ticks, instrument.price_scale)


def quantity_text(instrument: Instrument, lots: int) -> str:
    """Return a quantity with all its decimals."""
    return instrument.quantity_text(lots, instrument.quantity_scale)


def quote_text(instrument: Instrument, units: int) -> str:
    """Return an amount of the quote asset with all its decimals."""
    return amount_text(instrument.quote, units)


def instrument_row(instrument: Instrument, rates_ppb: tuple[int, int]) -> shapes.InstrumentRow:
    """Return an instrument; *rates_ppb*: of a maker and a taker without a tier."""
    row = shapes.InstrumentRow(
        instrument=instrument.name, base=instrument.base.code, quote=instrument.quote.code,
        state=STATES[InstrumentState(instrument.state)], tick_size=price_text(instrument, 1),
        lot_size=quantity_text(instrument, 1), min_quantity=quantity_text(instrument, instrument.min_quantity),
        groups=[price_text(instrument, group) for group in GROUPS], maker_fee_ppb=rates_ppb[0], taker_fee_ppb=rates_ppb[1],
        fee_rule="in_received" if instrument.fee_rule == FeeRule.IN_RECEIVED else "in_quote", tax_ppb=instrument.tax_ppb,
    )  # fmt: skip
    for name, value in _bounds(instrument).items():
        if value:
            setattr(row, name, value)
    return row


def _bounds(instrument: Instrument) -> dict[str, Any]:
    given = instrument
    return {
        "max_quantity": given.max_quantity and quantity_text(given, given.max_quantity),
        "min_notional": given.min_notional and quote_text(given, given.min_notional),
        "min_price": given.min_price and price_text(given, given.min_price),
        "max_price": given.max_price and price_text(given, given.max_price),
        "buy_band_ppm": given.buy_band_ppm,
        "sell_band_ppm": given.sell_band_ppm,
        "price_floor_ppm": given.price_floor_ppm,
        "price_ceiling_ppm": given.price_ceiling_ppm,
        "market_protection_ppm": given.market_protection_ppm,
        "trigger_distance_ppm": given.trigger_distance_ppm,
        "open_orders_max": given.open_orders_max,
    }


def ticker(instrument: Instrument, summary: Summary) -> shapes.Ticker:
    """Return an instrument's prices now and its last day."""

    def price(ticks: int) -> str | UnsetType:
        return price_text(instrument, ticks) if ticks else UNSET

    def quantity(lots: int) -> str | UnsetType:
        return quantity_text(instrument, lots) if lots else UNSET

    bbo, opened, last = summary.bbo, summary.open, summary.last
    return shapes.Ticker(
        instrument=instrument.name, time=time_text(summary.time_ns), volume=quantity_text(instrument, summary.volume_lots),
        quote_volume=quote_text(instrument, summary.quote_volume), last=price(last), open=price(opened),
        high=price(summary.high), low=price(summary.low),
        change_ppm=(last - opened) * PPM // opened if opened and last else UNSET, bid=price(bbo.bid_price),
        bid_quantity=quantity(bbo.bid_quantity), ask=price(bbo.ask_price), ask_quantity=quantity(bbo.ask_quantity),
        index=price(summary.index_price),
    )  # fmt: skip


def book(instrument: Instrument, depth: Depth, group: int) -> shapes.Book:
    """Return the best levels of a book."""
    return shapes.Book(
        instrument=instrument.name, time=time_text(depth.time_ns), group=price_text(instrument, group),
        bids=levels(instrument, depth.bids), asks=levels(instrument, depth.asks),
    )  # fmt: skip


def levels(instrument: Instrument, side: Sequence[tuple[int, int]]) -> list[tuple[str, str]]:
    """Return one side of a book."""
    return [(price_text(instrument, price), quantity_text(instrument, lots)) for price, lots in side]


def trade(instrument: Instrument, row: Traded | Trade) -> shapes.TradeRow:
    """Return a match."""
    return shapes.TradeRow(
        str(row.trade_id), time_text(row.time_ns), "buy" if row.side == Side.BUY else "sell",
        price_text(instrument, row.price), quantity_text(instrument, row.quantity),
    )  # fmt: skip


def candle(instrument: Instrument, row: Candle) -> shapes.CandleRow:
    """Return a candle."""
    return shapes.CandleRow(
        time=time_text(row.start_s * NS_PER_S), open=price_text(instrument, row.open), high=price_text(instrument, row.high),
        low=price_text(instrument, row.low), close=price_text(instrument, row.close),
        volume=quantity_text(instrument, row.volume_lots), quote_volume=quote_text(instrument, row.quote_volume),
    )  # fmt: skip


def index(instrument: Instrument, told: IndexPrice, now_ns: int) -> shapes.IndexPrice:
    """Return an index price."""
    row = shapes.IndexPrice(instrument.name, told.is_too_old(now_ns))
    if told.price:
        row.price, row.time = price_text(instrument, told.price), time_text(told.told_ns)
        row.source = source_word(told.source)  # type: ignore[assignment]  # one of the three, by its enum
    return row


def asset(row: Asset, networks: Sequence[Network]) -> shapes.AssetRow:
    """Return an asset."""
    carried = [network.name for network in networks if network.asset(row.id) is not None]
    return shapes.AssetRow(row.code, row.name, row.scale, row.is_fiat, carried)


def network(row: Network, assets: dict[int, Asset]) -> shapes.NetworkRow:
    """Return a network."""
    carried = []
    for terms in row.assets:
        of = assets[terms.asset]
        each = shapes.NetworkAssetRow(of.code, amount_text(of, terms.withdraw_fee))
        if terms.deposit_min:
            each.deposit_min = amount_text(of, terms.deposit_min)
        if terms.withdraw_min:
            each.withdrawal_min = amount_text(of, terms.withdraw_min)
        carried.append(each)
    return shapes.NetworkRow(row.name, row.confirmations, row.block_ns // NS_PER_MS, row.has_tags, carried)


def announcement(row: Announcement) -> shapes.AnnouncementRow:
    """Return a change that the operator made."""
    return shapes.AnnouncementRow(time_text(row.time_ns), row.key, row.before or UNSET, row.after or UNSET)
