"""Topics and sources: a channel of the feed with an event, and the state it is told from.

A source is read between two commits, once for all its topics; it is cold until then and whenever nobody listens. Invariant: a
connection joins a topic's channel in the same breath as it is sent the frame that the next one continues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bedesten.dialects.contract import Channel

if TYPE_CHECKING:
    from bedesten.dialects.contract import Connection


class Topic:
    """One channel and event, and everyone who hears it. *opening* returns what a newcomer is shown first."""

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
    """What topics are told from."""

    def __init__(self) -> None:
        self.topics: list[Topic] = []
        self.is_warm = False

    @property
    def is_heard(self) -> bool:
        """Whether anybody hears one of its topics."""
        return any(topic.is_heard for topic in self.topics)

    async def begin(self) -> None:
        """Take the first reading, unless it is taken."""
        raise NotImplementedError

    async def beat(self) -> None:
        """Tell what an interval has brought."""

    def end(self) -> None:
        """Rest: nobody listens. What was read stands until the next beginning."""
        self.is_warm = False
