"""The ticker page for people: one file, live over this server's own feed."""

from __future__ import annotations

import functools

from bedesten.dialects.contract import Reply
from bedesten.dialects.html_pages import page_policy, page_text


@functools.cache
def ticker_page() -> Reply:
    """Return the page, with a policy under which only its own script and style count."""
    text = page_text(__package__, "pages/ticker.html")
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", page_policy(text).encode()),
        (b"cache-control", b"no-cache"),
    ]
    return Reply(200, text.encode(), headers)
