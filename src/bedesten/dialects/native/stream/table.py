"""The socket's rows: what may be said on it, and each channel with its snapshot and its deltas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from bedesten.dialects.bodies import OneOf
from bedesten.dialects.contract import Endpoint, Limit, SocketRoute, Topic
from bedesten.dialects.native.errors import Problem
from bedesten.dialects.native.stream import shapes
from bedesten.dialects.native.stream.endpoints import Requests
from bedesten.dialects.native.stream.streams import PATH, StreamSocket
from bedesten.services.store_types import Permission

_INSTRUMENT: Final = {"instrument": "Name of the instrument: BTC-USD"}
_GROUP: Final = {
    **_INSTRUMENT,
    "group": "How wide a level is, one of the instrument's groups; @ and it may be left out",
}
_RESOLUTION: Final = {**_INSTRUMENT, "resolution": "The period of a candle: 1m, 1h, 1d; @ and it may be left out"}
_channel = partial(Topic, request=shapes.Subscribe, ack=shapes.Subscribed)


def _example(channel: str) -> dict[str, object]:
    return {"id": 1, "op": "subscribe", "channels": [channel]}


def topics(rows: Sequence[Endpoint]) -> tuple[Topic, ...]:
    """Return everything that may be said and heard; *rows*: those that may also be asked here."""
    return (*_public(), *_private(), *_requests(), _asked(rows))


def _asked(rows: Sequence[Endpoint]) -> Topic:
    bodies = dict.fromkeys(row.response for row in rows if row.by_socket)
    # a type that is made at run time is none to a checker
    answers = OneOf(*(shapes.Answered[body] for body in bodies), shapes.Answered[Problem])  # type: ignore[valid-type]
    return Topic(
        name="request", request=shapes.Ask, ack=answers, permission=Permission.READ,
        summary="Place, amend, cancel and look up, as over HTTP",
        example={"id": 5, "op": "request", "method": "GET", "path": "/orders?limit=10"},
    )  # fmt: skip


def _public() -> list[Topic]:
    told, since = shapes.Snapshot, shapes.Delta
    return [
        _channel(name="book:{instrument}@{group}", parameters=_GROUP, snapshot=told[shapes.BookLevels],
                 update=since[shapes.BookLevels], example=_example("book:BTC-USD"),
                 summary="The best 100 levels of each side, then those that change; quantity 0 is gone"),
        _channel(name="trades:{instrument}", parameters=_INSTRUMENT, snapshot=told[shapes.Trades],
                 update=since[shapes.Trades], example=_example("trades:BTC-USD"),
                 summary="The last matches, then each one; seq is the match's number"),
        _channel(name="candles:{instrument}@{resolution}", parameters=_RESOLUTION, snapshot=told[shapes.Candles],
                 update=since[shapes.Candles], example=_example("candles:BTC-USD@1m"),
                 summary="The last 100 candles, then those that change"),
        _channel(name="tickers", snapshot=told[shapes.Tickers], update=since[shapes.Tickers], example=_example("tickers"),
                 summary="Prices and the last day of every instrument, then of those that change"),
        _channel(name="index:{instrument}", parameters=_INSTRUMENT, snapshot=told[shapes.IndexData],
                 update=since[shapes.IndexData], example=_example("index:BTC-USD"), summary="The index price"),
        _channel(name="instruments", snapshot=told[shapes.Instruments], update=since[shapes.Instruments],
                 example=_example("instruments"), summary="Rules and states, then of those that change"),
        _channel(name="announcements", snapshot=told[shapes.Announcements], update=since[shapes.Announcements],
                 example=_example("announcements"), summary="What the operator changes"),
        Topic(name="heartbeat", update=shapes.Heartbeat, summary="Every 5 seconds, unasked"),
    ]  # fmt: skip


def _private() -> list[Topic]:
    own = partial(_channel, permission=Permission.READ)
    return [
        own(name="orders", snapshot=shapes.Snapshot[shapes.OpenOrders], update=shapes.Delta[shapes.OrderEvent],
            example=_example("orders"), summary="The account's open orders, then whatever happens to any"),
        own(name="fills", snapshot=shapes.Snapshot[shapes.Fills], update=shapes.Delta[shapes.Fills],
            example=_example("fills"), summary="What the account trades"),
        own(name="balances", snapshot=shapes.Snapshot[shapes.Balances], update=shapes.Delta[shapes.Balances],
            example=_example("balances"), summary="What the account has, then what changes of it"),
    ]  # fmt: skip


def _requests() -> list[Topic]:
    return [
        Topic(name="unsubscribe", request=shapes.Unsubscribe, ack=shapes.Unsubscribed, summary="Hear channels no more",
              example={"id": 2, "op": "unsubscribe", "channels": ["book:BTC-USD"]}),
        Topic(name="ping", request=shapes.Ping, ack=shapes.Pong, summary="Ask for a sign of life",
              example={"id": 3, "op": "ping"}),
        Topic(name="login", request=shapes.Login, ack=shapes.LoggedIn, update=shapes.LoggedOut,
              summary="Log in with a key, to hear and do what is one's own"),
        Topic(name="cancel_on_disconnect", request=shapes.CancelOnDisconnect, ack=shapes.CancelOnDisconnectSet,
              permission=Permission.TRADING, summary="Have open orders canceled when this connection is gone",
              example={"id": 4, "op": "cancel_on_disconnect", "seconds": 10}),
    ]  # fmt: skip


def routes(
    rows: Sequence[Endpoint], base: str, book_interval_ns: int, limits: Callable[[], Mapping[str, Limit]]
) -> tuple[SocketRoute, ...]:
    """Return the socket. *limits*: of classes of requests, as they are in force."""
    socket = StreamSocket(book_interval_ns, Requests(rows, base, limits))
    return (
        SocketRoute(
            path=PATH, open=socket.open, limit="connections", topics=topics(rows), error=shapes.SocketProblem,
            summary="Books, trades, candles, prices; and of one's own account orders, fills and balances",
        ),
    )  # fmt: skip
