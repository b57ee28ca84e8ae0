"""Routes: found by method and path, in any case where their dialect does not mind."""

from __future__ import annotations

import dataclasses

import pytest
from tests.unit.server.fake import FakeDialect

from bedesten.dialects.contract import Endpoint
from bedesten.server.routing import RoutingTable


async def nothing(*given: object) -> None:
    """Stand for an endpoint's call."""


def table(*paths: str, ignores_case: bool) -> RoutingTable:
    rows = tuple(Endpoint(method="GET", path=path, call=nothing) for path in paths)
    return RoutingTable([dataclasses.replace(FakeDialect(), endpoints=rows, sockets=(), ignores_case=ignores_case)])


def test_case_counts_unless_the_dialect_says_otherwise() -> None:
    """For plain paths and for those with parameters."""
    strict, lax = (table("/api/openOrders", "/api/Order/{id}", ignores_case=lax) for lax in (False, True))

    for path in ("/API/OPENORDERS", "/api/openorders", "/api/order/Ab"):
        assert strict.find("GET", path)[0] is None
        assert lax.find("GET", path)[0] is not None
        assert "GET" in lax.methods(path) and not strict.methods(path)


def test_a_parameter_keeps_its_case() -> None:
    """Only the path's own words are looked at without it."""
    _, parameters = table("/api/Order/{id}", ignores_case=True).find("GET", "/API/order/AbC")

    assert parameters == {"id": "AbC"}


def test_two_paths_that_differ_in_case_only_are_one_too_many() -> None:
    """Nobody could tell which one was meant."""
    with pytest.raises(ValueError, match="two endpoints"):
        table("/api/order", "/API/Order", ignores_case=True)
    with pytest.raises(ValueError, match="two endpoints"):
        table("/api/order/{id}", "/API/Order/{other}", ignores_case=True)
    table("/api/order", "/API/Order", ignores_case=False)
