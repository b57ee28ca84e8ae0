"""The page that a problem's type leads to: every reason with its status, its title and its facts, made from the tables."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from bedesten.dialects.bodies import Media
from bedesten.dialects.contract import Endpoint, Reply, Request
from bedesten.dialects.html_pages import page_policy, tokens
from bedesten.dialects.native.families import FAMILIES
from bedesten.dialects.native.reasons import Reason
from bedesten.domain.enums import RejectReason
from bedesten.domain.refusals import FACTS

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

PATH: Final = "/docs/errors"
_STYLE: Final = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 4px 12px 4px 0; vertical-align: top; } tr:target { outline: 2px solid; } dl { margin: 0; }
"""
_FACTS: Final = {reason.name.lower(): FACTS[reason] for reason in RejectReason}


def endpoint() -> Endpoint:
    """Return the page's row."""
    return Endpoint(
        method="GET", path=PATH, call=_answer, response=Media("text/html", "the page"), limit="market", group="Documents",
        summary="Every reason for which something is refused",
    )  # fmt: skip


async def _answer(venue: Venue, request: Request, form: None) -> Reply:
    return page()


@functools.cache
def page() -> Reply:
    """Return the page, which runs nothing."""
    sections = "".join(_section(title, rows) for title, rows in FAMILIES.items())
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Reasons of refusals</title><style>{tokens()}{_STYLE}</style></head><body><h1>Reasons of refusals</h1>"
        "<p>A refusal is <code>application/problem+json</code>. Its <code>reason</code> is stable; its <code>facts</code>"
        " are what it was decided by.</p>"
        f"{sections}</body></html>"
    )
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", page_policy(text).encode()),
        (b"cache-control", b"no-cache"),
    ]
    return Reply(200, text.encode(), headers)


def _section(title: str, rows: Iterable[Reason]) -> str:
    head = "<tr><th>Reason</th><th>Status</th><th>Meaning</th><th>Facts</th></tr>"
    return f"<h2>{escape(title)}</h2><table>{head}{''.join(map(_row, rows))}</table>"


def _row(reason: Reason) -> str:
    facts = "".join(
        f"<dt><code>{escape(name)}</code></dt><dd>{escape(fact.meaning)}</dd>"
        for name, fact in _FACTS.get(reason.name, {}).items()
    )
    told = f"<dl>{facts}</dl>" if facts else ""
    name = escape(reason.name)
    cells = (f"<code>{name}</code>", str(reason.status), escape(reason.title), told)
    return f"<tr id={quoteattr(reason.name)}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
