"""Keys with which somebody keeps a door open: whoever does is asked to look again as soon as the key may have ceased to hold.

Owns who holds which key. Judges nothing: a dialect knows what its door asks of a key. Invariant: a key that was revoked or
changed, whose account's standing changed, or whose time has come is looked at at once, not at some later round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import TypeVar

from bedesten.clock import Clock
from bedesten.services.store_types import ApiKey

K = TypeVar("K")

Judge = Callable[[], None]


class Hold:
    """One open door."""

    __slots__ = ("_timer", "judge", "key")

    def __init__(self, key: ApiKey, judge: Judge) -> None:
        self.key = key
        self.judge = judge
        self._timer: asyncio.Task[None] | None = None

    def ring(self, clock: Clock, until_ns: int) -> None:
        """Look again at an instant."""
        self._timer = asyncio.get_running_loop().create_task(self._wait(clock, until_ns), context=Context())

    def rest(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    async def _wait(self, clock: Clock, until_ns: int) -> None:
        await clock.sleep_until_ns(until_ns)
        self._timer = None  # whoever is asked now may let go, and must not cancel the task that asks
        self.judge()


class HeldKeys:
    """Every open door of one venue."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_key: dict[str, dict[Hold, None]] = {}
        self._by_account: dict[int, dict[Hold, None]] = {}

    def hold(self, key: ApiKey, judge: Judge, until_ns: int = 0) -> Hold:
        """Call *judge* whenever the key may not hold any more, and at an instant, until it is let go of. *until_ns* 0: none."""
        hold = Hold(key, judge)
        self._by_key.setdefault(key.key, {})[hold] = None
        self._by_account.setdefault(key.account, {})[hold] = None
        if until_ns:
            hold.ring(self._clock, until_ns)
        return hold

    def let_go(self, hold: Hold) -> None:
        """Ask about it no more."""
        hold.rest()
        _drop(self._by_key, hold.key.key, hold)
        _drop(self._by_account, hold.key.account, hold)

    def key_changed(self, key_text: str) -> None:
        """Have everybody look who holds a key that was revoked or replaced."""
        _ask(self._by_key.get(key_text, ()))

    def accounts_changed(self, accounts: Iterable[int]) -> None:
        """Have everybody look who holds a key of accounts whose standing changed."""
        for account in accounts:
            _ask(self._by_account.get(account, ()))


def _ask(holds: Iterable[Hold]) -> None:
    for hold in tuple(holds):
        hold.judge()


def _drop(of: dict[K, dict[Hold, None]], name: K, hold: Hold) -> None:
    holds = of.get(name, {})
    holds.pop(hold, None)
    if not holds:
        of.pop(name, None)
