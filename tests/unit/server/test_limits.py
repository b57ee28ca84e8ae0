"""Rate limits: exact windows and growing blocks, told by the times handed in."""

from __future__ import annotations

import pytest

from bedesten.dialects.contract import Limit, Per, Window
from bedesten.dialects.refusals import RateLimited
from bedesten.server import limits
from bedesten.server.limits import Limiter

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
QUERY = Limit((Window(2, SECOND, Per.USER_AND_ENDPOINT), Window(3, SECOND)))
BURST = Limit((Window(1, SECOND),))


def ask(
    limiter: Limiter, now_ns: int, limit: Limit = QUERY, who: str = "16", endpoint: str = "a", address: str = "::1"
) -> int:
    """Return 0 when admitted, otherwise the seconds to wait."""
    try:
        limiter.admit("class", limit, who=who, address=address, endpoint=endpoint, now_ns=now_ns)
    except RateLimited as refusal:
        return refusal.retry_after_s
    return 0


def test_a_wide_window_costs_only_what_is_used_of_it() -> None:
    """An operator may allow a million requests; a stranger with one has not a million places kept for him."""
    limiter = Limiter()
    wide = Limit((Window(1_000_000_000_000, SECOND),))

    assert [ask(limiter, at, wide) for at in range(3)] == [0, 0, 0]


def test_a_window_slides() -> None:
    """Any second holds at most the limit, not only a clock's seconds."""
    limiter = Limiter()

    assert [ask(limiter, at) for at in (0, 900_000_000, SECOND, 1_900_000_000)] == [0, 0, 0, 0]
    assert ask(limiter, 1_950_000_000) == 1


def test_an_endpoint_and_a_caller_have_windows_of_their_own() -> None:
    """The caller's window spans endpoints; other callers are not touched."""
    limiter = Limiter()
    assert [ask(limiter, 0, endpoint=name) for name in "abc"] == [0, 0, 0]

    assert ask(limiter, 0, who="17") == 0
    assert ask(limiter, 0, endpoint="d") == 1


def test_addresses_share_a_window_whoever_asks() -> None:
    """A window per address counts all of its callers."""
    limit = Limit((Window(2, SECOND, Per.ADDRESS),))
    limiter = Limiter()
    assert [ask(limiter, 0, limit, who=who) for who in ("16", "17")] == [0, 0]

    assert ask(limiter, 0, limit, who="18") == 1
    assert ask(limiter, 0, limit, who="18", address="::2") == 1  # blocked already: it overstepped


def test_blocks_grow_and_are_forgotten() -> None:
    """1 s, 5 min, 15 min; the last one served, or an hour without a breach, and the first block is a second again."""
    limiter, now, waits = Limiter(), 0, []
    for _ in range(4):
        assert ask(limiter, now, BURST) == 0
        waits.append(ask(limiter, now, BURST))
        now += waits[-1] * SECOND
    assert waits == [1, 300, 900, 1]

    now += 60 * MINUTE
    assert ask(limiter, now, BURST) == 0
    assert ask(limiter, now, BURST) == 1


def test_a_block_tells_what_is_left_of_it() -> None:
    """Retry-After is in seconds, rounded up, and asking again does not lengthen the block."""
    limiter = Limiter()
    ask(limiter, 0, BURST)
    ask(limiter, 0, BURST)
    ask(limiter, SECOND, BURST)
    assert ask(limiter, SECOND, BURST) == 300

    assert ask(limiter, 2 * SECOND + 1, BURST) == 299
    assert ask(limiter, 301 * SECOND, BURST) == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The callers seen longest ago are forgotten first."""
    monkeypatch.setattr(limits, "TRACKED_MAX", 3)
    limiter = Limiter()
    for who in "abcd":
        ask(limiter, 0, BURST, who=who)

    assert ask(limiter, 0, BURST, who="a") == 0
    assert ask(limiter, 0, BURST, who="d") == 1


UNBLOCKED = Limit((Window(2, MINUTE, Per.ADDRESS), Window(9, SECOND)), blocks_ns=())


def test_a_limit_without_blocks_lets_in_as_soon_as_there_is_room() -> None:
    """The wait is what is left of the window, and asking meanwhile does not make it longer."""
    limiter = Limiter()

    waits = [ask(limiter, at * SECOND, UNBLOCKED) for at in (0, 30, 31, 59, 60, 61)]

    assert waits == [0, 0, 29, 1, 0, 29]


def test_a_refusal_tells_the_window_that_had_no_room() -> None:
    """How many requests in what time, and whether they were the address's."""
    limiter = Limiter()
    for _ in range(2):
        limiter.admit("class", UNBLOCKED, who=16, address="::1", endpoint="a", now_ns=0)

    with pytest.raises(RateLimited) as refused:
        limiter.admit("class", UNBLOCKED, who=16, address="::1", endpoint="a", now_ns=0)

    assert (refused.value.requests, refused.value.window_ns, refused.value.is_by_address) == (2, MINUTE, True)


def test_windows_of_one_name_are_one_window() -> None:
    """Classes that share it count together; others do not."""
    limiter = Limiter()
    shared, other = (Limit((Window(2, MINUTE, shared=name),), blocks_ns=()) for name in ("all", "rest"))

    def admitted(name: str, limit: Limit) -> bool:
        try:
            limiter.admit(name, limit, who=16, address="::1", endpoint="a", now_ns=0)
        except RateLimited:
            return False
        return True

    assert [admitted(name, shared) for name in "abc"] == [True, True, False]
    assert admitted("c", other)


def test_nobody_known_uses_up_the_address_and_nothing_else() -> None:
    """Requests that failed to say who they are count in the windows by address, beside everybody's from there."""
    limit = Limit((Window(1, SECOND), Window(3, SECOND, Per.ADDRESS)), blocks_ns=())
    limiter = Limiter()
    for _ in range(2):
        limiter.admit("class", limit, who=None, address="::1", endpoint="a", now_ns=0)

    assert ask(limiter, 0, limit) == 0
    with pytest.raises(RateLimited):
        limiter.admit("class", limit, who=None, address="::1", endpoint="a", now_ns=0)
    assert ask(limiter, 0, limit, who="17") == 1
    assert ask(limiter, 0, limit, who="17", address="::2") == 0
