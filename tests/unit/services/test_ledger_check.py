"""The ledger check of a venue that runs: again and again, never between two halves of a commit, and the end when it fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.services.market import SECOND, Market, Pausing

from bedesten.clock import ManualClock
from bedesten.core import InvariantError, Machine
from bedesten.domain.commands import AdvanceTime
from bedesten.services.errors import Overloaded, Stopped
from bedesten.services.sequencing.ledger_check import LATE_NS, LedgerCheck
from bedesten.services.sequencing.loops import PAUSE_NS


def broken(machine: Machine) -> None:
    raise InvariantError("asset 1 sums to 1")


async def test_a_venue_is_checked_again_and_again(market: Market, clock: ManualClock) -> None:
    """At its interval; each time it says of which command it speaks."""
    check = LedgerCheck(market.venue.sequencer, clock, interval_ns=SECOND)
    assert "not checked yet" in str(check.health())
    task = asyncio.create_task(check.run())
    await asyncio.sleep(0)
    assert (check.checks, check.health()) == (1, None)

    await market.trade(1, 100)
    check.took_ns = 0
    clock.advance(60 * SECOND)
    for _ in range(5):
        await asyncio.sleep(0)

    assert check.checks == 2
    assert check.passed_seq == market.venue.sequencer.state.machine.seq
    task.cancel()


async def test_a_breach_stops_the_venue(market: Market, clock: ManualClock, failures: list[BaseException]) -> None:
    """No command is taken any more, the process is told why, and health says it."""
    check = LedgerCheck(market.venue.sequencer, clock, audit=broken)

    with pytest.raises(InvariantError):
        await check.run()

    assert [str(failure) for failure in failures] == ["asset 1 sums to 1"]
    with pytest.raises(Stopped):
        market.venue.sequencer.submit(AdvanceTime())
    assert check.health() == "the ledger does not balance: asset 1 sums to 1"
    assert "asset 1 sums to 1" in str(market.venue.sequencer.health())


async def test_a_breach_found_while_commands_wait_lets_none_of_them_through(
    market: Market, clock: ManualClock, store: Pausing
) -> None:
    """What was committed is answered; what had not begun is refused."""
    check = LedgerCheck(market.venue.sequencer, clock, audit=broken)
    store.hold_up()
    committed = market.venue.sequencer.submit(AdvanceTime())
    await store.held()
    checking = asyncio.create_task(check.run())
    await asyncio.sleep(0)
    behind = market.venue.sequencer.submit(AdvanceTime())
    seq = market.venue.sequencer.state.machine.seq
    store.let_go()

    assert (await committed).seq == seq
    with pytest.raises(Stopped):
        await behind
    with pytest.raises(InvariantError):
        await checking
    assert market.venue.sequencer.state.machine.seq == seq


async def test_a_check_that_is_refused_comes_again(
    market: Market, clock: ManualClock, failures: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full reads behind a commit that hangs are no reason to end a venue."""
    refusals = [Overloaded("16384 reads are waiting")] * 2
    read = market.venue.sequencer.read

    async def refuses(ask: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return await read(ask)

    monkeypatch.setattr(market.venue.sequencer, "read", refuses)
    check = LedgerCheck(market.venue.sequencer, clock, market.venue.loops)
    task = asyncio.create_task(check.run())
    for _ in range(4):
        for _ in range(5):
            await asyncio.sleep(0)
        clock.advance(PAUSE_NS)

    assert (check.checks, task.done(), failures) == (1, False, [])
    assert market.venue.loops.failures["ledger"] == 2
    task.cancel()


async def test_a_check_that_does_not_come_is_missed(market: Market, clock: ManualClock) -> None:
    """A check that stopped running must not look like one that passes."""
    check = LedgerCheck(market.venue.sequencer, clock)
    await market.venue.sequencer.read(check.look)
    check.took_ns = 0
    clock.advance(2 * LATE_NS)

    assert "late" in str(check.health())


async def test_a_large_venue_is_checked_less_often(market: Market, clock: ManualClock) -> None:
    """The check takes a bounded share of the time."""
    check = LedgerCheck(market.venue.sequencer, clock, interval_ns=1)
    task = asyncio.create_task(check.run())
    await asyncio.sleep(0)
    clock.advance(check.took_ns)  # far less than the five hundred times it has to rest
    for _ in range(3):
        await asyncio.sleep(0)

    assert check.checks == 1
    task.cancel()
