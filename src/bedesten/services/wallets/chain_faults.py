"""What may go wrong on a chain, brought about on purpose: reorganizations, payments that fail, payments that no block takes;
and blocks that come when they are wanted.

For networks that are simulated; a chain that is real refuses. Owns the one rule that a fault must respect: a payment does not
fail any more once its withdrawal has ended. Never touches the ledger.
"""

from __future__ import annotations

from typing import Final

from bedesten.domain.enums import SendStage
from bedesten.domain.networks import Network
from bedesten.services.errors import ChainRefused
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Chain, Payment, PaymentSeen, SimulatedNetworks
from bedesten.services.wallets.network_withdrawals import NetworkWithdrawals

MINED_MAX: Final = 1_000  # blocks at once: more than any network's confirmations


class ChainFaults:
    """Faults of simulated networks."""

    def __init__(self, catalogue: Catalogue, sending: NetworkWithdrawals, chain: Chain | None) -> None:
        self._catalogue = catalogue
        self._sending = sending
        self._chain = chain

    async def reorganize(self, network: str, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks, and return the payments that were in them.

        Those to the venue are gone; those that the venue sent wait for the next block.
        Raises: ChainRefused, Overloaded, Stopped.
        """
        chain, named = self._simulated, self._named(network)
        if depth < 1:
            raise ChainRefused("a reorganization replaces one block at least")
        async with self._sending.beating:
            return await chain.reorganize(named, depth)

    async def mine(self, network: str, count: int) -> int:
        """Add blocks to a network at once, and return the number of its newest.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        chain, named = self._simulated, self._named(network)
        if not 1 <= count <= MINED_MAX:
            raise ChainRefused(f"1 to {MINED_MAX} blocks are mined at once")
        return await chain.mine(named, count)

    async def fail(self, withdrawal_id: int) -> Payment:
        """Let the payment of a withdrawal that is under way fail: its hold is given back.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._simulated.fail(withdrawal_id)

    async def delay(self, withdrawal_id: int) -> Payment:
        """Let no block take the payment of a withdrawal that is under way.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._simulated.delay(withdrawal_id)

    async def include(self, withdrawal_id: int) -> Payment:
        """Let the next block take a payment that was delayed.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._simulated.include(withdrawal_id)

    async def payments(self, limit: int) -> list[PaymentSeen]:
        """Return the last payments with their confirmations, newest first."""
        chain = self._sole_chain
        last = list(await chain.payments(0))[-limit:] if limit else []
        return list(await chain.look_up([each.id for each in reversed(last)]))

    def _sent(self, withdrawal_id: int) -> None:
        found = next((each for each in self._sending.open() if each.id == withdrawal_id), None)
        if found is None or found.stage is not SendStage.SENT:
            raise ChainRefused(f"no payment of withdrawal {withdrawal_id} is under way")

    def _named(self, name: str) -> Network:
        found = next((each for each in self._catalogue.networks if each.name.lower() == name.strip().lower()), None)
        if found is None:
            raise ChainRefused(f"there is no network {name!r}")
        return found

    @property
    def _sole_chain(self) -> Chain:
        if self._chain is None:
            raise ChainRefused("this venue is connected to no network")
        return self._chain

    @property
    def _simulated(self) -> SimulatedNetworks:
        chain: object = self._sole_chain
        if not isinstance(chain, SimulatedNetworks):
            raise ChainRefused("only a simulated network does what it is told")
        return chain
