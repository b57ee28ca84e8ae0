"""Requests over a real socket: routing, authentication, decoding, and every kind of refusal in the dialect's shape."""

from __future__ import annotations

import asyncio
import logging

import msgspec
import pytest
from tests.unit.server.fake import FakeDialect, Running, endpoint, read_response, running, show_time, signed

from bedesten.server import run
from bedesten.server.settings import ServerSettings

pytestmark = pytest.mark.usefixtures("either_way")

ORDER = b'{"symbol":"BTC-USD","side":"BUY","size":0.001}'


async def test_a_public_endpoint_answers_with_json(venue: Running) -> None:
    """What the call returns is encoded, with a length and a type."""
    status, headers, body = await venue.ask("GET", "/fake/time")

    assert (status, headers["content-type"]) == (200, "application/json")
    assert msgspec.json.decode(body) == {"epoch": venue.venue.clock.now_ns() // 1_000_000}


async def test_query_texts_become_the_types_of_the_struct(venue: Running) -> None:
    """Numbers and defaults are the request struct's affair."""
    assert (await venue.ask("GET", "/fake/echo?symbol=BTC-USD&limit=5"))[2] == b'{"symbol":"BTC-USD","limit":5}'
    assert (await venue.ask("GET", "/fake/echo?symbol=%C3%BC"))[2].decode() == '{"symbol":"ü","limit":10}'


async def test_a_path_parameter_reaches_the_endpoint(venue: Running) -> None:
    """A "{name}" takes one segment, percent-decoded, and never an empty one."""
    assert (await venue.ask("GET", "/fake/orders/a%20b"))[2] == b'{"orderID":"a b","symbol":"BTC-USD"}'
    assert (await venue.ask("GET", "/fake/orders/"))[0] == 404
    assert (await venue.ask("GET", "/fake/orders/a/b"))[0] == 404


async def test_a_signed_order_is_placed(venue: Running) -> None:
    """The dialect authenticates over the raw body; the endpoint sees the key."""
    status, _, body = await venue.ask("POST", "/fake/order", ORDER, signed("trader", "/fake/order", ORDER))

    assert (status, body) == (200, b'[{"orderID":"order-of-trader","symbol":"BTC-USD"}]')


async def test_an_unsigned_or_unpermitted_order_is_refused(venue: Running) -> None:
    """Nobody, and somebody who may not, get different statuses."""
    assert (await venue.ask("POST", "/fake/order", ORDER))[0] == 401
    wrong = {**signed("trader", "/fake/order", ORDER), "request-sign": "0" * 96}
    assert (await venue.ask("POST", "/fake/order", ORDER, wrong))[0] == 401
    assert (await venue.ask("POST", "/fake/order", ORDER, signed("reader", "/fake/order", ORDER)))[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"symbol":1}',
        b"\xff\xfe",
        b'{"symbol":"X"}',
        b"[" * 5000,
        b'{"a":' * 5000,
        ORDER + b"x",
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(venue: Running, body: bytes) -> None:
    """Broken, mistyped, incomplete, deeply nested or non-UTF-8 JSON is the client's mistake, never a crash."""
    status, _, answer = await venue.ask("POST", "/fake/order", body, signed("trader", "/fake/order", body))

    assert status == 400
    assert msgspec.json.decode(answer)["code"] == "Malformed"


async def test_a_parameter_of_the_wrong_type_is_named(venue: Running) -> None:
    """The refusal says which parameter, as far as that is known."""
    status, _, body = await venue.ask("GET", "/fake/echo?symbol=X&limit=many")

    assert status == 400
    assert b"limit" in body


async def test_an_unknown_path_is_refused_by_the_dialect_that_owns_it(venue: Running) -> None:
    """Below a dialect's prefix the refusal has the dialect's shape, elsewhere the house's."""
    status, headers, body = await venue.ask("GET", "/fake/nothing")
    assert (status, msgspec.json.decode(body)["code"]) == (404, "NotFound")
    assert headers["x-request-id"]

    status, _, body = await venue.ask("GET", "/elsewhere")
    assert (status, msgspec.json.decode(body)) == (404, {"error": "NotFound", "message": "no such path"})


async def test_a_method_the_path_does_not_know_is_refused_with_those_it_knows(venue: Running) -> None:
    """405 names what is allowed, for exact paths and for patterns."""
    status, headers, _ = await venue.ask("DELETE", "/fake/order")
    assert (status, headers["allow"]) == (405, "OPTIONS, POST")

    status, headers, _ = await venue.ask("PATCH", "/fake/orders/1")
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_head_is_get_without_the_body(venue: Running) -> None:
    """The length is the one GET would have."""
    status, headers, body = await venue.ask("HEAD", "/fake/echo?symbol=X")

    assert (status, headers["content-length"], body) == (200, str(len('{"symbol":"X","limit":10}')), b"")


async def test_options_names_the_methods(venue: Running) -> None:
    """Without a cross-origin setting there is no cross-origin header."""
    status, headers, _ = await venue.ask("OPTIONS", "/fake/order", headers={"origin": "https://bot.example"})

    assert (status, headers["allow"]) == (204, "OPTIONS, POST")
    assert not [name for name in headers if name.startswith("access-control")]


async def test_pages_of_allowed_origins_may_call() -> None:
    """A browser's question is answered, and answers and refusals can be read by the page that asked; others get nothing."""
    async with running(settings=ServerSettings(cors_origins=("https://bot.example",), grace_s=1)) as venue:
        asked = {"origin": "https://bot.example", "access-control-request-headers": "request-api, request-sign"}
        _, headers, _ = await venue.ask("OPTIONS", "/fake/order", headers=asked)
        assert headers["access-control-allow-origin"] == "https://bot.example"
        assert headers["access-control-allow-headers"] == "request-api, request-sign"
        assert headers["access-control-allow-methods"] == "OPTIONS, POST"

        _, headers, _ = await venue.ask("POST", "/fake/order", headers={"origin": "https://bot.example"})
        assert headers["access-control-allow-origin"] == "https://bot.example"

        _, headers, _ = await venue.ask("GET", "/fake/time", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in headers


async def test_a_bug_is_logged_and_told_as_the_dialects_system_error(
    venue: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets a documented shape and the request's id; the traceback is in the log under that id only."""
    status, headers, body = await venue.ask("GET", "/fake/crash")

    assert status == 400
    assert b"ZeroDivisionError" not in body
    assert headers["x-request-id"] in body.decode()
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert headers["x-request-id"] in record.getMessage()


async def test_edge_failures_of_the_services_are_told_as_unavailable(venue: Running) -> None:
    """Busy is retryable; a torn commit says that its outcome is unknown."""
    assert msgspec.json.decode((await venue.ask("GET", "/fake/busy"))[2])["code"] == "Unavailable"
    assert b"unknown" in (await venue.ask("GET", "/fake/torn"))[2]


async def test_too_many_requests_are_refused_with_a_wait(venue: Running) -> None:
    """Limits count on the venue's clock, so they open again when it moves."""
    answers = [await venue.ask("GET", "/fake/echo?symbol=X") for _ in range(16)]
    assert [status for status, _, _ in answers] == [200] * 15 + [429]
    assert answers[-1][1]["retry-after"] == "1"

    venue.venue.clock.advance(1_000_000_000)
    assert (await venue.ask("GET", "/fake/echo?symbol=X"))[0] == 200


async def test_two_endpoints_may_not_claim_one_path() -> None:
    """A dialect's table is checked when the server is built."""
    twice = endpoint("GET", "/fake/time", show_time)
    with pytest.raises(ValueError, match="two endpoints"):
        async with running(dialect=FakeDialect(endpoints=(twice, twice))):
            raise AssertionError


async def test_pipelined_requests_are_answered_in_order(venue: Running) -> None:
    """One connection carries many requests, whether or not the client waits in between; HEAD leaves no body behind."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    targets = (("GET", "A"), ("HEAD", "B"), ("GET", "C"), ("GET", "D"))
    writer.write(
        b"".join(f"{method} /fake/echo?symbol={name} HTTP/1.1\r\nhost: x\r\n\r\n".encode() for method, name in targets)
    )

    answers = [await read_response(reader, is_head=method == "HEAD") for method, _ in targets]

    assert [body for _, _, body in answers] == [
        b'{"symbol":"A","limit":10}',
        b"",
        b'{"symbol":"C","limit":10}',
        b'{"symbol":"D","limit":10}',
    ]
    writer.close()


@pytest.mark.parametrize(
    "request_line", [b"GET /fake/time HTTP/1.0\r\n\r\n", b"GET /fake/time HTTP/1.1\r\nconnection: close\r\n\r\n"]
)
async def test_a_client_that_wants_the_connection_closed_gets_it_closed(venue: Running, request_line: bytes) -> None:
    """The answer says so and the stream ends behind it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(request_line)
    status, headers, _ = await read_response(reader)

    assert (status, headers["connection"]) == (200, "close")
    assert await reader.read() == b""
    writer.close()


async def test_a_request_may_come_byte_by_byte(venue: Running) -> None:
    """Head and body arrive in as many pieces as the network likes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed("trader", "/fake/order", ORDER).items())
    head = f"POST /fake/order HTTP/1.1\r\nhost: x\r\ncontent-length: {len(ORDER)}\r\n{headers}\r\n"
    for byte in head.encode() + ORDER:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)

    assert (await read_response(reader))[0] == 200
    writer.close()


async def test_a_connection_kept_for_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may be followed by another request for a while; then the server ends it."""
    monkeypatch.setattr(run, "KEEP_ALIVE_S", 0)
    monkeypatch.setattr(run, "SWEEP_S", 0.01)
    async with running() as venue:
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        writer.write(b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await read_response(reader))[0] == 200

        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_client_that_asks_before_sending_its_body_is_told_to_go_on(venue: Running) -> None:
    """Expect: 100-continue."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed("trader", "/fake/order", ORDER).items())
    writer.write(
        f"POST /fake/order HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {len(ORDER)}\r\n{headers}\r\n".encode()
    )
    assert (await read_response(reader))[0] == 100

    writer.write(ORDER)
    assert (await read_response(reader))[0] == 200
    writer.close()


async def test_the_houses_pages_and_documents_are_served(venue: Running) -> None:
    """Landing page, explorer, health and OpenAPI; and whatever documents the venue adds."""
    for path in ("/", "/docs", "/favicon.svg", "/openapi/index.json", "/openapi/fake.json", "/healthz"):
        assert (await venue.ask("GET", path))[0] == 200, path
    assert (await venue.ask("GET", "/openapi/none.json"))[0] == 404
    assert (await venue.ask("POST", "/docs"))[0] == 405

    async with running(documents={"/demo": lambda: b'{"accounts":[]}'}) as demo:
        assert (await demo.ask("GET", "/demo"))[2] == b'{"accounts":[]}'
