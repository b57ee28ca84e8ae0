"""The screens that people trade on: one built document, which the browser fills; and what there is without the build.

The first page has the live markets in its text, so that it shows them before its script runs, or without one. Screens are public:
whose money is shown, the API decides request by request.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bedesten.dialects.html_pages import page_policy, page_text
from bedesten.server.pages.assets import PAGE_HEADERS, PREFIX, Assets, asset_of, asset_reply
from bedesten.server.pages.prices import PriceRows, price_table

#: What stands behind /app/; an instrument's name may follow the first.
SCREENS: Final = ("trade", "markets", "wallet", "otc", "account")
PATH_CHARS_SHOWN: Final = 200
_SLOT: Final = "<!--first-->"  # of the built document: what a reader sees before the script runs
_TICKERS: Final = "<!--tickers-->"
_NO_SCRIPT: Final = (
    '<noscript><p class="notice">This page needs JavaScript; <a href="/">the markets</a> do not.</p></noscript>'
)
_LOOKS: Final = ("GET", "HEAD")


class Screens:
    """The first page, the screens, their files, and the page for a wrong address."""

    def __init__(self, assets: Assets, prices: PriceRows, values: Mapping[str, str]) -> None:
        self._assets = assets
        self._prices = prices
        self._plain = page_text(__package__, "landing.html", values)
        self._plain_headers = plain_headers(self._plain)
        self._missing = page_text(__package__, "missing.html")
        self._missing_headers = plain_headers(self._missing)
        shell = assets.shell or ""
        self._first = shell.replace(_SLOT, page_text(__package__, "first.html", values))
        self._shell = asset_of("app.html", shell.replace(_SLOT, _NO_SCRIPT).encode())

    def routes(self) -> list[Route]:
        """Return where they are; without the build the first page alone."""
        first = [Route("/", self._show_first, methods=["GET"])]
        if self._assets.shell is None:
            return first
        return [
            *first,
            Route(f"{PREFIX}{{name}}", self._assets.show, methods=["GET"]),
            Route("/app/trade/{instrument}", self._show_screen, methods=["GET"]),
            *(Route(f"/app/{screen}", self._show_screen, methods=["GET"]) for screen in SCREENS),
        ]

    def or_missing(self, not_found: ASGIApp) -> ASGIApp:
        """Return what answers for an unknown path: a page to a browser's address bar, *not_found* to everybody else."""

        async def show(scope: Scope, receive: Receive, send: Send) -> None:
            accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
            if scope["method"] not in _LOOKS or not accepted.startswith(b"text/html"):
                await not_found(scope, receive, send)
                return
            page = self._missing.replace("<!--path-->", html.escape(scope["path"][:PATH_CHARS_SHOWN]))
            await HTMLResponse(page, status_code=404, headers=self._missing_headers)(scope, receive, send)

        return show

    async def _show_first(self, request: Request) -> Response:
        is_built = self._assets.shell is not None
        page, headers = (self._first, dict(PAGE_HEADERS)) if is_built else (self._plain, self._plain_headers)
        return HTMLResponse(page.replace(_TICKERS, price_table(await self._prices())), headers=headers)

    async def _show_screen(self, request: Request) -> Response:
        return asset_reply(request, self._shell, PAGE_HEADERS)


def plain_headers(page: str) -> dict[str, str]:
    """Return the headers of a self-contained page."""
    return {
        "content-security-policy": page_policy(page),
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
