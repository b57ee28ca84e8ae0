"""What a request for candles means: its resolution, and the range of time that it asks for.

Source: BtcTurk API documents, Get Kline Data; ccxt, which writes "1 d" for a day and counts `from` back from `to` with a negative
number when it has no beginning to name. Days begin at 00:00 UTC, weeks on Thursdays, as the epoch did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bedesten.dialects.btcturk import errors
from bedesten.services.market.candles import WEEK_S
from bedesten.services.market.day import DAY_S

MINUTES_MAX: Final = 10_080  # a week: no longer count of minutes is a resolution
SECONDS_MAX: Final = 1 << 40  # of any time: far beyond the calendar, and within what a period can be reckoned from

MONDAY, THURSDAY = 0, 3  # as datetime counts weekdays

Begins = Callable[[datetime], datetime]


def _month(day: datetime) -> datetime:
    return day.replace(day=1)


def _year(day: datetime) -> datetime:
    return day.replace(month=1, day=1)


def _week(day: datetime, first: int) -> datetime:
    return day - timedelta(days=(day.weekday() - first) % 7)


_week_of: Final[Mapping[str, Begins]] = {
    "monday": partial(_week, first=MONDAY),
    "thursday": partial(_week, first=THURSDAY),
}

#: Resolutions that are joined from days: no fixed time, or none that begins where the service's does.
CALENDAR: Final[dict[str, tuple[Begins, int]]] = {
    "M": (_month, 31 * DAY_S), "1M": (_month, 31 * DAY_S), "Y": (_year, 366 * DAY_S), "1Y": (_year, 366 * DAY_S),
}  # fmt: skip
FIXED: Final[dict[str, int]] = {"D": DAY_S, "1D": DAY_S}


def calendar_of(weeks: str) -> dict[str, tuple[Begins, int]]:
    """Return the resolutions that are joined from days, weeks among them: on Thursdays, or on Mondays."""
    return CALENDAR | dict.fromkeys(("W", "1W", "10080"), (_week_of[weeks], WEEK_S))


def period_of(resolution: str) -> int:
    """Return a resolution's length in seconds.

    Raises: BtcTurkError.
    """
    if resolution in FIXED:
        return FIXED[resolution]
    if resolution.isdecimal() and resolution.isascii() and len(resolution) <= 5 and 1 <= int(resolution) <= MINUTES_MAX:
        return int(resolution) * 60
    raise errors.invalid_request(f"The value '{resolution[:50]}' is not valid for resolution.")


def range_of(now_s: int, from_s: int | None, to_s: int | None, default_s: int) -> tuple[int, int]:
    """Return the first and the last second that are asked for; without a beginning it lies *default_s* before the end."""
    end_s = now_s if to_s is None else max(0, min(to_s, now_s))
    start_s = end_s - default_s if from_s is None else from_s if from_s >= 0 else end_s + from_s
    return max(0, min(start_s, SECONDS_MAX)), end_s
