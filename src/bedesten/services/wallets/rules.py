"""The rules of a withdrawal, whoever asks and wherever it goes: who may, to which addresses, how much in 24 hours.

Owns the operator's lists of allowed addresses, which are kept in the store, and what was asked for in the last 24 hours. Never
holds or moves money. What was canceled or failed counts for nothing; what the customer levels are is somebody else's to know.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.networks import WithdrawalTerms
from bedesten.services.ports import Destination, Store
from bedesten.services.records import HoldRecord
from bedesten.services.sequencing.sequencer import Sequencer

DAY_NS: Final = 86_400_000_000_000
ALLOW_LISTS: Final = "allow_list"  # the kind of record
ALLOWED_MAX: Final = 100  # addresses on one list: an operator reads them

#: Brings a destination on a network into the one spelling by which destinations are compared.
Spell = Callable[[str, Destination], Destination]


class RuleBroken(enum.Enum):
    """Why an account may not withdraw that, in the order of the checks."""

    MAY_NOT = "the account may not withdraw"
    NOT_LISTED = "the address is not on the account's list of allowed addresses"
    ABOVE_DAY = "above what may be withdrawn in 24 hours"


class AllowedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account may withdraw to."""

    network: str
    to: Destination


class AllowList(msgspec.Struct, frozen=True, kw_only=True):
    """The only addresses of an account. is_lifted: there were some once, and now any address will do."""

    account: int
    addresses: tuple[AllowedAddress, ...] = ()
    is_lifted: bool = False


class Asked(NamedTuple):
    """What an account has asked for. Units: minor units."""

    id: int
    account: int
    asset: int
    network: str
    amount: int
    time_ns: int


class WithdrawalRules:
    """What may be withdrawn. The accounts of one owner are one; *level_of*: None where no limit of a level holds.

    *may_withdraw* tells of an account, on the word of whoever asks, whether it may now.
    """

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, terms: WithdrawalTerms | None = None,
        spell: Spell = lambda network, to: to, *, owner_of: Callable[[int], int],
        level_of: Callable[[int], int | None], may_withdraw: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.owner_of = owner_of
        self.level_of = level_of
        self.may_withdraw = may_withdraw
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._terms = terms or WithdrawalTerms()
        self._spell = spell
        self._asked: dict[int, Asked] = {}  # by hold, oldest first: those of the last 24 hours
        self._of_owner: dict[tuple[int, int], dict[int, Asked]] = {}  # the same by owner and asset
        self._lists: dict[int, AllowList] = {}
        for name, text in store.kept_records(ALLOW_LISTS):
            self._lists[int(name)] = msgspec.json.decode(text, type=AllowList)

    def broken(self, asked: Asked, to: Destination, day_max: int = 0) -> RuleBroken | None:
        """Return the rule that a request would break. *day_max*: of its network, 0: none."""
        owner = self.owner_of(asked.account)
        if not self.may_withdraw(asked.account):
            return RuleBroken.MAY_NOT
        if not self._is_listed(owner, asked.network, to):
            return RuleBroken.NOT_LISTED
        self._forget_old()
        today = self._of_owner.get((owner, asked.asset), {}).values()
        if day_max and asked.amount + sum(each.amount for each in today if each.network == asked.network) > day_max:
            return RuleBroken.ABOVE_DAY
        level, limits = self.level_of(owner), self._terms.day_max.get(asked.asset)
        if level is None or not limits:
            return None
        limit = limits[min(level, len(limits) - 1)]
        return RuleBroken.ABOVE_DAY if asked.amount + sum(each.amount for each in today) > limit else None

    # ── what was asked for ──

    def note(self, asked: Asked) -> None:
        """Count a request that is held."""
        asked = asked._replace(account=self.owner_of(asked.account))
        self._asked[asked.id] = asked
        self._of_owner.setdefault((asked.account, asked.asset), {})[asked.id] = asked

    def note_record(self, row: HoldRecord, network: str) -> None:
        """Count a request that was held before the venue started, unless it came to nothing."""
        if not row.ended_ns or row.captured:
            self.note(Asked(row.hold_id, row.account, row.asset, network, row.amount, row.time_ns))

    def forget(self, withdrawal_id: int) -> None:
        """Count a request no more: it was given back."""
        asked = self._asked.pop(withdrawal_id, None)
        if asked is None:
            return
        of_owner = self._of_owner[asked.account, asked.asset]
        del of_owner[withdrawal_id]
        if not of_owner:
            del self._of_owner[asked.account, asked.asset]

    def _forget_old(self) -> None:
        since_ns = self._clock.now_ns() - DAY_NS
        while self._asked and (oldest := next(iter(self._asked.values()))).time_ns <= since_ns:
            self.forget(oldest.id)

    # ── where to ──

    def allow_list(self, account: int) -> AllowList | None:
        """Return the only addresses an account may withdraw to; None: any."""
        found = self._lists.get(account)
        return None if found is None or found.is_lifted else found

    async def allow(self, account: int, network: str, to: Destination) -> bool:
        """Put an address on an account's list: from now on only those on it will do. False: the list is full.

        Raises: Overloaded, Stopped.
        """
        found = self.allow_list(account) or AllowList(account=account)
        entry = AllowedAddress(network=network, to=self._spell(network, to))
        if entry in found.addresses:
            return True
        if len(found.addresses) >= ALLOWED_MAX:
            return False
        await self._keep(msgspec.structs.replace(found, addresses=(*found.addresses, entry)))
        return True

    async def disallow(self, account: int, network: str, to: Destination) -> bool:
        """Take an address from an account's list, which holds on even when it is empty; False: it is not there.

        Raises: Overloaded, Stopped.
        """
        found, entry = self.allow_list(account), AllowedAddress(network=network, to=self._spell(network, to))
        if found is None or entry not in found.addresses:
            return False
        left = tuple(each for each in found.addresses if each != entry)
        await self._keep(msgspec.structs.replace(found, addresses=left))
        return True

    async def lift(self, account: int) -> bool:
        """Let an account withdraw to any address again; False: it may already.

        Raises: Overloaded, Stopped.
        """
        if self.allow_list(account) is None:
            return False
        await self._keep(AllowList(account=account, is_lifted=True))
        return True

    def _is_listed(self, account: int, network: str, to: Destination) -> bool:
        found = self.allow_list(account)
        if found is None:
            return True
        if not network:  # sent by hand: the address alone tells
            return any(each.to == self._spell(each.network, to) for each in found.addresses)
        return AllowedAddress(network=network, to=self._spell(network, to)) in found.addresses

    async def _keep(self, changed: AllowList) -> None:
        text = msgspec.json.encode(changed).decode()
        await self._sequencer.write(lambda: self._store.save_record(ALLOW_LISTS, str(changed.account), text))
        self._lists[changed.account] = changed
