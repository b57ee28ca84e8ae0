"""Instants on the wire: RFC 3339 in UTC with microseconds, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from bedesten.dialects.native.errors import wrong

NS_PER_S: Final = 1_000_000_000
NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
SECONDS_KEPT: Final = 1_024  # rows of one answer are near one another
TEXT_CHARS_MAX: Final = 40
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_MAX: Final = 9_000_000_000  # the year 2255: nanoseconds still fit 64 bits


@lru_cache(maxsize=SECONDS_KEPT)
def _second(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


def time_text(time_ns: int) -> str:
    """Return an instant in nanoseconds of Unix time as text."""
    second, rest = divmod(time_ns, NS_PER_S)
    return f"{_second(second)}.{rest // NS_PER_US:06d}Z"


def ns_of(text: str, param: str) -> int:
    """Return the instant that *text* names, in nanoseconds of Unix time.

    Raises: Refused, naming *param*, when it is no RFC 3339 with an offset, or beyond what can be counted.
    """
    try:
        instant = datetime.fromisoformat(text) if len(text) <= TEXT_CHARS_MAX else None
        if instant is None or instant.tzinfo is None:
            raise wrong(param, "an instant is RFC 3339 with its offset: 2026-11-30T12:00:00Z")
        since = instant - EPOCH
    except (ValueError, OverflowError) as error:
        raise wrong(param, "an instant is RFC 3339 with its offset: 2026-11-30T12:00:00Z") from error
    seconds = since.days * 86_400 + since.seconds
    if not 0 <= seconds <= SECONDS_MAX:
        raise wrong(param, "an instant between 1970 and 2255")
    return seconds * NS_PER_S + since.microseconds * NS_PER_US
