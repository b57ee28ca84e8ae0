"""Who signed: the documents' own vectors, the headers, the ways of signing a cancellation, the nonce, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from tests.dialects.btse.stand import Client, Stand

from bedesten.dialects.btse.signature import KeyedHash, is_current, is_signed, signed_path
from bedesten.dialects.credentials import usable_key
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.store_types import ApiKey, Permission

SECRET = "848db84ac252b6726e5f6e7a711d9c96d9fd77d020151b45839a5b59c37203bx"
LEGACY = ("btse-api", "btse-nonce", "btse-sign")
PLAIN = (
    b'{"postOnly":false,"price":8500.0,%b"side":"BUY","size":0.002,"stopPrice":0.0,"symbol":"BTC-USD",'
    b'"time_in_force":"GTC","trailValue":0.0,"triggerPrice":0.0,"txType":"LIMIT","type":"LIMIT"}'
)
QUOTE = b'{"orderSizeInBaseCurrency":1,"orderAmountInOrderCurrency":0,"side":"buy","baseCurrency":"BTC","orderCurrency":"USD"}'
FUTURES = (
    b'{"postOnly":false,"price":8500.0,"reduceOnly":false,"side":"BUY","size":1,"stopPrice":0.0,"symbol":"BTC-PERP",'
    b'"time_in_force":"GTC","trailValue":0.0,"triggerPrice":0.0,"txType":"LIMIT","type":"LIMIT"}'
)
SPACED = b'{"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001, "time_in_force": "GTC"}'

#: Message and signature with SECRET. The first nine stand in the venue's documents (BTSE spot API v3.2 of 2021 and 2024, OTC,
#: futures, streaming); for two of them the documents repeat a neighbour's value, and these are the true ones.
VECTORS = [
    (b"/api/v3.2/user/wallet1624984297330",
     "14b986706a4368221e0af14a6725377161805e7a57d568220478cb3590ce532d4fad4ac68e6c02a14afced6a0619bfd3"),
    (b"/api/v3.2/order1624985375123" + PLAIN % b"",
     "e9cd0babdf497b536d1e48bc9cf1fadad3426b36406b5747d77ae4e3cdc9ab556863f2d0cf78e0228c39a064ad43afb7"),
    (b"/api/v3.3/order1624985375123" + PLAIN % b"",
     "8523d528bc9a6d3509849c6bfaec7c54535387d438362de790f49b809b0267dd3738258ea11bc6c36028c4632813fe03"),
    (b"/api/v3.2/order1624985375123" + PLAIN % b'"reduceOnly":false,',
     "134c4a41c5451b88fb2955ec2b35814e4a5d432b85723edc90d6c1161118eb3bb6ffa730f2ac415c00a9f072c770a85f"),
    (b"/api/v1/quote1624985375123" + QUOTE,
     "8ee43810606da581fb6ce03e10370f89125c2269a64de832a55cea219795e9ae0c3df86b51afbafdd28c03b16acd1427"),
    (b"/ws/spot1624985375123",
     "c410d38c681579adb335885800cff24c66171b7cc8376cfe43da1408c581748156b89bcc5a115bb496413bda481139fb"),
    (b"/ws/otc1624985375123",
     "971798b32585d7e63a1c2cafd261170c56caf17ff1d32a58fc2e9842292fa8ff2dbcf4fda7b4d6aed4a737c3c2930cf1"),
    (b"/api/v2.3/user/wallet1624984297330",
     "2c41ab59d24d4e807ab035ef2fd4619c928320cac319751e7be2ecd03e5bf6dd31a4c85db88535bbe3e012b22d312290"),
    (b"/api/v2.3/order1624985375123" + FUTURES,
     "1794da8c6090ed2d97a85f5b3bae89d7993b4f2db809da7abe24be5fb70b63fea7320b321929c4ee9e3eda083ecf837f"),
    (b"/public-api/wallet/v1/user/assets1624985375123",
     "d39cfc56313f9ca481e2082a8aedf9bc5717415e33900ac77c3a77e16c21aa9adc913130823d6bc5c9b0e5a47ef0730c"),
    (b"/api/v3.3/order1624985375123",
     "6b7a6208bcc7748d2702c3a86fa4b055b389a649dfd4afe538f0767d67ff061b9deb7be0f35fb68c0259a38a91302a9a"),
    (b"/api/v3.3/order?symbol=BTC-USD&orderID=990db9b6-2ed4-4c68-b46e-827c88cc38841624985375123",
     "da5ef11fbb8a3b40999c34774ad8995896f0a33fafa7d1b18d7617149619859953033fa8e8a080daa8feb28be7be22d7"),
    (b'/api/v1/accept/q11624985375123{"baseAmount":0.5,"quoteAmount":0}',
     "9680f327070d0f6b60de306d3d9762f1a475385da4f8455238b0f28373929e2ed0e2ffe73f051c237b7294b1d74bc0bf"),
    (b"/api/v3.3/order1624985375123" + SPACED,
     "ff0abbeae41a3368c54d7efbfc8ad435ff23d6e279d08220ba11f6ca208b9a2e4e27d236979d20e0cc2d4902aec03e2a"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "signature"), VECTORS)
def test_documented_signatures_verify(message: bytes, signature: str) -> None:
    """What the documents sign with their secret, we sign alike."""
    assert KeyedHash(SECRET.encode()).hex(message) == signature


def test_a_long_secret_is_hashed_first() -> None:
    """RFC 2104: a key longer than the hash's block is replaced by its hash."""
    secret = b"x" * 200

    assert KeyedHash(secret).hex(b"message") == hmac.new(secret, b"message", hashlib.sha384).hexdigest()


