"""Holds every answer that a test causes to the contract row that describes it: the status, the kind of body, each field.

Strictly: a field that is missing, and one that the row does not know, fails the test in which it was seen. What no row describes
is not looked at; tests/promises/test_answers.py allows none such.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema_rs

from bedesten.dialects.bodies import Body, Media, body_of, kinds_of, media_type_of
from bedesten.dialects.contract import ANY_PATH, Dialect, Endpoint, OnOverflow, Reply, Request, SocketRoute
from bedesten.server.app import App
from bedesten.server.asyncapi import messages_of
from bedesten.server.fanout import Outbox
from bedesten.server.schemas import Schemas, parts
from bedesten.server.sockets import Sockets

_found: list[str] = []  # what was answered otherwise than described, until the test ends
_validators: dict[str, Any] = {}


def watch() -> None:
    """Hold whatever a server in this process answers to its rows from now on. Call once."""
    call, refuse, outbox = App._call, App._refuse, Sockets._outbox

    @functools.wraps(call)
    async def checked_call(self: App, route: Any, request: Request, who: Any) -> Reply:
        reply = await call(self, route, request, who)
        check_reply(route.dialect, route.endpoint, request, reply)
        return reply

    @functools.wraps(refuse)
    def checked_refuse(
        self: App, dialect: Dialect | None, endpoint: Endpoint | None, request: Request, error: Any
    ) -> Reply:
        reply = refuse(self, dialect, endpoint, request, error)
        if dialect is not None:
            check_reply(dialect, endpoint, request, reply)
        return reply

    @functools.wraps(outbox)
    def checked_outbox(self: Sockets, protocol: Any, route: SocketRoute, address: str, scope: Any) -> Any:
        made = outbox(self, protocol, route, address, scope)
        if route.topics:
            made.__class__ = _watched(route, type(made))
        return made

    App._call, App._refuse, Sockets._outbox = checked_call, checked_refuse, checked_outbox  # type: ignore[method-assign]


def take_found() -> list[str]:
    """Return what was found since the last time."""
    found = list(dict.fromkeys(_found))
    _found.clear()
    return found


def check_reply(dialect: Dialect, endpoint: Endpoint | None, request: Request, reply: Reply) -> None:
    """Note where *reply* is not what its row, or its dialect, says."""
    response, errors = (None, {}) if endpoint is None else (endpoint.response, endpoint.errors)
    body = body_of(reply.status, response, errors, dialect.error_bodies)
    if body is None:
        return
    media = next((value.decode() for name, value in reply.headers if name == b"content-type"), "").partition(";")[0]
    if (wrong := difference(body, media, reply.body)) is not None:
        _found.append(f"{request.method} {request.path} {reply.status}: {wrong}: {reply.body[:400]!r}")


def check_message(route: SocketRoute, text: str | bytes) -> None:
    """Note where a message is none of those that may be sent on *route*."""
    described = list(messages_of(route))
    kinds = [kind for _, body in described for kind in kinds_of(body)]
    if not kinds or str(text if isinstance(text, str) else text.decode()) in _texts(kinds):
        return
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    validators = [_validator(kind) for kind in kinds if not isinstance(kind, Media)]
    if value is None or not any(validator.is_valid(value) for validator in validators):
        nearest = [next(validator.iter_errors(value), None) for validator in validators]
        why = sorted({str(error.message) for error in nearest if error is not None})
        _found.append(f"{route.path}: {text[:400]!r} is none of {[name for name, _ in described]}: {why}")


def _texts(kinds: list[Any]) -> set[str]:
    return {kind.meaning for kind in kinds if isinstance(kind, Media)}


def check_sent(path: str, text: str | bytes) -> None:
    """Note where a message is none of those that any dialect may send on its socket at *path*; "/": at any path."""
    if (route := _routes().get(path)) is not None:
        check_message(route, text)


@functools.cache
def _routes() -> dict[str, SocketRoute]:
    # what a double of a connection has is a path; a dialect is only built for those tests that use one
    from bedesten.dialects.btcturk.dialect import BtcTurkDialect
    from bedesten.dialects.btse.dialect import BtseDialect
    from bedesten.dialects.native.dialect import NativeDialect

    found = [route for dialect in (BtseDialect(), BtcTurkDialect(), NativeDialect()) for route in dialect.sockets]
    return {"/" if route.path == ANY_PATH else route.path: route for route in found}


def difference(body: Body, media: str, content: bytes) -> str | None:
    """Return how *content* differs from *body*, which describes it; None when it does not."""
    kinds = list(kinds_of(body))
    for kind in kinds:
        if isinstance(kind, Media) and kind.media_type == media and (media or not content):
            return None
    schemas = [kind for kind in kinds if not isinstance(kind, Media)]
    if not schemas:
        return f"it is {media or 'of no type'}, not one of {kinds}"
    try:
        value = json.loads(content)
    except ValueError:
        return "it is no JSON"
    schemas = [kind for kind in schemas if media_type_of(kind) == media]
    if not schemas:
        return f"it is {media or 'of no type'}"
    errors = [next(_validator(kind).iter_errors(value), None) for kind in schemas]
    if None in errors:
        return None
    return "; ".join(f"{error.message} at {list(error.instance_path)}" for error in errors if error is not None)


def _validator(kind: Any) -> Any:
    name = repr(kind)
    if name not in _validators:
        _validators[name] = jsonschema_rs.validator_for(strict_schema(kind))
    return _validators[name]


def strict_schema(kind: Body) -> dict[str, Any]:
    """Return the schema of *kind* that allows no field which it does not name."""
    schemas = Schemas((), (kind,))
    schema = schemas.of(kind)
    assert schema is not None
    for part in parts(schemas.components):
        if part.get("type") == "object" and isinstance(part.get("properties"), dict):
            part.setdefault("additionalProperties", False)
    return {**schema, "components": {"schemas": schemas.components}}


def _watched(route: SocketRoute, kind: type[Outbox]) -> type[Outbox]:
    """Return that kind of outbox, whose messages are looked at before they wait to be sent."""

    class Watched(kind):  # type: ignore[valid-type, misc]
        __slots__ = ()

        def queue(self, frame: bytes, on_overflow: OnOverflow | None = None) -> None:
            check_message(route, payload_of(frame))
            super().queue(frame, on_overflow)

    return Watched


def payload_of(frame: bytes) -> bytes:
    """Return the text of an unmasked frame."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
