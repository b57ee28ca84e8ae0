"""Who signed: the documents' vector, the headers, the stamp's tolerance, the words of each refusal, and strangers."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.dialects.btcturk import signature
from bedesten.services.store_types import ApiKey, Permission
from tests.dialects.btcturk.stand import SECOND, Client, Stand, sign

BALANCES = "/api/v1/users/balances"
MS = 1_000_000


def test_the_published_vector_holds() -> None:
    """Key test-key, secret dGVzdC1zZWNyZXQ=, stamp 1700000000123."""
    key = ApiKey(key="test-key", secret="dGVzdC1zZWNyZXQ=", account=16, permissions=Permission.READ)

    made = b"XORLW3AaT5ikKu+tz7ToTvU+f6jr7ndvb/gZ4aPBlx0="

    assert signature.is_signed(key, made, b"test-key1700000000123")
    assert not signature.is_signed(key, made, b"test-key1700000000124")
    assert sign(key.key, key.secret, "1700000000123").encode() == made


def test_a_secret_that_is_not_base64_signs_nothing() -> None:
    """Not even the empty secret's signature is good."""
    key = ApiKey(key="k", secret="not base64!", account=16, permissions=Permission.READ)

    assert not signature.is_signed(key, sign("k", "", "1").encode(), b"k1")


@pytest.mark.parametrize("off_ms", [-5_000, -1, 0, 1, 5_000])
async def test_a_stamp_within_five_seconds_is_good(alice: Client, off_ms: int) -> None:
    """In either direction, and as often as it is sent."""
    stamp = str(alice.stand.clock.now_ns() // MS + off_ms)

    answers = [await alice.call("GET", BALANCES, headers=alice.headers(stamp)) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("off_ms", [-5_001, 5_001])
@pytest.mark.parametrize(("nonce", "status"), [(None, 401), ("15000", 200), ("0", 401), ("x", 401)])
async def test_x_nonce_widens_the_tolerance(alice: Client, off_ms: int, nonce: str | None, status: int) -> None:
    """It names milliseconds; what is no number widens nothing."""
    stamp = str(alice.stand.clock.now_ns() // MS + off_ms)
    headers = alice.headers(stamp) | ({"x-nonce": nonce} if nonce is not None else {})

    answer = await alice.call("GET", BALANCES, headers=headers)

    assert answer.status == status
    if status == 401:
        assert answer.refusal == (401, "Unauthorized - Invalid Nonce", 1038)


async def test_x_nonce_widens_no_further_than_a_minute(alice: Client) -> None:
    """A client that sends the time as its tolerance gets sixty seconds."""
    now_ms = alice.stand.clock.now_ns() // MS
    statuses = []
    for off_ms in (60_000, 60_001):
        headers = alice.headers(str(now_ms - off_ms)) | {"x-nonce": str(now_ms)}
        statuses.append((await alice.call("GET", BALANCES, headers=headers)).status)

    assert statuses == [200, 401]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x-pck": ""}, "Headers are missing"),
        ({"x-stamp": ""}, "Headers are missing"),
        ({"x-signature": ""}, "Headers are missing"),
        ({"x-pck": "nobody"}, "Invalid Public key"),
        ({"x-stamp": "1.7e12"}, "Invalid Nonce"),
        ({"x-stamp": "1700000000"}, "Invalid Nonce"),
        ({"x-stamp": "9" * 30}, "Invalid Nonce"),
        ({"x-signature": "AAAA"}, "Invalid Signature"),
        ({"x-signature": "ü"}, "Invalid Signature"),
    ],
)
async def test_each_failure_has_its_words(alice: Client, change: dict[str, str], message: str) -> None:
    """401, code 1038, and which of the headers it was."""
    answer = await alice.call("GET", BALANCES, headers=change)

    assert answer.refusal == (401, f"Unauthorized - {message}", 1038)


async def test_a_secret_signs_decoded_and_not_as_text(alice: Client) -> None:
    """The secret's text as the key, which is another venue's way, is a wrong signature."""
    import base64

    other = Client(alice.stand, alice.key, base64.b64encode(alice.secret.encode()).decode())

    assert (await other.get(BALANCES)).refusal[1] == "Unauthorized - Invalid Signature"


async def test_a_key_without_the_permission_is_told_401(stand: Stand) -> None:
    """As the venue does; never 403."""
    reader = await stand.customer("reader", [Permission.READ])
    trader = await stand.customer("trader", [Permission.TRADING])
    refused = (401, "Unauthorized - Invalid Request", 1038)

    assert (await reader.get(BALANCES)).status == 200
    assert (await reader.get("/api/v1/openOrders")).refusal == refused
    assert (await reader.order()).refusal == refused
    assert (await trader.get("/api/v1/openOrders")).status == 200
    assert (await trader.get(BALANCES)).refusal == refused
    assert (await trader.post("/api/v1/withdrawals/crypto", {})).refusal == refused


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ({"ip_allow_list": ["192.0.2.0/24"]}, 200),
        ({"ip_allow_list": ["198.51.100.1"]}, 401),
        ({"expires_ns": 1}, 401),
    ],
)
async def test_a_keys_own_bounds_are_kept(stand: Stand, key: dict[str, Any], status: int) -> None:
    """Where it may be used from, and how long."""
    customer = await stand.customer("bounded", **key)

    assert (await customer.get(BALANCES)).status == status


# Strangers


async def stranger(stand: Stand, times: int, address: str = "192.0.2.66") -> list[int]:
    client = Client(stand, "nobody", "AAAA", address=address)
    return [(await client.get(BALANCES)).status for _ in range(times)]


async def test_fifty_strange_requests_in_a_row_shut_an_address_out(stand: Stand, alice: Client) -> None:
    """Everything from there is refused for ten minutes, what is public and what is signed well included; others go on."""
    assert await stranger(stand, 50) == [401] * 50

    there = Client(stand, alice.key, alice.secret, address="192.0.2.66")
    signed, public = await there.get(BALANCES), await there.get("/api/v2/ticker")
    assert (signed.status, public.status, signed.headers["retry-after"]) == (429, 429, "600")
    assert (await alice.get(BALANCES)).status == 200
    stand.clock.advance(600 * SECOND)
    assert (await there.get(BALANCES)).status == 200


async def test_a_known_request_in_between_ends_the_row(stand: Stand, alice: Client) -> None:
    """Forty-nine, one that is good, and forty-nine again."""
    there = Client(stand, alice.key, alice.secret, address="192.0.2.66")

    await stranger(stand, 49)
    assert (await there.get(BALANCES)).status == 200
    await stranger(stand, 49)

    assert (await there.get(BALANCES)).status == 200


def test_strangers_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest addresses are forgotten."""
    monkeypatch.setattr(signature, "ADDRESSES_MAX", 3)
    strangers = signature.Strangers()

    for number in range(10):
        strangers.refuse(f"192.0.2.{number}", 0)

    assert list(strangers._counts) == ["192.0.2.7", "192.0.2.8", "192.0.2.9"]
