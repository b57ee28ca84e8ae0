"""Templates: a venue begun from one does what the venue does that it was taken from."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import pytest

from bedesten import bootstrap
from bedesten.bootstrap import Running
from bedesten.config import Settings
from bedesten.config.profiles import path_of
from bedesten.core import Machine
from bedesten.services.sequencing.state import VenueState
from bedesten.simulation.scripts import ScriptedPrices

SECOND: Final = 1_000_000_000
LOOKS: Final = (
    "/spot/api/v3.3/orderbook?symbol=BTC-USD&depth=50", "/spot/api/v3.3/trades?symbol=ETH-USD&count=50",
    "/spot/api/v3.3/market_summary", "/spot/api/v3.3/ohlcv?symbol=BTC-USD&resolution=1", "/api/v2/ticker", "/v1/allTickers",
)  # fmt: skip


def settings(seed: int = 1, profile: str = "small", **more: Any) -> Settings:
    return Settings(port=0, demo=True, sandbox=True, clock="manual", seed=seed, config=path_of(profile), **more)


def serve(given: Settings, **more: Any) -> Any:
    return bootstrap.serve(given, lambda said: None, **more)


async def seen(running: Running) -> list[Any]:
    """Return what clients see now, and what the venue is."""
    looks = [json.loads(await asyncio.to_thread(read, running.server.url + path)) for path in LOOKS]
    state = running.venue.sequencer.state
    return [*looks, state.machine.digest(), state.folds.digest(), state.machine.seq, running.venue.clock.now_ns()]


def read(url: str) -> bytes:
    answer: bytes = urlopen(url).read()
    return answer


async def lived(running: Running, seconds: int, look_each: int) -> list[Any]:
    assert running.sandbox is not None
    told = [await seen(running)]
    for _ in range(seconds // look_each):
        await running.sandbox.pacer.advance(look_each * SECOND)
        told.append(await seen(running))
    return told


@pytest.mark.parametrize("seed", range(1, 11))
async def test_a_fork_does_what_its_source_does(seed: int) -> None:
    """For a minute, from ten seeds, begun in the middle of life: books, trades, candles, summary, state."""
    async with serve(settings(seed)) as source:
        await source.sandbox.pacer.advance((10 + 7 * seed) * SECOND)
        template = await source.template()
        in_source = await lived(source, 60, 20)
    async with serve(settings(seed), template=template) as fork:
        in_fork = await lived(fork, 60, 20)

    assert in_fork == in_source


async def test_a_fork_of_the_whole_demo_draws_what_its_source_draws() -> None:
    """Sixty-three books; and the next thing that is drawn, an API key's text, is the same one."""
    async with serve(settings(profile="demo")) as source:
        template = await source.template()
        account = source.venue.accounts.by_name("trader1")
        key = await source.venue.keys.create(account.id, [])
        digest = source.venue.sequencer.state.machine.digest()
    async with serve(settings(profile="demo"), template=template) as fork:
        drawn = await fork.venue.keys.create(account.id, [])
        assert (drawn.key, drawn.secret) == (key.key, key.secret)
        assert fork.venue.sequencer.state.machine.digest() == digest


async def test_forks_know_nothing_of_one_another() -> None:
    """What one does is seen neither by its sibling, nor by the next one, nor by the source."""
    async with serve(settings()) as source:
        template = await source.template()
        before = await seen(source)
        async with serve(settings(), template=template) as one, serve(settings(), template=template) as other:
            await one.venue.accounts.open("only here")
            await one.sandbox.pacer.advance(5 * SECOND)
            assert await seen(other) == before == await seen(source)
            assert other.venue.accounts.by_name("only here") is None
        async with serve(settings(), template=template) as next_one:
            assert await seen(next_one) == before


async def test_a_template_is_taken_of_a_sandbox_in_memory(tmp_path: Path) -> None:
    """A venue on disk, or one whose time is its own, has none."""
    for refused in (settings(data=str(tmp_path / "data")), Settings(port=0)):
        async with serve(refused) as running:
            with pytest.raises(ValueError, match="in memory"):
                await running.template()


async def test_what_is_due_follows_from_machine_and_instant_alone() -> None:
    """Two lives with the same state ask the same of two machines that are alike; asked twice, they go on."""
    async with serve(settings()) as running:
        life = running.demo.life
        machine: Machine = running.venue.sequencer.state.machine
        now_ns = running.venue.clock.now_ns() + 5 * SECOND
        twin = type(life).resume(running.venue_file, ScriptedPrices(running.venue_file, 1), 1, life.state())
        copy = VenueState(Machine.restore(machine.snapshot())).machine

        first = life.due(machine, now_ns)
        assert first and twin.due(copy, now_ns) == first
        assert life.due(machine, now_ns) == []
