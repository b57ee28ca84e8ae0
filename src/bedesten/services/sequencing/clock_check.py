"""Whether the journal's time and the machine's agree. Sequenced time never goes back, so it may have to be waited for."""

from __future__ import annotations

import datetime

from bedesten.clock import NS_PER_S, STEP_NS_MAX, Clock, SystemClock


def ahead_of_the_machine(sequenced_ns: int, clock: Clock) -> str | None:
    """Return what is wrong when the last batch is of a time that is far from having come, or None."""
    ahead_ns = sequenced_ns - clock.now_ns()
    if ahead_ns <= STEP_NS_MAX:
        return None
    last = datetime.datetime.fromtimestamp(sequenced_ns // NS_PER_S, datetime.UTC)
    return (
        f"the journal's last command is of {last:%Y-%m-%d %H:%M:%S} UTC, {datetime.timedelta(seconds=ahead_ns // NS_PER_S)} "
        "ahead of the machine's clock: until then every command gets that time, and nothing expires. If the machine is wrong, "
        "set its clock and restart; if it was wrong before, see docs/reliability.md, Time"
    )


def clock_health(sequenced_ns: int, clock: Clock) -> str | None:
    """Return why the venue's time is not the world's, or None. A clock that is moved by hand is right by definition."""
    if not isinstance(clock, SystemClock):
        return None
    return clock.health() or ahead_of_the_machine(sequenced_ns, clock)
