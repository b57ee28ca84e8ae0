"""Every operation and every topic describes what it answers, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
import pytest
from msgspec import Meta

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.bodies import ANY_STATUS, NO_BODY, Body, kinds_of
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btse import choices as btse
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.contract import Dialect, Endpoint, SocketRoute, Topic
from bedesten.dialects.demo.dialect import DemoDialect
from bedesten.dialects.native.dialect import NativeDialect
from bedesten.server.asyncapi import SENT, socket_schemas
from bedesten.server.openapi import schemas_of
from bedesten.server.schemas import Json, Schemas

DIALECTS: Final[dict[str, Dialect]] = {
    "bitgin": BitginDialect(),
    "btcturk": BtcTurkDialect(),
    "btse": BtseDialect(),
    "btse, the other answers": BtseDialect(answers={each.name: each.values[-1] for each in btse.CHOICES}),
    "demo": DemoDialect({}),
    "native": NativeDialect(),
}


def gaps(body: Body, schemas: Schemas) -> Iterator[str]:
    """Yield what *body* leaves open: that it is not described, a free form, or a field without a meaning."""
    if not list(kinds_of(body)):
        yield "no body is named"
    schema = schemas.of(body)
    if schema is not None:
        yield from _open(schema, schemas, "it", set())


def _open(schema: Json, schemas: Schemas, where: str, seen: set[str]) -> Iterator[str]:
    if (reference := schema.get("$ref")) is not None:
        if reference not in seen:
            seen.add(reference)
            yield from _open(schemas.resolved(schema), schemas, reference.rsplit("/", 1)[1], seen)
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _open(choice, schemas, where, seen)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        for name, shape in schema["properties"].items():
            if not _has_meaning(shape, schemas):
                yield f"{where}.{name} has no meaning"
            yield from _open(shape, schemas, f"{where}.{name}", seen)
    elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        yield from _open(schema["additionalProperties"], schemas, f"{where}.*", seen)
    elif kind == "array" and ("prefixItems" in schema or isinstance(schema.get("items"), dict)):
        for item in (*schema.get("prefixItems", ()), schema.get("items") or {"enum": []}):
            yield from _open(item, schemas, f"{where}[]", seen)
    elif kind in ("object", "array") or not schema.keys() & {"type", "anyOf", "oneOf", "enum", "const"}:
        yield f"{where} is a free form"


def _has_meaning(shape: Json, schemas: Schemas) -> bool:
    return bool(shape.get("description") or schemas.resolved(shape).get("description"))


def gaps_of_endpoint(endpoint: Endpoint, dialect: Dialect, schemas: Schemas) -> list[str]:
    """Return what an operation's answers leave open, its refusals included."""
    errors = {**dialect.error_bodies, **endpoint.errors}
    found = [f"answer: {gap}" for gap in gaps(endpoint.response, schemas)]
    found += [f"{status or 'error'}: {gap}" for status, body in errors.items() for gap in gaps(body, schemas)]
    return found if ANY_STATUS in errors else [*found, "error: no body is named"]


def gaps_of_topic(topic: Topic, schemas: Schemas) -> list[str]:
    """Return what a topic's messages leave open."""
    bodies = {field: getattr(topic, field) for field in ("request", *(field for field, _ in SENT))}
    described = {field: body for field, body in bodies.items() if body is not None}
    found = [
        f"{field}: {gap}" for field, body in described.items() for gap in gaps(body, schemas) if field != "request"
    ]
    return found if described.keys() - {"request"} else [*found, "nothing is sent"]


def undescribed(dialect: Dialect) -> dict[str, list[str]]:
    """Return the operations and the topics that leave something open, each with what it is. A socket without topics is one."""
    schemas, sockets = schemas_of(dialect), socket_schemas(dialect)
    operations = {f"{row.method} {row.path}": gaps_of_endpoint(row, dialect, schemas) for row in dialect.endpoints}
    topics = {name: gaps for route in dialect.sockets for name, gaps in _of_route(route, sockets)}
    return {name: found for name, found in (operations | topics).items() if found}


def _of_route(route: SocketRoute, schemas: Schemas) -> Iterator[tuple[str, list[str]]]:
    if not route.topics:
        yield route.path, ["no topics are named"]
    for topic in route.topics:
        yield f"{route.path} {topic.name}", gaps_of_topic(topic, schemas)
    if route.error is not None:
        yield f"{route.path} error", list(gaps(route.error, schemas))


@pytest.mark.parametrize("name", DIALECTS)
def test_every_answer_is_described_field_by_field(name: str) -> None:
    """No free form and no field without a meaning, in operations and topics, and none of either without a body."""
    assert undescribed(DIALECTS[name]) == {}


class Free(msgspec.Struct):
    """A struct that leaves most things open."""

    plain: str
    nested: Annotated[dict[str, Any], Meta(description="Whatever it is")]
    some: Annotated[list[Any], Meta(description="Several of whatever it is")]
    page: Annotated[msgspec.Raw, Meta(description="Printed by hand")]
    number: Annotated[msgspec.Raw, Meta(description="A price in ticks", extra_json_schema={"type": "number"})]
    by_name: Annotated[dict[str, int], Meta(description="Lots by market")]


def test_free_forms_and_bare_fields_are_seen() -> None:
    """What says nothing of an answer does not count as its description."""
    schemas = Schemas((), (Free, NO_BODY))

    assert list(gaps(Free, schemas)) == [
        "Free.plain has no meaning", "Free.nested is a free form", "Free.some is a free form", "Free.page is a free form",
    ]  # fmt: skip
    assert list(gaps(None, schemas)) == ["no body is named"]
    assert list(gaps(NO_BODY, schemas)) == []
