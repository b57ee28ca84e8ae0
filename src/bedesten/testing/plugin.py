"""The pytest plugin: fixtures, options, and what a failed test is told of its venue. Light until a fixture is used.

One template a process and profile: every worker of xdist has its own, and every venue a free port, so order and number of workers
do not matter. Each test begins at the template's state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

if TYPE_CHECKING:
    from bedesten.bootstrap.templates import Template
    from bedesten.testing.ccxt_clients import Clients
    from bedesten.testing.process import ProcessVenue
    from bedesten.testing.venue import TestVenue

    AnyVenue = TestVenue | ProcessVenue

Scope = Literal["session", "package", "module", "class", "function"]
Factory = Callable[..., Any]

MARKED: Final = ("seed", "profile", "scenario")  # what the marker says of a venue
LINES_TOLD: Final = 20  # of the transcript, in the report of a failed test
_TEMPLATES: Final = pytest.StashKey[dict[tuple[Any, ...], "Template"]]()
_VENUES: Final = pytest.StashKey[list["AnyVenue"]]()
_OPEN: Final = pytest.StashKey[list["AnyVenue"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the defaults of every venue."""
    group = parser.getgroup("bedesten")
    group.addoption(
        "--bedesten-seed", type=int, default=None, help="the seed of every venue, to run a failed test again"
    )
    parser.addini("bedesten_seed", "the seed of every venue", default="1")
    parser.addini("bedesten_profile", "the venue file of every venue: small, demo, or a path", default="small")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "bedesten(seed=…, profile=…, scenario=…): how this test's venue is begun")
    config.stash[_TEMPLATES] = {}
    config.stash[_OPEN] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Tell a failed test of its venues, while they still stand."""
    report = yield
    if report.failed and call.when == "call":
        for venue in item.config.stash[_OPEN]:
            report.sections.append(("bedesten", told(venue, item.nodeid)))
    return report


def told(venue: AnyVenue, test: str) -> str:
    """Return what a person needs to see what happened, and to run it again."""
    from bedesten.testing.remote import VenueGone

    try:
        lines = [f"seed {venue.seed}, venue time {venue.now_ns} ns, {venue.url}", *_seen(venue)]
    except VenueGone as error:
        lines = [f"seed {venue.seed}, {venue.url}", f"the venue cannot be asked: {error}"]
    again = f"again: pytest {test!r} --bedesten-seed {venue.seed}"
    return "\n".join([*lines, *(f"log: {line}" for line in venue.log()), again])


def _seen(venue: AnyVenue) -> Iterator[str]:
    yield from (f"open order: {order}" for order in venue.orders() if order.is_open)
    yield from (f"fault in force: {rule}" for rule in venue.faults.in_force())
    yield from (f"blocked: {told}" for told in venue.blocked())
    yield from traps(venue)
    yield from (f"{line}" for line in venue.transcript[-LINES_TOLD:])


def traps(venue: AnyVenue) -> list[str]:
    """Return what often is meant by an answer that the test's client got: what the venue was begun with made it."""
    statuses = {line["status"] for line in venue.transcript if line["k"] == "answer"}
    found = []
    if 401 in statuses and venue.stamps == "venue":
        found.append(
            'trap: a signature was refused under stamps="venue": its nonce is taken of venue.now_ns, not of the wall clock'
        )
    if 429 in statuses and venue.is_limited and venue.is_manual:
        found.append(
            "trap: a limit was met while time stands still, and does not end by itself: advance, or rate_limits=False"
        )
    return found


def _template(config: pytest.Config, profile: str, seed: int, books: str, clock: str, stamps: str) -> Template:
    kept = config.stash[_TEMPLATES]
    key = (profile, seed, books, clock, stamps)
    if key not in kept:
        from bedesten.testing.making import template_of

        kept[key] = template_of(profile, seed, books, clock, stamps)
    return kept[key]


def _maker(request: pytest.FixtureRequest) -> Iterator[Factory]:
    config, begun = request.config, list["AnyVenue"]()
    marker = request.node.get_closest_marker("bedesten")
    marked = dict(marker.kwargs) if marker else {}
    if marker and (marker.args or not marked.keys() <= set(MARKED)):
        raise pytest.UsageError(f"@pytest.mark.bedesten takes {', '.join(f'{name}=' for name in MARKED)}")

    def make(
        *,
        profile: str = "",
        seed: int | None = None,
        books: str = "living",
        clock: str = "manual",
        stamps: str = "wall",
        transcript: str | Path = "",
        scenario: str | Path = "",
        rate_limits: bool = False,
        process: bool = False,
    ) -> AnyVenue:
        given = config.getoption("--bedesten-seed")
        played = scenario or marked.get("scenario", "")
        if given is None:
            given = seed if seed is not None else marked.get("seed", int(config.getini("bedesten_seed")))
        name = profile or marked.get("profile") or config.getini("bedesten_profile")
        how = {"books": books, "clock": clock, "stamps": stamps}
        if process:
            venue = _in_process(name, given, rate_limits, str(transcript), **how)
        else:
            venue = _in_thread(_template(config, name, given, **how), rate_limits, str(transcript))
        begun.append(venue)
        config.stash[_OPEN].append(venue)
        if played:
            venue.play(played)
        return venue

    yield make
    wrong: list[str] = []
    for venue in begun:
        wrong += venue.complaints()
        wrong += venue.stop()
        config.stash[_OPEN].remove(venue)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _in_thread(template: Template, rate_limits: bool, transcript: str) -> AnyVenue:
    from bedesten.testing.venue import TestVenue

    return TestVenue.begin(template, transcript=transcript, rate_limits=rate_limits or None)


def _in_process(
    profile: str, seed: int, rate_limits: bool, transcript: str, *, books: str, clock: str, stamps: str
) -> AnyVenue:
    from bedesten.testing.process import ProcessVenue

    if books != "living" or stamps != "wall" or rate_limits:
        raise pytest.UsageError(
            "a venue in a process of its own takes profile, seed, clock, transcript and scenario only"
        )
    return ProcessVenue.begin(profile, seed, clock, transcript)


def make_venue_fixture(scope: Scope = "function", **how: Any) -> Any:
    """Return a fixture of a venue of its own, for a conftest: `exchange = make_venue_fixture(scope="module", seed=7)`."""

    @pytest.fixture(scope=scope)
    def made(request: pytest.FixtureRequest) -> Iterator[AnyVenue]:
        factory = _maker(request)
        make = next(factory)
        yield make(**how)
        next(factory, None)

    return made


@pytest.fixture
def venue_factory(request: pytest.FixtureRequest) -> Iterator[Factory]:
    """Begin venues: `venue_factory(profile="demo", seed=7, books="empty", clock="offset", stamps="venue")`."""
    yield from _maker(request)


@pytest.fixture
def venue(venue_factory: Factory) -> TestVenue:
    """A venue that belongs to this test and begins as every test's does."""
    made: TestVenue = venue_factory()
    return made


@pytest.fixture
def ccxt_client(venue: TestVenue) -> Iterator[Clients]:
    """Make ccxt clients that speak to this test's venue and to nobody else, whatever is done to their URLs.

    `ccxt_client("btse")`, `ccxt_client("btcturk", asynchronous=True)`, or a bot's own: `ccxt_client(bot.exchange)`. What would
    have left for another host fails the test, even where the bot caught the error.
    """
    from bedesten.testing.ccxt_clients import Clients

    made = Clients(venue.url, venue.trader.key, venue.trader.secret)
    yield made
    wrong = made.complaints()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
