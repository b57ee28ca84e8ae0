"""Every bound of the wire at its edge: as much as is allowed works, one more is refused; what was refused can be tried again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.unit.server.fake import SECOND_NS, Running, read_response, running, signed
from tests.unit.server.wire import HANDSHAKE, connect, until

from bedesten.dialects import addresses
from bedesten.dialects.addresses import FAILURES_MAX, FAILURES_NS, FailedAttempts, Tally, network_of
from bedesten.server import app
from bedesten.server.nesting import JSON_DEPTH_MAX, is_too_deep
from bedesten.server.protocol import HEAD_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX
from bedesten.server.settings import BODY_BYTES_MAX, MESSAGE_BYTES_MAX, ServerSettings

pytestmark = pytest.mark.usefixtures("either_way")


async def test_the_longest_url_is_read_and_one_byte_more_is_414(venue: Running) -> None:
    """A query may be long, not endless."""
    start = "/fake/echo?symbol="
    for more, status in ((0, 200), (1, 414)):
        assert (await venue.ask("GET", start + "x" * (URL_BYTES_MAX - len(start) + more)))[0] == status


async def test_the_most_headers_are_read_and_one_more_is_431(venue: Running) -> None:
    """Counted, because each costs more than its bytes."""
    for more, status in ((0, 200), (1, 431)):
        headers = {f"x-{at}": "1" for at in range(HEADERS_MAX - 2 + more)}  # two are the client's own
        assert (await venue.ask("GET", "/fake/time", headers=headers))[0] == status


async def test_the_largest_head_is_read_and_more_is_431(venue: Running) -> None:
    """Request line and headers together; counted without separators where they came in one piece."""
    assert (await venue.ask("GET", "/fake/time", headers={"x": "y" * (HEAD_BYTES_MAX - 200)}))[0] == 200
    assert (await venue.ask("GET", "/fake/time", headers={"x": "y" * HEAD_BYTES_MAX}))[0] == 431


async def test_the_largest_body_is_read_and_one_byte_more_is_413(venue: Running) -> None:
    """Read whole, and then it is the endpoint's affair."""
    for more, status in ((0, 401), (1, 413)):
        assert (await venue.ask("POST", "/fake/order", b"x" * (BODY_BYTES_MAX + more)))[0] == status


async def test_the_largest_message_is_answered_and_one_byte_more_closes(venue: Running) -> None:
    """1009: too big."""
    socket = await connect(venue.port)
    await socket.send(b"x" * MESSAGE_BYTES_MAX)
    assert await socket.text() == "echo " + "x" * 100
    await socket.send(b"x" * (MESSAGE_BYTES_MAX + 1))

    assert await socket.close_code() == 1009
    socket.abandon()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[" * JSON_DEPTH_MAX + b"]" * JSON_DEPTH_MAX, False),
        (b"[" * (JSON_DEPTH_MAX + 1) + b"]" * (JSON_DEPTH_MAX + 1), True),
        (b'{"a":' * JSON_DEPTH_MAX, False),
        (b'{"a":' * (JSON_DEPTH_MAX + 1), True),
        (b"[{" * (JSON_DEPTH_MAX // 2) + b"[", True),
        (b"[]" * 1000, False),
        (b'{"a":"' + b"[" * 1000 + b'"}', False),
        (b'{"a":"\\"' + b"[" * 1000 + b'"}', False),
        (b'"' + b"[" * 1000, False),
        (b"", False),
    ],
)
def test_depth_counts_brackets_and_not_texts(data: bytes, expected: bool) -> None:
    """As deep as is allowed, and one more."""
    assert is_too_deep(data) is expected


async def test_a_body_nested_too_deeply_is_refused_before_it_is_decoded(venue: Running) -> None:
    """Whatever it would have meant: the dialect's refusal of what cannot be read."""
    for depth, told in ((JSON_DEPTH_MAX, b"not JSON"), (JSON_DEPTH_MAX + 1, b"deep")):
        body = b"[" * depth + b"]" * depth
        status, _, answer = await venue.ask("POST", "/fake/order", body, signed("trader", "/fake/order", body))
        assert status == 400
        assert (told == b"deep") is (b"deep" in answer), answer


async def test_a_message_nested_too_deeply_closes_the_socket(venue: Running) -> None:
    """1008, and the session never sees it."""
    socket = await connect(venue.port)
    await socket.send(b"[" * JSON_DEPTH_MAX)
    assert (await socket.text()).startswith("echo [")
    await socket.send(b"[" * (JSON_DEPTH_MAX + 1))

    assert await socket.close_code() == 1008
    socket.abandon()


