"""Words of tests: durations and amounts as people write them. Money is text or Decimal, never a float."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from bedesten.services.sandbox import durations

Duration = str | timedelta | int  # "250ms", "5s", "5m", "2h", "1d"; nanoseconds
Amount = str | Decimal | int


def nanoseconds(duration: Duration) -> int:
    """Return a duration in nanoseconds. Raises: ValueError, TypeError."""
    if isinstance(duration, timedelta):
        return (duration.days * 86_400 + duration.seconds) * 10**9 + duration.microseconds * 1_000
    if isinstance(duration, int) and not isinstance(duration, bool):
        return duration
    if not isinstance(duration, str):
        raise TypeError(f"a duration is a text, a timedelta or nanoseconds, not {duration!r}")
    return durations.nanoseconds(duration)


def text_of(duration: Duration) -> str:
    """Return a duration as the sandbox reads it. Raises: ValueError, TypeError."""
    return duration if isinstance(duration, str) else f"{nanoseconds(duration)}ns"


def amount_text(amount: Amount) -> str:
    """Return an amount as the venue reads it. Raises: TypeError for a float."""
    if isinstance(amount, bool) or not isinstance(amount, str | Decimal | int):
        raise TypeError(f"money is a text or a Decimal, not {amount!r}: a float is not what was meant")
    return amount if isinstance(amount, str) else f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
