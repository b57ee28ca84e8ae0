"""The engine of paced feeds: who subscribes is shown, what changed is told, a source that fails costs its own listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bedesten.clock import ManualClock
from bedesten.core import InvariantError
from bedesten.dialects.paced import PacedFeed, Source, Topic
from bedesten.services.errors import Overloaded, Stopped, StoreFailure
from bedesten.services.sequencing.figures import Figures
from bedesten.services.sequencing.loops import PAUSE_NS, Loops
from bedesten.services.venue import Venue
from tests.dialects.btse.socket_doubles import FakeConnection, FakeFeeds, settle

INTERVAL_NS = 100_000_000


class Readings:
    """A sequencer whose reads may be refused, or stand waiting for a commit."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.refusals: list[Exception] = []
        self.reads = 0

    async def read(self, ask: Callable[[object], Any]) -> Any:
        self.reads += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return ask(None)


class Number(Source):
    """A source that tells a number."""

    def __init__(self, book: int, *, is_pulsing: bool = False) -> None:
        super().__init__(book)
        self.is_pulsing = is_pulsing  # type: ignore[misc]
        self.number = self.told = 0
        self.failures: list[Exception] = []
        self.unprepared: list[Exception] = []
        self.topic = Topic(f"number:{book}", self, lambda: b"%d" % self.told)

    async def prepare(self) -> None:
        if self.unprepared:
            raise self.unprepared.pop(0)

    def begin(self) -> None:
        self._read()

    def tell(self) -> None:
        before = self.told
        self._read()
        if self.told != before or self.is_pulsing:
            self.topic.channel.publish(b"%d" % self.told)

    def _read(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told = self.number


class Stage:
    """A feed with sources whose numbers are set by hand."""

    def __init__(self, *, interval_ns: int = INTERVAL_NS) -> None:
        self.clock = ManualClock()
        self.feeds = FakeFeeds()
        self.sequencer = Readings()
        self.ends: list[BaseException] = []
        self.loops = Loops(self.clock, self.ends.append)
        venue = SimpleNamespace(clock=self.clock, feeds=self.feeds, sequencer=self.sequencer, loops=self.loops)
        self.feed = PacedFeed(cast("Venue", venue), "numbers", interval_ns)

    def listen(self, source: Number) -> FakeConnection:
        connection = FakeConnection("/paced")
        self.feed.show(connection, source.topic)
        return connection

    def change(self, source: Number, number: int) -> None:
        source.number = number
        for listener in tuple(self.feeds.books):
            listener({source.book})

    async def beat(self, duration_ns: int = INTERVAL_NS) -> None:
        await settle()
        self.clock.advance(duration_ns)
        await settle()


@pytest.mark.parametrize("turns", range(8))
async def test_topics_subscribed_to_one_after_the_other_are_all_shown(turns: int) -> None:
    """However far the event loop came between two of them; also at the very end of the reading before."""
    stage = Stage()
    sources = [Number(book) for book in range(1, 30)]
    connections = []
    for source in sources:
        connections.append(stage.listen(source))
        for _ in range(turns):
            await asyncio.sleep(0)
    await settle()

    assert [connection.sent for connection in connections] == [["0"]] * len(sources)


@pytest.mark.parametrize("turns", range(12))
async def test_the_last_change_before_a_quiet_spell_is_told(turns: int) -> None:
    """Whatever the feed was doing when it came."""
    stage = Stage()
    source = Number(1)
    connection = stage.listen(source)
    await settle()
    for number in range(1, 4):
        stage.change(source, number)
        stage.clock.advance(INTERVAL_NS)
        for _ in range(turns):
            await asyncio.sleep(0)
    await stage.beat()

    assert connection.sent[0] == "0" and connection.sent[-1] == "3"


@pytest.mark.parametrize("is_pulsing", [False, True])
async def test_a_source_that_fails_costs_its_own_listeners_only(is_pulsing: bool) -> None:
    """The other's beat goes on; what was missed is told at the first beat that succeeds."""
    stage = Stage()
    sound, ill = Number(1, is_pulsing=is_pulsing), Number(2, is_pulsing=is_pulsing)
    heard, unheard = stage.listen(sound), stage.listen(ill)
    await settle()
    ill.failures = [KeyError("a bug"), StoreFailure("unreadable")] * 5
    stage.change(ill, 7)
    stage.change(sound, 1)
    for number in (2, 3):
        await stage.beat()
        stage.change(sound, number)
    assert stage.loops.failing() == {"numbers": 1}
    assert unheard.sent == ["0"]
    ill.failures.clear()
    await stage.beat()

    assert (heard.sent[-1], unheard.sent[-1]) == ("3", "7")
    assert stage.loops.failing() == {"numbers": 0}


@pytest.mark.parametrize("error", [Overloaded("busy"), StoreFailure("unreadable"), KeyError("a bug")])
async def test_a_first_reading_that_fails_is_taken_again(error: Exception) -> None:
    """Whether the store, the core or the source itself failed; a second listener waits with the first."""
    stage = Stage()
    for where in ("unprepared", "failures", "read"):
        source, other = Number(1), Number(2)
        if where == "read":
            stage.sequencer.refusals = [error]
        else:
            setattr(source, where, [error])
        first = stage.listen(source)
        await settle()
        second, beside = stage.listen(source), stage.listen(other)
        await settle()
        assert (first.sent, second.sent, beside.sent) == ([], [], ["0"])
        await stage.beat(PAUSE_NS)

        assert (first.sent, second.sent) == (["0"], ["0"])
        for connection, each in ((first, source), (second, source), (beside, other)):
            stage.feed.drop(connection, each.topic)
    assert stage.feeds.books == [] and stage.loops.failing() == {"numbers": 0}


async def test_a_beat_whose_reading_is_refused_comes_again() -> None:
    """Nothing that changed is forgotten."""
    stage = Stage()
    source = Number(1)
    connection = stage.listen(source)
    await settle()
    stage.sequencer.refusals = [Overloaded("busy")] * 3
    stage.change(source, 1)
    for _ in range(6):
        await stage.beat(PAUSE_NS)

    assert connection.sent == ["0", "1"]
    assert stage.loops.failures["numbers"] == 3


async def test_without_an_interval_a_change_that_could_not_be_told_is_told_after_a_pause() -> None:
    """And the others are told with their commits, as ever."""
    stage = Stage(interval_ns=0)
    source, other = Number(1), Number(2)
    connection, beside = stage.listen(source), stage.listen(other)
    await settle()
    source.failures = [KeyError("a bug"), KeyError("a bug")]
    stage.change(source, 1)
    stage.change(other, 5)
    assert (connection.sent, beside.sent) == (["0"], ["0", "5"])
    for _ in range(3):
        await stage.beat(PAUSE_NS)

    assert connection.sent == ["0", "1"]


@pytest.mark.parametrize("error", [Stopped("the venue is stopping"), InvariantError("asset 1 sums to 1")])
async def test_a_venue_that_has_ended_is_read_no_more(error: Exception) -> None:
    """Stopped ends the feed; a broken invariant the venue as well."""
    stage = Stage()
    source = Number(1)
    stage.listen(source)
    await settle()
    stage.sequencer.refusals = [error]
    stage.change(source, 1)
    for _ in range(3):
        await stage.beat(PAUSE_NS)

    assert not stage.sequencer.refusals
    assert stage.ends == ([error] if isinstance(error, InvariantError) else [])


async def test_who_leaves_during_the_first_reading_leaves_nothing_behind() -> None:
    """The source is not kept, and its book not watched."""
    stage = Stage()
    source = Number(1)
    source.unprepared = [Overloaded("busy")]
    connection = stage.listen(source)
    await settle()
    stage.feed.drop(connection, source.topic)
    await stage.beat(PAUSE_NS)

    assert stage.feeds.books == [] and not source.is_warm
    assert stage.loops.failing() == {"numbers": 0}


async def test_a_clock_that_is_set_back_does_not_silence_a_feed() -> None:
    """The beat is an interval away, whatever the clock said before."""
    stage = Stage()
    source = Number(1)
    connection = stage.listen(source)
    await settle()
    stage.change(source, 1)
    await settle()
    stage.clock._now_ns -= 3_600_000_000_000
    stage.change(source, 2)
    await stage.beat()

    assert connection.sent == ["0", "1", "2"]
