"""An account's trades as one list: its halves of matches, and what it took from the OTC desk (orderType 81).

Translates; services.orders and services.otc know. A trade's place in the list is its time, and its serial number where times are
equal, so that beforeSerialId and afterSerialId lead through all of it, however many trades share a millisecond. Serial numbers
from OTC_SERIAL on are the desk's: both kinds have numbers of their own, and JavaScript can count as far.
Source: BTSE spot API v3.3, Query User Trades Fills; API Enum (81, ORDER_TYPE_OTC); beforeSerialId and afterSerialId: the
spot API of June 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from bedesten.dialects.btse import errors, ids, numbers
from bedesten.dialects.btse.market.endpoints_spot import DAY_MS
from bedesten.dialects.btse.market.parse import Bounds, bounds_of, count_of, time_range
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.spot.render import price_of, sizes_of
from bedesten.dialects.btse.symbols import instrument_named
from bedesten.dialects.btse.vocabulary import TRIGGER_KIND, TYPE_CODE
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Instrument
from bedesten.services.otc.quotes import PRICE_SCALE, Quote
from bedesten.services.otc.settlements import Settlement
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import Fill, OrderRecord

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

HISTORY_DEFAULT: Final = 50
HISTORY_WINDOW_MS: Final = 7 * DAY_MS
FIRST_DAY_MS: Final = 1_569_888_000_000  # 2019-10-01: the venue has nothing older
OTC_SERIAL: Final = 1 << 52
OTC_TYPE: Final = 81


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request chooses: everything that is not None."""

    symbol: str | None
    start_ms: int | None
    end_ms: int | None
    count: int | None
    order_id: str | None
    client_id: str | None
    before: int | None
    after: int | None


class OwnTrade(NamedTuple):
    """A row, ready to be written: texts of numbers, but for the instrument."""

    instrument: Instrument
    serial: int
    trade_id: str
    order_id: str
    client_id: str
    side: int
    type_code: int
    trigger_kind: int
    trigger_price: str
    price: str
    size: str
    filled_price: str
    filled_size: str
    fee_currency: str
    fee: str
    is_maker: bool
    time_ns: int


async def own_trades(venue: Venue, account: int, asked: Asked) -> list[OwnTrade]:
    """Return the account's trades, newest first; of at most seven days, unless a serial number says where to go on."""
    instrument = instrument_named(venue, asked.symbol) if asked.symbol else None
    limit = count_of(asked.count, HISTORY_DEFAULT)
    if asked.start_ms is not None and asked.start_ms < FIRST_DAY_MS:
        raise errors.BtseError(
            400, f"startTime can not before than {FIRST_DAY_MS} (2019-10-01T00:00)", shape=errors.Shape.A
        )
    bounds = bounds_of(asked.before, asked.after)
    start_ns, end_ns = _window(venue, asked, bounds)
    found = await _matched(venue, account, instrument, asked, bounds, start_ns, end_ns, limit)
    found += await _taken(venue, account, instrument, asked, bounds, start_ns, end_ns, limit)
    found.sort(key=lambda trade: (trade.time_ns, trade.serial < OTC_SERIAL, trade.serial), reverse=True)
    return found[-limit:] if bounds.is_onwards else found[:limit]


