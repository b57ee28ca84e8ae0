"""Rate limits: the table of the documents, for the account and for the address, and how a refusal reads."""

from __future__ import annotations

from typing import Any

import pytest

from bedesten.bootstrap import make_dialects
from bedesten.config import parse_venue_file
from bedesten.server.app import App
from tests.dialects.btcturk.stand import SECOND, VENUE_FILE, Client, Stand

BALANCES = "/api/v1/users/balances"


async def statuses(client: Client, times: int, method: str, path: str, **query: Any) -> list[int]:
    return [(await client.call(method, path, query=query)).status for _ in range(times)]


@pytest.mark.parametrize(
    ("method", "path", "most", "period_s"),
    [
        ("GET", BALANCES, 120, 60),
        ("GET", "/api/v1/users/transactions/trade", 120, 60),
        ("GET", "/api/v1/users/transactions/crypto", 90, 60),
        ("POST", "/api/v1/users/transactions/fiat", 90, 60),
        ("GET", "/api/v1/openOrders", 300, 60),
        ("GET", "/api/v1/allOrders", 300, 60),
        ("GET", "/api/v1/order/1", 30, 1),
        ("DELETE", "/api/v1/order", 10, 1),
        ("POST", "/api/v1/order", 10, 1),
        ("POST", "/api/v1/withdrawals/crypto", 10, 60),
        ("GET", "/api/v1/trades", 90, 60),
        ("GET", "/api/v2/trades", 90, 60),
        ("GET", "/api/v2/orderBook", 180, 60),
        ("GET", "/api/v2/ticker", 600, 60),
        ("GET", "/v1/ohlcs", 120, 60),
    ],
)
async def test_each_class_of_requests_has_its_limit(
    alice: Client, method: str, path: str, most: int, period_s: int
) -> None:
    """One more is refused, and let through when the period is over."""
    seen = await statuses(alice, most + 1, method, path)

    assert 429 not in seen[:most]
    assert seen[most] == 429
    alice.stand.clock.advance(period_s * SECOND)
    assert await statuses(alice, 1, method, path) != [429]


async def test_a_refusal_says_how_much_is_allowed_and_when_to_come_back(alice: Client) -> None:
    """The body of today's server, and Retry-After in whole seconds until there is room."""
    await statuses(alice, 60, "GET", BALANCES)
    alice.stand.clock.advance(20 * SECOND)
    await statuses(alice, 60, "GET", BALANCES)
    alice.stand.clock.advance(SECOND // 2)

    answer = await alice.get(BALANCES)

    assert answer.headers["retry-after"] == "40"
    assert answer.body == (
        b'{"message":"TOO_MANY_REQUESTS","success":false,"code":429,"details":"Quota exceeded. Maximum allowed: 120 per 1m.",'
        b'"limit":"120","period":"1m","policy":"ip"}'
    )


async def test_a_limit_holds_for_the_account_from_every_address(stand: Stand, alice: Client) -> None:
    """And for the address, whichever accounts ask from there; other addresses and accounts go on."""
    bob = await stand.customer("bob")
    elsewhere = Client(stand, alice.key, alice.secret, address="198.51.100.7")
    await statuses(alice, 120, "GET", BALANCES)

    by_account, by_address = await elsewhere.get(BALANCES), await bob.get(BALANCES)

    assert (by_account.json["policy"], by_address.json["policy"]) == ("account", "ip")
    assert (await Client(stand, bob.key, bob.secret, address="198.51.100.8").get(BALANCES)).status == 200


async def test_all_of_v1_has_a_limit_of_its_own(alice: Client) -> None:
    """Six hundred a minute over all its endpoints, public ones included."""
    for path, times in (("/api/v1/openOrders", 300), ("/api/v1/allOrders", 270)):
        assert set(await statuses(alice, times, "GET", path)) == {200}
    assert set(await statuses(alice, 30, "GET", "/api/v1/trades", pairSymbol="BTCTRY")) == {200}

    answer = await alice.get(BALANCES)

    assert (answer.status, answer.json["limit"], answer.json["period"]) == (429, "600", "1m")
    assert (await alice.get("/api/v2/ticker")).status == 200


async def test_the_graph_host_has_ten_minutes(alice: Client) -> None:
    """Six hundred requests in ten minutes, for days and candles together."""
    assert set(await statuses(alice, 600, "GET", "/v1/klines/history", symbol="BTCTRY", resolution="60")) == {200}

    answer = await alice.get("/v1/ohlcs", pair="BTCTRY")

    assert (answer.status, answer.json["period"], answer.headers["retry-after"]) == (429, "10m", "600")


async def test_failed_signatures_count_for_their_address(stand: Stand, alice: Client) -> None:
    """Whoever signs wrong uses up what the address may ask, and is told so; from elsewhere the account is not touched."""
    wrong = Client(stand, alice.key, "AAAA")
    path = "/api/v1/withdrawals/crypto"

    assert await statuses(wrong, 11, "POST", path) == [401] * 10 + [429]
    refused = await alice.post(path, {})

    assert (refused.status, refused.json["limit"], refused.json["policy"]) == (429, "10", "ip")
    elsewhere = Client(stand, alice.key, alice.secret, address="198.51.100.7")
    assert (await elsewhere.post(path, {})).status == 400


async def test_an_operator_widens_a_class_for_every_address(stand: Stand) -> None:
    """What the venue file says of a class takes the place of all its windows: bots that share an address go on."""
    wide = parse_venue_file(
        VENUE_FILE + "[rate_limits.btcturk]\nbalances = { requests = 1000, seconds = 60 }\n", source="tests"
    )
    stand.app = App(stand.venue, make_dialects(wide))
    bots = [await stand.customer(name) for name in ("bot1", "bot2")]

    for bot in bots:
        assert set(await statuses(bot, 700, "GET", BALANCES)) == {200}
