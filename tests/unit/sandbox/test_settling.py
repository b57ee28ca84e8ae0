"""Settling: what asyncio is asked, and what a venue must have ended before it counts as settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from bedesten import bootstrap
from bedesten.clock import ManualClock, OffsetClock
from bedesten.config import Settings
from bedesten.services import threads
from bedesten.services.sandbox.pacing import LONGEST_NS, Pacer
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.settling import Settling, can_run

SECOND = 1_000_000_000
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
Loop = Callable[[], asyncio.AbstractEventLoop]


class Quiet:
    """A sequencer that has nothing to do."""

    is_busy = False
    is_deciding = False

    async def quiet(self) -> None:
        """Return at once."""


def run(loop: Loop, main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main)


@LOOPS
def test_a_task_can_run_unless_it_waits_for_what_is_not_there(loop: Loop) -> None:
    """On every Python and every loop that the venue runs on: what a task waits for can be asked, and is told truly."""

    async def main() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            await future

        async def spin() -> None:
            while not future.done():  # noqa: ASYNC110  a task that never waits
                await asyncio.sleep(0)

        waiting, spinning = asyncio.ensure_future(wait()), asyncio.ensure_future(spin())
        assert can_run(waiting) and can_run(spinning)  # neither has begun
        await asyncio.sleep(0)
        assert not can_run(waiting) and can_run(spinning)
        future.set_result(None)
        assert can_run(waiting)  # what it waited for is there
        await asyncio.gather(waiting, spinning)

    run(loop, main())


@LOOPS
def test_settling_waits_for_a_chain_of_tasks_and_callbacks(loop: Loop) -> None:
    """Each link sets off the next one, by a task or by a callback; the last one is over when the venue has settled."""

    async def main() -> None:
        done: list[int] = []

        async def link(left: int) -> None:
            await asyncio.sleep(0)
            done.append(left)
            if left:
                asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(link(left - 1)))

        tasks = asyncio.ensure_future(link(20))
        await Settling(Quiet()).settle()  # type: ignore[arg-type]

        assert done[-1] == 0 and tasks.done()

    run(loop, main())


@LOOPS
def test_settling_waits_for_work_in_threads(loop: Loop) -> None:
    """A task that waits for a thread waits for a future like one that waits for the clock; the venue tells them apart."""

    async def main() -> None:
        told: list[int] = []

        async def ask() -> None:
            told.append(await threads.look_ups.run(lambda: sum(range(200_000))))

        asking = asyncio.ensure_future(ask())
        await Settling(Quiet()).settle()  # type: ignore[arg-type]

        assert told == [sum(range(200_000))] and asking.done()

    run(loop, main())


@LOOPS
def test_those_who_settle_do_not_wait_for_one_another(loop: Loop) -> None:
    """Ten requests whose answers are held at once all leave."""

    async def main() -> None:
        settling = Settling(Quiet())  # type: ignore[arg-type]
        await asyncio.wait_for(asyncio.gather(*(settling.hold() for _ in range(10))), 10)
        await asyncio.wait_for(asyncio.gather(*(settling.settle() for _ in range(10))), 10)

    run(loop, main())


@LOOPS
def test_who_moves_the_clock_waits_for_those_who_are_held(loop: Loop) -> None:
    """A connection that is held and has more messages waiting goes on first; then the venue has settled."""

    async def main() -> None:
        settling, taken = Settling(Quiet()), list[int]()  # type: ignore[arg-type]

        async def listen() -> None:
            for number in range(5):
                taken.append(number)
                await settling.hold()

        listening = asyncio.ensure_future(listen())
        await asyncio.wait_for(settling.settle(), 10)

        assert taken == [*range(5)] and listening.done()

    run(loop, main())


@LOOPS
def test_time_advances_from_sleeper_to_sleeper(loop: Loop) -> None:
    """What speaks every second speaks ten times in ten seconds; in one leap it speaks once."""

    async def main() -> None:
        clock, spoken = ManualClock(0), list[int]()
        settings = Settings(port=0, sandbox=True, clock="manual")
        async with bootstrap.serve(settings, lambda said: None, clock) as running:
            assert running.sandbox is not None

            async def speak() -> None:
                while True:
                    await clock.sleep_until_ns(clock.now_ns() + SECOND)
                    spoken.append(clock.now_ns() // SECOND)

            speaking = asyncio.ensure_future(speak())
            stepped = await running.sandbox.pacer.advance(10 * SECOND)
            assert (spoken, stepped.now_ns, stepped.pace) == ([*range(1, 11)], 10 * SECOND, "step")
            leaped = await running.sandbox.pacer.advance(10 * SECOND, leap=True)
            assert (spoken[10:], leaped.now_ns, leaped.steps, leaped.pace) == ([20], 20 * SECOND, 1, "leap")
            speaking.cancel()

    run(loop, main())


async def test_an_advance_ends_where_something_comes_true() -> None:
    """`until` stops at the first instant at which its condition holds, or at the end of its time, and says which."""
    clock, woken = ManualClock(0), list[int]()
    pacer = Pacer(clock, FakeSequencer(), Settling(FakeSequencer()))  # type: ignore[arg-type]

    async def wake() -> None:
        await clock.sleep_until_ns(3 * SECOND)
        woken.append(1)

    waking = asyncio.ensure_future(wake())
    found = await pacer.until(lambda: bool(woken), 60 * SECOND)
    missed = await pacer.until(lambda: False, 60 * SECOND)

    assert (found.now_ns, found.found) == (3 * SECOND, True)
    assert (missed.now_ns, missed.found) == (63 * SECOND, False)
    assert waking.done()


@pytest.mark.parametrize("duration_ns", [-1, LONGEST_NS + 1])
async def test_time_that_goes_back_or_too_far_is_refused(duration_ns: int) -> None:
    """The clock stands where it stood."""
    clock = ManualClock(100)
    pacer = Pacer(clock, FakeSequencer(), Settling(FakeSequencer()))  # type: ignore[arg-type]

    with pytest.raises(SandboxRefused):
        await pacer.advance(duration_ns)

    assert clock.now_ns() == 100


async def test_an_offset_clock_runs_on_and_is_moved_on() -> None:
    """Who sleeps is woken by either: by time that passes, and by time that is skipped."""
    inner = ManualClock(0)
    clock = OffsetClock(inner)
    soon, later = (asyncio.ensure_future(clock.sleep_until_ns(at * SECOND)) for at in (1, 3_600))
    await asyncio.sleep(0)

    inner.advance(2 * SECOND)
    clock.advance(0)
    await asyncio.sleep(0)
    assert soon.done() and not later.done() and clock.next_ns() == 3_600 * SECOND

    clock.advance(3_600 * SECOND)
    await later
    assert clock.now_ns() == 3_602 * SECOND
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


class FakeSequencer(Quiet):
    """A sequencer whose machine is at the start."""

    class state:
        class machine:
            seq = 0
