"""The ticker page for people: one file, live over this server's own feed; no address outside is ever asked for anything."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib import resources
from typing import Final

from bedesten.dialects.contract import Reply

_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


@functools.cache
def ticker_page() -> Reply:
    """Return the page, with a policy under which only its own script and style count."""
    text = resources.files(__package__).joinpath("pages/ticker.html").read_text(encoding="utf-8")
    hashes = {tag: f"'sha256-{_digest(content)}'" for tag, content in _INLINE.findall(text)}
    policy = (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", policy.encode()),
        (b"cache-control", b"no-cache"),
    ]
    return Reply(200, text.encode(), headers)


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
