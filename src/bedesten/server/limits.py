"""Rate limits: exact sliding windows per class and caller, with blocks that grow. Time comes from the venue's clock only.

The `limits` package was considered: its storages read the wall clock themselves and keep expiry timers of their own, so a
controllable clock could not move them, and its exact (log) strategy costs several times this ring.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from typing import Final

from bedesten.dialects.contract import Limit, Per, Window
from bedesten.dialects.refusals import RateLimited
from bedesten.server.traffic import Traffic

TRACKED_MAX: Final = 20_000  # callers × classes remembered, the most recently seen: about 20 MB at the largest window
_SECOND_NS: Final = 1_000_000_000
_NEVER: Final = -(1 << 62)
_SHARED: Final = -1  # in the place of a window's number within its class
ADDRESS: Final = Per.ADDRESS  # found faster than a member in its enum
PER_ENDPOINT: Final = Per.USER_AND_ENDPOINT

Who = str | int  # an address, or an account's number


class _Ring:
    """The times of the last admitted requests: the slot about to be reused tells whether there is room.

    It is as long as there were requests, up to the window's number: a wide window costs only who uses it.
    """

    __slots__ = ("at", "times")

    def __init__(self) -> None:
        self.times = array("q")
        self.at = 0


class _Standing:
    """How often a caller of a class overstepped, and until when it is shut out."""

    __slots__ = ("blocked_until_ns", "breached_ns", "breaches")

    def __init__(self) -> None:
        self.breaches = 0
        self.breached_ns = _NEVER
        self.blocked_until_ns = _NEVER


class Limiter:
    """Admits requests, or says for how long not to come back."""

    def __init__(self, traffic: Traffic | None = None) -> None:
        self._traffic = traffic or Traffic()
        self._rings: OrderedDict[tuple[str, int, Who, str], _Ring] = OrderedDict()
        self._standings: OrderedDict[tuple[str, Who], _Standing] = OrderedDict()

    def admit(self, name: str, limit: Limit, *, who: Who | None, address: str, endpoint: str, now_ns: int) -> None:
        """Count one request against every window of the class *name*; *who* None: an unknown client, counted by address only.

        Raises: RateLimited; a refused request is not counted.
        """
        caller = address if who is None else who
        if self._standings and (standing := self._standings.get((name, caller))) is not None:
            self._standings.move_to_end((name, caller))
            self._still_blocked(name, standing, limit, now_ns)
        rings = []
        broken: Window | None = None  # the one that is full for longest
        wait_ns = 0
        for at, window in enumerate(limit.windows):
            whose = address if window.per is ADDRESS else who
            if whose is None:
                continue
            of, number = (window.shared, _SHARED) if window.shared else (name, at)
            ring = self._ring((of, number, whose, endpoint if window.per is PER_ENDPOINT else ""))
            is_full = len(ring.times) >= window.requests
            if is_full and (left_ns := window.window_ns - (now_ns - ring.times[ring.at])) > wait_ns:
                broken, wait_ns = window, left_ns
            rings.append((ring, is_full))
        if broken is not None:
            raise _refusal(self._breach(name, limit, caller, now_ns, broken, wait_ns), broken)
        for ring, is_full in rings:
            if not is_full:
                ring.times.append(now_ns)
                continue
            ring.times[ring.at] = now_ns
            ring.at = (ring.at + 1) % len(ring.times)

    def forget(self) -> None:
        """Count anew: windows have other sizes now. Who is shut out stays so."""
        self._rings.clear()

    def _ring(self, key: tuple[str, int, Who, str]) -> _Ring:
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = _Ring()
            if len(self._rings) > TRACKED_MAX:
                self._rings.popitem(last=False)
        else:
            self._rings.move_to_end(key)
        return ring

    def _still_blocked(self, name: str, standing: _Standing, limit: Limit, now_ns: int) -> None:
        if now_ns < standing.blocked_until_ns:
            self._traffic.limited[name] += 1
            raise _refusal(standing.blocked_until_ns - now_ns)
        served_the_last = standing.breaches >= len(limit.blocks_ns)
        if served_the_last or now_ns - standing.breached_ns >= limit.forget_ns:
            standing.breaches = 0

    def _breach(self, name: str, limit: Limit, who: Who, now_ns: int, window: Window, wait_ns: int) -> int:
        """Count a breach and return after how long to come back: then every window has room, so that it is no breach again."""
        self._traffic.limited[name] += 1
        if not limit.blocks_ns:
            return wait_ns
        standing = self._standings.get((name, who))
        if standing is None:
            standing = self._standings[(name, who)] = _Standing()
            if len(self._standings) > TRACKED_MAX:
                self._standings.popitem(last=False)
        block_ns = max(limit.blocks_ns[min(standing.breaches, len(limit.blocks_ns) - 1)], window.window_ns, wait_ns)
        self._traffic.blocked[name] += 1
        standing.breaches += 1
        standing.breached_ns = now_ns
        standing.blocked_until_ns = now_ns + block_ns
        return block_ns


class Unlimited(Limiter):
    """Admits everything: where time stands still, the rest of a minute never comes."""

    def admit(self, name: str, limit: Limit, *, who: Who | None, address: str, endpoint: str, now_ns: int) -> None:
        """Do nothing."""


def _refusal(wait_ns: int, window: Window | None = None) -> RateLimited:
    retry_after_s = max(1, -(-wait_ns // _SECOND_NS))
    if window is None:
        return RateLimited("rate limit exceeded", retry_after_s)
    return RateLimited(
        "rate limit exceeded", retry_after_s, requests=window.requests, window_ns=window.window_ns,
        is_by_address=window.per is Per.ADDRESS,
    )  # fmt: skip