async def test_of_a_key_that_is_sent_twice_the_last_counts(venue: Running) -> None:
    """In a body as in a query: as most JSON readers do, and the signature covers both."""
    body = b'{"symbol":"A","side":"BUY","size":1,"symbol":"B"}'
    status, _, answer = await venue.ask("POST", "/fake/order", body, signed("trader", "/fake/order", body))
    assert (status, json.loads(answer)[0]["symbol"]) == (200, "B")

    assert json.loads((await venue.ask("GET", "/fake/echo?symbol=A&symbol=B"))[2])["symbol"] == "B"


async def test_an_address_has_its_share_of_connections_and_no_more() -> None:
    """The next is told 429 and closed; who leaves makes room; a WebSocket is counted where WebSockets are."""
    async with running(settings=ServerSettings(grace_s=1, connections_per_address_max=3)) as venue:
        held = [await asyncio.open_connection("127.0.0.1", venue.port) for _ in range(3)]
        for reader, writer in held:
            writer.write(b"GET /fake/time HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await read_response(reader))[0] == 200
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 429")
        writer.close()

        reader, writer = held[0]
        writer.write(HANDSHAKE.format(path="/fake/ws", more="").encode())
        assert (await read_response(reader))[0] == 101
        assert (await venue.ask("GET", "/fake/time"))[0] == 200  # in its place
        for _, each in held:
            each.transport.abort()


async def test_an_account_has_its_share_of_requests_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told 429 at once; when one is answered there is room again."""
    monkeypatch.setattr(app, "PENDING_MAX", 2)
    async with running() as venue:
        asking = [asyncio.create_task(venue.ask("GET", "/fake/wait")) for _ in range(2)]
        application: Any = venue.server._uvicorn.config.app
        await until(lambda: application._pending.get("127.0.0.1") == 2)
        assert (await venue.ask("GET", "/fake/wait"))[0] == 429
        assert (await venue.ask("GET", "/fake/time"))[0] == 429
        venue.venue.gate.set()
        assert [answer[0] for answer in await asyncio.gather(*asking)] == [200, 200]

        assert (await venue.ask("GET", "/fake/wait"))[0] == 200
        assert not application._pending


async def test_an_address_that_is_not_believed_too_often_waits(venue: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with a good key, and only for what needs one; a minute after the first failure it may try again."""
    good = signed("trader", "/fake/order", b"{}")
    for _ in range(FAILURES_MAX):
        assert (await venue.ask("POST", "/fake/order", b"{}"))[0] == 401
    assert (await venue.ask("POST", "/fake/order", b"{}", good))[0] == 429
    assert (await venue.ask("GET", "/fake/time"))[0] == 200

    venue.venue.clock.advance(60 * SECOND_NS)
    assert (await venue.ask("POST", "/fake/order", b"{}", good))[0] == 400


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_subscriber_is_one(host: str, network: str) -> None:
    """A /64 is one household, which has 18 quintillion addresses to come from."""
    assert network_of(host) == network


def test_a_tally_counts_a_network() -> None:
    """And forgets it with its last connection."""
    tally = Tally(2)

    assert [tally.enter(host) for host in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::")] == [
        True, True, False, True,
    ]  # fmt: skip
    tally.leave("2001:db8::9")
    assert tally.enter("2001:db8::3")


def test_failures_are_counted_by_network_within_a_minute() -> None:
    """One fewer is no reason to wait; a window that is over is forgotten; other networks are not touched."""
    failures = FailedAttempts()
    for at in range(FAILURES_MAX - 1):
        failures.note(f"2001:db8::{at:x}", at)
    assert failures.wait_ns("2001:db8::", FAILURES_MAX) == 0
    failures.note("2001:db8::abcd", FAILURES_MAX)

    assert failures.wait_ns("2001:db8::", FAILURES_MAX) == FAILURES_NS - FAILURES_MAX
    assert failures.wait_ns("2001:db8:0:1::", FAILURES_MAX) == 0
    assert failures.wait_ns("2001:db8::", FAILURES_NS) == 0
    failures.note("2001:db8::", FAILURES_NS)
    assert failures.wait_ns("2001:db8::", FAILURES_NS) == 0


def test_failures_remember_a_bounded_number_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ones that failed first are forgotten first."""
    monkeypatch.setattr(addresses, "ADDRESSES_MAX", 2)
    monkeypatch.setattr(addresses, "FAILURES_MAX", 1)
    failures = FailedAttempts()
    for host in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        failures.note(host, 0)

    assert [bool(failures.wait_ns(f"192.0.2.{at}", 0)) for at in (1, 2, 3)] == [False, True, True]
