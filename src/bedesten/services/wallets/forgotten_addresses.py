"""Addresses that a customer wants to see no more among those that were paid before. Never hides a payment in the history."""

from __future__ import annotations

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import AddressForgotten
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.fold_addresses import ForgottenFold


class ForgottenAddresses:
    """Those of every account, and when each was forgotten."""

    def __init__(self, sequencer: Sequencer, clock: Clock) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._fold = sequencer.state.folds.of(ForgottenFold)

    async def of(self, account: int) -> dict[str, int]:
        """Return an account's addresses, and when it forgot each."""
        return await self._sequencer.read(lambda machine: dict(self._fold.of.get(account, {})))

    async def forget(self, account: int, address: str) -> None:
        """Forget an address, until it is paid again.

        Raises: Overloaded, Stopped.
        """
        note = AddressForgotten(account, address, self._clock.now_ns())
        await self._sequencer.submit(RecordNote(), notes=(note,))
