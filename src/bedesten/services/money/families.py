"""Families: which account is a sub-account, and whose.

Owns who belongs to whom. Invariant: a sub-account has one main account, which is none itself.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "subaccount"  # of the records that say who belongs to whom


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    parent: int


class Families:
    """Every family."""

    def __init__(self, sequencer: Sequencer, store: Store) -> None:
        self._sequencer = sequencer
        self._store = store
        self._parents: dict[int, int] = {}
        for name, text in store.kept_records(KIND):
            self._parents[int(name)] = msgspec.json.decode(text, type=_Kept).parent

    def main_of(self, account: int) -> int:
        """Return the main account of a family: the account itself, unless it is a sub-account."""
        return self._parents.get(account, account)

    def family(self, account: int) -> list[int]:
        """Return everybody in the account's family, the main account first."""
        main = self.main_of(account)
        return [main, *(child for child, parent in self._parents.items() if parent == main)]

    def is_sub(self, account: int) -> bool:
        """Return whether it is a sub-account."""
        return account in self._parents

    async def adopt(self, account: int, parent: int) -> None:
        """Make an account a sub-account of another.

        Raises: Overloaded, Stopped.
        """
        text = msgspec.json.encode(_Kept(parent=parent)).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, str(account), text))
        self._parents[account] = parent
