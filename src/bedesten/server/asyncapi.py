"""The AsyncAPI 3.0 document of a dialect's WebSockets, derived from their rows: nothing about a socket is written here.

Seen from the venue, as the standard has it: it receives requests, and sends their answers, snapshots and updates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bedesten.dialects.bodies import Body, Media, kinds_of
from bedesten.dialects.contract import ANY_PATH, Dialect, SocketRoute, Topic
from bedesten.server.schemas import Json, Schemas, parts

#: What the venue sends of a topic, and in which words the document says so.
SENT: Final = (("ack", "answers"), ("snapshot", "sends first, whole"), ("update", "sends whenever something happens"))


def asyncapi_document(dialect: Dialect, *, version: str) -> Json:
    """Return the document, ready to be encoded.

    Shape: besides the standard, on each operation `x-bedesten-topic`, `x-bedesten-parameters` and `x-bedesten-permission`.
    """
    schemas = socket_schemas(dialect)
    channels: dict[str, Json] = {}
    operations: dict[str, Json] = {}
    for route in dialect.sockets:
        name = identifier(route.path)
        channels[name] = _channel(route, schemas)
        for topic in route.topics:
            operations |= _operations(name, topic)
        if route.error is not None:
            messages = [{"$ref": f"#/channels/{name}/messages/error"}]
            summary = "A request that cannot be read or done"
            operations[f"{name}_error"] = {**_action("send", name, messages), "summary": summary}
    document: Json = {
        "asyncapi": "3.0.0",
        "info": {"title": f"{dialect.title} WebSockets on Bedesten", "version": version},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas.components},
    }
    _write_as_draft_7(document)
    return document


def socket_schemas(dialect: Dialect) -> Schemas:
    """Return the schemas of everything that is sent on the sockets of *dialect*."""
    topics = [topic for route in dialect.sockets for topic in route.topics]
    answered = [getattr(topic, field) for topic in topics for field, _ in SENT]
    return Schemas([topic.request for topic in topics], [*answered, *(route.error for route in dialect.sockets)])


def messages_of(route: SocketRoute) -> Iterator[tuple[str, Body]]:
    """Yield what the venue may send on *route*, each with its name."""
    for topic in route.topics:
        for field, _ in SENT:
            if (body := getattr(topic, field)) is not None:
                yield f"{identifier(topic.name)}_{field}", body
    if route.error is not None:
        yield "error", route.error


def identifier(text: str) -> str:
    """Return *text* as the name of a channel, operation or message."""
    return re.sub(r"\W+", "_", text).strip("_") or "any_path"


def _channel(route: SocketRoute, schemas: Schemas) -> Json:
    requests = [(f"{identifier(topic.name)}_request", topic) for topic in route.topics if topic.request is not None]
    messages: dict[str, Json] = {}
    for name, topic in requests:
        messages[name] = _message(topic.request, schemas)
        if topic.example is not None:
            messages[name]["examples"] = [{"payload": topic.example}]
    messages |= {name: _message(body, schemas) for name, body in messages_of(route)}
    channel: Json = {
        "address": "/" if route.path == ANY_PATH else route.path,
        "messages": messages,
        "bindings": {"ws": {}},
    }
    if route.summary:
        channel["summary"] = route.summary
    if route.path == ANY_PATH:
        channel["description"] = "Any path that no other API of the venue has"
    if route.source.startswith("https://"):
        channel["externalDocs"] = {"url": route.source}
    return channel


def _message(body: Body, schemas: Schemas) -> Json:
    schema = schemas.of(body)
    if schema is not None:
        return {"payload": schema}
    texts = [kind for kind in kinds_of(body) if isinstance(kind, Media)]
    return {"contentType": texts[0].media_type, "payload": {"type": "string", "enum": [text.meaning for text in texts]}}


def _operations(channel: str, topic: Topic) -> Iterator[tuple[str, Json]]:
    described: Json = {"summary": topic.summary or topic.name, "x-bedesten-topic": topic.name}
    if topic.parameters:
        described["x-bedesten-parameters"] = dict(topic.parameters)
    if topic.permission is not None:
        described["x-bedesten-permission"] = str(topic.permission.name)
    if topic.source.startswith("https://"):
        described["externalDocs"] = {"url": topic.source}
    name = identifier(topic.name)
    sent = {field: words for field, words in SENT if getattr(topic, field) is not None}
    refs = {field: {"$ref": f"#/channels/{channel}/messages/{name}_{field}"} for field in ("request", *sent)}
    if topic.request is not None:
        operation = {**_action("receive", channel, [refs["request"]]), **described}
        if "ack" in sent:
            operation["reply"] = {"channel": {"$ref": f"#/channels/{channel}"}, "messages": [refs["ack"]]}
            del sent["ack"]
        yield f"{channel}_{name}", operation
    for field, words in sent.items():
        described = {**described, "description": f"What the venue {words}"}
        yield f"{channel}_{name}_{field}", {**_action("send", channel, [refs[field]]), **described}


def _action(action: str, channel: str, messages: list[Json]) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": messages}


def _write_as_draft_7(document: Any) -> None:
    # AsyncAPI's own schemas are of draft 7, where a tuple has no word of its own
    for part in parts(document):
        if isinstance(part.get("prefixItems"), list):
            rest = part.pop("items", None)
            part["items"] = part.pop("prefixItems")
            if rest is not None:
                part["additionalItems"] = rest
