"""The simulated market of a test's venue, bent by who drives it: prices by script, pairs with and without life."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot


def middle(venue: TestVenue, pair: str) -> Decimal:
    book = venue.book(pair)
    return (book.bids[0][0] + book.asks[0][0]) / 2


def spread(venue: TestVenue, pair: str) -> Decimal:
    book = venue.book(pair)
    return book.asks[0][0] - book.bids[0][0]


def test_books_follow_a_crash_and_every_quote_agrees(venue: TestVenue) -> None:
    """BTC falls by 30 % in ten seconds: against dollars and tether alike; ether stays where it walks."""
    before = {pair: middle(venue, pair) for pair in ("BTC-USD", "BTC-USDT", "ETH-USD")}
    venue.price("BTC", by="-30%", over="10s")
    venue.advance("15s")

    assert middle(venue, "BTC-USD") / before["BTC-USD"] == pytest.approx(Decimal("0.7"), rel=Decimal("0.01"))
    assert middle(venue, "BTC-USDT") / before["BTC-USDT"] == pytest.approx(Decimal("0.7"), rel=Decimal("0.01"))
    assert middle(venue, "ETH-USD") / before["ETH-USD"] == pytest.approx(Decimal(1), rel=Decimal("0.01"))


def test_a_price_stands_where_it_was_told_and_walks_on_when_told(venue: TestVenue) -> None:
    """And a recording is what the books say, from now on."""
    venue.price("BTC", to="50000", over="3s")
    venue.advance("30s")
    assert middle(venue, "BTC-USD") == pytest.approx(Decimal(50_000), rel=Decimal("0.0005"))
    venue.follow("BTC")
    venue.replay_prices("time_ns,asset,usd\n0,ETH,4000\n20000000000,ETH,3000\n")
    venue.advance("10s")
    assert middle(venue, "ETH-USD") == pytest.approx(Decimal(4_000), rel=Decimal("0.001"))
    venue.advance("15s")
    assert middle(venue, "ETH-USD") == pytest.approx(Decimal(3_000), rel=Decimal("0.001"))
    assert middle(venue, "BTC-USD") != Decimal(50_000)


def test_a_recording_comes_from_a_file_at_its_own_time(venue: TestVenue, tmp_path: Path) -> None:
    """What lies in the past already is where it stands now."""
    recording = tmp_path / "day.csv"
    recording.write_text(f"time_ns,asset,usd\n5,BTC,70000\n{venue.now_ns + 10 * 10**9},BTC,71000\n")
    venue.replay_prices(recording, is_from_now=False)
    venue.advance("5s")
    assert middle(venue, "BTC-USD") == pytest.approx(Decimal(70_000), rel=Decimal("0.0005"))
    venue.advance("10s")
    assert middle(venue, "BTC-USD") == pytest.approx(Decimal(71_000), rel=Decimal("0.0005"))


def test_a_pair_lives_as_it_is_told_and_the_others_as_before(
    venue: TestVenue, venue_factory: Callable[..., TestVenue]
) -> None:
    """Without makers the book is empty, with them it is back; the other pairs' books are those of a venue left alone."""
    other = venue_factory()
    venue.live("BTC-USD", makers=False, noise=False)
    assert (venue.book("BTC-USD").bids, venue.book("BTC-USD").asks) == ([], [])
    for each in (venue, other):
        each.advance("10s")
    assert venue.book("BTC-USD").bids == []
    assert venue.book("ETH-USD") == other.book("ETH-USD")
    venue.live("BTC-USD", makers=True, noise=True)
    venue.advance("5s")
    assert middle(venue, "BTC-USD") == pytest.approx(middle(other, "BTC-USD"), rel=Decimal("0.001"))


def test_makers_quote_as_wide_as_they_are_told(venue: TestVenue) -> None:
    """Twenty times the spread is about that, and goes back."""
    usual = spread(venue, "BTC-USD")
    venue.live("BTC-USD", spread_times=20)
    venue.advance("5s")
    assert 10 * usual < spread(venue, "BTC-USD") < 40 * usual
    venue.live("BTC-USD", spread_times=1)
    venue.advance("5s")
    assert spread(venue, "BTC-USD") < 3 * usual


def test_an_empty_venue_comes_to_life_pair_by_pair(venue_factory: Callable[..., TestVenue]) -> None:
    """books="empty" has accounts and money; what lives is what is told to."""
    venue = venue_factory(books="empty")
    venue.live("BTC-USD", makers=True)
    venue.advance("5s")
    assert middle(venue, "BTC-USD") > 50_000
    assert venue.book("ETH-USD").bids == []
    assert Bot(venue.url, venue.trader.key, venue.trader.secret).place("c", price="20000", size="0.01")[0] == 200


def test_what_is_scripted_goes_with_a_fork_and_is_forgotten_by_a_reset(venue: TestVenue) -> None:
    """A fork does what its source does; a reset begins where the test began."""
    begun = middle(venue, "BTC-USD")
    venue.price("BTC", by="-20%", over="20s")
    venue.live("ETH-USD", makers=False)
    venue.advance("7s")
    fork = venue.fork()
    for each in (venue, fork):
        each.advance("20s")
    assert fork.digest() == venue.digest()
    assert middle(fork, "BTC-USD") < begun * Decimal("0.85")
    venue.reset()
    venue.advance("27s")
    assert middle(venue, "BTC-USD") == pytest.approx(begun, rel=Decimal("0.01"))
    assert venue.book("ETH-USD").bids != []


def test_prices_beyond_sense_stop_nothing(venue: TestVenue) -> None:
    """At both ends of what a price may be, time goes on, the ledger balances, and the market comes back."""
    for to in ("1e12", "1e-12", "86000"):
        venue.price("BTC", to=to)
        venue.advance("5s")
        assert venue.complaints() == []
    assert middle(venue, "BTC-USD") == pytest.approx(Decimal(86_000), rel=Decimal("0.001"))


def test_nonsense_is_refused_in_words(venue: TestVenue) -> None:
    """And changes nothing."""
    before = venue.digest()
    with pytest.raises(NotThere):
        venue.price("XYZ", to="1")
    with pytest.raises(SandboxRefused, match="either"):
        venue.price("BTC")
    with pytest.raises(TypeError):
        venue.price("BTC", to=1.5)  # type: ignore[arg-type]
    with pytest.raises(NotThere):
        venue.live("XYZ-USD", makers=False)
    with pytest.raises(SandboxRefused, match="1000"):
        venue.live("BTC-USD", spread_times=5_000)
    assert venue.digest() == before
