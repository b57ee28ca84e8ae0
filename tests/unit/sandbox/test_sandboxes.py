"""What may be a sandbox, whose time it has, and what it draws."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from bedesten import bootstrap
from bedesten.bootstrap.sandboxes import NoSandbox, clock_of
from bedesten.clock import DEMO_START_NS, ManualClock
from bedesten.config import ConfigError, Settings
from bedesten.services.chance import SeededChance, drawn_uuid


async def serve_once(**settings: Any) -> None:
    async with bootstrap.serve(Settings(port=0, **settings), lambda said: None) as running:
        await running.venue.accounts.open("somebody")


def test_time_is_moved_in_a_sandbox_only() -> None:
    """A venue's own time is nobody's to move."""
    with pytest.raises(NoSandbox, match="--sandbox"):
        clock_of(Settings(clock="manual"))


def test_customers_stamp_by_the_wall_unless_told() -> None:
    """A client that takes its nonces from its own clock is let in while the venue's stands in 2025."""
    by_wall = clock_of(Settings(sandbox=True, clock="manual"))
    by_venue = clock_of(Settings(sandbox=True, clock="manual", stamps="venue"))

    assert by_wall.now_ns() == DEMO_START_NS < by_wall.stamped_ns()
    assert by_venue.now_ns() == by_venue.stamped_ns() == DEMO_START_NS
    assert isinstance(by_wall, ManualClock)


async def test_a_directory_that_was_a_venue_is_never_steered(tmp_path: Path) -> None:
    """Neither one that never was a sandbox, nor one that was and has been served as a venue since."""
    venue, sandbox = str(tmp_path / "venue"), str(tmp_path / "sandbox")
    await serve_once(data=venue)
    with pytest.raises(ConfigError, match="without --sandbox"):
        await serve_once(data=venue, sandbox=True, clock="offset")

    await serve_once(data=sandbox, sandbox=True, clock="offset")
    await bootstrap_again(sandbox)
    await serve_once(data=str(tmp_path / "other"), sandbox=True, clock="offset")
    async with bootstrap.serve(Settings(port=0, data=sandbox), lambda said: None):
        pass
    with pytest.raises(ConfigError, match="without --sandbox"):
        await serve_once(data=sandbox, sandbox=True, clock="offset")


async def bootstrap_again(directory: str) -> None:
    """A sandbox that stays one opens again."""
    async with bootstrap.serve(
        Settings(port=0, data=directory, sandbox=True, clock="offset"), lambda said: None
    ) as running:
        assert running.venue.accounts.by_name("somebody") is not None


async def test_answers_are_dated_by_the_venue_and_numbered_by_its_seed() -> None:
    """Heads tell nothing of the machine they were made on; and they change with the venue's time, at once."""
    heads = []
    for seed in (7, 7, 8):
        settings = Settings(port=0, sandbox=True, clock="manual", seed=seed)
        async with bootstrap.serve(settings, lambda said: None) as running:
            assert running.sandbox is not None
            told = []
            for _ in range(2):
                answer = await asyncio.to_thread(urlopen, f"{running.server.url}/spot/api/v3.3/time")
                told.append(sorted(answer.headers.items()))
                await running.sandbox.pacer.advance(1_000_000_000)
            heads.append(told)

    assert heads[0] == heads[1]
    assert heads[0] != heads[2]  # another prefix of the request's id
    assert dict(heads[0][0])["date"] == "Wed, 01 Jan 2025 00:00:00 GMT"
    assert dict(heads[0][1])["date"] == "Wed, 01 Jan 2025 00:00:01 GMT"


async def test_where_time_stands_still_nobody_is_limited_unless_asked() -> None:
    """The rest of the minute never comes; with limits asked for, they hold."""
    refused = []
    for limits in (None, True):
        settings = Settings(port=0, sandbox=True, clock="manual", rate_limits=limits)
        async with bootstrap.serve(settings, lambda said: None) as running:
            refused.append(await asyncio.to_thread(refusals, f"{running.server.url}/spot/api/v3.3/time"))

    assert refused[0] == 0 < refused[1]


def refusals(url: str) -> int:
    count = 0
    for _ in range(60):
        try:
            urlopen(url).read()
        except OSError:
            count += 1
    return count


def test_a_stream_of_chance_follows_from_its_seed() -> None:
    """The same bytes from the same seed, other ones from another; it goes on where it stood."""
    one, same, other = SeededChance(1), SeededChance(1), SeededChance(2)
    first = [one(8), one(8), drawn_uuid(one)]

    assert [same(8), same(8), drawn_uuid(same)] == first
    assert other(8) != first[0] and first[0] != first[1]
    assert SeededChance(1, draws=2)(16) == SeededChance(1, draws=2)(16)
    assert drawn_uuid(SeededChance(1, draws=2)) == first[2]
