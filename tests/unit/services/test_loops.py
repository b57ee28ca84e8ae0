"""Loops and work: a failure costs its part a pause, and what somebody brought is done, whenever it was brought."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bedesten.clock import ManualClock
from bedesten.core import InvariantError
from bedesten.services.errors import Overloaded, Stopped, StoreFailure
from bedesten.services.sequencing.loops import PATIENCE_NS, PAUSE_NS, Loops, Work


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("waits", range(4))
async def test_work_is_done_in_whatever_moment_it_is_brought(turns: int, waits: int) -> None:
    """Also between the end of the work before it and whatever the event loop does at the end of a task."""
    loops = Loops(ManualClock())
    brought: list[str] = []
    done: list[str] = []

    async def step() -> None:
        for _ in range(waits):
            await asyncio.sleep(0)
        done.extend(brought)
        brought.clear()

    work = Work(loops, "test", lambda: bool(brought), step)
    for name in ("first", "second", "third"):
        brought.append(name)
        work.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
    await settle()

    assert done == ["first", "second", "third"] and not brought


async def test_work_brought_by_the_last_word_of_the_work_before_is_done() -> None:
    """A done-callback of the very task that ended may bring more."""
    loops = Loops(ManualClock())
    brought, done = ["first"], list[str]()

    async def step() -> None:
        done.extend(brought)
        brought.clear()
        task = asyncio.current_task()
        assert task is not None
        if len(done) == 1:
            task.add_done_callback(lambda _: bring("second"))

    def bring(name: str) -> None:
        brought.append(name)
        work.wake()

    work = Work(loops, "test", lambda: bool(brought), step)
    work.wake()
    await settle()

    assert done == ["first", "second"]


@pytest.mark.parametrize("error", [Overloaded("busy"), StoreFailure("unreadable"), KeyError("a bug")])
async def test_work_that_fails_is_tried_again_after_a_pause(error: Exception) -> None:
    """Health says so when it lasts, and forgets it when it is over."""
    clock = ManualClock()
    loops = Loops(clock)
    failures = [error] * 20
    left = [1]

    async def step() -> None:
        if failures:
            raise failures.pop()
        left.clear()

    work = Work(loops, "test", lambda: bool(left), step)
    work.wake()
    await settle()
    assert (len(failures), loops.failing(), loops.health()) == (19, {"test": 1}, None)

    for _ in range(PATIENCE_NS // PAUSE_NS):
        clock.advance(PAUSE_NS)
        await settle()
    assert "test has been failing for 10 s" in str(loops.health())

    failures.clear()
    clock.advance(PAUSE_NS)
    await settle()
    assert (left, loops.failing(), loops.health()) == ([], {"test": 0}, None)
    assert loops.failures["test"] == 11


@pytest.mark.parametrize("error", [Stopped("the venue is stopping"), InvariantError("asset 1 sums to 1")])
async def test_a_venue_that_has_ended_ends_its_work(error: Exception) -> None:
    """A broken invariant ends the venue; nothing is tried again."""
    clock, ends = ManualClock(), list[BaseException]()
    loops = Loops(clock, ends.append)
    tries = 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        raise error

    Work(loops, "test", lambda: True, step).wake()
    await settle()
    clock.advance(10 * PAUSE_NS)
    await settle()

    assert tries == 1
    assert ends == ([error] if isinstance(error, InvariantError) else [])


async def test_a_loop_goes_on_after_what_the_world_does_to_it() -> None:
    """Its next round comes after the pause; Stopped ends it quietly."""
    clock = ManualClock()
    loops = Loops(clock)
    rounds: list[Callable[[], int]] = []

    def fails() -> int:
        raise StoreFailure("unreadable")

    def ends() -> int:
        raise Stopped("the venue is stopping")

    rounds += [fails, fails, lambda: clock.now_ns() + 5 * PAUSE_NS, ends]

    async def step() -> int:
        return rounds.pop(0)()

    task = asyncio.create_task(loops.keep("test", step))
    await settle()
    assert (len(rounds), loops.failing()) == (3, {"test": 1})
    for left in (2, 1):
        clock.advance(PAUSE_NS)
        await settle()
        assert len(rounds) == left
    assert loops.failing() == {"test": 0}
    clock.advance(4 * PAUSE_NS)
    await settle()
    assert not task.done()
    clock.advance(PAUSE_NS)
    await settle()
    assert task.done() and task.exception() is None


async def test_a_bug_in_a_loop_that_moves_money_ends_it() -> None:
    """Only what shows and moves nothing may go on after what nobody foresaw."""

    async def step() -> int:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await Loops(ManualClock()).keep("test", step)
