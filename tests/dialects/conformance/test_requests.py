"""Every row, asked: as its example says, and with everything that clients do to a request. tests/conftest.py holds each answer to
the schema of its row.

Who may not ask is tests/security/test_who_asks.py: from the same tables, the same rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest
import pytest_asyncio

from bedesten.dialects.contract import Limit
from tests.dialects.conformance.rows import DIALECTS, SERVED, ask, of, with_more
from tests.security.stand import Cast, Stand, asked, make_cast, standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Rows that ask for something which no example can have: a token that was just given, an order's number.
REFUSED_EXAMPLES: Final = {
    "POST /api/v2/token/refresh": 401,
    "GET /native/v1/orders/{id}": 404,
    "PATCH /native/v1/orders/{id}": 404,
    "DELETE /native/v1/orders/{id}": 404,
    "POST /native/v1/session": 403,  # without TLS, at a host that is not this machine
    "POST /native/v1/password": 401,  # the old one is another
    "DELETE /native/v1/sessions/{id}": 404,
    "PATCH /native/v1/keys/{id}": 404,
    "DELETE /native/v1/keys/{id}": 404,
}
ENDS_WHO_ASKS: Final = "DELETE /native/v1/session"  # the second time nobody is there who could be limited
QUERIES: Final = (
    "%ff=%ff", "%", "&&&", "=" * 300, "&".join(f"p{at}=1" for at in range(200)), "symbol=%00&pair=%F0%9F%98%80&id=1e400",
)  # fmt: skip
BODIES: Final = (
    b"{", b"[]", b"null", b"1", b'"x"', b"{}{}", b"[" * 5_000, b'{"a":' * 5_000, b"{}\0", b'{"symbol":"\\ud800"}',
    b'{"price":NaN}', b'{"id":1e999}', b'{"symbol":[[[]]],"price":{},"id":true,"quantity":-1}', b"x" * 10_000,
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue for the whole module."""
    async with standing(dialects=list(DIALECTS.values())) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(stand: Stand) -> Cast:
    """Its keys."""
    return await make_cast(stand)


@pytest.mark.parametrize("name", SERVED)
async def test_every_row_answers_its_example_however_it_is_written(stand: Stand, cast: Cast, name: str) -> None:
    """HEAD as GET, with a slash at the end and with a field that no row knows, alike; and a reading row alike twice."""
    wrong = []
    for dialect, row in of(stand, name):
        sent = asked(row)
        status = (await ask(stand, dialect, row, cast.listed, sent)).status
        title = f"{row.method} {row.path}"
        if status >= 500 or (status in (401, 403, 404, 405, 429) and REFUSED_EXAMPLES.get(title) != status):
            wrong.append(f"{title}: {status}")
        if row.method != "GET":
            continue
        variants = {
            "HEAD": replace(sent, method="HEAD"),
            "slash": replace(sent, path=sent.path + "/"),
            "more": with_more(sent),
            "again": sent,
        }
        for what, other in variants.items():
            stand.clock.advance(61_000_000_000)
            answer = await ask(stand, dialect, row, cast.listed, other)
            if answer.status != status:
                wrong.append(f"{title}: {status}, and {answer.status} of {what}: {answer.body[:100]!r}")

    assert wrong == []


@pytest.mark.parametrize("name", SERVED)
async def test_no_query_breaks_a_row(stand: Stand, cast: Cast, name: str) -> None:
    """Broken escapes, nameless and too many parameters: an answer of the row, or a refusal that it describes."""
    wrong = []
    for dialect, row in of(stand, name):
        if row.method == "GET":
            for query in QUERIES:
                stand.clock.advance(61_000_000_000)
                answer = await ask(stand, dialect, row, cast.listed, replace(asked(row), query=query))
                if answer.status >= 500 or answer.status in (401, 403, 429):
                    wrong.append(f"{row.path}?{query[:20]}: {answer.status} {answer.body[:100]!r}")

    assert wrong == []


@pytest.mark.parametrize("name", SERVED)
async def test_no_body_breaks_a_row(stand: Stand, cast: Cast, name: str) -> None:
    """What is no JSON, no object, too deep, or of the wrong types."""
    wrong = []
    for dialect, row in of(stand, name):
        if row.method == "GET" or row.request is None or row.reads == "query":
            continue
        for body in BODIES:
            stand.clock.advance(61_000_000_000)
            sent = replace(asked(row), body=body)
            answer = await ask(stand, dialect, row, cast.listed, sent)
            is_expected = row.path in ("/connect/token", "/api/v2/token/refresh") and answer.status == 401
            if answer.status >= 500 or (answer.status in (401, 403, 429) and not is_expected):
                wrong.append(f"{row.method} {row.path} {body[:20]!r}: {answer.status} {answer.body[:100]!r}")

    assert wrong == []


@pytest.mark.parametrize("name", SERVED)
async def test_every_row_keeps_to_its_limit(stand: Stand, cast: Cast, name: str) -> None:
    """Where a window has room for one request, the second is refused; where a row has no limit, it is not."""
    dialect = stand.dialects[name]
    before = dialect.limits
    one_each = {
        kind: Limit(tuple(replace(window, requests=1) for window in limit.windows), blocks_ns=())
        for kind, limit in before.items()
    }
    stand.app.renew_limits({name: one_each})
    wrong = []
    for _, row in of(stand, name):
        sent = asked(row)
        sent.headers |= await stand.let_in(dialect, row, sent, cast.listed) if row.permission is not None else {}
        stand.clock.advance(1_000_000_000)  # a token was had by a request of its own
        first, second = [await stand.send(sent, "203.0.113.7") for _ in range(2)]
        if f"{row.method} {row.path}" == ENDS_WHO_ASKS:
            assert (first.status, second.status) == (200, 401)
        elif first.status == 429 or (second.status == 429) is not bool(row.limit):
            wrong.append(f"{row.method} {row.path}: {first.status}, then {second.status}")
    stand.app.renew_limits({name: before})

    assert wrong == []
