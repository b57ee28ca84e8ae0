"""Templates: everything that a venue in memory is at one instant, to begin others from.

A template is the state snapshot (the core and the folds), the image of the store, and what is in neither: where the demo's life
and the stream of chance stand, and the clock. Invariant: a venue begun from a template does what the one it was taken from does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedesten.config import Settings
from bedesten.services.chance import Chance, SeededChance
from bedesten.services.ports import Store
from bedesten.services.sandbox.settling import Settling
from bedesten.services.store_types import StateSnapshot
from bedesten.services.venue import Venue
from bedesten.storage.memory import MemoryImage, image_of, open_image

if TYPE_CHECKING:
    from bedesten.simulation.life import Life, LifeState


@dataclass(frozen=True, slots=True)
class Template:
    """A venue at one instant."""

    settings: Settings
    now_ns: int
    state: StateSnapshot
    store: MemoryImage
    life: LifeState | None  # None: there is no demo
    draws: int  # from the stream of chance
    advanced_ns: int  # when time was last advanced for what was due

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Yield a store of its own to begin a venue from."""
        store = open_image(self.store)
        store.vault.snapshots.save(self.state)
        try:
            yield store
        finally:
            store.close()


async def taken(settings: Settings, venue: Venue, store: Store, settling: Settling, life: Life | None) -> Template:
    """Return the template of a venue in memory, once it has settled. Raises: ValueError for a venue that is not in memory."""
    await settling.settle()
    await venue.sequencer.settled()
    return Template(
        settings, venue.clock.now_ns(), venue.sequencer.state.capture(), image_of(store), None if life is None else life.state(),
        draws_of(venue.chance), venue.sequencer.deadlines.advanced_ns,
    )  # fmt: skip


def draws_of(chance: Chance) -> int:
    """Return where a stream of chance stands."""
    return chance.draws if isinstance(chance, SeededChance) else 0
