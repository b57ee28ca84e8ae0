"""A WebSocket that answers on any path leaves the others' paths alone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.server.fake import FakeDialect, FakeSession

from bedesten.dialects.contract import ANY_PATH, SocketRoute
from bedesten.server.routing import RoutingTable

FEED: Any = SocketRoute(path=ANY_PATH, open=FakeSession)


class Anywhere(FakeDialect):
    """A dialect whose clients connect to a bare host."""

    def __init__(self) -> None:
        super().__init__(name="anywhere", endpoints=())
        self.sockets = (FEED,)

    def owns(self, path: str) -> bool:
        return path.startswith("/api/")


@pytest.mark.parametrize("path", ["/", "/ws", "/market", "/api/v1/x", "/*", "//"])
def test_any_path_leads_to_the_feed(path: str) -> None:
    """Clients of a bare host have used several paths; the feed's own dialect may own some of them."""
    table = RoutingTable([FakeDialect(), Anywhere()])

    found = table.socket(path)

    assert found is not None and found[1] is FEED


def test_other_sockets_keep_their_paths() -> None:
    """An exact path wins, and a wrong path below another dialect's is not the feed's to answer."""
    table = RoutingTable([Anywhere(), FakeDialect()])

    exact = table.socket("/fake/ws")
    assert exact is not None and exact[1] is not FEED
    assert table.socket("/fake/wrong") is None


def test_without_such_a_feed_unknown_paths_stay_unknown() -> None:
    """A venue that only speaks exact paths refuses the rest."""
    assert RoutingTable([FakeDialect()]).socket("/") is None


def test_two_feeds_on_any_path_are_a_mistake() -> None:
    """It would be chance who answers."""
    with pytest.raises(ValueError, match="two sockets"):
        RoutingTable([Anywhere(), FakeDialect(sockets=(SocketRoute(path=ANY_PATH, open=FakeSession),))])
