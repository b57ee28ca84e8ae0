"""The OpenAPI document says what the contract table says, and validators accept it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.server.fake import FakeDialect

from bedesten.server.openapi import openapi_document


@pytest.fixture
def document() -> Any:
    return msgspec.json.decode(msgspec.json.encode(openapi_document(FakeDialect(), version="1")))


def test_an_independent_validator_accepts_it(document: Any) -> None:
    """OpenAPI 3.1, by the specification's own schema."""
    validator = pytest.importorskip("openapi_spec_validator")

    validator.validate(document)


def test_every_endpoint_is_there_once(document: Any) -> None:
    """Paths, methods, headings and unique ids come from the table."""
    operations = [(method.upper(), path) for path, found in document["paths"].items() for method in found]
    assert operations == [(endpoint.method, endpoint.path) for endpoint in FakeDialect().endpoints]

    ids = [operation["operationId"] for found in document["paths"].values() for operation in found.values()]
    assert len(set(ids)) == len(ids)


def test_inputs_are_described_where_they_are_read(document: Any) -> None:
    """Query and path parameters one by one, a body by its schema."""
    echo = document["paths"]["/fake/echo"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in echo["parameters"]] == [
        ("symbol", "query", True),
        ("limit", "query", False),
    ]
    assert document["paths"]["/fake/orders/{order_id}"]["get"]["parameters"][0]["in"] == "path"

    body = document["paths"]["/fake/order"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/NewOrder"}
    assert document["components"]["schemas"]["NewOrder"]["required"] == ["symbol", "side", "size"]


def test_refusals_are_shown_as_they_are_sent(document: Any) -> None:
    """Each status carries an example made by the dialect's own renderer."""
    responses = document["paths"]["/fake/order"]["post"]["responses"]

    assert set(responses) == {"200", "400", "401", "403", "429"}
    assert responses["401"]["content"]["application/json"]["example"]["code"] == "Unauthenticated"


def test_signing_is_described_for_private_endpoints(document: Any) -> None:
    """The recipe stands in the document; operations say which permission and limit they have."""
    assert document["x-bedesten-signing"]["message"] == ["path", "nonce", "body"]
    assert document["components"]["securitySchemes"]["key"]["name"] == "request-api"

    order = document["paths"]["/fake/order"]["post"]
    assert (order["x-bedesten-permission"], order["x-bedesten-limit"]) == ("TRADING", "75 requests in 1 s")
    assert "security" not in document["paths"]["/fake/echo"]["get"]
