"""Orders, fills, balances and statements in the API's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from bedesten.dialects.native.market.render import amount_text, price_text, quantity_text, quote_text
from bedesten.dialects.native.times import time_text
from bedesten.dialects.native.trading import shapes
from bedesten.domain.enums import (
    CloseReason,
    FeeRule,
    OrderType,
    PriceSource,
    SelfTrade,
    Side,
    TimeInForce,
    TransferReason,
    Trigger,
)
from bedesten.domain.events import Traded
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.orders import Order
from bedesten.services.orders.preview import OrderPreview
from bedesten.services.store_types import Fill, OrderRecord, TransferRecord

if TYPE_CHECKING:
    from bedesten.services.accounts.accounts import Balance
    from bedesten.services.instruments import Catalogue


def _words(kind: Any) -> dict[int, Any]:
    return {int(member): member.name.lower() for member in kind}


SIDES: Final = _words(Side)
TYPES: Final = _words(OrderType)
TIMES: Final = _words(TimeInForce)
TRIGGERS: Final = _words(Trigger)
SOURCES: Final = _words(PriceSource)
SELF_TRADES: Final = _words(SelfTrade)
CLOSE_REASONS: Final = _words(CloseReason)
TRANSFER_REASONS: Final = _words(TransferReason)


def fee_asset(instrument: Instrument, side: int) -> Asset:
    """Return the asset that an order of that side pays its fees in."""
    in_received = instrument.fee_rule == FeeRule.IN_RECEIVED
    return instrument.base if in_received and side == Side.BUY else instrument.quote


def average_text(instrument: Instrument, notional: int, quantity: int) -> str:
    """Return notional by quantity, with the instrument's decimals and as many more as it takes, eight at most."""
    whole, _, fraction = instrument.average_price_text(notional, quantity).partition(".")
    fraction = fraction.ljust(instrument.price_scale, "0")
    return f"{whole}.{fraction}" if fraction else whole


def order_row(instrument: Instrument, record: OrderRecord) -> shapes.OrderRow:
    """Return an order."""
    order = record.order
    charged = fee_asset(instrument, order.side)
    row = shapes.OrderRow(
        id=str(order.order_id), instrument=instrument.name, side=SIDES[order.side], type=TYPES[order.order_type],
        status="closed" if order.close_reason else "waiting" if order.is_waiting else "open",
        time_in_force=TIMES[order.time_in_force], self_trade=SELF_TRADES[order.self_trade],
        filled=quantity_text(instrument, order.filled), notional=quote_text(instrument, order.notional),
        fee=amount_text(charged, order.fee + order.tax), fee_asset=charged.code, created=time_text(order.created_ns),
        updated=time_text(order.updated_ns), client_id=record.client_id or UNSET,
    )  # fmt: skip
    _add_amounts(row, instrument, order)
    _add_conditions(row, instrument, order)
    return row


def _add_amounts(row: shapes.OrderRow, instrument: Instrument, order: Order) -> None:
    if order.price:
        row.price = price_text(instrument, order.price)
    if order.order_type == OrderType.PEG:
        row.worst_price = price_text(instrument, order.original_price)
    if order.budget:
        row.budget = quote_text(instrument, order.budget)
    else:
        row.quantity = quantity_text(instrument, order.quantity)
        row.remaining = quantity_text(instrument, order.remaining)
    if order.filled:
        row.average_price = average_text(instrument, order.notional, order.filled)


def _add_conditions(row: shapes.OrderRow, instrument: Instrument, order: Order) -> None:
    if order.post_only:
        row.post_only = True
    if order.expires_ns:
        row.expires = time_text(order.expires_ns)
    if order.trigger:
        row.trigger, row.trigger_source = TRIGGERS[order.trigger], SOURCES[order.trigger_source]
        row.trigger_price = price_text(instrument, order.trigger_price)
        if order.trigger == Trigger.TRAILING_DISTANCE:
            row.trail = price_text(instrument, order.trail)
        elif order.trigger == Trigger.TRAILING_PERCENTAGE:
            row.trail_ppm = order.trail
    if order.display_ppm:
        row.display_ppm = order.display_ppm
    if order.deviation_ppm:
        row.deviation_ppm = order.deviation_ppm
    if order.sibling_id:
        row.sibling = str(order.sibling_id)
    if order.close_reason:
        row.close_reason = CLOSE_REASONS[order.close_reason]


