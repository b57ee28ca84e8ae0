"""The clocks."""

from __future__ import annotations

import asyncio

import pytest

from bedesten.clock import ManualClock, SystemClock


async def test_sleepers_wake_in_the_order_of_their_instants() -> None:
    """Whoever asked for the earlier instant is first, whatever the order of asking."""
    clock = ManualClock(start_ns=100)
    woken: list[str] = []

    async def sleep(name: str, instant_ns: int) -> None:
        await clock.sleep_until_ns(instant_ns)
        woken.append(name)

    async with asyncio.TaskGroup() as sleepers:
        for name, instant_ns in (("late", 300), ("early", 150), ("middle", 200)):
            sleepers.create_task(sleep(name, instant_ns))
        await asyncio.sleep(0)
        clock.advance(1_000)

    assert woken == ["early", "middle", "late"]


async def test_nobody_wakes_before_the_instant_has_come() -> None:
    """A sleeper whose instant lies ahead sleeps on."""
    clock = ManualClock(start_ns=100)
    sleeper = asyncio.ensure_future(clock.sleep_until_ns(200))
    await asyncio.sleep(0)

    clock.advance(99)
    await asyncio.sleep(0)
    assert not sleeper.done()

    clock.advance(1)
    await sleeper
    assert clock.now_ns() == 200


async def test_a_sleeper_that_gave_up_is_passed_over() -> None:
    """A canceled sleep does not stand in the way of others."""
    clock = ManualClock(start_ns=0)
    gone = asyncio.ensure_future(clock.sleep_until_ns(10))
    patient = asyncio.ensure_future(clock.sleep_until_ns(20))
    await asyncio.sleep(0)

    gone.cancel()
    await asyncio.sleep(0)
    clock.advance(20)
    await patient

    assert gone.cancelled()


def test_a_manual_clock_does_not_go_back() -> None:
    """Time only ever goes on."""
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


async def test_an_instant_that_has_passed_is_not_waited_for() -> None:
    """Both clocks return at once when there is nothing to wait for."""
    system = SystemClock()
    await system.sleep_until_ns(system.now_ns() - 1)
    await ManualClock(start_ns=5).sleep_until_ns(5)


async def test_the_system_clock_wakes_when_the_instant_has_come() -> None:
    """After the sleep the instant is not in the future."""
    system = SystemClock()
    instant_ns = system.now_ns() + 1_000_000

    await system.sleep_until_ns(instant_ns)

    assert system.now_ns() >= instant_ns
