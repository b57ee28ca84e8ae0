"""Models of what a recording does not say, each with a name that results carry: latency, and the place in a queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NS_PER_MS: Final = 1_000_000


class Latency(NamedTuple):
    """How long something takes on its way, in ns, never negative. draw: returns so many delays from a stream of random
    numbers."""

    name: str
    draw: Callable[[np.random.Generator, int], NDArray[np.int64]]


def constant(delay_ns: int) -> Latency:
    """Return a latency that is always the same.

    Raises: ValueError for a negative one.
    """
    if delay_ns < 0:
        raise ValueError("a delay is not negative")
    return Latency(f"constant {delay_ns} ns", lambda generator, count: np.full(count, delay_ns, dtype=np.int64))


def lognormal(median_ns: int, sigma: float) -> Latency:
    """Return a latency whose logarithm is normal. sigma: of the logarithm; 0.4 is a calm network.

    Raises: ValueError for a median or a sigma that is not positive.
    """
    if median_ns <= 0 or sigma <= 0:
        raise ValueError("median and sigma are positive")

    def draw(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
        delays: NDArray[np.int64] = np.rint(median_ns * np.exp(generator.normal(0.0, sigma, count))).astype(np.int64)
        return delays

    return Latency(f"lognormal {median_ns} ns, sigma {sigma}", draw)


def recorded(sent_ns: Sequence[int] | NDArray[np.int64], arrived_ns: Sequence[int] | NDArray[np.int64]) -> Latency:
    """Return a latency that draws from pairs that were measured.

    Raises: ValueError without pairs, or where something arrived before it was sent.
    """
    delays = np.asarray(arrived_ns, dtype=np.int64) - np.asarray(sent_ns, dtype=np.int64)
    if not len(delays) or bool((delays < 0).any()):
        raise ValueError("pairs of a time when something was sent and a later one when it arrived")
    return Latency(f"recorded, {len(delays)} pairs", lambda generator, count: generator.choice(delays, count))


NO_LATENCY: Final = constant(0)


class Queue(NamedTuple):
    """Whom a level's quantity leaves when a recording of levels says that some is gone without a trade.

    ahead: of *gone* lots that left a level with *ahead* lots in front of one's own order and *behind* lots after it, returns
    how many left in front.
    """

    name: str
    ahead: Callable[[int, int, int], int]


def _from_behind(gone: int, ahead: int, behind: int) -> int:
    return max(0, gone - behind)


def _from_the_front(gone: int, ahead: int, behind: int) -> int:
    return min(gone, ahead)


#: Whoever cancels stands behind one's own order, if anybody does: the fewest fills, the safest result.
RISK_AVERSE: Final = Queue("risk averse", _from_behind)
#: Whoever cancels stands in front: the most fills, an upper bound.
OPTIMISTIC: Final = Queue("optimistic", _from_the_front)


def proportional(power: float = 1.0) -> Queue:
    """Return a queue that both sides leave in proportion to their quantity raised to *power*; 1: each lot alike.

    Raises: ValueError for a power that is not positive.
    """
    if power <= 0:
        raise ValueError("the power is positive")

    def leave(gone: int, ahead: int, behind: int) -> int:
        front, back = float(ahead) ** power, float(behind) ** power
        share = front / (front + back) if front + back else 0.0
        wanted = int(gone * share)
        return max(gone - behind, min(wanted, ahead))

    return Queue(f"proportional, power {power}", leave)
