"""What may go wrong on a chain, brought about on purpose: reorganizations, payments that fail, payments that no block takes.

For networks that are simulated; a chain that is real refuses. Owns the one rule that a fault must respect: a payment does not
fail any more once its withdrawal has ended. Never touches the ledger.
"""

from __future__ import annotations

from bedesten.services.errors import ChainRefused
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Chain, Payment
from bedesten.services.wallets.progress import Stage
from bedesten.services.wallets.sending import Sending


class ChainFaults:
    """Faults of simulated networks."""

    def __init__(self, catalogue: Catalogue, sending: Sending, chain: Chain | None) -> None:
        self._catalogue = catalogue
        self._sending = sending
        self._chain = chain

    async def reorganize(self, network: str, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks, and return the payments that were in them.

        Those to the venue are gone; those that the venue sent wait for the next block.
        Raises: ChainRefused, Overloaded, Stopped.
        """
        chain, named = self._sole_chain, next(
            (each for each in self._catalogue.networks if each.name.lower() == network.strip().lower()), None
        )  # fmt: skip
        if named is None:
            raise ChainRefused(f"there is no network {network!r}")
        if depth < 1:
            raise ChainRefused("a reorganization replaces one block at least")
        async with self._sending.beating:
            return await chain.reorganize(named, depth)

    async def fail(self, withdrawal_id: int) -> Payment:
        """Let the payment of a withdrawal that is under way fail: its hold is given back.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._sole_chain.fail(withdrawal_id)

    async def delay(self, withdrawal_id: int) -> Payment:
        """Let no block take the payment of a withdrawal that is under way.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._sole_chain.delay(withdrawal_id)

    async def include(self, withdrawal_id: int) -> Payment:
        """Let the next block take a payment that was delayed.

        Raises: ChainRefused, Overloaded, Stopped.
        """
        async with self._sending.beating:
            self._sent(withdrawal_id)
            return await self._sole_chain.include(withdrawal_id)

    def payments(self, limit: int) -> list[tuple[Payment, int]]:
        """Return the last payments with their confirmations, newest first."""
        chain = self._sole_chain
        return [(each, chain.confirmations(each)) for each in list(reversed(chain.payments()))[:limit]]

    def _sent(self, withdrawal_id: int) -> None:
        found = next((each for each in self._sending.open() if each.id == withdrawal_id), None)
        if found is None or found.stage is not Stage.SENT:
            raise ChainRefused(f"no payment of withdrawal {withdrawal_id} is under way")

    @property
    def _sole_chain(self) -> Chain:
        if self._chain is None:
            raise ChainRefused("this venue is connected to no network")
        return self._chain
