"""Addresses that a customer wants to see no more among those that were paid before. Never hides a payment in the history."""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "forgotten_address"  # of the records they are kept as: one of each account
OF_ACCOUNT_MAX: Final = 1_000  # the oldest gives way, and shows again


class ForgottenAddresses:
    """Those of every account, and when each was forgotten."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._of: dict[int, dict[str, int]] = {
            int(name): msgspec.json.decode(text, type=dict[str, int]) for name, text in store.kept_records(KIND)
        }

    def since(self, account: int, address: str) -> int:
        """Return when an address was forgotten; -1: never."""
        return self._of.get(account, {}).get(address, -1)

    async def forget(self, account: int, address: str) -> None:
        """Forget an address, until it is paid again.

        Raises: Overloaded, Stopped.
        """
        rows = self._of.setdefault(account, {})
        rows.pop(address, None)
        rows[address] = self._clock.now_ns()
        if len(rows) > OF_ACCOUNT_MAX:
            del rows[next(iter(rows))]
        text = msgspec.json.encode(rows).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))
