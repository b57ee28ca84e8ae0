"""Somebody in front of a browser: opens pages, finds what is named, and hears whatever the browser complains of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.testing.venue import TestVenue

AXE: Final = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
#: What a browser says of an answer that a test provokes; the page shows it in its own words.
_PROVOKED: Final = "Failed to load resource: the server responded with a status of 4"


class Visitor:
    """A browser context on one venue."""

    def __init__(
        self, browser: Any, exchange: TestVenue, size: tuple[int, int], *, is_phone: bool, **more: Any
    ) -> None:
        self.exchange = exchange
        self.is_phone = is_phone
        self.may_be_cut = False  # a test takes the network away
        self.may_be_refused = False  # the test provokes refusals: the browser's own lines about them are no complaint
        self.complaints: list[str] = []
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, is_mobile=is_phone, has_touch=is_phone, locale="en-GB",
            base_url=exchange.url, **more,
        )  # fmt: skip
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def open(self, path: str) -> Any:
        """Open a page of the venue and return it."""
        self.page.goto(path)
        return self.page

    def panel(self, name: str) -> None:
        """Show a panel that a phone keeps behind a button."""
        if self.is_phone:
            self.page.get_by_role("button", name=name, exact=True).click()

    def check_accessible(self) -> None:
        """Hold what is shown against every rule of axe."""
        # As the browser's own tool would: the page's policy lets no script in by itself.
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        told = [f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:4]]}" for each in found]
        assert not told, "\n".join(told)

    def leave(self) -> None:
        """Close the browser's context; fail when something was complained of."""
        if not self.page.is_closed() and self.page.url.startswith("http"):
            self.check_accessible()
        self.context.close()
        if self.complaints:
            pytest.fail("\n".join(self.complaints), pytrace=False)

    def _hear(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.may_be_cut and "ERR_INTERNET_DISCONNECTED" in message.text:
            return
        if self.may_be_refused and message.text.startswith(_PROVOKED):
            return
        self.complaints.append(f"{message.type}: {message.text} ({message.location})")
