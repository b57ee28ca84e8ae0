"""Words of tests: durations and amounts as people write them. Money is text or Decimal, never a float."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Final

Duration = str | timedelta | int  # "250ms", "5s", "5m", "2h", "1d"; nanoseconds
Amount = str | Decimal | int

_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|d)")


def nanoseconds(duration: Duration) -> int:
    """Return a duration in nanoseconds. Raises: ValueError, TypeError."""
    if isinstance(duration, timedelta):
        return (duration.days * 86_400 + duration.seconds) * 10**9 + duration.microseconds * 1_000
    if isinstance(duration, int) and not isinstance(duration, bool):
        return duration
    if not isinstance(duration, str):
        raise TypeError(f"a duration is a text, a timedelta or nanoseconds, not {duration!r}")
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        raise ValueError(f'{duration!r} is no duration: write "250ms", "5s", "5m", "2h" or "1d"')
    return int(Decimal(found[1]) * _UNITS[found[2]])


def amount_text(amount: Amount) -> str:
    """Return an amount as the venue reads it. Raises: TypeError for a float."""
    if isinstance(amount, bool) or not isinstance(amount, str | Decimal | int):
        raise TypeError(f"money is a text or a Decimal, not {amount!r}: a float is not what was meant")
    return amount if isinstance(amount, str) else f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