def test_the_keyed_hash_is_made_once_for_a_key() -> None:
    """The second request of a key copies it."""
    key = ApiKey(key="k", secret=SECRET, account=16, permissions=Permission.READ)

    assert is_signed(key, VECTORS[0][1].encode(), VECTORS[0][0])
    kept = key.hmacs["btse"]
    assert not is_signed(key, VECTORS[1][1].encode(), VECTORS[0][0])
    assert key.hmacs["btse"] is kept


@pytest.mark.parametrize(
    ("path", "signed"),
    [
        ("/spot/api/v3.3/order", "/api/v3.3/order"),
        ("/otc/api/v1/quote", "/api/v1/quote"),
        ("/public-api/wallet/v1/user/assets", "/public-api/wallet/v1/user/assets"),
        ("/ws/spot", "/ws/spot"),
    ],
)
def test_the_product_is_not_signed(path: str, signed: str) -> None:
    """A product's prefix belongs to the host; the public API has none."""
    assert signed_path(path) == signed.encode()


@pytest.mark.parametrize(
    ("offset_ms", "current"), [(0, True), (60_000, True), (-60_000, True), (60_001, False), (-60_001, False)]
)
def test_a_nonce_lies_within_a_minute_of_the_clock(offset_ms: int, current: bool) -> None:
    """Clocks drift and requests queue; more than a minute is refused."""
    now_ns = 1_700_000_000_000 * 1_000_000

    assert is_current(b"%d" % (1_700_000_000_000 + offset_ms), now_ns) is current


@pytest.mark.parametrize("nonce", ["", "abc", "-1", "1.7e12", "1700000000000.0", "９", "1" * 30])
def test_a_nonce_is_digits(nonce: str) -> None:
    """Anything else is refused, not raised over."""
    assert not is_current(nonce.encode(), 1_700_000_000_000_000_000)


async def test_both_sets_of_headers_are_accepted(stand: Stand, alice: Client) -> None:
    """Clients from before August 2023 say btse-api, btse-nonce, btse-sign."""
    for names in (alice.names, LEGACY):
        alice.names = names
        assert (await alice.order()).status == 200


async def test_a_nonce_may_be_used_again(stand: Stand, alice: Client) -> None:
    """Two requests within a millisecond are both served."""
    for _ in range(2):
        assert (await alice.get("/spot/api/v3.2/user/wallet")).status == 200


@pytest.mark.parametrize("version", ["v3.1", "v3.2", "v3.3"])
async def test_a_cancellation_may_sign_its_path_or_its_path_and_query(alice: Client, version: str) -> None:
    """The quickstart signs the query, everybody else does not."""
    path = f"/spot/api/{version}/order"
    for signed in (None, f"/api/{version}/order?symbol=BTC-USD" + "{}"):
        answer = await alice.call("DELETE", path, signed=signed, symbol="BTC-USD")
        assert (answer.status, answer.json) == (200, [])


async def test_a_cancellation_may_sign_its_query_as_typed(alice: Client) -> None:
    """An HTTP library escapes what the program signed before."""
    signed = "/api/v3.3/order?symbol=BTC-USD&clOrderID=my order{}"

    answer = await alice.call("DELETE", "/spot/api/v3.3/order", signed=signed, symbol="BTC-USD", clOrderID="my order")

    assert answer.status == 200


