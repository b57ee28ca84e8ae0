"""Paced feeds: topics that are told from sources, at most once an interval. One engine for every dialect that has such topics.

A source is cold until somebody hears one of its topics; it is then read between two commits, once for all of them, and told
again at the beat: every beat, or the next one after its book has changed. Nothing runs while nobody listens. Invariants: a
connection joins a topic's channel in the same step in which it is sent the frame that the next one continues; what changed while
somebody hears it is told, however quiet it is afterwards; a source that fails costs nobody but its own listeners.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bedesten.dialects.channels import Channel
from bedesten.services.sequencing.loops import PAUSE_NS, Work

if TYPE_CHECKING:
    from bedesten.dialects.channels import Connection
    from bedesten.services.venue import Venue


class Topic:
    """One name to be subscribed to, and everyone who hears it. *opening* returns what a newcomer is shown first."""

    __slots__ = ("channel", "opening", "source", "waiting")

    def __init__(self, name: str, source: Source, opening: Callable[[], bytes]) -> None:
        self.channel = Channel(name)
        self.source = source
        self.opening = opening
        self.waiting: dict[Connection, bool] = {}  # for the source's first reading; False: to see it and no more
        source.topics.append(self)

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens or waits to."""
        return bool(self.waiting) or len(self.channel) > 0

    def show(self, connection: Connection, *, follow: bool) -> None:
        """Send the opening, and to who follows, everything after it."""
        connection.send(self.opening())
        if not follow:
            return
        connection.leave(self.channel)  # who joins again is shown the opening again
        connection.join(self.channel)

    def show_waiting(self) -> None:
        """Show it to everyone who waited for the source."""
        waiting, self.waiting = self.waiting, {}
        for connection, follow in waiting.items():
            self.show(connection, follow=follow)

    def drop(self, connection: Connection) -> None:
        """Send no more of it."""
        connection.leave(self.channel)
        self.waiting.pop(connection, None)


class Source:
    """What topics are told from. *book*: the instrument whose book it shows, 0: none."""

    is_pulsing = True  # told at every beat while it is heard, changed or not

    def __init__(self, book: int = 0) -> None:
        self.topics: list[Topic] = []
        self.book = book
        self.is_warm = False
        self.is_changed = False  # its book, since it was read
        self.opening: Work | None = None  # the first reading, once it was asked for

    @property
    def name(self) -> str:
        """What it is called where it fails."""
        return self.topics[0].channel.name

    @property
    def is_heard(self) -> bool:
        """Whether anybody hears one of its topics."""
        return any(topic.is_heard for topic in self.topics)

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits for its first reading."""
        return any(topic.waiting for topic in self.topics)

    async def prepare(self) -> None:
        """Look up what the first reading needs of the store. Not called between commits; it may wait."""

    def begin(self) -> None:
        """Take the first reading; called between two commits."""

    def tell(self) -> None:
        """Publish what an interval has brought; called between two commits."""

    def end(self) -> None:
        """Rest: nobody listens. What was read stands until the next beginning."""
        self.is_warm = False


class PacedFeed:
    """The sources of one feed that are heard, and their beat. *interval_ns* 0: what changes is told with its commit."""

    def __init__(self, venue: Venue, loop: str, interval_ns: int) -> None:
        self._venue = venue
        self._loop = loop
        self._interval_ns = interval_ns
        self._books: dict[int, dict[Source, None]] = {}  # by instrument, those that are heard
        self._due: dict[Source, None] = {}  # at the next beat
        self._told_ns = 0
        self._beat = Work(venue.loops, loop, lambda: bool(self._due), self._tell_due)

    # ── listening ──

    def show(self, connection: Connection, topic: Topic, *, follow: bool = True) -> None:
        """Show *topic*, now or after its first reading, and what comes after it to who follows it."""
        source = topic.source
        if source.is_warm:
            topic.show(connection, follow=follow)
            self._keep(source)
            return
        topic.waiting[connection] = follow or topic.waiting.get(connection, False)
        self._watch(source)
        if source.opening is None:
            source.opening = Work(
                self._venue.loops, self._loop, lambda: source.is_awaited, lambda: self.ready(source), source.name
            )
        source.opening.wake()

    def drop(self, connection: Connection, topic: Topic) -> None:
        """Show no more of it."""
        topic.drop(connection)
        source = topic.source
        if not source.is_pulsing and not source.is_heard:
            self._rest(source)

    async def ready(self, source: Source) -> None:
        """Return once *source* may be read; it then stands until the next beat.

        Raises: what its reading raises; Overloaded, Stopped.
        """
        if not source.is_warm:
            await source.prepare()
            await self._venue.sequencer.read(lambda _: self._begin(source))
        if source.is_pulsing or source.is_heard:
            self._keep(source)
        else:  # who waited has left meanwhile
            self._rest(source)

    # ── between two commits ──

    def _begin(self, source: Source) -> None:
        if not source.is_warm:
            source.begin()
            source.is_warm, source.is_changed = True, False
        for topic in source.topics:
            topic.show_waiting()

    def _changed(self, instruments: set[int]) -> None:
        for instrument in sorted(instruments & self._books.keys()):
            sources = tuple(self._books.get(instrument, ()))
            self._venue.sequencer.figures.conflated += any(source.is_changed for source in sources)
            for source in sources:
                self._mark(source)

    def _mark(self, source: Source) -> None:
        source.is_changed = True
        if self._interval_ns:
            self._due[source] = None
            self._beat.wake()
        else:
            self._tell(source)

    def _tell(self, source: Source) -> None:
        if not source.is_heard:
            self._rest(source)
            return
        if not source.is_warm:
            return  # its first reading will show what it is told of here
        with self._venue.loops.guard(self._loop, source.name, bugs_too=True):
            source.tell()
            source.is_changed = False
        if source.is_pulsing or source.is_changed:
            self._due[source] = None
            self._beat.wake()

    def _tell_all(self) -> None:
        self._told_ns = self._venue.clock.now_ns()
        due, self._due = self._due, {}
        for source in due:
            self._tell(source)

    # ── the beat ──

    async def _tell_due(self) -> None:
        clock = self._venue.clock
        interval_ns = self._interval_ns or PAUSE_NS  # without one, only what failed is still due
        await clock.sleep_until_ns(min(self._told_ns, clock.now_ns()) + interval_ns)
        await self._venue.sequencer.read(lambda _: self._tell_all())

    def _keep(self, source: Source) -> None:
        self._watch(source)
        if source.is_pulsing:
            if not self._due:
                self._told_ns = self._venue.clock.now_ns()
            self._due[source] = None
            self._beat.wake()

    def _rest(self, source: Source) -> None:
        source.end()
        self._due.pop(source, None)
        self._venue.loops.forget(self._loop, source.name)
        watching = self._books.get(source.book)
        if watching is None or watching.pop(source, source) is source:
            return
        if not watching:
            del self._books[source.book]
            if not self._books:
                self._venue.feeds.unwatch_books(self._changed)

    def _watch(self, source: Source) -> None:
        if not source.book:
            return
        if not self._books:
            self._venue.feeds.watch_books(self._changed)
        self._books.setdefault(source.book, {})[source] = None
