"""A process that is killed anywhere in a change of several commands leaves all of it, or nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.money.subaccounts import Portion
from bedesten.services.venue import Venue, open_venue
from bedesten.services.venue_file.changes import Changes
from bedesten.services.venue_file.fold_venue_file import VenueFileFold
from bedesten.storage.directory import open_directory
from bedesten.storage.kill_points import KillPoint, Trap, TrappedDisk
from bedesten.storage.sqlite import SqliteStore
from bedesten.storage.verification import verify
from tests.storage.conftest import Open
from tests.unit.services.market import BTC, USD, Market, open_market

FILE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }, { code = "ETH", name = "E" }]
instruments = [
  { base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 },
  { base = "ETH", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 },
]
venue = { name = "test" }
[groups.plain]
fees = [{ maker = 0.001, taker = 0.002 }]
"""
THIRD: Final = '  { base = "ETH", quote = "BTC", group = "plain", tick_size = 0.5, lot_size = 0.00001 },\n]\nvenue'

#: Where the process is killed, and whether what it did is there afterwards.
POINTS: Final = [
    (KillPoint.UNWRITTEN, False),
    (KillPoint.BEGUN, False),
    (KillPoint.JOURNALED, False),
    (KillPoint.ROWS_WRITTEN, False),
    (KillPoint.COMMITTED, True),
]


class Armed(Trap):
    """A trap that nothing is caught by before it is armed."""

    is_on = False

    def passes(self, point: KillPoint) -> None:
        """Come by *point*."""
        if self.is_on:
            super().passes(point)


async def market_on(store: SqliteStore) -> Market:
    """Open a market over a store."""
    return await open_market(store, ManualClock())


async def nothing(venue: Any) -> None:
    """Do nothing before."""


def killed(
    home: Path, point: KillPoint, act: Callable[[Any], Awaitable[Any]], *,
    before: Callable[[Any], Awaitable[Any]] = nothing, start: Callable[[SqliteStore], Awaitable[Any]] = market_on, nth: int = 1,
) -> None:  # fmt: skip
    """Do *before*, then *act*, in a process of its own that is killed when the latter comes by *point* for the *nth* time."""

    async def run() -> None:
        trap = Armed(point, nth)
        venue = await start(open_directory(home, disk=TrappedDisk(trap)).store)
        await before(venue)
        trap.is_on = True
        await act(venue)

    child = os.fork()
    if child == 0:
        try:
            asyncio.run(run())
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


async def looked_at(opened: Open, look: Callable[[Market], Awaitable[Any]]) -> Any:
    """Return what the next process finds."""
    store = opened().store
    market = await open_market(store, ManualClock())
    found = await look(market)
    await market.venue.sequencer.stop()
    store.close()
    return found


async def child_of_alice(market: Market) -> None:
    """Give alice a sub-account."""
    await market.venue.subaccounts.open("child", market.alice)


async def suspend_alice(market: Market) -> None:
    """Suspend alice."""
    await market.venue.standing.suspend(market.alice.id)


async def move(market: Market) -> None:
    """Move two assets to the sub-account."""
    portions = [Portion(BTC, 7), Portion(USD, None)]
    await market.venue.subaccounts.transfer(market.alice.id, "alice", "child", portions, client_id="mine")


async def of_child(market: Market) -> Any:
    """Return what the sub-account has of either asset, and whether the id was used."""
    child = market.venue.accounts.by_name("child")
    assert child is not None
    used = market.venue.subaccounts._ids.find(market.alice.id, "mine") is not None
    return [(await market.venue.accounts.balance(child.id, asset)).total for asset in (BTC, USD)], used


def standing_of(venue: Venue) -> Any:
    """Return whose the sub-account is, and whether it may only cancel; None: there is none."""
    child = venue.accounts.by_name("child")
    if child is None:
        return None
    return venue.subaccounts.family(child.id), venue.sequencer.state.machine.is_suspended(child.id)


@pytest.mark.parametrize(("point", "is_done"), POINTS)
def test_a_family_transfer_moves_every_asset_or_none(home: Path, opened: Open, point: KillPoint, is_done: bool) -> None:
    """And its id is used if it moved."""
    killed(home, point, move, before=child_of_alice)

    assert asyncio.run(looked_at(opened, of_child)) == (([7, 1_000_000], True) if is_done else ([0, 0], False))
    assert verify(home, lambda line: None).commands


@pytest.mark.parametrize(("point", "is_done"), POINTS)
def test_a_sub_account_is_there_with_its_family_and_suspension_or_not(
    home: Path, opened: Open, point: KillPoint, is_done: bool
) -> None:
    """Nobody is ever told of one that belongs to nobody."""
    killed(home, point, child_of_alice, before=suspend_alice)

    async def look(market: Market) -> Any:
        return standing_of(market.venue)

    assert asyncio.run(looked_at(opened, look)) == (([16, 18], True) if is_done else None)


async def changes_on(store: SqliteStore) -> Changes:
    """Open a venue of two markets over a store, by its file."""
    file, clock = parse_venue_file(FILE, source="tests"), ManualClock()
    catalogue = Catalogue(file.assets, file.instruments)
    changes = Changes(open_venue(store, clock, catalogue).sequencer, clock, catalogue, file, FILE)
    await changes.set_up(FILE)
    return changes


async def change(changes: Changes) -> None:
    """Change the fees of both markets, and list a third."""
    await changes.apply(lambda text: text.replace("taker = 0.002", "taker = 0.009").replace("]\nvenue", THIRD))


@pytest.mark.parametrize(("point", "is_done"), POINTS)
def test_a_change_of_the_venue_file_is_in_force_whole_or_not(
    home: Path, opened: Open, point: KillPoint, is_done: bool
) -> None:
    """The rules of every market, and the file that says so."""
    killed(home, point, change, start=changes_on)

    store = opened().store
    state = recover(store)
    kept = state.folds.of(VenueFileFold).in_force
    assert kept is not None and ("taker = 0.009" in kept.text) is is_done
    assert [state.machine.fee_rates(16, number)[1] for number in (1, 2)] == [9_000_000 if is_done else 2_000_000] * 2
    assert len(store.instruments()) == (3 if is_done else 2)
