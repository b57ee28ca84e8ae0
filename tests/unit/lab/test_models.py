"""Latencies and queues: the same stream, the same draws; nothing arrives before it was sent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.lab.models import (
    NO_LATENCY,
    OPTIMISTIC,
    RISK_AVERSE,
    Latency,
    Queue,
    constant,
    lognormal,
    proportional,
    recorded,
)

QUEUES = [RISK_AVERSE, OPTIMISTIC, proportional(), proportional(2.0)]


@pytest.mark.parametrize(
    "latency", [NO_LATENCY, constant(5), lognormal(1_000_000, 0.4), recorded([1, 2, 3], [1, 5, 9])]
)
def test_a_latency_is_drawn_from_its_stream(latency: Latency) -> None:
    """Whole nanoseconds, never negative, the same for the same seed."""
    first = latency.draw(np.random.default_rng(3), 500)

    assert (first == latency.draw(np.random.default_rng(3), 500)).all()
    assert first.dtype == np.int64 and (first >= 0).all() and latency.name


def test_a_lognormal_latency_has_its_median() -> None:
    """Half of it is slower, half of it faster."""
    drawn = lognormal(40_000_000, 0.4).draw(np.random.default_rng(1), 20_001)

    assert 39_000_000 < int(np.median(drawn)) < 41_000_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: constant(-1), lambda: lognormal(0, 0.4), lambda: lognormal(5, 0), lambda: recorded([], []),
        lambda: recorded([5], [4]), lambda: proportional(0),
    ],
)  # fmt: skip
def test_a_model_that_is_none_is_refused(make: object) -> None:
    """A negative delay is no way to say that an order was refused."""
    assert callable(make)
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
@given(ahead=st.integers(0, 1000), behind=st.integers(0, 1000), share=st.floats(0, 1))
def test_nobody_leaves_who_was_not_there(queue: Queue, ahead: int, behind: int, share: float) -> None:
    """What left in front was in front, and the rest fits behind."""
    gone = int((ahead + behind) * share)

    left = queue.ahead(gone, ahead, behind)

    assert 0 <= left <= ahead and 0 <= gone - left <= behind


@given(ahead=st.integers(0, 1000), behind=st.integers(0, 1000), share=st.floats(0, 1))
def test_the_queues_are_ordered_from_caution_to_hope(ahead: int, behind: int, share: float) -> None:
    """No model is more cautious than the first, none more hopeful than the second."""
    gone = int((ahead + behind) * share)

    assert RISK_AVERSE.ahead(gone, ahead, behind) <= proportional().ahead(gone, ahead, behind)
    assert proportional().ahead(gone, ahead, behind) <= OPTIMISTIC.ahead(gone, ahead, behind)
