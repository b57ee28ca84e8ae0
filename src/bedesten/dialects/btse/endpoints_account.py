"""Spot v3 account queries: trade history, fees, wallet.

Source: BTSE spot API v3.2 and v3.3, Query User Trades Fills, Query Account Fees; wallet API v3.2, Query Wallet Balance.
The fees sample shows one object; the live venue answers an array. Permission: Read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors, ids, render
from bedesten.dialects.btse.endpoints_market import DAY_MS, count_of, time_range
from bedesten.dialects.btse.endpoints_trading import account_of, instrument_named, json_array
from bedesten.dialects.btse.models import SymbolQuery, TradeHistoryQuery
from bedesten.dialects.btse.render import NS_PER_MS
from bedesten.dialects.btse.rows import Sizes, Version, price_of, sizes_of
from bedesten.dialects.btse.words import SIDE_NAME, TRIGGER_KIND, TYPE_CODE
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.enums import FeeRule, Side
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.records import Fill, OrderRecord

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.venue import Venue

HISTORY_DEFAULT: Final = 50
HISTORY_WINDOW_MS: Final = 7 * DAY_MS
FIRST_DAY_MS: Final = 1_569_888_000_000  # 2019-10-01: the venue has nothing older
PPB_SCALE: Final = 9


class Trade:
    """One of the account's fills with the order that made it, ready to be written."""

    __slots__ = ("fee", "fee_asset", "fill", "instrument", "record", "sizes")

    def __init__(self, instrument: Instrument, fill: Fill, record: OrderRecord) -> None:
        self.instrument = instrument
        self.fill = fill
        self.record = record
        self.sizes: Sizes = sizes_of(instrument, record.order)
        self.fee_asset = fee_asset(instrument, fill.side)
        self.fee = render.decimal(fill.fee + fill.tax, self.fee_asset.scale)


def fee_asset(instrument: Instrument, side: int) -> Asset:
    """Return what a fee is taken in."""
    in_base = instrument.fee_rule == FeeRule.IN_RECEIVED and side == Side.BUY
    return instrument.base if in_base else instrument.quote


async def fills(
    venue: Venue,
    account: int,
    symbol: str | None,
    start_ms: int | None,
    end_ms: int | None,
    count: int | None,
    order_id: str | None,
    client_id: str | None,
) -> list[Trade]:
    """Return the account's fills, newest first, of at most seven days."""
    instrument = instrument_named(venue, symbol) if symbol else None
    limit = count_of(count, HISTORY_DEFAULT)
    if start_ms is not None and start_ms < FIRST_DAY_MS:
        raise errors.BtseError(
            400, f"startTime can not before than {FIRST_DAY_MS} (2019-10-01T00:00)", shape=errors.Shape.A
        )
    start_ms, end_ms = time_range(start_ms, end_ms, venue.clock.now_ns() // NS_PER_MS, HISTORY_WINDOW_MS)
    start_ms = max(start_ms, end_ms - HISTORY_WINDOW_MS)
    number = 0
    if order_id:
        number = ids.ORDERS.number(order_id) or 0
        if not number:
            return []
    found = await venue.trading.fills(
        account, instrument.id if instrument else None, start_ns=start_ms * NS_PER_MS, end_ns=(end_ms + 1) * NS_PER_MS,
        order_id=number, client_id="" if number else client_id or "", limit=limit,
    )  # fmt: skip
    records = await venue.trading.records(account, {fill.order_id for fill in found})
    trades = []
    for fill in found:
        listed = venue.catalogue.by_id(fill.instrument)
        record = records.get(fill.order_id)
        assert listed is not None and record is not None, "a fill has an order on a listed instrument"
        trades.append(Trade(listed, fill, record))
    return trades


async def trade_history_v3(venue: Venue, request: Request, query: TradeHistoryQuery, version: Version) -> Reply:
    """Return the account's fills, newest first."""
    account = account_of(request)
    found = await fills(
        venue, account, query.symbol, query.startTime, query.endTime, query.count, query.orderID, query.clOrderID
    )
    owner = venue.accounts.by_id(account)
    username = render.text(owner.name if owner is not None else "")
    return json_array(_history_row(trade, username, version) for trade in found)


async def trade_history_v3_2(venue: Venue, request: Request, query: TradeHistoryQuery) -> Reply:
    """Return the account's fills, newest first."""
    return await trade_history_v3(venue, request, query, Version.V3_2)


async def trade_history_v3_3(venue: Venue, request: Request, query: TradeHistoryQuery) -> Reply:
    """Return the account's fills, newest first."""
    return await trade_history_v3(venue, request, query, Version.V3_3)


def _history_row(trade: Trade, username: str, version: Version) -> str:
    instrument, fill, sizes = trade.instrument, trade.fill, trade.sizes
    order, client_id = trade.record
    filled_price = render.price(instrument, fill.price)
    average = f'"averageFillPrice":{filled_price}' + (
        f',"avgFilledPrice":{filled_price}' if version is Version.V3_3 else ""
    )
    return (
        f'{{"tradeId":"{ids.TRADES.text(fill.trade_id)}","orderId":"{ids.ORDERS.text(fill.order_id)}",'
        f'"clOrderID":{render.text_or_null(client_id)},"username":{username},"side":"{SIDE_NAME[fill.side]}",'
        f'"orderType":{TYPE_CODE[order.order_type]},"triggerType":{TRIGGER_KIND[order.trigger]},'
        f'"price":{price_of(instrument, order, sizes.average)},"size":{sizes.original},"filledPrice":{filled_price},'
        f'"filledSize":{render.size(instrument, fill.quantity)},'
        f'"triggerPrice":{render.price(instrument, order.trigger_price)},"base":"{instrument.base.code}",'
        f'"quote":"{instrument.quote.code}","symbol":"{instrument.name}","feeCurrency":"{trade.fee_asset.code}",'
        f'"feeAmount":{trade.fee},"wallet":"SPOT@","realizedPnl":0,"total":0,"serialId":{fill.trade_id},'
        f'"timestamp":{fill.time_ns // NS_PER_MS},{average}}}'
    )


async def fees(venue: Venue, request: Request, query: SymbolQuery) -> Reply:
    """Return the account's maker and taker fees, as fractions."""
    account = account_of(request)
    instruments = [instrument_named(venue, query.symbol)] if query.symbol else list(venue.catalogue.instruments)

    def ask(machine: Machine) -> list[tuple[int, int]]:
        return [machine.fee_rates(account, instrument.id) for instrument in instruments]

    rates = await venue.sequencer.read(ask)
    return json_array(
        f'{{"symbol":"{instrument.name}","makerFee":{render.decimal(maker, PPB_SCALE)},'
        f'"takerFee":{render.decimal(taker, PPB_SCALE)}}}'
        for instrument, (maker, taker) in zip(instruments, rates, strict=True)
    )


async def wallet(venue: Venue, request: Request, query: None) -> Reply:
    """Return the balance of every asset, zeros included."""
    balances = await venue.accounts.balances(account_of(request))
    return json_array(
        f'{{"currency":"{asset.code}","total":{render.decimal(total, asset.scale)},'
        f'"available":{render.decimal(total - held, asset.scale)}}}'
        for asset, total, held in balances
    )


def envelope(data: str, time_ns: int) -> Reply:
    """Return *data* in the public API's envelope."""
    return Reply(
        200, f'{{"data":{data},"code":1,"msg":"Success","success":true,"time":{time_ns // NS_PER_MS}}}'.encode()
    )
