"""Parameters as BTSE's clients send them: nulls where nothing is meant, a JSON body on a signed GET, ids that say nothing.

Reads; never decides. Invariant: a cancellation that carries the beginning of an order's name cancels no market.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from bedesten.dialects.answers import says_json
from bedesten.dialects.btse import errors
from bedesten.dialects.contract import QUERY_FIELDS_MAX, decode_params
from bedesten.dialects.refusals import Malformed

if TYPE_CHECKING:
    from bedesten.dialects.contract import Endpoint, Request

NULL: Final = b"null"
NAMES_AN_ORDER: Final = ("order", "clorder")  # how every name of a parameter that chooses orders begins, in any case

_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode: Final = msgspec.json.Encoder().encode


def form_of(endpoint: Endpoint, request: Request, *, is_strict: bool = False) -> Any:
    """Return the endpoint's form: what is null was not sent, and a GET's JSON body counts as its query.

    *is_strict*: a body has to say that it is JSON. Raises: Malformed, BtseError.
    """
    if is_strict and request.body and endpoint.request is not None and not says_json(request):
        raise errors.unsupported_type()
    if request.method == "GET" and request.body and endpoint.request is not None:
        return _from_both(endpoint.request, request)
    try:
        return decode_params(endpoint, request)
    except Malformed:
        if NULL not in request.body or endpoint.reads == "query":
            raise
        bare = _copy(request, _encode({name: raw for name, raw in _body(request).items() if bytes(raw) != NULL}))
        return decode_params(endpoint, bare)


def _from_both(kind: type[msgspec.Struct], request: Request) -> Any:
    sent = {name: _text(raw) for name, raw in _body(request).items() if bytes(raw) != NULL}
    try:
        return msgspec.convert({**sent, **request.query(), **request.path_params}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(str(error), str(error).rpartition("`$.")[2].rstrip("`")) from error


def _text(raw: msgspec.Raw) -> str:
    """Return a value as a query would carry it: a text without its quotes, all else as it was written."""
    written = bytes(raw)
    return msgspec.json.decode(written, type=str) if written.startswith(b'"') else written.decode()


def _body(request: Request) -> dict[str, msgspec.Raw]:
    try:
        return _fields.decode(request.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed("the body is not a JSON object") from error


def _copy(request: Request, body: bytes) -> Request:
    copied = type(request)(
        method=request.method, path=request.path, query_string=request.query_string, headers=request.headers, body=body,
        client_host=request.client_host, path_params=request.path_params, received_ns=request.received_ns,
        stamped_ns=request.stamped_ns, request_id=request.request_id,
    )  # fmt: skip
    copied.key = request.key
    return copied


def check_names(request: Request, *, takes: frozenset[str]) -> None:
    """Refuse a cancellation that means one order and does not say which. *takes*: the names that choose orders there.

    Raises: BtseError.
    """
    known: set[str] = set()
    for name, value in _sent(request):
        if not name.strip().lower().startswith(NAMES_AN_ORDER):
            continue
        if name not in takes or not value.strip():
            raise errors.invalid(name.strip()[:32])
        known.add(name)
    if known and request.body and not known <= _body(request).keys():
        raise errors.invalid("an order that is named beside the body")


def _sent(request: Request) -> Iterator[tuple[str, str]]:
    """Yield every parameter of query and body, with an empty text for what says nothing."""
    query = request.query_string.decode("latin-1")
    yield from parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
    if request.body:
        for name, raw in _body(request).items():
            yield name, "" if bytes(raw) == NULL else _text(raw)
