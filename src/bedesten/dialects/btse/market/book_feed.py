"""The order book service's streams: which books are watched, and what is read of them. When is the paced feed's affair.

Owns the chains that have subscribers; one that nobody hears any more is forgotten at once. A commit only marks an instrument; at
most once per interval the marked books that somebody watches are read between two commits and what changed is rendered once for
all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.market.render_books import WINDOW_LEVELS, BestQuotes, BookChain
from bedesten.dialects.btse.symbols import GROUP_STEPS, symbol_of
from bedesten.dialects.btse.topics import BOOK, BookTopic, topic_prefix
from bedesten.dialects.paced import PacedFeed, Source, Topic

if TYPE_CHECKING:
    from bedesten.dialects.contract import Connection
    from bedesten.domain.instruments import Instrument
    from bedesten.services.market.market_data import Depth, MarketData
    from bedesten.services.venue import Venue

BOOK_INTERVAL_NS: Final = 100_000_000  # between two deltas of a book, so that a busy one stays readable
LOOP: Final = "btse books"  # its name where it fails

Key = tuple[int, str, int]  # instrument, kind, group


class Stream(Source):
    """A chain (or an instrument's best quotes) and everyone who hears it, under each of its topic's spellings."""

    is_pulsing = False

    def __init__(
        self, key: Key, instrument: Instrument, market_data: MarketData, ended: Callable[[Stream], None]
    ) -> None:
        super().__init__(instrument.id)
        self.key = key
        self._instrument = instrument
        self._market_data = market_data
        self._ended = ended
        symbol = symbol_of(instrument)
        kind, group = key[1:]
        self._told: BookChain | BestQuotes = (
            BookChain(instrument, symbol, GROUP_STEPS[group]) if kind == BOOK else BestQuotes(instrument, symbol)
        )
        self._by_name: dict[str, Topic] = {}

    def topic(self, name: str) -> Topic:
        """Return the topic under one spelling of its name: "update:BTC-USD", "update:BTC-USD_0" and "…_00" are three."""
        if name not in self._by_name:
            prefix = topic_prefix(name)
            self._by_name[name] = Topic(name, self, lambda: f"{prefix}{self._told.snapshot()}}}".encode())
        return self._by_name[name]

    def begin(self) -> None:
        """Take the first reading."""
        depth = self._depth()
        if isinstance(self._told, BookChain):
            self._told.begin(depth.bids, depth.asks, seq=depth.seq, time_ns=depth.time_ns)
        else:
            self._told.advance(depth.bids, depth.asks, time_ns=depth.time_ns)

    def tell(self) -> None:
        """Publish what changed since the last reading."""
        depth = self._depth()
        payload = self._told.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        if payload is None:
            return
        for name, topic in self._by_name.items():
            if len(topic.channel):
                topic.channel.publish(f"{topic_prefix(name)}{payload}}}".encode())

    def end(self) -> None:
        """Be forgotten."""
        super().end()
        self._ended(self)

    def _depth(self) -> Depth:
        levels, step = (WINDOW_LEVELS, self._told.step) if isinstance(self._told, BookChain) else (1, 1)
        return self._market_data.depth_now(self._instrument.id, levels, step)


class BookFeed:
    """All streams with listeners."""

    def __init__(self, venue: Venue, interval_ns: int = BOOK_INTERVAL_NS) -> None:
        self._market_data = venue.market_data
        self._paced = PacedFeed(venue, LOOP, interval_ns)
        self._streams: dict[Key, Stream] = {}

    def subscribe(self, connection: Connection, name: str, topic: BookTopic) -> None:
        """Show the book that *topic*, spelled *name*, names, now or after its first reading, and what follows."""
        if topic.group is None:
            return
        key = (topic.instrument.id, topic.kind, topic.group)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream(key, topic.instrument, self._market_data, self._forget)
        self._paced.show(connection, stream.topic(name))

    def unsubscribe(self, connection: Connection, name: str, topic: BookTopic) -> None:
        """Show no more of it."""
        stream = self._streams.get((topic.instrument.id, topic.kind, topic.group or 0))
        if stream is not None and topic.group is not None:
            self._paced.drop(connection, stream.topic(name))

    def _forget(self, stream: Stream) -> None:
        if self._streams.get(stream.key) is stream:  # there may be another one by now
            del self._streams[stream.key]
