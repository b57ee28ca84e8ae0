"""The WebSocket feed's public models: what each frame says, printed from integers.

Pure. A frame is `[type,{…,"type":type}]`; a body is the object alone, as the HTTP feed shows it.
Source: BtcTurk WebSocket Feed 2.4.0, Models, and recorded frames of 2020 to 2025: decimals are texts, ten places in trades,
twelve in the average. What the venue calls daily is the best ask less the open. NPr, DPr and Ord are those of the manual.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.numbers import fixed, hundredths, ms
from bedesten.dialects.btcturk.rest.render_market import ORDER_STEP
from bedesten.dialects.btcturk.vocabulary import SIDE_NUMBER
from bedesten.dialects.printing import quoted
from bedesten.domain.money import to_text

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.dialects.depth_window import Change
    from bedesten.domain.events import Traded
    from bedesten.services.market.market_data import Summary
    from bedesten.services.store_types import Candle, Trade

VERSION: Final = ("6.0.0", "2.3.0")  # of the protocol: current, and the oldest that is understood
TRADE_PLACES: Final = 10
AVERAGE_PLACES: Final = 12
QUIET_ID: Final = '"id":0,'
TEXTS_MAX: Final = 1_024  # prices, and as many quantities, of one pair in print: five windows of two hundred levels

ADDED, CHANGED, REMOVED = 1, 0, 3  # what happened to a level of the book


class Model(enum.IntEnum):
    """The models' numbers."""

    RESULT = 100
    REQUEST = 101
    USER_LOGIN = 111
    USER_LOGIN_RESULT = 112
    USER_LOGOUT = 113
    KEY_LOGIN = 114
    SUBSCRIPTION = 151
    BALANCE_UPDATED = 201
    TICKER_ALL = 401
    TICKER_PAIR = 402
    TRADE_LIST = 421
    TRADE_SINGLE = 422
    USER_TRADE = 423
    TRADING_VIEW = 428
    BOOK_FULL = 431
    BOOK_DIFFERENCE = 432
    USER_ORDER_MATCH = 441
    ORDER_INSERT = 451
    ORDER_DELETE = 452
    ORDER_UPDATE = 453
    ANNOUNCEMENT = 901  # ours: the venue has no such model
    VERSION = 991


def frame(model: int, body: str) -> bytes:
    """Return the frame of a body."""
    return f"[{model:d},{body}]".encode()


# ── about the connection ──


def version() -> bytes:
    """Return what a connection hears first."""
    current, least = VERSION
    return frame(Model.VERSION, f'{{"type":991,"current":"{current}","min":"{least}"}}')


def result(ok: bool, message: str, *, has_id: bool = False) -> bytes:
    """Return the answer to a subscription; *has_id*: with the number that old servers sent, always 0."""
    return frame(
        Model.RESULT, f'{{"type":100,{QUIET_ID if has_id else ""}"ok":{_flag(ok)},"message":{quoted(message)}}}'
    )


def login_result(model: Model, account: int, message: str | None, *, ok: bool) -> bytes:
    """Return the answer to a login; *account* 0: a guest, or nobody."""
    body = f'{{"type":{model:d},"id":{account},"ok":{_flag(ok)},"message":{quoted(message)}}}'
    return frame(model, body)


def logout(account: int) -> bytes:
    """Return the last word to who logs out."""
    return frame(Model.USER_LOGOUT, f'{{"type":113,"id":{account}}}')


# ── ticker ──


def ticker_row(pair: Pair, day: Summary, *, is_long: bool = False) -> str:
    """Return the members of a ticker, without the braces and without what names its channel. A day without a trade has zeros.

    *is_long*: with the pair's decimals and its place in the list, as the manual has it.
    """
    bbo, text = day.bbo, pair.bare
    bid, ask = pair.best(bbo.bid_price, bbo.ask_price)
    open_, high, low = (day.open, day.high, day.low) if day.volume_lots else (0, 0, 0)
    open_units = pair.shown(open_)
    daily = to_text(pair.shown(ask) - open_units if ask and open_ else 0, scale=pair.scale)
    average = fixed(
        pair.average_units(day.quote_volume, day.volume_lots, AVERAGE_PLACES), AVERAGE_PLACES, AVERAGE_PLACES
    )
    percent = to_text(hundredths(pair.shown(day.last) - open_units, open_units), scale=2, places=2)
    listing = pair.listing
    order = pair.position * ORDER_STEP
    more = f',"NPr":{listing.quantity_scale},"DPr":{listing.price_scale},"Ord":{order}' if is_long else ""
    return (
        f'"B":"{text(bid)}","A":"{text(ask)}","BA":"{pair.quantity(bbo.bid_quantity)}",'
        f'"AA":"{pair.quantity(bbo.ask_quantity)}","PS":{quoted(pair.name)},"H":"{text(high)}","L":"{text(low)}",'
        f'"LA":"{text(day.last)}","O":"{text(open_)}","V":"{pair.quantity(day.volume_lots)}","AV":"{average}",'
        f'"D":"{daily}","DP":"{percent}","DS":{quoted(pair.quote.code)},"NS":{quoted(pair.base.code)},"PId":{pair.number}{more}'
    )


