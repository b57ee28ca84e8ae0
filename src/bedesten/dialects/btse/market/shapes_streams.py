"""What the order book socket tells. The JSON itself is printed by render_books.py and topics.py."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.btse.market.shapes_answers import PublicLevel
from bedesten.dialects.btse.shapes import Symbol, TimeMs

Group = Annotated[str, Meta(description="Number of the grouping: how wide a level is")]


class BookChange(msgspec.Struct):
    """A book, or what changed in it. A size of 0 takes the level away."""

    bids: Annotated[list[PublicLevel], Meta(description="Bids")]
    asks: Annotated[list[PublicLevel], Meta(description="Asks; of a snapshot, the best is last")]
    seqNum: Annotated[int, Meta(description="Number of this message")]
    prevSeqNum: Annotated[int, Meta(description="Number of the message before; otherwise one was missed")]
    type: Annotated[Literal["snapshot", "delta"], Meta(description="Whether it is the whole book, or what changed")]
    timestamp: TimeMs
    symbol: Symbol


class BestQuotes(msgspec.Struct):
    """The best bid and ask; a side without orders is empty."""

    bids: Annotated[list[PublicLevel], Meta(description="The best bid")]
    asks: Annotated[list[PublicLevel], Meta(description="The best ask")]
    type: Annotated[Literal["snapshotL1"], Meta(description="Kind of message")]
    symbol: Symbol
    timestamp: TimeMs


class SocketReason(msgspec.Struct):
    """Why something is refused."""

    code: Annotated[int, Meta(description="The venue's number for the reason, from 1000 on")]
    message: Annotated[str, Meta(description="The reason in words")]


class RefusedArgument(msgspec.Struct):
    """One thing that is refused."""

    error: SocketReason
    arg: Annotated[str | UnsetType, Meta(description="Which argument; absent: the whole request")] = UNSET


class SocketRefusal(msgspec.Struct):
    """What of a request is refused."""

    severity: Annotated[Literal["ERROR"], Meta(description="How bad it is")]
    errors: Annotated[list[RefusedArgument], Meta(description="Each thing that is refused")]
