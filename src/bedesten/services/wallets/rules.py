"""The rules of a withdrawal, whoever asks and wherever it goes: who may, to which addresses, how much in 24 hours.

Owns the operator's lists of allowed addresses. Never holds or moves money. What was canceled or failed counts for nothing; what
the customer levels are is somebody else's to know. The accounts of one family share their limits, and the main account's list.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.networks import WithdrawalTerms
from bedesten.domain.notes import AllowListSaved
from bedesten.services.ports import Destination
from bedesten.services.sequencing.ahead import whole
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.fold_addresses import AllowListsFold
from bedesten.services.wallets.fold_withdrawals import DAY_NS, DayFold, OfDay

ALLOWED_MAX: Final = 100  # addresses on one list: an operator reads them

#: Brings a destination on a network into the one spelling by which destinations are compared.
Spell = Callable[[str, Destination], Destination]


class RuleBroken(enum.Enum):
    """Why an account may not withdraw that, in the order of the checks."""

    MAY_NOT = "the account may not withdraw"
    NOT_LISTED = "the address is not on the account's list of allowed addresses"
    ABOVE_DAY = "above what may be withdrawn in 24 hours"


class AllowedAddress(NamedTuple):
    """Where an account may withdraw to."""

    network: str
    to: Destination


class WithdrawalRules:
    """What may be withdrawn. *family_of*: the main account first; *level_of*: None where no limit of a level holds.

    *may_withdraw* tells of an account, on the word of whoever asks, whether it may now.
    """

    def __init__(
        self, sequencer: Sequencer, clock: Clock, terms: WithdrawalTerms | None = None,
        spell: Spell = lambda network, to: to, *, family_of: Callable[[int], Sequence[int]],
        level_of: Callable[[int], int | None], may_withdraw: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.family_of = family_of
        self.level_of = level_of
        self.may_withdraw = may_withdraw
        self._sequencer = sequencer
        self._clock = clock
        self._terms = terms or WithdrawalTerms()
        self._spell = spell
        self._day = sequencer.state.folds.of(DayFold)
        self._lists = sequencer.state.folds.of(AllowListsFold)
        self._changing = asyncio.Lock()  # one list at a time, so that each change finds the one before

    def owner_of(self, account: int) -> int:
        """Return the account whose limits and list hold for an account."""
        return self.family_of(account)[0]

    def broken(
        self, account: int, asset: int, amount: int, network: str, to: Destination, day_max: int = 0
    ) -> RuleBroken | None:
        """Return the rule that a request would break. *day_max*: of its network, 0: none. Units: minor units."""
        owner = self.owner_of(account)
        if not self.may_withdraw(account):
            return RuleBroken.MAY_NOT
        if not self._is_listed(owner, network, to):
            return RuleBroken.NOT_LISTED
        today = self._today(owner, asset)
        if day_max and amount + sum(each.amount for each in today if each.network == network) > day_max:
            return RuleBroken.ABOVE_DAY
        level, limits = self.level_of(owner), self._terms.day_max.get(asset)
        if level is None or not limits:
            return None
        limit = limits[min(level, len(limits) - 1)]
        return RuleBroken.ABOVE_DAY if amount + sum(each.amount for each in today) > limit else None

    def _today(self, owner: int, asset: int) -> list[OfDay]:
        since_ns = self._clock.now_ns() - DAY_NS
        asked = (each for account in self.family_of(owner) for each in self._day.of(account, asset))
        return [each for each in asked if each.time_ns > since_ns]

    # ── where to ──

    def allow_list(self, account: int) -> Sequence[AllowedAddress] | None:
        """Return the only addresses an account may withdraw to, as it is applied: to decide by; None: any."""
        found = self._lists.saved.get(account)
        if found is None or found.is_lifted:
            return None
        return [AllowedAddress(network, Destination(address, tag)) for network, address, tag in found.destinations]

    async def allow(self, account: int, network: str, to: Destination) -> bool:
        """Put an address on an account's list: from now on only those on it will do. False: the list is full.

        Raises: Overloaded, Stopped.
        """
        return await whole(self._allow(account, AllowedAddress(network, self._spell(network, to))))

    async def disallow(self, account: int, network: str, to: Destination) -> bool:
        """Take an address from an account's list, which holds on even when it is empty; False: it is not there.

        Raises: Overloaded, Stopped.
        """
        return await whole(self._disallow(account, AllowedAddress(network, self._spell(network, to))))

    async def lift(self, account: int) -> bool:
        """Let an account withdraw to any address again; False: it may already.

        Raises: Overloaded, Stopped.
        """
        return await whole(self._lift(account))

    async def _allow(self, account: int, entry: AllowedAddress) -> bool:
        async with self._changing:
            found = self.allow_list(account) or ()
            if entry in found:
                return True
            if len(found) >= ALLOWED_MAX:
                return False
            await self._save(account, (*found, entry))
            return True

    async def _disallow(self, account: int, entry: AllowedAddress) -> bool:
        async with self._changing:
            found = self.allow_list(account)
            if found is None or entry not in found:
                return False
            await self._save(account, [each for each in found if each != entry])
            return True

    async def _lift(self, account: int) -> bool:
        async with self._changing:
            if self.allow_list(account) is None:
                return False
            await self._save(account, (), is_lifted=True)
            return True

    def _is_listed(self, account: int, network: str, to: Destination) -> bool:
        found = self.allow_list(account)
        if found is None:
            return True
        if not network:  # sent by hand: the address alone tells
            return any(each.to == self._spell(each.network, to) for each in found)
        return AllowedAddress(network, self._spell(network, to)) in found

    async def _save(self, account: int, addresses: Sequence[AllowedAddress], *, is_lifted: bool = False) -> None:
        told = tuple((each.network, each.to.address, each.to.tag) for each in addresses)
        await self._sequencer.submit(RecordNote(), notes=(AllowListSaved(account, told, is_lifted),))
