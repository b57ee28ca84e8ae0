"""Who waits as a refusal says is answered: by every limit of every dialect, however it was broken, and it costs nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.addresses import FAILURES_MAX, FailedAttempts
from bedesten.dialects.btcturk.signature import STRANGERS_IN_A_ROW, Strangers
from bedesten.dialects.contract import Limit, Per, Window
from bedesten.dialects.demo.dialect import DemoDialect
from bedesten.dialects.refusals import RateLimited
from bedesten.server.limits import Limiter
from bedesten.simulation.demo import faucet_limits

SECOND: Final = 1_000_000_000
START: Final = 1_800_000_000 * SECOND


def limits() -> Sequence[tuple[str, Limit]]:
    """Return every limit of every dialect, as a venue has them without a word of its own."""
    file = demo_venue_file()
    dialects = [*make_dialects(file), DemoDialect(faucet_limits(file))]
    return [(f"{dialect.name}/{name}", limit) for dialect in dialects for name, limit in dialect.limits.items()]


MORE: Final = [
    ("a short block of a long window", Limit((Window(5, 60 * SECOND),), blocks_ns=(SECOND, 900 * SECOND))),
    ("two windows full at once", Limit((Window(2, SECOND), Window(2, 600 * SECOND)))),
    ("two windows without blocks", Limit((Window(2, SECOND, Per.ADDRESS), Window(2, 600 * SECOND)), blocks_ns=())),
    ("a window of one request", Limit((Window(1, 7 * SECOND + 1),), blocks_ns=(1,))),
]


def ask(limiter: Limiter, name: str, limit: Limit, now_ns: int) -> int:
    """Return for how many seconds the caller has to wait; 0: it is let in."""
    try:
        limiter.admit(name, limit, who=16, address="192.0.2.1", endpoint="GET /x", now_ns=now_ns)
    except RateLimited as refused:
        return refused.retry_after_s
    return 0


def break_it(limiter: Limiter, name: str, limit: Limit, now_ns: int, step_ns: int) -> tuple[int, int]:
    """Ask until refused; return the instant and the wait."""
    for _ in range(sum(window.requests for window in limit.windows) + 1):
        if wait_s := ask(limiter, name, limit, now_ns):
            return now_ns, wait_s
        now_ns += step_ns
    pytest.fail("this pace breaks nothing")


@pytest.mark.parametrize(("name", "limit"), [*limits(), *MORE], ids=lambda each: each if isinstance(each, str) else "")
def test_waiting_as_told_is_answered(name: str, limit: Limit) -> None:
    """At once, spread over the window, and again and again: after the wait there is room, and no longer block instead."""
    for window in limit.windows:
        for step_ns in (0, 1, window.window_ns // (2 * window.requests)):
            limiter, now_ns = Limiter(), START
            for _ in range(4):
                now_ns, wait_s = break_it(limiter, name, limit, now_ns, step_ns)
                now_ns += wait_s * SECOND
                assert ask(limiter, name, limit, now_ns) == 0


@pytest.mark.parametrize(("name", "limit"), [*limits(), *MORE], ids=lambda each: each if isinstance(each, str) else "")
def test_the_first_block_is_no_shorter_than_the_window(name: str, limit: Limit) -> None:
    """Where a breach blocks at all; and who asks within the wait is told what is left of it, and not punished for it."""
    limiter = Limiter()
    now_ns, wait_s = break_it(limiter, name, limit, START, 0)
    if limit.blocks_ns:
        assert wait_s * SECOND >= min(window.window_ns for window in limit.windows)
    assert ask(limiter, name, limit, now_ns + (wait_s - 1) * SECOND) == 1
    assert ask(limiter, name, limit, now_ns + wait_s * SECOND) == 0


def test_addresses_that_were_not_believed_come_back_as_told() -> None:
    """Both rules: the house's, and BtcTurk's for strangers in a row."""
    failed = FailedAttempts()
    for _ in range(FAILURES_MAX):
        failed.note("192.0.2.1", START)
    wait_s = -(-failed.wait_ns("192.0.2.1", START + 1) // SECOND)
    assert failed.wait_ns("192.0.2.1", START + 1 + wait_s * SECOND) == 0

    strangers: Any = Strangers()
    for _ in range(STRANGERS_IN_A_ROW):
        strangers.refuse("192.0.2.1", START)
    with pytest.raises(RateLimited) as refused:
        strangers.check("192.0.2.1", START + 1)
    strangers.check("192.0.2.1", START + 1 + refused.value.retry_after_s * SECOND)
    strangers.refuse("192.0.2.1", START + 1 + refused.value.retry_after_s * SECOND)
    strangers.check("192.0.2.1", START + 2 + refused.value.retry_after_s * SECOND)
