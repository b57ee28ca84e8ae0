"""The venue in a process of its own: the same methods, over HTTP alone, and a process that ends is told in words."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.testing.process import ProcessVenue
from bedesten.testing.remote import RemoteVenue, VenueGone
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.test_plugin import run  # noqa: F401  a fixture

pytest_plugins = ["pytester"]

INSIDE = {"begin", "call", "running"}  # what only a venue of the test's own process has


def bot_of(venue: Any) -> Bot:
    return Bot(venue.url, venue.trader.key, venue.trader.secret)


def lost_acknowledgement(venue: Any) -> list[Any]:
    """One short run, and all that is seen of it."""
    bot = bot_of(venue)
    venue.faults.lose_answer("POST", "*/order")
    bot.buy("c-1", price="20000", size="0.01")
    filled = venue.fill("c-1", "0.003")
    venue.advance("5s")
    venue.refuse("c-2", "halted")
    status, _ = bot.place("c-2", price="20000", size="0.01")
    return [
        filled, bot.bought(), status, venue.orders(client_id="c-1"), venue.fills(client_id="c-1"),
        venue.balance("USD"), venue.book("BTC-USD", 3), venue.now_ns, venue.complaints(), len(venue.transcript),
    ]  # fmt: skip


def test_the_same_test_runs_in_a_thread_and_in_a_process(venue_factory: Callable[..., Any]) -> None:
    """Every value that is seen is the same, time and the makers' quotes included."""
    there = venue_factory(process=True)
    seen = lost_acknowledgement(there)

    assert seen == lost_acknowledgement(venue_factory())
    assert seen[0] == Decimal("0.003") and seen[8] == []
    assert isinstance(there, ProcessVenue) and there.process.pid != os.getpid()


def test_both_have_the_same_methods() -> None:
    """With the same parameters, so that a test moves from one to the other by a word."""
    methods = {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(TestVenue).items()
        if inspect.isfunction(method) and not name.startswith("_") and name not in INSIDE
    }
    assert methods == {name: list(inspect.signature(getattr(RemoteVenue, name)).parameters) for name in methods}
    assert {"advance", "until", "fill", "save", "fork", "play", "deposit"} <= methods.keys()


def test_all_else_is_done_over_the_wire_too(venue_factory: Callable[..., Any]) -> None:
    """Conditions, prices, accounts, states, copies, faults; what is refused is raised as in a thread."""
    venue = venue_factory(process=True)
    start_ns = venue.now_ns
    moved = venue.until(lambda: venue.now_ns >= start_ns + 3_000_000_000)
    assert start_ns + 3_000_000_000 <= moved.now_ns < start_ns + 4_000_000_000
    with pytest.raises(AssertionError, match="did not come true within 1s"):
        venue.until(lambda: False, within="1s")
    assert moved.now_ns + 1_000_000_000 == venue.now_ns

    account = venue.account("bot1", USD="1000")
    venue.deposit("USD", "5", account="bot1")
    assert venue.balance("USD", account=account.name).total == Decimal(1005)
    venue.price("BTC", to="50000")
    venue.save("before")
    bot_of(venue).buy("c-1", price="20000", size="0.01")
    copy = venue.fork()
    assert [order.client_id for order in copy.orders()] == ["c-1"]
    copy.fill("c-1")
    assert copy.until_order("c-1").filled == Decimal("0.01")
    venue.restore("before")
    assert venue.orders() == []
    number = venue.faults.lose_answer("GET", "/never")
    assert venue.complaints() == [f"fault {number} (on answer of method GET, path /never: lose) never matched"]
    venue.faults.clear()
    assert venue.faults.in_force() == []
    with pytest.raises(NotThere, match="no pair 'BTC-EUR'"):
        venue.halt("BTC-EUR")
    with pytest.raises(SandboxRefused):
        venue.advance("1s", pace="hop")


def test_a_process_that_was_killed_is_told_in_words(venue_factory: Callable[..., Any]) -> None:
    """By what, and with the last of its log, wherever it is asked next."""
    venue = ProcessVenue.begin("small", 1, "manual")
    os.kill(venue.process.pid, signal.SIGKILL)
    with pytest.raises(VenueGone, match="its process was ended by SIGKILL; it wrote nothing to its log"):
        venue.advance("1s")
    assert "SIGKILL" in venue.complaints()[0]
    venue.stop()
    with pytest.raises(SandboxRefused, match=r"did not start: .*nowhere\.toml"):
        ProcessVenue.begin("nowhere.toml", 1, "manual")


def test_a_failed_test_is_told_of_its_process(run) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    """The report stands also where the process is gone; the test then fails for that, too."""
    result = run(
        """
        import os, signal
        def test_it(venue_factory):
            venue = venue_factory(process=True)
            os.kill(venue.process.pid, signal.SIGKILL)
            venue.process.wait()
            assert False
        """
    )
    told = result.stdout.str()
    assert "the venue cannot be asked: the venue at http://127.0.0.1:" in told
    assert "its process was ended by SIGKILL" in told and "--bedesten-seed 1" in told


def test_what_a_process_cannot_be_told_is_refused(run) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    """Rather than left out of account."""
    result = run('def test_it(venue_factory):\n    venue_factory(process=True, stamps="venue")\n')
    assert "takes profile, seed, clock, transcript and scenario only" in result.stdout.str()
