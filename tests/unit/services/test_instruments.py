"""The catalogue."""

from __future__ import annotations

from tests.unit.services.market import BTC, BTC_USD, CATALOGUE


def test_what_is_listed_is_found_by_name_and_number() -> None:
    """Assets by code, instruments by their pair's name."""
    assert CATALOGUE.asset("BTC") == CATALOGUE.asset_by_id(1) == BTC
    assert CATALOGUE.instrument("BTC-USD") == CATALOGUE.by_id(1) == BTC_USD


def test_what_is_not_listed_is_simply_not_there() -> None:
    """Nothing is raised: a dialect says it in its own words."""
    assert CATALOGUE.asset("XYZ") is CATALOGUE.asset_by_id(99) is None
    assert CATALOGUE.instrument("XYZ-USD") is CATALOGUE.by_id(99) is None
