"""Parameters: from the query, the path and a leniently read body to a form, whatever the case of their names.

An empty value is an absent one; a key sent several times is a list, or else its last value counts; unknown names are ignored;
where query and body both have a name, the query wins; a body that the endpoint does not read is not looked at.
Source: BtcTurk README-pro, General API Information; the official C# client, which sends `pairSymbol=` for "all" and PascalCase.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NoReturn, get_origin
from urllib.parse import parse_qsl

import msgspec

from bedesten.dialects.answers import says_json
from bedesten.dialects.btcturk import lenient
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.forms import Form
from bedesten.dialects.btcturk.rest.shapes import TokenForm
from bedesten.dialects.contract import QUERY_FIELDS_MAX, Endpoint, Request
from bedesten.dialects.refusals import Malformed

VALUES_MAX: Final = 100  # of one list in a body
UNSUPPORTED_TYPE: Final = 415
LENGTH_REQUIRED: Final = 411  # what the venue's edge says of a POST without a body

Sent = dict[str, list[str]]  # by name, in small letters


_decode: Final = msgspec.json.Decoder(float_hook=str).decode  # numbers keep the digits they were sent with


def form_of(endpoint: Endpoint, request: Request, *, is_strict: bool = False) -> Any:
    """Return endpoint.request filled from *request*, or None without one. *is_strict*: JSON is read only where it is called so.

    Raises: Malformed, BtcTurkError.
    """
    kind = endpoint.request
    if kind is None:
        return None
    sent: Sent = {}
    # A DELETE that names its order in the query may say anything in its body.
    if endpoint.reads != "query" and not (endpoint.method == "DELETE" and request.query_string):
        sent = _body(endpoint, request, is_strict)
    if request.query_string:
        sent |= _pairs(request.query_string, "the query string cannot be read")
    for name, value in request.path_params.items():
        sent[name.lower()] = [value]
    return _filled(kind, sent)


def _filled(kind: type[msgspec.Struct], sent: Mapping[str, list[str]]) -> Any:
    fields = _fields(kind)
    values: dict[str, object] = {}
    for name, given in sent.items():
        if (field := fields.get(name)) is not None:
            values[field[0]] = given if field[1] else given[-1]
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        _refuse(str(error), sent)


def _refuse(message: str, sent: Mapping[str, list[str]]) -> NoReturn:
    place = message.rpartition("`$.")[2].rstrip("`").partition("[")[0]
    value = sent.get(place.lower(), [""])[-1]
    raise Malformed(f"The value '{value[:50]}' is not valid for {place}.", place)


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[str, bool]]:
    """Return, by name in small letters, the name on the wire and whether it is a list."""
    return {
        field.encode_name.lower(): (field.encode_name, get_origin(field.type) is tuple)
        for field in msgspec.structs.fields(kind)
    }


def _pairs(encoded: bytes, failure: str) -> Sent:
    try:
        pairs = parse_qsl(encoded.decode("ascii"), errors="strict", max_num_fields=QUERY_FIELDS_MAX)
    except ValueError as error:  # UnicodeDecodeError is one
        raise Malformed(failure) from error
    sent: Sent = {}
    for name, value in pairs:  # empty values are left out
        if value := value.strip():
            sent.setdefault(name.lower(), []).append(value)
    return sent


def _body(endpoint: Endpoint, request: Request, is_strict: bool) -> Sent:
    if not request.body:
        if endpoint.reads == "body":
            raise BtcTurkError(Code.INVALID_REQUEST, "A request body is required.", status=LENGTH_REQUIRED)
        return {}
    kind = request.by_name.get(b"content-type", b"").lower()
    if endpoint.request is TokenForm and kind.startswith(b"application/x-www-form-urlencoded"):
        return _pairs(request.body, "the form cannot be read")
    if is_strict and not says_json(request):
        raise BtcTurkError(Code.INVALID_REQUEST, "The Content-Type must be application/json.", status=UNSUPPORTED_TYPE)
    value = _read(request.body)
    if isinstance(value, list) and "ids" in _fields(endpoint.request or Form):
        value = {"ids": value}
    if not isinstance(value, dict):
        raise Malformed("The request body is not an object.")
    return {name.lower(): texts for name, given in value.items() if (texts := _texts(given))}


def _read(body: bytes) -> object:
    try:
        return _decode(body)  # what is JSON needs no leniency
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _decode(lenient.strict(body.decode()))
    except (ValueError, RecursionError) as error:  # DecodeError and UnicodeDecodeError are ones
        raise Malformed("The request body cannot be read.") from error


def _texts(value: object) -> list[str]:
    match value:
        case None | "" | dict():
            return []
        case bool():
            return ["true" if value else "false"]
        case list():
            return [text for each in value[:VALUES_MAX] if not isinstance(each, list) for text in _texts(each)]
    return [str(value)]
