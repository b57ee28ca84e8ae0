"""Durations and instants as people write them."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Final

from bedesten.services.sandbox.refusals import SandboxRefused

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


class NoDuration(SandboxRefused, ValueError):
    """A text that is no duration."""


def nanoseconds(duration: str) -> int:
    """Return a duration in nanoseconds. Raises: NoDuration."""
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        raise NoDuration(f'{duration[:40]!r} is no duration: write "250ms", "5s", "5m", "2h" or "1d"')
    return int(Decimal(found[1]) * _UNITS[found[2]])


def duration_text(duration_ns: int) -> str:
    """Return a duration as people write it, in the largest unit that it is a whole number of."""
    unit = max((each for each in _UNITS if duration_ns % _UNITS[each] == 0), key=_UNITS.__getitem__)
    return f"{duration_ns // _UNITS[unit]}{unit}" if duration_ns else "0s"


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def instant_ns(text: str) -> int:
    """Return an instant in ISO 8601, UTC unless it says otherwise, in nanoseconds of Unix time. Raises: NoDuration."""
    try:
        instant = datetime.datetime.fromisoformat(text)
        since = (instant if instant.tzinfo else instant.replace(tzinfo=datetime.UTC)) - _EPOCH
    except (ValueError, OverflowError) as error:
        raise NoDuration(f"{text[:40]!r} is no instant: write 2025-01-01T00:05:00Z") from error
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
