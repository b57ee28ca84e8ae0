"""Who is believed about a client's address, scheme and host, and what is made of what they say."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.unit.server.fake import FakeDialect, Running, endpoint, read_response, running
from tests.unit.server.wire import HANDSHAKE

from bedesten.dialects.addresses import is_host
from bedesten.server.forwarded import UNKNOWN, Forwarded, address_of
from bedesten.server.settings import ServerSettings

PROXY = "10.0.0.1"
TRUSTED = ("10.0.0.0/24", "fd00::/64")


def seen(
    *headers: tuple[str, str], peer: str = PROXY, kind: str = "http", trusted: tuple[str, ...] = TRUSTED
) -> dict[str, Any]:
    """Return the scope after what was forwarded was judged."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {
        "type": kind, "client": (peer, 4711), "scheme": "http" if kind == "http" else "ws",
        "headers": [(b"host", b"inner:8080"), *raw],
    }  # fmt: skip
    Forwarded(trusted).apply(scope)
    return scope


@pytest.mark.parametrize(
    ("told", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),  # the client wrote the first one itself
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),  # as two headers
        (["198.51.100.1, 203.0.113.7, 10.0.0.9"], "203.0.113.7"),  # two proxies of ours
        (["198.51.100.1,203.0.113.7", "10.0.0.9 , 10.0.0.8"], "203.0.113.7"),
        (["10.0.0.5, 10.0.0.9"], "10.0.0.5"),  # all ours: whoever asked first
        (["203.0.113.7:51234"], "203.0.113.7"),
        (["[2001:DB8::7]:51234"], "2001:db8::7"),
        (["[2001:db8::7]"], "2001:db8::7"),
        (["2001:0db8:0:0::7"], "2001:db8::7"),
        (["198.51.100.1, fd00::9"], "198.51.100.1"),
        (["198.51.100.1, ::ffff:203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, ::ffff:10.0.0.9"], "203.0.113.7"),
        (["fe80::1%eth0"], "fe80::1"),
        (["203.0.113.7, "], "203.0.113.7"),
        (["198.51.100.1, unknown"], UNKNOWN),
        (["198.51.100.1, _hidden"], UNKNOWN),
        (["203.0.113.7:x"], UNKNOWN),
        (["[2001:db8::7"], UNKNOWN),
        (["010.0.0.1"], UNKNOWN),
        (["127.0.0.1, x" + "9" * 30_000], UNKNOWN),
        (["127.0.0.1, <script>"], UNKNOWN),
        (["127.0.0.1, \xff\xfe"], UNKNOWN),
        ([""], PROXY),
        ([" , ,"], PROXY),
    ],
)  # fmt: skip
def test_the_client_is_the_nearest_hop_that_nobody_vouches_for(told: list[str], client: str) -> None:
    """What stands further left was written by somebody unknown; what is no address is nobody's."""
    assert seen(*(("X-Forwarded-For", each) for each in told))["client"][0] == client


@pytest.mark.parametrize("peer", ["203.0.113.7", "10.0.1.1", "fd01::1", "", "unix:"])
def test_a_stranger_is_not_believed(peer: str) -> None:
    """Neither its address, nor the scheme, nor the host: everything stays as the connection has it."""
    headers = (("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"))
    for trusted in (TRUSTED, ()):
        scope = seen(*headers, peer=peer, trusted=trusted)
        assert (scope["client"], scope["scheme"]) == ((peer, 4711), "http")
        assert dict(scope["headers"])[b"host"] == b"inner:8080"


@pytest.mark.parametrize("peer", ["::ffff:10.0.0.1", "fd00::1%eth0", "10.0.0.254"])
def test_a_proxy_is_known_in_every_spelling(peer: str) -> None:
    """A socket on "::" sees IPv4 as a part of IPv6."""
    assert seen(("x-forwarded-for", "203.0.113.7"), peer=peer)["client"] == ("203.0.113.7", 0)


@pytest.mark.parametrize(
    ("hops", "protos", "scheme"),
    [
        ("203.0.113.7", ["https"], "https"),
        ("203.0.113.7", ["HTTPS"], "https"),
        ("203.0.113.7", ["wss"], "https"),
        ("203.0.113.7", ["http"], "http"),
        ("203.0.113.7", ["https, http"], "http"),  # the client wrote the first one itself
        ("203.0.113.7", ["https", "http"], "http"),
        ("1.1.1.1, 203.0.113.7", ["https, http"], "http"),
        ("203.0.113.7, 10.0.0.9", ["https, http"], "https"),  # TLS ends at the outer proxy
        ("203.0.113.7, 10.0.0.9", ["http, https, http"], "https"),
        ("203.0.113.7, 10.0.0.9", ["https"], "https"),  # one word for the whole way
        ("203.0.113.7", ["javascript:alert(1)//"], "http"),
        ("203.0.113.7", ["https javascript:"], "http"),
        ("203.0.113.7", ["\xff"], "http"),
        ("203.0.113.7", [""], "http"),
        ("", ["https"], "https"),
    ],
)
def test_the_scheme_is_what_the_clients_own_hop_spoke(hops: str, protos: list[str], scheme: str) -> None:
    """Http or https, told by the proxy that saw the client; everything else is no scheme."""
    headers = [("X-Forwarded-For", hops), *(("X-Forwarded-Proto", each) for each in protos)]
    assert seen(*headers)["scheme"] == scheme
    assert seen(*headers, kind="websocket")["scheme"] == {"http": "ws", "https": "wss"}[scheme]


