"""What clients say on the socket, and what they are told: snapshots and deltas, each under its channel."""

from __future__ import annotations

from typing import Annotated, Final, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from bedesten.dialects.native.market.shapes import (
    AnnouncementRow,
    CandleRow,
    IndexPrice,
    InstrumentRow,
    Ticker,
    TradeRow,
)
from bedesten.dialects.native.shapes import Level, Time
from bedesten.dialects.native.trading.shapes import BalanceRow, FillRow, OrderRow

CHANNEL_CHARS_MAX: Final = 80

Id = Annotated[int, Meta(description="Echoed in the answer", ge=0)] | UnsetType
Channels = Annotated[
    list[Annotated[str, Meta(description="A channel's name", max_length=CHANNEL_CHARS_MAX)]],
    Meta(description="Names of channels", max_length=100),
]

# ── said by clients ──


class Subscribe(Struct, tag_field="op", tag="subscribe"):
    """Hear these channels from now on; of those in `after`, what came behind that seq."""

    channels: Channels
    id: Id = UNSET
    after: Annotated[dict[str, int], Meta(description="By channel, the last seq that was heard")] | UnsetType = UNSET


class Unsubscribe(Struct, tag_field="op", tag="unsubscribe"):
    """Hear these channels no more."""

    channels: Channels
    id: Id = UNSET


class Ping(Struct, tag_field="op", tag="ping"):
    """Ask for a sign of life."""

    id: Id = UNSET


class Login(Struct, tag_field="op", tag="login"):
    """Log in with a key: the signature is over timestamp, GET, /native/v1/stream and the hash of an empty body, a line each."""

    key: Annotated[str, Meta(description="The key", max_length=128)]
    timestamp: Annotated[int, Meta(description="Unix time in milliseconds", ge=0)]
    signature: Annotated[str, Meta(description="Hex HMAC-SHA256", max_length=64)]
    id: Id = UNSET


class CancelOnDisconnect(Struct, tag_field="op", tag="cancel_on_disconnect"):
    """Have every open order canceled so long after this connection has ended; 0 takes that back."""

    seconds: Annotated[int, Meta(description="How long after", ge=0, le=3_600)]
    id: Id = UNSET


class Ask(Struct, tag_field="op", tag="request"):
    """Ask what a request over HTTP would: any row of orders and balances, as whoever is logged in."""

    method: Annotated[Literal["GET", "POST", "PATCH", "DELETE"], Meta(description="The row's method")]
    path: Annotated[str, Meta(description="The row's path below /native/v1, with its query", max_length=1_024)]
    body: (
        Annotated[Raw, Meta(description="The form, where the row has one", extra_json_schema={"type": "object"})]
        | UnsetType
    ) = UNSET
    idempotency_key: Annotated[str, Meta(description="As the header Idempotency-Key", max_length=64)] | UnsetType = (
        UNSET
    )
    id: Id = UNSET


Said = Subscribe | Unsubscribe | Ping | Login | CancelOnDisconnect | Ask

# ── answered ──


class RefusedChannel(Struct):
    """A channel that is not heard, and why."""

    channel: Annotated[str, Meta(description="As it was asked for")]
    reason: Annotated[str, Meta(description="Which refusal it is")]
    title: Annotated[str, Meta(description="The reason in a sentence")]


class Subscribed(Struct):
    """What is heard from now on; snapshots, or what was missed, follow."""

    op: Annotated[Literal["subscribed"], Meta(description="To what it answers")]
    channels: Annotated[list[str], Meta(description="Channels that are heard")]
    refused: Annotated[list[RefusedChannel], Meta(description="Channels that are not")]
    resumed: Annotated[list[str], Meta(description="Channels that go on behind the seq in `after`, without a snapshot")]
    id: Id = UNSET


class Unsubscribed(Struct):
    """What is heard no more."""

    op: Annotated[Literal["unsubscribed"], Meta(description="To what it answers")]
    channels: Annotated[list[str], Meta(description="Channels that were heard")]
    id: Id = UNSET


class Pong(Struct):
    """A sign of life."""

    op: Annotated[Literal["pong"], Meta(description="To what it answers")]
    time: Annotated[Time, Meta(description="Now")]
    id: Id = UNSET


class LoggedIn(Struct):
    """A login that was accepted."""

    op: Annotated[Literal["logged_in"], Meta(description="To what it answers")]
    id: Id = UNSET


class LoggedOut(Struct):
    """A login that ended: its key was revoked, changed or has expired. The account's channels are heard no more."""

    op: Annotated[Literal["logged_out"], Meta(description="What happened")]


