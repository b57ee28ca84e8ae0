"""The OpenAPI 3.1 document of a dialect, derived from its contract table: nothing about an endpoint is written here.

An answer whose row describes it has a schema, and so has each refusal; "default" stands for every status that is not named.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from bedesten.dialects.bodies import ANY_STATUS, Body, Media, body_of, kinds_of, media_type_of
from bedesten.dialects.contract import Dialect, Endpoint, Limit, Per, Request
from bedesten.dialects.refusals import Forbidden, Malformed, RateLimited, Refusal, SystemFailure, Unauthenticated
from bedesten.server.schemas import Json, Schemas

_MEANINGS: Final = {
    400: "The request cannot be read, or a parameter is wrong",
    401: "Not authenticated",
    403: "Not permitted",
    404: "No such path",
    405: "The path has other methods",
    415: "The body is of another type than the endpoint reads",
    429: "Too many requests",
    500: "The venue failed",
    503: "The venue cannot answer",
    ANY_STATUS: "Any other refusal",
}


def openapi_document(dialect: Dialect, *, version: str) -> Json:
    """Return the document, ready to be encoded.

    Shape: besides the standard, `x-bedesten-signing` (how to sign), `x-bedesten-sockets`, and on each operation
    `x-bedesten-permission`, `x-bedesten-limit`, `x-bedesten-reasons`, `x-bedesten-example` and `x-bedesten-bearer`.
    """
    schemas = schemas_of(dialect)
    paths: dict[str, Json] = {}
    for endpoint in dialect.endpoints:
        operation = _operation(dialect, endpoint, schemas)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": f"{dialect.title} API on Bedesten", "version": version},
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in dict.fromkeys(_group(endpoint) for endpoint in dialect.endpoints)],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _security_schemes(dialect)},
        "x-bedesten-sockets": [
            {"path": socket.path, "summary": socket.summary, "source": socket.source} for socket in dialect.sockets
        ],
    }
    if dialect.signing is not None:
        document["x-bedesten-signing"] = msgspec.to_builtins(dialect.signing)
    return document


def schemas_of(dialect: Dialect) -> Schemas:
    """Return the schemas of everything that is sent to the endpoints of *dialect* and that they answer."""
    rows = dialect.endpoints
    refused = [body for errors in (dialect.error_bodies, *(row.errors for row in rows)) for body in errors.values()]
    return Schemas((row.request for row in rows), [*(row.response for row in rows), *refused])


def _operation(dialect: Dialect, endpoint: Endpoint, schemas: Schemas) -> Json:
    operation: Json = {
        "operationId": _identifier(f"{endpoint.method} {endpoint.path}"),
        "summary": endpoint.summary or endpoint.path,
        "tags": [_group(endpoint)],
        "responses": _responses(dialect, endpoint, schemas),
    }
    parameters, body = _inputs(endpoint, schemas)
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = body
    if endpoint.deprecated:
        operation["deprecated"] = True
    if endpoint.permission is not None:
        operation["x-bedesten-permission"] = str(endpoint.permission.name)
        if endpoint.bearer:
            operation["security"] = [{"bearer": []}]
            operation["x-bedesten-bearer"] = endpoint.bearer
        elif dialect.signing is not None:
            operation["security"] = [{"key": [], "nonce": [], "signature": []}]
    if endpoint.limit:
        operation["x-bedesten-limit"] = _limit_text(dialect.limits[endpoint.limit])
    if endpoint.reasons:
        operation["x-bedesten-reasons"] = list(endpoint.reasons)
    if endpoint.example:
        operation["x-bedesten-example"] = dict(endpoint.example)
    if endpoint.source.startswith("https://"):
        operation["externalDocs"] = {"url": endpoint.source}
    elif endpoint.source:
        operation["description"] = f"Source: {endpoint.source}"
    return operation


def _inputs(endpoint: Endpoint, schemas: Schemas) -> tuple[list[Json], Json | None]:
    path_names = re.findall(r"\{(\w+)\}", endpoint.path)
    form = schemas.of(endpoint.request)
    schema = {} if form is None else schemas.resolved(form)
    properties: dict[str, Json] = schema.get("properties", {})
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": properties.get(name, {"type": "string"})}
        for name in path_names
    ]
    if form is None:
        return parameters, None
    if endpoint.reads == "query" or (endpoint.reads == "either" and endpoint.method in ("GET", "DELETE")):
        required = set(schema.get("required", ()))
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": shape}
            for name, shape in properties.items()
            if name not in path_names
        ]
        return parameters, None
    content: Json = {"schema": form}
    if endpoint.example:
        content["example"] = dict(endpoint.example)
    media = "multipart/form-data" if endpoint.reads == "form" else "application/json"
    return parameters, {"required": endpoint.reads != "either", "content": {media: content}}


def _responses(dialect: Dialect, endpoint: Endpoint, schemas: Schemas) -> dict[str, Json]:
    responses: dict[str, Json] = {"200": {"description": "Done", **_content(endpoint.response, schemas)}}
    for refusal in _refusals(endpoint):
        request = Request(method=endpoint.method, path=endpoint.path, request_id="00000000-1")
        reply = dialect.render_error(request, endpoint, refusal)  # what is documented is what is sent
        body = body_of(reply.status, endpoint.response, endpoint.errors, dialect.error_bodies)
        shape: Json = {"description": _MEANINGS.get(reply.status, "Refused"), **_content(body, schemas)}
        if reply.body:
            media = next((value.decode() for name, value in reply.headers if name == b"content-type"), "text/plain")
            content = shape.setdefault("content", {}).setdefault(media.partition(";")[0], {})
            content["example"] = _example(reply.body)
        if reply.status == 429:
            shape["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
        responses.setdefault(str(reply.status), shape)
    for status in {**dialect.error_bodies, **endpoint.errors}:
        body = body_of(status, endpoint.response, endpoint.errors, dialect.error_bodies)
        name = "default" if status == ANY_STATUS else str(status)
        shape = {"description": _MEANINGS.get(status, "Refused"), **_content(body, schemas)}
        responses.setdefault(name, shape)
    return responses


def _content(body: Body, schemas: Schemas) -> Json:
    content: Json = {}
    schema = schemas.of(body)
    if schema is not None:
        media = {media_type_of(kind) for kind in kinds_of(body) if not isinstance(kind, Media)}
        content |= {name: {"schema": schema} for name in sorted(media)}
    for kind in kinds_of(body):
        if isinstance(kind, Media) and kind.media_type:
            content[kind.media_type] = {"schema": {"type": "string", "description": kind.meaning}}
    return {"content": content} if content else {}


def _refusals(endpoint: Endpoint) -> list[Refusal]:
    refusals: list[Refusal] = [Malformed("symbol is mandatory", "symbol"), SystemFailure("System error")]
    if endpoint.permission is not None:
        refusals += [Unauthenticated("authentication failed"), Forbidden("the key lacks the permission")]
    if endpoint.limit:
        refusals.append(RateLimited("rate limit exceeded", 1))
    return refusals


def _example(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode(errors="replace")


def _security_schemes(dialect: Dialect) -> dict[str, Json]:
    schemes: dict[str, Json] = {}
    if (signing := dialect.signing) is not None:
        headers = {"key": signing.key_header, "nonce": signing.nonce_header, "signature": signing.signature_header}
        schemes = {name: {"type": "apiKey", "in": "header", "name": header} for name, header in headers.items()}
    if any(endpoint.bearer for endpoint in dialect.endpoints):
        schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    return schemes


def _limit_text(limit: Limit) -> str:
    words = {Per.USER: "", Per.USER_AND_ENDPOINT: " to this endpoint", Per.ADDRESS: " per address"}
    return ", ".join(
        f"{window.requests} requests in {window.window_ns / 1e9:g} s{words[window.per]}" for window in limit.windows
    )


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_")


def _group(endpoint: Endpoint) -> str:
    return endpoint.group or ("Account" if endpoint.permission is not None else "Public")