@pytest.mark.parametrize(
    ("told", "host"),
    [
        ("exchange.example", b"exchange.example"),
        ("exchange.example:8443", b"exchange.example:8443"),
        ("[2001:db8::7]:8443", b"[2001:db8::7]:8443"),
        ("evil.example, exchange.example", b"exchange.example"),
        ("exchange.example/path", b"inner:8080"),
        ('"><script>', b"inner:8080"),
        ("user@evil.example", b"inner:8080"),
        ("x" * 300, b"inner:8080"),
        ("", b"inner:8080"),
    ],
)
def test_the_host_is_one_that_can_stand_in_a_url(told: str, host: bytes) -> None:
    """Or it stays what the proxy asked for; there is one host, never two."""
    scope = seen(("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Host", told))
    assert [value for name, value in scope["headers"] if name == b"host"] == [host]


def test_addresses_and_hosts_are_told_from_garbage() -> None:
    """Nothing that only begins like one."""
    garbage = ("", "1.2.3", "1.2.3.4.5", "::1::", "[1.2.3.4", "1.2.3.4:", "x" * 9_999)
    assert not any(address_of(text) for text in garbage)
    assert not any(is_host(text) for text in ("", "a b", "a\r\nb", "a/b", "a:b", "a:1:2", "a#b", "::1", "ä"))


async def who(venue: Any, request: Any, params: None) -> dict[str, str]:
    """Say how the client is seen."""
    return {"host": request.client_host, "scheme": request.scheme}


def telling() -> FakeDialect:
    dialect = FakeDialect()
    dialect.endpoints = (*dialect.endpoints, endpoint("POST", "/fake/who", who), endpoint("GET", "/fake/who", who))
    return dialect


def behind_proxies() -> Any:
    return running(settings=ServerSettings(grace_s=1, trusted_proxies=("127.0.0.0/8",)), dialect=telling())


async def answers(venue: Running, data: bytes, count: int) -> list[Any]:
    """Return the bodies of *count* answers on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    writer.write(data)
    found = [json.loads((await read_response(reader))[2]) for _ in range(count)]
    writer.close()
    return found


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_trailer_is_no_header(method: bytes) -> None:
    """Neither of its own request nor of the next one on the connection, which a proxy shares among its clients."""
    head = b" /fake/who HTTP/1.1\r\nhost: x\r\nX-Forwarded-For: 203.0.113.7\r\n"
    trailers = b"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n\r\n"
    whole = method + head + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + trailers
    async with behind_proxies() as venue:
        found = await answers(venue, (whole + b"GET" + head + b"\r\n") * 2, 4)
    assert found == [{"host": "203.0.113.7", "scheme": "http"}] * 4


async def test_a_proxys_word_counts_and_a_strangers_does_not() -> None:
    """Over a real connection, in any case of letters; and on the short way as on the long one."""
    asked = b"GET /fake/who HTTP/1.1\r\nhost: x\r\nx-FORWARDED-for: 1.1.1.1, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n\r\n"
    async with behind_proxies() as venue:
        assert await answers(venue, asked, 1) == [{"host": "203.0.113.7", "scheme": "https"}]
    async with running(dialect=telling()) as venue:
        assert await answers(venue, asked, 1) == [{"host": "127.0.0.1", "scheme": "http"}]
    async with running(settings=ServerSettings(grace_s=1, is_behind_tls=True), dialect=telling()) as venue:
        assert await answers(venue, asked, 1) == [{"host": "127.0.0.1", "scheme": "https"}]


async def test_a_websocket_counts_for_its_client_and_not_for_the_proxy() -> None:
    """Its session has the forwarded address, and the share of connections is the client's."""
    async with running(
        settings=ServerSettings(grace_s=1, trusted_proxies=("127.0.0.0/8",), sockets_per_address_max=1)
    ) as venue:
        opened = []
        for address in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
            writer.write(HANDSHAKE.format(path="/fake/ws", more=f"x-forwarded-for: {address}\r\n").encode())
            opened.append(((await read_response(reader))[0], writer))
        assert [status for status, _ in opened] == [101, 101, 429]
        assert [session.connection.client_host for session in venue.venue.sessions] == ["203.0.113.7", "203.0.113.8"]
        for _, writer in opened:
            writer.close()
