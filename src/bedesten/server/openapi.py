"""The OpenAPI 3.1 document of a dialect, derived from its contract table: nothing about an endpoint is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from bedesten.dialects.contract import Dialect, Endpoint, Limit, Per, Request
from bedesten.dialects.refusals import Forbidden, Malformed, RateLimited, Refusal, SystemFailure, Unauthenticated

_REF: Final = "#/components/schemas/{name}"
_MEANINGS: Final = {
    400: "The request cannot be read, or a parameter is wrong",
    401: "Not authenticated",
    403: "Not permitted",
    404: "No such path",
    429: "Too many requests",
    500: "The venue failed",
    503: "The venue cannot answer",
}

Json = dict[str, Any]


def openapi_document(dialect: Dialect, *, version: str) -> Json:
    """Return the document, ready to be encoded.

    Shape: besides the standard, `x-bedesten-signing` (how to sign), `x-bedesten-sockets`, and on each operation
    `x-bedesten-permission`, `x-bedesten-limit`, `x-bedesten-example` and `x-bedesten-bearer`.
    """
    schemas, components = _schemas(_types(dialect.endpoints))
    paths: dict[str, Json] = {}
    for endpoint in dialect.endpoints:
        operation = _operation(dialect, endpoint, schemas, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": f"{dialect.title} API on Bedesten", "version": version},
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in dict.fromkeys(_group(endpoint) for endpoint in dialect.endpoints)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security_schemes(dialect)},
        "x-bedesten-sockets": [
            {"path": socket.path, "summary": socket.summary, "source": socket.source} for socket in dialect.sockets
        ],
    }
    if dialect.signing is not None:
        document["x-bedesten-signing"] = msgspec.to_builtins(dialect.signing)
    return document


def _types(endpoints: Iterable[Endpoint]) -> list[Any]:
    found = {}
    for endpoint in endpoints:
        for kind in (endpoint.request, endpoint.response):
            if kind is not None:
                found[repr(kind)] = kind
    return list(found.values())


def _schemas(types: Sequence[Any]) -> tuple[dict[str, Json], dict[str, Json]]:
    made, components = msgspec.json.schema_components(types, schema_hook=lambda kind: {}, ref_template=_REF)
    return {repr(kind): schema for kind, schema in zip(types, made, strict=True)}, components


def _operation(dialect: Dialect, endpoint: Endpoint, schemas: dict[str, Json], components: dict[str, Json]) -> Json:
    operation: Json = {
        "operationId": _identifier(f"{endpoint.method} {endpoint.path}"),
        "summary": endpoint.summary or endpoint.path,
        "tags": [_group(endpoint)],
        "responses": _responses(dialect, endpoint, schemas),
    }
    parameters, body = _inputs(endpoint, schemas, components)
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
    if endpoint.example:
        operation["x-bedesten-example"] = dict(endpoint.example)
    if endpoint.source.startswith("https://"):
        operation["externalDocs"] = {"url": endpoint.source}
    elif endpoint.source:
        operation["description"] = f"Source: {endpoint.source}"
    return operation


def _inputs(
    endpoint: Endpoint, schemas: dict[str, Json], components: dict[str, Json]
) -> tuple[list[Json], Json | None]:
    path_names = re.findall(r"\{(\w+)\}", endpoint.path)
    schema = _resolved(schemas[repr(endpoint.request)], components) if endpoint.request is not None else {}
    properties: dict[str, Json] = schema.get("properties", {})
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": properties.get(name, {"type": "string"})}
        for name in path_names
    ]
    if endpoint.request is None:
        return parameters, None
    if endpoint.reads == "query" or (endpoint.reads == "either" and endpoint.method in ("GET", "DELETE")):
        required = set(schema.get("required", ()))
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": shape}
            for name, shape in properties.items()
            if name not in path_names
        ]
        return parameters, None
    content: Json = {"schema": schemas[repr(endpoint.request)]}
    if endpoint.example:
        content["example"] = dict(endpoint.example)
    media = "multipart/form-data" if endpoint.reads == "form" else "application/json"
    return parameters, {"required": endpoint.reads != "either", "content": {media: content}}


def _resolved(schema: Json, components: dict[str, Json]) -> Json:
    reference = schema.get("$ref")
    return components[reference.rsplit("/", 1)[1]] if reference else schema


def _responses(dialect: Dialect, endpoint: Endpoint, schemas: dict[str, Json]) -> dict[str, Json]:
    answer: Json = {"description": "Done"}
    if endpoint.response is not None:
        answer["content"] = {"application/json": {"schema": schemas[repr(endpoint.response)]}}
    responses: dict[str, Json] = {"200": answer}
    for refusal in _refusals(endpoint):
        request = Request(method=endpoint.method, path=endpoint.path, request_id="00000000-1")
        reply = dialect.render_error(request, endpoint, refusal)  # what is documented is what is sent
        media = next((value.decode() for name, value in reply.headers if name == b"content-type"), "text/plain")
        shape: Json = {"description": _MEANINGS.get(reply.status, "Refused")}
        if reply.body:
            shape["content"] = {media.partition(";")[0]: {"example": _example(reply.body)}}
        if reply.status == 429:
            shape["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
        responses.setdefault(str(reply.status), shape)
    return responses


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
