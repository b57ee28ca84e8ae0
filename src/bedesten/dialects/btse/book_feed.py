"""The order book service's streams: which books are watched, when they are read, and who is told.

Owns the chains that have subscribers. A commit only marks an instrument; at most once per interval the marked books that
somebody watches are read between two commits and what changed is rendered once for all. Invariant: a connection joins a
stream's channel in the same breath as it is sent the snapshot the next delta continues.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btse.books import WINDOW_LEVELS, BestQuotes, BookChain
from bedesten.dialects.btse.symbols import GROUP_STEPS, symbol_of
from bedesten.dialects.btse.topics import BOOK, BookTopic, topic_prefix
from bedesten.dialects.contract import Channel
from bedesten.services.errors import Stopped

if TYPE_CHECKING:
    from bedesten.dialects.contract import Connection
    from bedesten.domain.instruments import Instrument
    from bedesten.services.market.market_data import Depth, MarketData
    from bedesten.services.venue import Venue

BOOK_INTERVAL_NS: Final = 100_000_000  # between two deltas of a book, so that a busy one stays readable

_log = logging.getLogger("bedesten.btse.books")


class Stream:
    """A chain (or an instrument's best quotes) and everyone who hears it, under each of its topic's spellings."""

    __slots__ = ("channels", "instrument", "key", "source", "waiting")

    def __init__(self, key: Key, instrument: Instrument) -> None:
        self.key = key
        self.instrument = instrument
        symbol = symbol_of(instrument)
        kind, group = key[1:]
        self.source: BookChain | BestQuotes = (
            BookChain(instrument, symbol, GROUP_STEPS[group]) if kind == BOOK else BestQuotes(instrument, symbol)
        )
        names = [f"{kind}:{symbol}_{group}"]
        if group == 0:
            names.append(f"{kind}:{symbol}")
        self.channels = {name: (Channel(name), topic_prefix(name)) for name in names}
        self.waiting: dict[tuple[Connection, str], None] = {}  # for the first reading

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens or waits to."""
        return bool(self.waiting) or any(len(channel) for channel, _ in self.channels.values())

    def read(self, market_data: MarketData) -> Depth:
        """Return the book as it stands; call between commits."""
        source = self.source
        levels, step = (WINDOW_LEVELS, source.step) if isinstance(source, BookChain) else (1, 1)
        return market_data.depth_now(self.instrument.id, levels, step)

    def begin(self, depth: Depth) -> None:
        """Take the first reading, and show it to those who waited."""
        if isinstance(self.source, BookChain):
            self.source.begin(depth.bids, depth.asks, seq=depth.seq, time_ns=depth.time_ns)
        else:
            self.source.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        for connection, name in self.waiting:
            self.show(connection, name)
        self.waiting.clear()

    def advance(self, depth: Depth) -> None:
        """Publish what changed since the last reading."""
        payload = self.source.advance(depth.bids, depth.asks, time_ns=depth.time_ns)
        if payload is None:
            return
        for channel, prefix in self.channels.values():
            if len(channel):
                channel.publish(f"{prefix}{payload}}}".encode())

    def show(self, connection: Connection, name: str) -> None:
        """Send the whole book, and everything that follows it."""
        channel, prefix = self.channels[name]
        connection.send(f"{prefix}{self.source.snapshot()}}}".encode())
        connection.leave(channel)  # a repeated subscription is shown the book again
        connection.join(channel)


Key = tuple[int, str, int]  # instrument, kind, group


class BookFeed:
    """All streams with listeners."""

    def __init__(self, venue: Venue, interval_ns: int = BOOK_INTERVAL_NS) -> None:
        self._venue = venue
        self._interval_ns = interval_ns
        self._streams: dict[int, dict[Key, Stream]] = {}  # by instrument
        self._fresh: dict[Key, Stream] = {}  # not read yet
        self._dirty: set[int] = set()  # instruments
        self._flushed_ns = 0
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def subscribe(self, connection: Connection, name: str, topic: BookTopic) -> None:
        """Show the book that *topic*, spelled *name*, names, now or after its first reading, and what follows."""
        if topic.group is None:
            return
        if not self._streams:
            self._venue.feeds.watch_books(self._changed)
        key = (topic.instrument.id, topic.kind, topic.group)
        streams = self._streams.setdefault(topic.instrument.id, {})
        stream = streams.get(key)
        if stream is None:
            stream = streams[key] = Stream(key, topic.instrument)
        if stream.source.is_warm:
            stream.show(connection, name)
        else:
            stream.waiting[connection, name] = None
            self._fresh[key] = stream
            self._work("begin", self._begin)

    def unsubscribe(self, connection: Connection, name: str, topic: BookTopic) -> None:
        """Show no more of it."""
        streams = self._streams.get(topic.instrument.id, {})
        stream = streams.get((topic.instrument.id, topic.kind, topic.group or 0))
        if stream is None or topic.group is None:
            return
        connection.leave(stream.channels[name][0])
        stream.waiting.pop((connection, name), None)
        if not stream.is_heard:
            self._drop(stream)

    def _drop(self, stream: Stream) -> None:
        self._fresh.pop(stream.key, None)
        streams = self._streams[stream.instrument.id]
        del streams[stream.key]
        if not streams:
            del self._streams[stream.instrument.id]
            self._dirty.discard(stream.instrument.id)
        if not self._streams:
            self._venue.feeds.unwatch_books(self._changed)

    def _changed(self, instruments: set[int]) -> None:
        watched = instruments & self._streams.keys()
        if not watched:
            return
        if self._interval_ns:
            self._venue.sequencer.figures.conflated += len(watched & self._dirty)
            self._dirty |= watched
            self._work("flush", self._flush)
        else:
            self._advance(watched)

    def _work(self, name: str, start: Work) -> None:
        """Run *start* in the background, unless it runs already."""
        if name not in self._tasks:
            task = asyncio.get_running_loop().create_task(start())
            self._tasks[name] = task
            task.add_done_callback(lambda ended: self._done(name, ended))

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        del self._tasks[name]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Stopped):  # stopped: nothing changes any more
            _log.error("the books fell silent", exc_info=error)

    async def _begin(self) -> None:
        """Read the streams that were just opened, and show them."""
        while self._fresh:
            await self._venue.sequencer.read(lambda _: self._begin_fresh())

    async def _flush(self) -> None:
        """Tell what changed in the marked books, interval after interval, until none is marked."""
        while self._dirty:
            await self._venue.clock.sleep_until_ns(self._flushed_ns + self._interval_ns)
            await self._venue.sequencer.read(lambda _: self._advance_dirty())

    # Called between two commits, so that nothing can happen between reading a book and showing it.

    def _begin_fresh(self) -> None:
        fresh, self._fresh = self._fresh, {}
        for stream in fresh.values():
            stream.begin(stream.read(self._venue.market_data))

    def _advance_dirty(self) -> None:
        self._flushed_ns = self._venue.clock.now_ns()
        dirty, self._dirty = self._dirty, set()
        self._advance(dirty)

    def _advance(self, instruments: set[int]) -> None:
        for instrument in sorted(instruments):
            for stream in tuple(self._streams.get(instrument, {}).values()):  # a slow reader's end may drop one
                if stream.source.is_warm:
                    stream.advance(stream.read(self._venue.market_data))


Work = Callable[[], Coroutine[Any, Any, None]]
