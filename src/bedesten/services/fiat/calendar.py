"""Days and months as banks count them: what of a list of movements falls into the present ones."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final, NamedTuple

NS_PER_S: Final = 1_000_000_000


class Moved(NamedTuple):
    """Something that counts. Units: minor units."""

    time_ns: int
    amount: int


class Used(NamedTuple):
    """What was moved in this day and this month. Units: minor units."""

    day: int
    month: int


def used(moved: Iterable[Moved], now_ns: int, offset_s: int) -> Used:
    """Return the sums of the day and month that *now_ns* falls in, *offset_s* east of Greenwich."""
    today = _date(now_ns, offset_s)
    day = month = 0
    for each in moved:
        date = _date(each.time_ns, offset_s)
        if (date.year, date.month) == (today.year, today.month):
            month += each.amount
            day += each.amount if date == today else 0
    return Used(day, month)


def month_start_ns(now_ns: int, offset_s: int) -> int:
    """Return when the month of *now_ns* began, *offset_s* east of Greenwich."""
    first = _date(now_ns, offset_s).replace(day=1)
    midnight = datetime.datetime(first.year, first.month, first.day, tzinfo=datetime.UTC)
    return (int(midnight.timestamp()) - offset_s) * NS_PER_S


def _date(instant_ns: int, offset_s: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(instant_ns // NS_PER_S + offset_s, datetime.UTC).date()
