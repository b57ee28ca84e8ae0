"""Rate limits that a venue file sets for a dialect."""

from __future__ import annotations

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import ConfigError, VenueFile, parse_venue_file
from bedesten.dialects.btse.limits import LIMITS
from bedesten.dialects.contract import Per, Window

SECOND = 1_000_000_000
VENUE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "test"
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[rate_limits.btse]
"""


def venue(limits: str) -> VenueFile:
    return parse_venue_file(VENUE + limits, source="venue.toml")


def test_a_venue_file_takes_the_place_of_a_dialects_own_limit() -> None:
    """One window instead of the dialect's, shared as the dialect's last one; other classes and the blocks stay."""
    dialect = next(
        each for each in make_dialects(venue("orders = { requests = 500, seconds = 2 }")) if each.name == "btse"
    )

    assert dialect.limits["orders"].windows == (Window(500, 2 * SECOND, Per.USER),)
    assert dialect.limits["orders"].blocks_ns == LIMITS["orders"].blocks_ns
    assert dialect.limits["query"] == LIMITS["query"]


def test_a_class_that_no_dialect_has_is_refused_with_those_there_are() -> None:
    """A misspelled class would otherwise leave the limit as it was, silently."""
    with pytest.raises(ConfigError, match=r"rate_limits\.btse\.order, .*btse\.orders"):
        make_dialects(venue("order = { requests = 500, seconds = 2 }"))


def test_a_limit_that_nothing_could_keep_count_of_is_refused() -> None:
    """The time of every request in a window is remembered."""
    with pytest.raises(ConfigError, match="1000000"):
        venue("orders = { requests = 1000001, seconds = 1 }")
