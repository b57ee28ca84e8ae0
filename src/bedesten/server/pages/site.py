"""The house's own pages, as a Starlette router. Owns no venue path; everything here is public and read-only.

No address outside this server is ever asked for anything, and the content security policy of each page says so.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import metadata
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from bedesten.dialects.contract import Dialect
from bedesten.dialects.html_pages import page_text
from bedesten.server.asyncapi import asyncapi_document
from bedesten.server.openapi import openapi_document
from bedesten.server.pages.assets import Assets
from bedesten.server.pages.figures import FiguresPages
from bedesten.server.pages.prices import PriceRows
from bedesten.server.pages.replies import json_reply
from bedesten.server.pages.screens import Screens, plain_headers

Document = Callable[[], bytes]  # finished JSON


def make_pages(
    dialects: Sequence[Dialect], figures: FiguresPages, documents: Mapping[str, Document], *, prices: PriceRows,
    not_found: ASGIApp,
) -> Router:  # fmt: skip
    """Return the router of every page; *not_found* answers programs for the paths it does not know."""
    by_name = {dialect.name: dialect for dialect in dialects}
    index = [
        {"name": d.name, "title": d.title, "url": f"/openapi/{d.name}.json", "sockets": f"/asyncapi/{d.name}.json"}
        for d in dialects
    ]
    icon = _constant(page_text(__package__, "favicon.svg").encode(), "image/svg+xml")
    values = {"dialects": _dialect_cards(dialects), "version": html.escape(_version())}
    screens = Screens(Assets(), prices, values)

    routes = [
        *screens.routes(),
        _page("/docs", "explorer.html"),
        Route("/favicon.svg", icon, methods=["GET"]),
        Route("/favicon.ico", icon, methods=["GET"]),  # what browsers ask for beside an answer that is no page
        Route("/openapi/index.json", _constant(msgspec.json.encode(index), "application/json"), methods=["GET"]),
        Route("/openapi/{name}.json", _described(by_name, openapi_document), methods=["GET"]),
        Route("/asyncapi/{name}.json", _described(by_name, asyncapi_document), methods=["GET"]),
        *figures.routes(),
        *(Route(path, _document(make), methods=["GET"]) for path, make in documents.items()),
    ]
    return Router(routes, redirect_slashes=False, default=screens.or_missing(not_found))


def _described(
    by_name: Mapping[str, Dialect], document: Callable[..., dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    @functools.cache  # a table never changes while the server runs
    def made(name: str) -> bytes:
        return msgspec.json.encode(document(by_name[name], version=_version()))

    async def show(request: Request) -> Response:
        name = request.path_params["name"]
        if name in by_name:
            return json_reply(made(name))
        return json_reply(msgspec.json.encode({"error": "NotFound", "message": "no such dialect"}), status=404)

    return show


def _page(path: str, file: str) -> Route:
    text = page_text(__package__, file)
    headers = plain_headers(text)

    async def show(request: Request) -> Response:
        return HTMLResponse(text, headers=headers)

    return Route(path, show, methods=["GET"])


def _dialect_cards(dialects: Sequence[Dialect]) -> str:
    cards = []
    for dialect in dialects:
        name, title = html.escape(dialect.name), html.escape(dialect.title)
        count = ", ".join(
            f"{count}\N{NO-BREAK SPACE}{word}{'' if count == 1 else 's'}"
            for count, word in ((len(dialect.endpoints), "endpoint"), (len(dialect.sockets), "WebSocket"))
            if count
        )
        cards.append(f'<a class="card" href="/docs#{name}"><b>{title}</b><span>{count}</span></a>')
    return "\n".join(cards)


def _constant(body: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return Response(body, media_type=media_type)

    return show


def _document(make: Document) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return json_reply(make())

    return show


def _version() -> str:
    try:
        return metadata.version("bedesten")
    except metadata.PackageNotFoundError:  # run from a source tree
        return "development"
