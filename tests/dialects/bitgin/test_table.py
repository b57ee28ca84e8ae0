"""What is BITGIN's own in its contract table; tests/dialects/conformance has what is the same of every dialect."""

from __future__ import annotations

import msgspec
import pytest

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.contract import Request
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

DIALECT = BitginDialect()
ENDPOINTS = list(DIALECT.endpoints)


def test_every_path_stands_below_the_prefix_as_well() -> None:
    """The venue's own host has the API below /bitgin, and one document prints a path with it."""
    plain = {(row.method, row.path) for row in ENDPOINTS if row.path.startswith("/v1/")}

    assert {(row.method, row.path.removeprefix("/bitgin")) for row in ENDPOINTS if row.deprecated} == plain


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (Unauthenticated("x"), 401, 10002),
        (Forbidden("x"), 403, -19),
        (RateLimited("x", 1), 429, -22),
        (BodyTooLarge("x"), 400, -2),
        (Malformed("the body is not JSON"), 400, -2),
        (Malformed("Object missing required field `code`", "code"), 400, -2),
        (NotFound("x"), 404, -1),
        (MethodNotAllowed("x", ("GET",)), 405, -1),
        (Unavailable("x"), 503, -11),
        (SystemFailure("x"), 500, -11),
    ],
)
def test_every_refusal_has_the_envelope(refusal: Refusal, status: int, code: int) -> None:
    """A code that is not 1, a status that is not 200, and data that is null."""
    reply = DIALECT.render_error(Request(method="GET", path="/v1/user"), None, refusal)
    told = msgspec.json.decode(reply.body)

    assert (reply.status, told["code"], told["data"], told["success"]) == (status, code, None, False)
    assert list(told) == ["code", "msg", "time", "data", "success"]