def ticker_pair(pair: Pair, row: str) -> str:
    """Return the body of model 402."""
    return f'{{{row},"channel":"ticker","event":{quoted(pair.name)},"type":402}}'


def ticker_items(rows: Iterable[str]) -> str:
    """Return the items of model 401."""
    return f"[{{{'},{'.join(rows)}}}]"


def ticker_all(items: str) -> str:
    """Return the body of model 401."""
    return f'{{"items":{items},"channel":"ticker","event":"all","type":401}}'


# ── trades ──


def trade_list(pair: Pair, items: str) -> str:
    """Return the body of model 421."""
    return f'{{"symbol":{quoted(pair.name)},"items":{items},"channel":"trade","event":{quoted(pair.name)},"type":421}}'


def trade_items(pair: Pair, newest_first: Iterable[Traded | Trade]) -> str:
    """Return the items of model 421."""
    rows = (f'{{{_trade(pair, trade)},"S":{SIDE_NUMBER[trade.side]}}}' for trade in newest_first)
    return f"[{','.join(rows)}]"


def trade_single(pair: Pair, trade: Traded | Trade) -> str:
    """Return the body of model 422."""
    return (
        f'{{{_trade(pair, trade)},"PS":{quoted(pair.name)},"S":{SIDE_NUMBER[trade.side]},'
        f'"channel":"trade","event":{quoted(pair.name)},"type":422}}'
    )


def _trade(pair: Pair, trade: Traded | Trade) -> str:
    return (
        f'"D":"{ms(trade.time_ns)}","I":"{trade.trade_id}","A":"{pair.quantity_fixed(trade.quantity, TRADE_PLACES)}",'
        f'"P":"{fixed(pair.shown(trade.price), pair.scale, TRADE_PLACES)}"'
    )


def trading_view(pair: Pair, resolution: str, minutes: int, candle: Candle) -> str:
    """Return the body of model 428: the candle that runs."""
    text = pair.bare
    return (
        f'{{"D":{candle.start_s},"P":{quoted(pair.name)},"R":{minutes},"O":"{text(candle.open)}","H":"{text(candle.high)}",'
        f'"L":"{text(candle.low)}","C":"{text(candle.close)}","V":"{pair.quantity(candle.volume_lots)}",'
        f'"channel":"tradeview","event":{quoted(f"{pair.name}_{resolution}")},"type":428}}'
    )


# ── the book ──


class LevelPrinter:
    """A pair's name, and its prices and quantities in print, kept: from second to second most of a book is the same."""

    __slots__ = ("name", "price", "quantity")

    def __init__(self, pair: Pair) -> None:
        self.name = pair.name
        self.price = lru_cache(maxsize=TEXTS_MAX)(pair.price)
        self.quantity = lru_cache(maxsize=TEXTS_MAX)(pair.quantity)


def book_full(pair: LevelPrinter, seq: int, bids: Mapping[int, int], asks: Mapping[int, int], channel: str) -> str:
    """Return the body of model 431: both sides best first."""
    return (
        f'{{"CS":{seq},"PS":{quoted(pair.name)},"AO":[{_levels(pair, asks)}],"BO":[{_levels(pair, bids)}],'
        f'"channel":"{channel}","event":{quoted(pair.name)},"type":431}}'
    )


def book_difference(pair: LevelPrinter, seq: int, bids: Sequence[Change], asks: Sequence[Change]) -> str:
    """Return the body of model 432; a level that is gone is told with the amount it had last."""
    return (
        f'{{"CS":{seq},"PS":{quoted(pair.name)},"AO":[{_changes(pair, asks)}],"BO":[{_changes(pair, bids)}],'
        f'"channel":"obdiff","event":{quoted(pair.name)},"type":432}}'
    )


def _levels(pair: LevelPrinter, side: Mapping[int, int]) -> str:
    price, quantity = pair.price, pair.quantity
    return ",".join([f'{{"A":"{quantity(lots)}","P":"{price(at)}"}}' for at, lots in side.items()])


def _changes(pair: LevelPrinter, rows: Sequence[Change]) -> str:
    price, quantity = pair.price, pair.quantity
    return ",".join(
        [
            f'{{"CP":{_happened(before, now)},"P":"{price(at)}","A":"{quantity(now or before)}"}}'
            for at, before, now in rows
        ]
    )


def _happened(before: int, now: int) -> int:
    return REMOVED if not now else CHANGED if before else ADDED


def _flag(value: bool) -> str:
    return "true" if value else "false"
