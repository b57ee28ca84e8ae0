"""The feed's topics: what a client may ask for on its WebSocket, and the messages of each.

Source: BtcTurk WebSocket Feed 2.4.0, Channel, Event and Model.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from bedesten.dialects.bodies import OneOf
from bedesten.dialects.btcturk.feed import shapes
from bedesten.dialects.btcturk.feed.render import Model
from bedesten.dialects.contract import Topic
from bedesten.services.store_types import Permission

SOURCE: Final = "https://docs.btcturk.com/websocket-feed"
_PAIR: Final = {"pair": "the pair: BTCTRY"}
_CANDLE: Final = {**_PAIR, "resolution": "1, 5, 15, 30, 60, 240, 1D, 1W or 1M"}

# A frame: the model's number and its body.
_Version = tuple[Literal[991], shapes.Version]
_Subscription = tuple[Literal[151], shapes.Subscription]
_Result = tuple[Literal[100], shapes.Result]
_TickerAll = tuple[Literal[401], shapes.TickerAll]
_TickerPair = tuple[Literal[402], shapes.TickerPair]
_TradeList = tuple[Literal[421], shapes.TradeList]
_TradeSingle = tuple[Literal[422], shapes.TradeSingle]
_TradingView = tuple[Literal[428], shapes.TradingView]
_BookFull = tuple[Literal[431], shapes.BookFull]
_BookDifference = tuple[Literal[432], shapes.BookDifference]
_Announcements = tuple[Literal[901], shapes.Announcements]
_OF_ACCOUNT: Final = OneOf(
    tuple[Literal[201], shapes.BalanceUpdated],
    tuple[Literal[423], shapes.UserTrade],
    tuple[Literal[441], shapes.UserOrderMatch],
    tuple[
        Annotated[Literal[451, 452, 453], Meta(description="451: inserted; 452: deleted; 453: updated")],
        shapes.OrderRow,
    ],
)


def _joined(name: str, snapshot: Any, update: Any, summary: str, parameters: dict[str, str]) -> Topic:
    """Return a topic that is joined by a subscription; its name is "channel:event"."""
    channel, _, event = name.partition(":")
    example = {"type": 151, "channel": channel, "event": event.format(pair="BTCTRY", resolution="60"), "join": True}
    return Topic(
        name=name, parameters=parameters, request=_Subscription, ack=_Result, snapshot=snapshot, update=update,
        summary=summary, source=SOURCE, example=[151, example],
    )  # fmt: skip


TOPICS: Final = (
    Topic(name="version", snapshot=_Version, summary="The version of the protocol, once", source=SOURCE),
    _joined("ticker:all", _TickerAll, _TickerAll, "The tickers of all pairs, every second", {}),
    _joined("ticker:{pair}", _TickerPair, _TickerPair, "The ticker of a pair, every second", _PAIR),
    _joined("trade:{pair}", _TradeList, _TradeSingle, "The last trades, and each that follows", _PAIR),
    _joined("orderbook:{pair}", _BookFull, _BookFull, "The whole book, each second in which it changed", _PAIR),
    _joined(
        "obdiff:{pair}", _BookFull, OneOf(_BookDifference, _BookFull),
        "The book and what changes in it, each second; whole again where the venue file repeats books", _PAIR,
    ),
    _joined("tradeview:{pair}_{resolution}", _TradingView, _TradingView, "The candle that runs", _CANDLE),
    _joined("tradingview:{pair}_{resolution}", _TradingView, _TradingView, "The same by another name", _CANDLE),
    _joined("announcement:all", _Announcements, _Announcements, "What an operator changed; not the venue's", {}),
    Topic(
        name="request", request=tuple[Literal[101], shapes.Request],
        ack=OneOf(_TickerAll, _TickerPair, _TradeList, _TradingView, _BookFull, _Announcements),
        summary="What a channel sends first, once more", source=SOURCE,
        example=[101, {"type": 101, "code": int(Model.BOOK_FULL), "event": "BTCTRY"}],
    ),
    Topic(
        name="login by key", request=tuple[Literal[114], shapes.KeyLogin], ack=tuple[Literal[114], shapes.KeyLoginResult],
        update=_OF_ACCOUNT, permission=Permission.READ, summary="Own orders, trades and balances", source=SOURCE,
    ),
    Topic(
        name="login by token", request=tuple[Literal[111], shapes.TokenLogin],
        ack=tuple[Literal[112], shapes.TokenLoginResult], update=_OF_ACCOUNT, permission=Permission.READ,
        summary="The same for a bearer token; without one it is a guest's", source=SOURCE,
    ),
    Topic(
        name="logout", request=tuple[Literal[113], shapes.Logout], ack=tuple[Literal[113], shapes.LoggedOut],
        summary="The end of a login and of its connection", source=SOURCE,
    ),
)  # fmt: skip
