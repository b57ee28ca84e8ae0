"""The house's own pages, as a Starlette router. Owns no venue path; everything here is public and read-only.

Pages are self-contained: no address outside this server is ever asked for anything, and the content security policy says so.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import metadata, resources
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from bedesten.dialects.contract import Dialect
from bedesten.server.asyncapi import asyncapi_document
from bedesten.server.openapi import openapi_document
from bedesten.server.pages.figures import FiguresPages
from bedesten.server.pages.replies import json_reply

Document = Callable[[], bytes]  # finished JSON

_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def make_pages(
    dialects: Sequence[Dialect], figures: FiguresPages, documents: Mapping[str, Document], *, not_found: ASGIApp
) -> Router:
    """Return the router of every page; *not_found* answers for the paths it does not know."""
    by_name = {dialect.name: dialect for dialect in dialects}
    index = [
        {"name": d.name, "title": d.title, "url": f"/openapi/{d.name}.json", "sockets": f"/asyncapi/{d.name}.json"}
        for d in dialects
    ]
    icon = _constant(_text("favicon.svg").encode(), "image/svg+xml")

    routes = [
        _page("/", "landing.html", {"dialects": _dialect_cards(dialects), "version": html.escape(_version())}),
        _page("/docs", "explorer.html", {}),
        Route("/favicon.svg", icon, methods=["GET"]),
        Route("/favicon.ico", icon, methods=["GET"]),  # what browsers ask for beside an answer that is no page
        Route("/openapi/index.json", _constant(msgspec.json.encode(index), "application/json"), methods=["GET"]),
        Route("/openapi/{name}.json", _described(by_name, openapi_document), methods=["GET"]),
        Route("/asyncapi/{name}.json", _described(by_name, asyncapi_document), methods=["GET"]),
        *figures.routes(),
        *(Route(path, _document(make), methods=["GET"]) for path, make in documents.items()),
    ]
    return Router(routes, redirect_slashes=False, default=not_found)


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


def _page(path: str, file: str, values: Mapping[str, str]) -> Route:
    text = _text(file)
    for name, value in values.items():
        text = text.replace(f"<!--{name}-->", value)
    headers = {
        "content-security-policy": _policy(text),
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }

    async def show(request: Request) -> Response:
        return HTMLResponse(text, headers=headers)

    return Route(path, show, methods=["GET"])


def _policy(text: str) -> str:
    # Keys are typed into these pages: only the script that came with the page may run, and it may only speak to this server.
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, content in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[tag].append(f"'sha256-{digest}'")
    script, style = (" ".join(hashes[tag]) or "'none'" for tag in ("script", "style"))
    own = "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"default-src 'none'; script-src {script}; style-src {style}; {own}"


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


def _text(file: str) -> str:
    return resources.files(__package__).joinpath(file).read_text(encoding="utf-8")


def _version() -> str:
    try:
        return metadata.version("bedesten")
    except metadata.PackageNotFoundError:  # run from a source tree
        return "development"