class CancelOnDisconnectSet(Struct):
    """What becomes of open orders when this connection ends."""

    op: Annotated[Literal["cancel_on_disconnect"], Meta(description="To what it answers")]
    seconds: Annotated[int, Meta(description="How long after; 0: nothing is canceled")]
    id: Id = UNSET


Body = TypeVar("Body")


class Answered(Struct, Generic[Body]):
    """The answer to a request: what it would be over HTTP."""

    op: Annotated[Literal["answer"], Meta(description="To what it answers")]
    status: Annotated[int, Meta(description="As over HTTP")]
    replay: Annotated[bool, Meta(description="Whether it was done before, under the same idempotency key")]
    body: Annotated[Body, Meta(description="As over HTTP")]
    id: Id = UNSET


class SocketProblem(Struct):
    """Something that was said and cannot be read or done."""

    op: Annotated[Literal["error"], Meta(description="That it is a refusal")]
    reason: Annotated[str, Meta(description="Which refusal it is: stable, for programs")]
    title: Annotated[str, Meta(description="The reason in a sentence")]
    detail: Annotated[str, Meta(description="More about this very refusal")] | UnsetType = UNSET
    id: Id = UNSET


# ── told ──

Data = TypeVar("Data")
ChannelName = Annotated[str, Meta(description="The channel, as it was subscribed to")]


class Snapshot(Struct, Generic[Data], kw_only=True):
    """All of a channel as it stands. Deltas continue from its seq."""

    channel: ChannelName
    type: Annotated[Literal["snapshot"], Meta(description="That it is whole")] = "snapshot"
    resumed: Annotated[Literal[False], Meta(description="That what came before it may have been missed")] = False
    seq: Annotated[int, Meta(description="Where the channel stands")]
    time: Annotated[Time, Meta(description="When it was so")]
    data: Annotated[Data, Meta(description="How it stands")]


class Delta(Struct, Generic[Data], kw_only=True):
    """What changed."""

    channel: ChannelName
    type: Annotated[Literal["delta"], Meta(description="That it continues")] = "delta"
    seq: Annotated[int, Meta(description="Where the channel stands now")]
    prev: Annotated[int, Meta(description="The seq that it continues: the last one of this channel")]
    time: Annotated[Time, Meta(description="When it changed")]
    data: Annotated[Data, Meta(description="What changed")]


class BookLevels(Struct):
    """Levels of a book: all that are shown, best first; or those that changed, of which quantity 0 is gone."""

    bids: Annotated[list[Level], Meta(description="Bids")]
    asks: Annotated[list[Level], Meta(description="Asks")]


class Trades(Struct):
    """Matches, newest first in a snapshot, oldest first in a delta."""

    trades: Annotated[list[TradeRow], Meta(description="The matches")]


class Candles(Struct):
    """Candles, oldest first; those of a delta replace the ones that begin at the same instant."""

    candles: Annotated[list[CandleRow], Meta(description="The candles")]


class Tickers(Struct):
    """Prices and the last day: of every instrument, or of those that changed."""

    tickers: Annotated[list[Ticker], Meta(description="The tickers")]


class Instruments(Struct):
    """Rules and states: of every instrument, or of those that changed."""

    instruments: Annotated[list[InstrumentRow], Meta(description="The instruments")]


class Announcements(Struct):
    """What the operator changed, oldest first."""

    announcements: Annotated[list[AnnouncementRow], Meta(description="The changes")]


class OpenOrders(Struct):
    """The account's open orders, oldest first."""

    orders: Annotated[list[OrderRow], Meta(description="The orders")]


class OrderEvent(Struct):
    """Something that happened to an order."""

    event: Annotated[
        Literal["placed", "traded", "amended", "triggered", "repriced", "closed", "rejected"],
        Meta(description="What happened"),
    ]
    order: Annotated[OrderRow, Meta(description="The order as it stood then")]
    fill: Annotated[FillRow, Meta(description="What it traded")] | UnsetType = UNSET
    reason: Annotated[str, Meta(description="Why it was refused after it had been sound")] | UnsetType = UNSET


class Fills(Struct):
    """What the account traded; a snapshot has none: those from before are at /fills."""

    fills: Annotated[list[FillRow], Meta(description="Halves of matches, oldest first")]


class Balances(Struct):
    """What the account has: of every asset, or of those that changed."""

    balances: Annotated[list[BalanceRow], Meta(description="The balances")]


class Heartbeat(Struct):
    """A sign of life that comes unasked."""

    channel: Annotated[Literal["heartbeat"], Meta(description="Every connection has it")]
    time: Annotated[Time, Meta(description="Now")]


IndexData = IndexPrice
