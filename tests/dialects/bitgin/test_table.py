"""The contract table: complete, documented, and true in every row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import validate

from bedesten.dialects.bitgin import errors
from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.contract import Endpoint, Request
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

DIALECT = BitginDialect()
ENDPOINTS = list(DIALECT.endpoints)
IDS = [f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS]
DOCS = Path(__file__).parents[3] / "docs" / "dialects" / "bitgin.md"


def test_no_row_stands_twice_in_the_table() -> None:
    """One method and path, one endpoint."""
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=IDS)
def test_every_row_is_whole_and_in_the_matrix(endpoint: Endpoint) -> None:
    """A limit that exists, a summary, a source, a schema that OpenAPI can show, a line in docs/dialects/bitgin.md."""
    assert endpoint.limit in DIALECT.limits
    assert endpoint.summary
    assert endpoint.source.startswith("BITGIN API, ")
    if endpoint.request is not None:
        assert msgspec.json.schema(endpoint.request)
    assert f"`{endpoint.method} {endpoint.path.removeprefix(errors.PREFIX)}`" in DOCS.read_text()


def test_every_path_stands_below_the_prefix_as_well() -> None:
    """The venue's own host has the API below /bitgin, and one document prints a path with it."""
    plain = {(row.method, row.path) for row in ENDPOINTS if row.path.startswith("/v1/")}

    assert {(row.method, row.path.removeprefix("/bitgin")) for row in ENDPOINTS if row.deprecated} == plain


def test_the_openapi_document_is_valid() -> None:
    """By the specification's own schema."""
    validate(openapi_document(DIALECT, version="1"))


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
