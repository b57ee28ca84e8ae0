"""The native API's documents: every reference leads somewhere, every example is what its schema asks for, every reason is one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator

from bedesten.dialects.native import reasons
from bedesten.dialects.native.dialect import NativeDialect
from bedesten.dialects.native.market import shapes as market
from bedesten.dialects.native.stream import shapes
from bedesten.dialects.native.trading import shapes as trading
from bedesten.server.asyncapi import asyncapi_document
from bedesten.server.openapi import openapi_document
from bedesten.server.schemas import references

DIALECT = NativeDialect()
KNOWN = {each.name for each in (*reasons.CORE.values(), *reasons.TRANSPORT.values(), *reasons.SOCKET.values())}


@pytest.fixture(scope="module")
def document() -> Any:
    """The AsyncAPI document."""
    return msgspec.json.decode(msgspec.json.encode(asyncapi_document(DIALECT, version="1")))


def test_every_reference_of_the_socket_s_document_leads_somewhere(document: Any) -> None:
    """To a schema, a message or a channel that stands in it."""
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found, reference


def test_every_example_of_a_topic_is_a_request_that_is_understood(document: Any) -> None:
    """By its schema, which is one of draft 7, and by the socket's own decoder."""
    (route,) = DIALECT.sockets
    requests = [topic for topic in route.topics if topic.example is not None]
    for topic in requests:
        message = msgspec.json.encode(topic.example)
        assert isinstance(msgspec.json.decode(message, type=shapes.Said), topic.request), topic.name
    assert len(requests) >= len(route.topics) - 2  # a heartbeat is not asked for, and a login is signed
    for name, schema in document["components"]["schemas"].items():
        Draft7Validator.check_schema(schema)
        assert schema.get("description"), name


def test_every_row_names_reasons_that_there_are() -> None:
    """In the table, and in the document, where clients' authors look for them."""
    paths = openapi_document(DIALECT, version="1")["paths"]
    for row in DIALECT.endpoints:
        told = paths[row.path][row.method.lower()].get("x-bedesten-reasons", [])
        assert told == list(row.reasons)
        assert all("." in name or name in KNOWN for name in row.reasons), row.path


def test_every_row_of_the_market_and_of_orders_with_a_form_has_an_example() -> None:
    """Which the explorer fills in, and every test of the tables asks with."""
    forms = {each for module in (market, trading) for each in vars(module).values() if isinstance(each, type)}
    lacking = [row.path for row in DIALECT.endpoints if row.request in forms and not row.example]

    assert lacking == ["/native/v1/announcements"]  # works as it is
