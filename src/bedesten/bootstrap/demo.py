"""What `--demo` adds: a past for the candles, accounts with known keys, a faucet, and books that live."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import msgspec

from bedesten.bootstrap.running import Running
from bedesten.clock import Clock
from bedesten.config import Settings, VenueFile
from bedesten.services.ports import History
from bedesten.services.venue import Venue


def past(settings: Settings, venue_file: VenueFile, clock: Clock) -> History | None:
    """Return the trades before the venue began; None without `--demo`."""
    if not settings.demo:
        return None
    from bedesten.simulation.demo import reference_history  # numpy: a tenth of a second that others need not wait

    return reference_history(venue_file, settings.seed, clock)


def accounts(settings: Settings, venue: Venue) -> list[int]:
    """Return the ids of the simulation's own accounts; none without `--demo`."""
    if not settings.demo:
        return []
    from bedesten.simulation.funds import MAKER_NAMES, NOISE_NAMES

    known = map(venue.accounts.by_name, (*MAKER_NAMES, *NOISE_NAMES))
    return [account.id for account in known if account is not None]


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Prepare the demo, or resume the one that the venue was begun from, and keep its books alive."""
    from bedesten.dialects.demo.dialect import DemoDialect
    from bedesten.simulation.demo import Demo, faucet_limits, listing

    venue_file = running.venue_file
    known_accounts = msgspec.json.encode(listing(venue_file))
    running.documents["/demo"] = lambda: known_accounts
    running.dialects.append(DemoDialect(faucet_limits(venue_file)))
    running.demo = demo = Demo(
        running.venue, venue_file, running.settings.seed, lives=running.settings.books == "living"
    )
    if running.origin is None or running.origin.life is None:
        await demo.prepare()
    else:
        demo.resume(running.origin.life)
    if running.sandbox is not None:
        running.sandbox.steering.simulate(demo)
    async with running.task("demo", demo.run()):
        yield
