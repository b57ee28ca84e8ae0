"""Every endpoint of every dialect under schemathesis: what its OpenAPI document allows, and what it does not, signed as its
dialect signs.

Whatever comes: no 5xx, an answer within seconds, and a refusal in a shape that the venue's clients can read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from requests.auth import AuthBase
from schemathesis import Case

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Dialect, Endpoint
from bedesten.server.openapi import openapi_document
from tests.fuzz.served import Served, serving
from tests.security.stand import Sent

EXAMPLES: Final = int(os.environ.get("BEDESTEN_FUZZ_EXAMPLES", "8"))  # of each endpoint; `make fuzz` asks for more
IS_WIDE: Final = "BEDESTEN_FUZZ_EXAMPLES" in os.environ
SAME_AGAIN: Final = r"/api/v3\.[12]/|^/bitgin/|^/api/v2/account/"  # older versions, a second prefix, an alias
ANSWER_S: Final = 10
#: The members of a refusal, by venue: BTSE's shapes A, B, C and F; BtcTurk's; OAuth2's; BITGIN's. House: where no dialect speaks.
SHAPES: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "btse": (
        frozenset({"code", "msg", "time", "data", "success"}),
        frozenset({"status", "errorCode", "message"}),
    ),
    "btcturk": (
        frozenset({"success", "message", "code"}),
        frozenset({"error", "error_description"}),
        frozenset({"s", "errmsg"}),
    ),
    "bitgin": (frozenset({"code", "msg", "time", "data", "success"}),),
    "native": (frozenset({"type", "title", "status", "reason", "request_id"}),),
}
HOUSE: Final = frozenset({"error", "message"})  # fmt: skip

_DIALECTS: Final = {dialect.name: dialect for dialect in make_dialects(demo_venue_file())}
_SETTINGS: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a failure is small enough, and a run's time stays bounded
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A venue on a port."""
    with serving() as opened:
        yield opened


class Signer(AuthBase):
    """Signs what is about to be sent, as it stands."""

    def __init__(self, served: Served, dialect: Dialect, endpoint: Endpoint) -> None:
        self._served, self._dialect, self._endpoint = served, dialect, endpoint

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._endpoint.permission is None:
            return prepared
        url = urlsplit(prepared.url or "")
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        try:
            sent = Sent(prepared.method or "", unquote(url.path, errors="strict"), url.query, body)
            prepared.headers.update(self._served.proof(self._dialect, self._endpoint, sent))
        except UnicodeDecodeError:
            pass  # bytes that nobody can sign: refused, and that is fine too
        return prepared


def check(dialect: Dialect, response: Any) -> None:
    """Fail on anything but an answer of the venue's."""
    assert response.status_code < 500, (response.status_code, response.content[:500])
    if response.status_code < 400 or not response.content:  # BTSE's public API refuses with an empty body
        return
    told = msgspec.json.decode(response.content)
    assert isinstance(told, dict), told
    assert any(shape <= set(told) for shape in (*SHAPES[dialect.name], HOUSE)), told
    assert not re.search(r"Traceback|Error\(|/src/|\.py", response.text), response.text


def _schema(name: str) -> Any:
    """Return a dialect's document for schemathesis, unless asked for more without the paths that call the same as others."""
    schema = schemathesis.openapi.from_dict(openapi_document(_DIALECTS[name], version="0"))
    return schema if IS_WIDE else schema.exclude(path_regex=SAME_AGAIN)


def _tried(served: Served, name: str, case: Case) -> None:
    dialect = _DIALECTS[name]
    (endpoint,) = [
        each
        for each in dialect.endpoints
        if (each.method, each.path) == (case.operation.method.upper(), case.operation.path)
    ]
    for header in list(case.headers or {}):
        if header.lower() in _own_headers(dialect):
            del case.headers[header]
    response = case.call(base_url=served.url, auth=Signer(served, dialect, endpoint), timeout=ANSWER_S)
    check(dialect, response)


def _own_headers(dialect: Dialect) -> set[str]:
    signing = dialect.signing
    names = {"authorization"}
    if signing is not None:
        names |= {signing.key_header.lower(), signing.nonce_header.lower(), signing.signature_header.lower()}
    return names


def test_every_dialect_is_tried() -> None:
    """One schema below for each."""
    assert set(_DIALECTS) == {"btse", "btcturk", "bitgin", "native"} == set(SHAPES)


@_schema("btse").parametrize()
@_SETTINGS
def test_btse_answers_whatever_is_asked(served: Served, case: Case) -> None:
    """Spot, v4, wallet, public API and OTC."""
    _tried(served, "btse", case)


@_schema("btcturk").parametrize()
@_SETTINGS
def test_btcturk_answers_whatever_is_asked(served: Served, case: Case) -> None:
    """Versions 1 and 2, tokens, graph and the feed over HTTP."""
    _tried(served, "btcturk", case)


@_schema("bitgin").parametrize()
@_SETTINGS
def test_bitgin_answers_whatever_is_asked(served: Served, case: Case) -> None:
    """Below /v1 and below its own host's prefix."""
    _tried(served, "bitgin", case)


@_schema("native").parametrize()
@_SETTINGS
def test_the_native_api_answers_whatever_is_asked(served: Served, case: Case) -> None:
    """Whatever stands below /native/v1."""
    _tried(served, "native", case)
