"""The AsyncAPI document says what the rows of the sockets say."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec
import pytest
from jsonschema import Draft7Validator
from msgspec import Meta
from tests.unit.server.fake import FakeDialect, FakeSession

from bedesten.dialects.bodies import OneOf
from bedesten.dialects.contract import ANY_PATH, SocketRoute, Topic
from bedesten.server.asyncapi import asyncapi_document
from bedesten.server.schemas import references
from bedesten.services.store_types import Permission


class Subscribe(msgspec.Struct):
    op: str
    topic: str = "ticks"


class Level(msgspec.Struct, array_like=True):
    price: Annotated[str, Meta(description="Price, in the quote asset")]
    size: str


class Book(msgspec.Struct):
    bids: list[Level]
    note: str = ""


class Problem(msgspec.Struct):
    message: str


BOOK = Topic(
    name="book:{symbol}", parameters={"symbol": "Name of the market"}, request=Subscribe, ack=OneOf(Book, Problem),
    snapshot=Book, update=Book, permission=Permission.READ, summary="The book", source="https://example.com/book",
    example={"op": "subscribe"},
)  # fmt: skip
ROUTES = (
    SocketRoute(path="/fake/ws", open=FakeSession, summary="Books", topics=(BOOK,), error=Problem),
    SocketRoute(path=ANY_PATH, open=FakeSession),
)


@pytest.fixture
def document() -> Any:
    dialect = replace(FakeDialect(), sockets=ROUTES)
    return msgspec.json.decode(msgspec.json.encode(asyncapi_document(dialect, version="1")))


def test_every_socket_is_a_channel_with_its_messages(document: Any) -> None:
    """Requests and what is sent, each under its name, and the address where clients connect."""
    channel = document["channels"]["fake_ws"]

    assert (document["asyncapi"], channel["address"], channel["summary"]) == ("3.0.0", "/fake/ws", "Books")
    assert sorted(channel["messages"]) == [
        "book_symbol_ack", "book_symbol_request", "book_symbol_snapshot", "book_symbol_update", "error",
    ]  # fmt: skip
    assert channel["messages"]["book_symbol_request"]["examples"] == [{"payload": {"op": "subscribe"}}]
    assert document["channels"]["any_path"]["address"] == "/"


def test_a_topic_is_a_request_with_a_reply_and_what_is_sent_of_it(document: Any) -> None:
    """The venue receives the request and sends the rest; the permission and the parameters stand beside it."""
    operations = document["operations"]
    asked = operations["fake_ws_book_symbol"]

    assert set(operations) == {
        "fake_ws_book_symbol", "fake_ws_book_symbol_snapshot", "fake_ws_book_symbol_update", "fake_ws_error",
    }  # fmt: skip
    assert (asked["action"], operations["fake_ws_book_symbol_update"]["action"]) == ("receive", "send")
    assert asked["reply"]["messages"] == [{"$ref": "#/channels/fake_ws/messages/book_symbol_ack"}]
    assert (asked["x-bedesten-permission"], asked["x-bedesten-topic"]) == ("READ", "book:{symbol}")
    assert asked["x-bedesten-parameters"] == {"symbol": "Name of the market"}


def test_every_reference_leads_somewhere(document: Any) -> None:
    """Messages, channels and schemas that are referred to are there."""
    found = references(document)
    for reference in found:
        at = document
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]

    assert len(found) > 10


def test_schemas_are_those_of_the_standard(document: Any) -> None:
    """Draft 7, which has no word of its own for a tuple; an answer's default is always sent, a request's may be left out."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft7Validator.check_schema(schema)

    assert [each["type"] for each in schemas["Level"]["items"]] == ["string", "string"]
    assert (schemas["Book"]["required"], schemas["Subscribe"]["required"]) == (["bids", "note"], ["op"])