def order_rows(catalogue: Catalogue, records: Iterable[OrderRecord]) -> list[shapes.OrderRow]:
    """Return orders of instruments that are listed."""
    return [
        order_row(instrument, record)
        for record in records
        if (instrument := catalogue.by_id(record.order.instrument)) is not None
    ]


def fill_row(instrument: Instrument, fill: Fill) -> shapes.FillRow:
    """Return one order's half of a match."""
    charged = fee_asset(instrument, fill.side)
    if fill.fee_asset:  # as the rule was then
        charged = instrument.base if fill.fee_asset == instrument.base.id else instrument.quote
    return shapes.FillRow(
        trade=str(fill.trade_id), order=str(fill.order_id), instrument=instrument.name, side=SIDES[fill.side],
        liquidity="maker" if fill.is_maker else "taker", price=price_text(instrument, fill.price),
        quantity=quantity_text(instrument, fill.quantity), notional=quote_text(instrument, fill.notional),
        fee=amount_text(charged, fill.fee + fill.tax), fee_asset=charged.code, time=time_text(fill.time_ns),
    )  # fmt: skip


def fill_of(trade: Traded, *, is_maker: bool) -> Fill:
    """Return one half of a match that was just made."""
    if is_maker:
        side = Side.SELL if trade.side == Side.BUY else Side.BUY
        order_id, account, fee, tax = trade.maker_order, trade.maker_account, trade.maker_fee, trade.maker_tax
    else:
        side = Side(trade.side)
        order_id, account, fee, tax = trade.taker_order, trade.taker_account, trade.taker_fee, trade.taker_tax
    return Fill(
        trade.trade_id, order_id, account, trade.instrument, side, int(is_maker), trade.price, trade.quantity,
        trade.notional, fee, tax, trade.time_ns, trade.seq,
    )  # fmt: skip


def fills_of(orders: Iterable[OrderRecord], trades: Iterable[Traded]) -> list[Fill]:
    """Return those halves of matches that are of *orders*."""
    mine = {record.order.order_id for record in orders}
    return [
        fill_of(trade, is_maker=is_maker)
        for trade in trades
        for is_maker in (False, True)
        if (trade.maker_order if is_maker else trade.taker_order) in mine
    ]


def preview_of(instrument: Instrument, side: int, found: OrderPreview) -> shapes.Preview:
    """Return what an order would do."""
    charged = fee_asset(instrument, side)
    pays = instrument.quote if side == Side.BUY else instrument.base
    row = shapes.Preview(
        quantity=quantity_text(instrument, found.quantity), notional=quote_text(instrument, found.notional),
        fee=amount_text(charged, found.fee), fee_asset=charged.code, remaining=quantity_text(instrument, found.remaining),
        needed=amount_text(pays, found.needed), asset=pays.code,
    )  # fmt: skip
    if found.quantity:
        row.average_price = average_text(instrument, found.notional, found.quantity)
        row.worst_price = price_text(instrument, found.worst_price)
    return row


def balance_row(balance: Balance) -> shapes.BalanceRow:
    """Return what an account has of an asset."""
    asset = balance.asset
    return shapes.BalanceRow(
        asset.code, amount_text(asset, balance.total), amount_text(asset, balance.total - balance.held),
        amount_text(asset, balance.held),
    )  # fmt: skip


def statement_row(asset: Asset, account: int, move: TransferRecord) -> shapes.StatementRow:
    """Return money that moved outside a trade."""
    amount = -move.amount if move.account == account else move.amount
    return shapes.StatementRow(
        id=str(move.row_id), time=time_text(move.time_ns), reason=TRANSFER_REASONS[move.reason], asset=asset.code,
        amount=amount_text(asset, amount),
    )  # fmt: skip
