"""Every contract table: complete, documented, true in every row, and a valid OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from openapi_spec_validator import validate

from bedesten.dialects.contract import Dialect, Endpoint, Request
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    SystemFailure,
    Unauthenticated,
    Unavailable,
)
from bedesten.server.openapi import openapi_document
from tests import answers
from tests.dialects.conformance.rows import DIALECTS, IDS, ROWS

DOCS: Final = Path(__file__).parents[3] / "docs"
VENUES: Final = ("bitgin", "btcturk", "btse")  # whose APIs have pages of their own

#: Refusals that the server itself makes. Below stands each venue's answer: the status, and the code where all rows have the same.
REFUSALS: Final[dict[str, Refusal]] = {
    "malformed": Malformed("bad", "x"),
    "unauthenticated": Unauthenticated("no"),
    "forbidden": Forbidden("no"),
    "not found": NotFound("no"),
    "method": MethodNotAllowed("no", ("GET",)),
    "too large": BodyTooLarge("big"),
    "limited": RateLimited("slow down", 1),
    "failed": SystemFailure("System error (request 1)"),
    "busy": Unavailable("busy"),
    "unknown": Unavailable("unknown", is_outcome_unknown=True),
}
ANSWERED: Final[dict[str, list[tuple[int, int | None]]]] = {
    "bitgin": [
        (400, -2), (401, 10002), (403, -19), (404, -1), (405, -1), (400, -2), (429, -22), (500, -11), (503, -11), (503, -11),
    ],
    "btcturk": [
        (400, 1038), (401, 1038), (401, 1038), (404, 404), (405, 405), (413, 413), (429, 429), (500, 500), (503, 503), (503, 503),
    ],
    "btse": [(status, None) for status in (400, 401, 403, 404, 405, 413, 429, 500, 503, 503)],
    "native": [(status, None) for status in (400, 401, 403, 404, 405, 413, 429, 500, 503, 503)],
    "demo": [(status, None) for status in (400, 401, 403, 404, 405, 413, 429, 503, 503, 503)],
}  # fmt: skip


def _btcturk(row: Endpoint) -> str:
    path = row.path.replace("/api/v2/account/", "/api/v2/users/")
    is_mirrored = row.permission is not None and "withdrawals" not in path and path != "/api/v2/order/{id}"
    if is_mirrored and row.method != "PUT":  # the page names what v1 and v2 both have once
        path = path.replace("/api/v1/", "/api/vX/").replace("/api/v2/", "/api/vX/")
    return f"{row.method} {path}"


#: How a venue's page writes a row.
WRITTEN: Final[dict[str, Callable[[Endpoint], str]]] = {
    "bitgin": lambda row: f"{row.method} {row.path.removeprefix('/bitgin')}",
    "btcturk": _btcturk,
    "btse": lambda row: f"{row.method} {re.sub(r'v3[.][123]', 'v3.x', row.path)}",
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_no_row_stands_twice(dialect: Dialect) -> None:
    """One method and path, one endpoint; in any case, where the dialect ignores it."""
    found = [(row.method, row.path.lower() if dialect.ignores_case else row.path) for row in dialect.endpoints]

    assert len(set(found)) == len(found)


@pytest.mark.parametrize(("dialect", "endpoint"), ROWS, ids=IDS)
def test_every_row_is_whole(dialect: Dialect, endpoint: Endpoint) -> None:
    """A limit that exists, a summary, of a venue's API a source, and a form that OpenAPI can show."""
    assert not endpoint.limit or endpoint.limit in dialect.limits
    assert endpoint.summary
    assert endpoint.source or dialect.name not in VENUES
    if endpoint.request is not None:
        assert msgspec.json.schema(endpoint.request)


@pytest.mark.parametrize(("dialect", "endpoint"), [row for row in ROWS if row[0].name in VENUES],
                         ids=[each for each in IDS if each.partition(" ")[0] in VENUES])  # fmt: skip
def test_every_row_of_a_venue_is_on_its_page(dialect: Dialect, endpoint: Endpoint) -> None:
    """docs/dialects names every path, with what is served and what is not."""
    pages = "".join(page.read_text() for page in sorted((DOCS / "dialects").glob(f"{dialect.name}*.md")))

    assert f"`{WRITTEN[dialect.name](endpoint)}`" in pages


@pytest.mark.parametrize(("name", "at"), [(name, at) for name in ANSWERED for at in range(len(REFUSALS))])
def test_every_refusal_of_the_server_is_a_body_that_the_row_describes(name: str, at: int) -> None:
    """Of every row, and of a path that is none, with the venue's code; who asks is looked at where a row is private."""
    dialect, refusal, (status, code) = DIALECTS[name], list(REFUSALS.values())[at], ANSWERED[name][at]
    wrong = []
    of_whoever = isinstance(refusal, (Unauthenticated, Forbidden))
    for endpoint in (None, *dialect.endpoints):
        if of_whoever and (endpoint is None or endpoint.permission is None):
            continue
        method, path = ("GET", "/nowhere") if endpoint is None else (endpoint.method, endpoint.path)
        request = Request(method=method, path=path, received_ns=1, request_id="1-1")
        reply = dialect.render_error(request, endpoint, refusal)
        answers.check_reply(dialect, endpoint, request, reply)
        told = msgspec.json.decode(reply.body) if reply.body else {}
        if reply.status != status or (code is not None and told.get("code", code) != code):
            wrong.append(f"{method} {path}: {reply.status} {reply.body[:100]!r}")

    assert wrong == []


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_table_makes_a_valid_openapi_document(dialect: Dialect) -> None:
    """By the specification's own schema, with every path."""
    document: Any = msgspec.json.decode(msgspec.json.encode(openapi_document(dialect, version="1")))

    validate(document)
    assert set(document["paths"]) == {endpoint.path for endpoint in dialect.endpoints}
