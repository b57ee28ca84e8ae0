"""The HTTP feed: the bodies that the WebSocket told last, or would tell now; within one beat the same to everybody.

Source: BtcTurk API documents, Communicating Directly with HTTP EndPoints. The last trades are documented by words only: they are
shown as the items of model 421.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bedesten.dialects.btcturk.errors import invalid_request, pair_not_found
from bedesten.dialects.btcturk.feed.streams_market import RECENT_TRADES
from bedesten.dialects.contract import Reply, Request

if TYPE_CHECKING:
    from bedesten.dialects.btcturk.feed.streams import Beat
    from bedesten.dialects.btcturk.pairs import Pair
    from bedesten.services.venue import Venue


class HttpFeed:
    """The endpoints' calls."""

    def __init__(self, beat_of: Callable[[Venue], Beat]) -> None:
        self._beat_of = beat_of

    async def order_book(self, venue: Venue, request: Request, _params: Any) -> Reply:
        """Return the whole book of a pair."""
        beat = self._beat_of(venue)
        source = beat.book(_pair(beat, request))
        await beat.ready(source)
        return _reply(source.body())

    async def ticker_all(self, venue: Venue, _request: Request, _params: Any) -> Reply:
        """Return the tickers of all pairs."""
        beat = self._beat_of(venue)
        await beat.ready(beat.tickers)
        return _reply(beat.tickers.items())

    async def ticker_pair(self, venue: Venue, request: Request, _params: Any) -> Reply:
        """Return the ticker of a pair."""
        beat = self._beat_of(venue)
        pair = _pair(beat, request)
        source = beat.ticker(pair)
        await beat.ready(source)
        return _reply(source.body())

    async def last_trades(self, venue: Venue, request: Request, _params: Any) -> Reply:
        """Return the last trades of a pair, newest first."""
        beat = self._beat_of(venue)
        pair = _pair(beat, request)
        return _reply(beat.trades(pair).items(_count(request.path_params.get("count"))))


def _pair(beat: Beat, request: Request) -> Pair:
    pair = beat.pairs.find(request.path_params["pair"])
    if pair is None:
        raise pair_not_found()
    return pair


def _count(text: str | None) -> int:
    if text is None:
        return RECENT_TRADES
    if not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise invalid_request("count is a number from 1 to 50")
    return RECENT_TRADES if len(text) > 9 else min(int(text), RECENT_TRADES)


def _reply(body: str) -> Reply:
    return Reply(200, body.encode())
