"""Durations as people write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
}
_DURATION: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*(ns|us|ms|s|m|h|d)")


def nanoseconds(duration: str) -> int:
    """Return a duration in nanoseconds. Raises: ValueError."""
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        raise ValueError(f'{duration[:40]!r} is no duration: write "250ms", "5s", "5m", "2h" or "1d"')
    return int(Decimal(found[1]) * _UNITS[found[2]])
