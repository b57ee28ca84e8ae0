"""The rows of every dialect, and how each is asked: from its own path, example and signature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Dialect, Endpoint
from bedesten.dialects.demo.dialect import DemoDialect
from bedesten.simulation.demo import faucet_limits
from tests.security.stand import LISTED_ADDRESS, Answer, Credentials, Sent, Stand, asked

#: Every dialect, as a demo venue serves it.
DIALECTS: Final[dict[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (*make_dialects(demo_venue_file()), DemoDialect(faucet_limits(demo_venue_file())))
}
ROWS: Final = [(dialect, endpoint) for dialect in DIALECTS.values() for endpoint in dialect.endpoints]
IDS: Final = [f"{dialect.name} {endpoint.method} {endpoint.path}" for dialect, endpoint in ROWS]
SERVED: Final = sorted(DIALECTS)
HOUR_NS: Final = 3_600_000_000_000


def of(stand: Stand, name: str) -> Iterator[tuple[Dialect, Endpoint]]:
    """Yield the rows of a dialect; an hour lies between them, so that no limit of one is another's."""
    dialect = stand.dialects[name]
    for endpoint in dialect.endpoints:
        stand.clock.advance(HOUR_NS)
        yield dialect, endpoint


async def ask(stand: Stand, dialect: Dialect, endpoint: Endpoint, who: Credentials, sent: Sent | None = None) -> Answer:
    """Send what a row describes, or *sent*, signed where the row is private; from the address that the key may be used from."""
    sent = asked(endpoint) if sent is None else replace(sent, headers=dict(sent.headers))
    if endpoint.permission is not None:
        sent.headers |= await stand.let_in(dialect, endpoint, sent, who)
    return await stand.send(sent, LISTED_ADDRESS)


def with_more(sent: Sent) -> Sent:
    """Return a request with a field that no row knows."""
    if not sent.body:
        return replace(sent, query=f"{sent.query}&no_such_field=1".lstrip("&"))
    body = json.loads(sent.body)
    return replace(sent, body=json.dumps({**body, "no_such_field": [{"a": 1}]}).encode())
