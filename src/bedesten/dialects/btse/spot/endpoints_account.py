"""Spot v3 account queries: trade history, fees, wallet.

Source: BTSE spot API v3.2 and v3.3, Query User Trades Fills, Query Account Fees; wallet API v3.2, Query Wallet Balance.
The fees sample shows one object; the live venue answers an array. Permission: Read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.market.endpoints_spot import DAY_MS
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.replies import account_of, json_array
from bedesten.dialects.btse.shapes import SymbolQuery
from bedesten.dialects.btse.spot.own_trades import Asked, OwnTrade, own_trades
from bedesten.dialects.btse.spot.render import Version
from bedesten.dialects.btse.spot.shapes import TradeHistoryQuery
from bedesten.dialects.btse.symbols import instrument_named
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.dialects.contract import Reply, Request

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.venue import Venue

HISTORY_DEFAULT: Final = 50
HISTORY_WINDOW_MS: Final = 7 * DAY_MS
FIRST_DAY_MS: Final = 1_569_888_000_000  # 2019-10-01: the venue has nothing older
PPB_SCALE: Final = 9


async def trade_history_v3(venue: Venue, request: Request, query: TradeHistoryQuery, version: Version) -> Reply:
    """Return the account's fills, newest first."""
    account = account_of(request)
    asked = Asked(
        symbol=query.symbol, start_ms=query.startTime, end_ms=query.endTime, count=query.count, order_id=query.orderID,
        client_id=query.clOrderID, before=query.beforeSerialId, after=query.afterSerialId,
    )  # fmt: skip
    found = await own_trades(venue, account, asked)
    owner = venue.accounts.by_id(account)
    username = numbers.text(owner.name if owner is not None else "")
    return json_array(_history_row(trade, username, version) for trade in found)


async def trade_history_v3_2(venue: Venue, request: Request, query: TradeHistoryQuery) -> Reply:
    """Return the account's fills, newest first."""
    return await trade_history_v3(venue, request, query, Version.V3_2)


async def trade_history_v3_3(venue: Venue, request: Request, query: TradeHistoryQuery) -> Reply:
    """Return the account's fills, newest first."""
    return await trade_history_v3(venue, request, query, Version.V3_3)


def _history_row(trade: OwnTrade, username: str, version: Version) -> str:
    instrument = trade.instrument
    average = f'"averageFillPrice":{trade.filled_price}' + (
        f',"avgFilledPrice":{trade.filled_price}' if version is Version.V3_3 else ""
    )
    return (
        f'{{"tradeId":"{trade.trade_id}","orderId":"{trade.order_id}",'
        f'"clOrderID":{numbers.text_or_null(trade.client_id)},"username":{username},"side":"{SIDE_NAME[trade.side]}",'
        f'"orderType":{trade.type_code},"triggerType":{trade.trigger_kind},'
        f'"price":{trade.price},"size":{trade.size},"filledPrice":{trade.filled_price},'
        f'"filledSize":{trade.filled_size},"triggerPrice":{trade.trigger_price},"base":{numbers.text(instrument.base.code)},'
        f'"quote":{numbers.text(instrument.quote.code)},"symbol":{numbers.text(instrument.name)},"feeCurrency":{numbers.text(trade.fee_currency)},'
        f'"feeAmount":{trade.fee},"wallet":"SPOT@","realizedPnl":0,"total":0,"serialId":{trade.serial},'
        f'"timestamp":{trade.time_ns // NS_PER_MS},"maker":{numbers.flag(trade.is_maker)},{average}}}'
    )


async def fees(venue: Venue, request: Request, query: SymbolQuery) -> Reply:
    """Return the account's maker and taker fees, as fractions."""
    account = account_of(request)
    instruments = [instrument_named(venue, query.symbol)] if query.symbol else list(venue.catalogue.instruments)

    def ask(machine: Machine) -> list[tuple[int, int]]:
        return [machine.fee_rates(account, instrument.id) for instrument in instruments]

    rates = await venue.sequencer.read(ask)
    return json_array(
        f'{{"symbol":{numbers.text(instrument.name)},"makerFee":{numbers.decimal(maker, PPB_SCALE)},'
        f'"takerFee":{numbers.decimal(taker, PPB_SCALE)}}}'
        for instrument, (maker, taker) in zip(instruments, rates, strict=True)
    )


async def wallet(venue: Venue, request: Request, query: None) -> Reply:
    """Return the balance of every asset, zeros included."""
    balances = await venue.accounts.balances(account_of(request))
    return json_array(
        f'{{"currency":{numbers.text(asset.code)},"total":{numbers.decimal(total, asset.scale)},'
        f'"available":{numbers.decimal(total - held, asset.scale)}}}'
        for asset, total, held in balances
    )
