"""A venue that a module's tests share, for those that change nothing."""

from __future__ import annotations

from bedesten.testing.plugin import make_venue_fixture

module_venue = make_venue_fixture(scope="module", seed=3, books="empty")
