"""A venue over an open store: its services, set up as its venue file says. It has no wire."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from bedesten.bootstrap import chains, demo
from bedesten.bootstrap.dialects import check_dialects
from bedesten.bootstrap.venue_files import Start
from bedesten.clock import Clock
from bedesten.config import Settings
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import SandboxServed
from bedesten.services.chance import SYSTEM, Chance
from bedesten.services.customers import CustomerTools
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import AckPolicy, Store
from bedesten.services.sealing.secrets import WALLET_SEED, drawn, keep
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue import Venue, open_venue
from bedesten.services.venue_file.changes import Changes, announcements


@contextlib.asynccontextmanager
async def running_venue(
    settings: Settings, store: Store, state: VenueState, start: Start, clock: Clock,
    on_failure: Callable[[BaseException], None], chance: Chance = SYSTEM, served: SandboxServed | None = None,
) -> AsyncIterator[Venue]:  # fmt: skip
    """Yield a venue over an open store, set up as its file says, and stop it. *served*: what the log is told first.

    Raises: ServiceError, also when the file does not fit what the store holds.
    """
    venue_file = start.file
    catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings, venue_file.networks)
    kept_seed = drawn(state, store.vault, WALLET_SEED)
    seed = kept_seed or _new_seed(settings)
    policy = AckPolicy.MEMORY if settings.directory is None else AckPolicy(settings.ack)

    venue = open_venue(
        store, clock, catalogue,
        policy=policy, state=state, backfill=demo.past(settings, venue_file, clock),
        chain=chains.simulated(catalogue, clock, seed), otc=venue_file.otc, limits=venue_file.withdrawals,
        convert=venue_file.convert, fiat=venue_file.fiat, levels=venue_file.levels,
        tools=_tools(settings, store, chance), on_failure=on_failure,
    )  # fmt: skip
    try:
        if served is not None:
            await venue.sequencer.submit(RecordNote(), notes=(served,))
        changes = Changes(venue.sequencer, clock, catalogue, venue_file, start.text)
        if kept_seed is None:  # before any address is shown
            await keep(venue.sequencer, store.vault, WALLET_SEED, seed)
        await changes.set_up(start.given)
        changes.check_with(check_dialects)
        changes.watch(lambda file, _: venue.standing.set_levels(file.levels))
        await venue.customers.register.set_up()
        await venue.customers.kyc.dossiers.clear()
        await venue.standing.set_up()
        await venue.confirmed_transfers.set_up()
        await venue.fiat.withdrawals.set_up()
        await venue.network_withdrawals.set_up()
        changes.watch(lambda _, made: venue.feeds.announce(announcements(made, clock.now_ns())))
        yield replace(venue, changes=changes)
    finally:
        await venue.sequencer.stop()


def _tools(settings: Settings, store: Store, chance: Chance) -> CustomerTools:
    return CustomerTools(randomness=chance, documents=store.vault.documents, tells_captchas=settings.demo)


def _new_seed(settings: Settings) -> str:
    # Drawn once for a venue that keeps its data; the seed itself for one that does not, and in a sandbox.
    is_drawn = settings.directory is not None and not settings.sandbox
    return SYSTEM(32).hex() if is_drawn else f"{settings.seed & (1 << 64) - 1:064x}"
