"""Allowances: how often somebody may do something within a time before more is asked of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from bedesten.clock import Clock

KEPT_MAX: Final = 10_000  # the one that took last longest ago is forgotten


class Allowance:
    """So many times within a window, for everybody."""

    def __init__(self, clock: Clock, most: int, window_ns: int) -> None:
        self._clock = clock
        self._most = most
        self._window_ns = window_ns
        self._taken: OrderedDict[Hashable, list[int]] = OrderedDict()

    def take(self, who: Hashable) -> bool:
        """Count once more; return whether it was within the allowance."""
        now_ns = self._clock.now_ns()
        taken = [each for each in self._taken.get(who, ()) if now_ns - each < self._window_ns]
        is_within = len(taken) < self._most
        if is_within:
            self._taken[who] = [*taken, now_ns]
            self._taken.move_to_end(who)
            if len(self._taken) > KEPT_MAX:
                self._taken.popitem(last=False)
        return is_within