async def test_a_cancellation_may_have_a_body_and_leave_it_unsigned(alice: Client) -> None:
    """One published client sends JSON and signs without it; signed with it is fine too."""
    for signed in (None, "/api/v3.3/order{}"):
        answer = await alice.call("DELETE", "/spot/api/v3.3/order", {"symbol": "BTC-USD"}, signed=signed)
        assert answer.status == 200


async def test_only_a_cancellation_may_sign_its_query(alice: Client) -> None:
    """The authentication page says that a query in the signature fails."""
    answer = await alice.call(
        "GET", "/spot/api/v3.3/user/fees", signed="/api/v3.3/user/fees?symbol=BTC-USD{}", symbol="BTC-USD"
    )

    assert answer.status == 401


async def test_the_body_is_verified_as_it_was_sent(alice: Client) -> None:
    """Spaces count: what is signed is the bytes, not their meaning."""
    body = b'{"symbol":  "BTC-USD", "side":"BUY", "type":"LIMIT", "price":2e4, "size":1e-3}'

    assert (await alice.call("POST", "/spot/api/v3.3/order", raw=body)).status == 200
    compact = await alice.call("POST", "/spot/api/v3.3/order", raw=body, signed="/api/v3.3/order{}" + "x")
    assert compact.status == 401


FAILED = {
    "code": 10002,
    "msg": "UNAUTHORIZED: Authentication Failed",
    "time": 1_700_000_000_000,
    "data": None,
    "success": False,
}


@pytest.mark.parametrize("change", [{"secret": "another"}, {"key": "unknown"}])
async def test_a_stranger_is_told_401(alice: Client, change: dict[str, Any]) -> None:
    """An unknown key and a wrong secret get the same answer."""
    for name, value in change.items():
        setattr(alice, name, value)

    answer = await alice.get("/spot/api/v3.3/user/fees")

    assert (answer.status, answer.json) == (401, FAILED)


async def test_missing_headers_are_named(stand: Stand) -> None:
    """Without any key the venue says which parameter it misses."""
    answer = await stand.public.get("/spot/api/v3.3/user/fees")

    assert (answer.status, answer.json) == (401, {**FAILED, "msg": "api parameter is mandatory"})


async def test_an_old_nonce_is_named(stand: Stand, alice: Client) -> None:
    """A drifting clock is told apart from a wrong secret."""
    stamp = stand.clock.now_ns() // 1_000_000

    answer = await alice.call("GET", "/spot/api/v3.3/user/fees", nonce=stamp - 60_001)

    assert (answer.status, answer.json["msg"]) == (401, "Invalid nonce")


async def test_a_key_without_the_permission_is_told_403(stand: Stand) -> None:
    """Known, but not allowed: another status than a stranger's."""
    reader = await stand.customer("reader", {Permission.READ})

    assert (await reader.get("/spot/api/v3.3/user/fees")).status == 200
    answer = await reader.order()
    assert (answer.status, answer.json["code"], answer.json["success"]) == (403, 10002, False)


async def test_a_key_may_be_bound_to_addresses(stand: Stand) -> None:
    """Single addresses and networks; the test's requests come from 192.0.2.1."""
    for name, allowed, status in (
        ("here", ("192.0.2.1",), 200),
        ("net", ("10.0.0.0/8", "192.0.2.0/24"), 200),
        ("elsewhere", ("198.51.100.7",), 401),
    ):
        client = await stand.customer(name, ip_allow_list=allowed)
        assert (await client.get("/spot/api/v3.3/user/fees")).status == status


@pytest.mark.parametrize("allowed", ["192.0.2.1", "192.0.2.0/24"])
async def test_an_address_is_the_same_over_a_socket_for_both_families(stand: Stand, allowed: str) -> None:
    """A server on "::" sees an IPv4 client at ::ffff:192.0.2.1."""
    name = (await stand.customer("here", ip_allow_list=(allowed,))).key

    assert usable_key(stand.venue, name, "::ffff:192.0.2.1").key == name
    with pytest.raises(Unauthenticated):
        usable_key(stand.venue, name, "::ffff:198.51.100.7")


async def test_an_expired_key_is_a_strangers(stand: Stand) -> None:
    """Keys end at their time."""
    client = await stand.customer("late", expires_ns=stand.clock.now_ns())

    assert (await client.get("/spot/api/v3.3/user/fees")).status == 401