def _window(venue: Venue, asked: Asked, bounds: Bounds) -> tuple[int, int]:
    if bounds.is_given and asked.start_ms is None and asked.end_ms is None:
        return 0, NS_MAX
    start_ms, end_ms = time_range(asked.start_ms, asked.end_ms, venue.clock.now_ns() // NS_PER_MS, HISTORY_WINDOW_MS)
    return max(start_ms, end_ms - HISTORY_WINDOW_MS) * NS_PER_MS, (end_ms + 1) * NS_PER_MS


# ── matches ──


async def _matched(
    venue: Venue, account: int, instrument: Instrument | None, asked: Asked, bounds: Bounds, start_ns: int, end_ns: int,
    limit: int,
) -> list[OwnTrade]:  # fmt: skip
    number = 0
    if asked.order_id:
        number = ids.ORDERS.number(asked.order_id) or 0
        if not number:
            return []
    before, after = bounds.before, bounds.after
    if OTC_SERIAL < before < NS_MAX and (time_ns := await _settled_ns(venue, account, before)) is not None:
        end_ns = min(end_ns, time_ns)  # at the same instant, matches stand in front
    if after > OTC_SERIAL:
        time_ns = await _settled_ns(venue, account, after)
        start_ns, after = max(start_ns, NS_MAX if time_ns is None else time_ns), 0
    fills = await venue.trading.fills(
        account, instrument.id if instrument else None, start_ns=start_ns, end_ns=end_ns, order_id=number,
        client_id="" if number else asked.client_id or "", after_id=after, before_id=before, limit=limit,
        oldest_first=bounds.is_onwards,
    )  # fmt: skip
    records = await venue.trading.records(account, {fill.order_id for fill in fills})
    return [_of_fill(venue, fill, records[fill.order_id]) for fill in fills]


def _of_fill(venue: Venue, fill: Fill, record: OrderRecord) -> OwnTrade:
    instrument, asset = venue.catalogue.by_id(fill.instrument), venue.catalogue.asset_by_id(fill.fee_asset)
    assert instrument is not None and asset is not None, "a fill is of a listed instrument"
    order, client_id = record
    sizes = sizes_of(instrument, order)
    return OwnTrade(
        instrument, fill.trade_id, ids.TRADES.text(fill.trade_id), ids.ORDERS.text(fill.order_id), client_id, fill.side,
        TYPE_CODE[order.order_type], TRIGGER_KIND[order.trigger], numbers.price(instrument, order.trigger_price),
        price_of(instrument, order, sizes.average), sizes.original, numbers.price(instrument, fill.price),
        numbers.size(instrument, fill.quantity), asset.code, numbers.decimal(fill.fee + fill.tax, asset.scale),
        bool(fill.is_maker), fill.time_ns,
    )  # fmt: skip


# ── the desk ──


async def _taken(
    venue: Venue, account: int, instrument: Instrument | None, asked: Asked, bounds: Bounds, start_ns: int, end_ns: int,
    limit: int,
) -> list[OwnTrade]:  # fmt: skip
    if asked.order_id and ids.ORDERS.number(asked.order_id):
        return []

    def is_wanted(quote: Quote) -> bool:
        if instrument is not None and quote.instrument.id != instrument.id:
            return False
        if asked.order_id:
            return quote.id == asked.order_id.lower()
        return not asked.client_id or quote.client_id == asked.client_id

    before_seq, after_seq = NS_MAX, 0
    if bounds.before > OTC_SERIAL:
        before_seq = bounds.before - OTC_SERIAL
    elif bounds.before and (time_ns := await _matched_ns(venue, account, after_id=bounds.before - 1)) is not None:
        end_ns = min(end_ns, time_ns + 1)
    if bounds.after > OTC_SERIAL:
        after_seq = bounds.after - OTC_SERIAL
    elif bounds.after and (time_ns := await _matched_ns(venue, account, before_id=bounds.after + 1)) is not None:
        start_ns = max(start_ns, time_ns + 1)
    found = await venue.otc_history.settlements(
        account, is_wanted=is_wanted, start_ns=start_ns, end_ns=end_ns, after_seq=after_seq, before_seq=before_seq,
        oldest_first=bounds.is_onwards, limit=limit,
    )  # fmt: skip
    return [_of_settlement(done) for done in found]


def _of_settlement(done: Settlement) -> OwnTrade:
    quote = done.quote
    size = numbers.decimal(quote.base, quote.instrument.base.scale)
    asset = quote.instrument.base if quote.side is Side.BUY else quote.instrument.quote
    return OwnTrade(
        quote.instrument, OTC_SERIAL + done.seq, ids.SETTLEMENTS.text(done.seq), quote.id, quote.client_id, int(quote.side),
        OTC_TYPE, 0, "0", numbers.decimal(quote.price, PRICE_SCALE), size, paid_price(quote), size, asset.code, "0", False,
        quote.ended_ns,
    )  # fmt: skip


def paid_price(quote: Quote) -> str:
    """Return what one was paid with, in as few decimals as tell the amount to its last unit.

    The amount is that price × the size, rounded as a taker's match is: up for a buy, down for a sale.
    """
    instrument, is_buy = quote.instrument, quote.side is Side.BUY
    top, bottom = quote.quote * 10**instrument.base.scale, quote.base * 10**instrument.quote.scale
    decimals = 0
    while True:
        scaled = top * 10**decimals
        price = scaled // bottom if is_buy else -(-scaled // bottom)
        amount, unit = price * quote.base * 10**instrument.quote.scale, 10 ** (instrument.base.scale + decimals)
        if (-(-amount // unit) if is_buy else amount // unit) == quote.quote:
            return numbers.decimal(price, decimals)
        decimals += 1


# ── places of the other kind's numbers ──


async def _settled_ns(venue: Venue, account: int, serial: int) -> int | None:
    seq = serial - OTC_SERIAL
    found = await venue.otc_history.settlements(account, after_seq=seq - 1, before_seq=seq + 1, limit=1)
    return found[0].quote.ended_ns if found else None


async def _matched_ns(venue: Venue, account: int, *, after_id: int = 0, before_id: int = NS_MAX) -> int | None:
    found = await venue.trading.fills(
        account, after_id=after_id, before_id=before_id, oldest_first=before_id == NS_MAX, limit=1
    )
    return found[0].time_ns if found else None
