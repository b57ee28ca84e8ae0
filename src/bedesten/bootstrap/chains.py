"""The chains that deposits arrive on and withdrawals leave by. Today all of them are simulated."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from bedesten.bootstrap.running import Running
from bedesten.clock import Clock
from bedesten.services.chain_watch import watch_chains
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Chain
from bedesten.services.sequencing.sequencer import Sequencer


def simulated(catalogue: Catalogue, clock: Clock, seed: str) -> Callable[[Sequencer], Chain]:
    """Return how the venue gets its chains, which follow the catalogue's networks. *seed*: hexadecimal digits."""
    from bedesten.chain.simulated import SimulatedChain

    def connected(sequencer: Sequencer) -> Chain:
        chain = SimulatedChain(sequencer, clock, catalogue.networks, bytes.fromhex(seed))
        catalogue.watch(lambda: chain.connect(catalogue.networks))
        return chain

    return connected


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Follow the chains."""
    async with running.task("chains", watch_chains(running.venue)):
        yield
