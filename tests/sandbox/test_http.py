"""The sandbox over HTTP alone, as a bot in any language drives it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bedesten import bootstrap
from bedesten.config import Settings
from bedesten.config.profiles import path_of
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot


def ask(url: str, path: str, form: Any = None, headers: Mapping[str, str] = {}) -> tuple[int, Any]:
    data = None if form is None else form if isinstance(form, bytes) else json.dumps(form).encode()
    try:
        answer = urlopen(Request(f"{url}{path}", data=data, headers={"content-type": "application/json", **headers}))
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.loads(answer.read())


def test_a_bot_in_any_language_drives_all_of_it(venue: TestVenue) -> None:
    """Time, an account, a fault, a fill, a refusal, a halted pair: each by one request."""
    before = ask(venue.url, "/sandbox")[1]
    opened = ask(venue.url, "/sandbox/accounts", {"name": "bot1", "balances": {"USD": "1000"}})[1]
    bot = Bot(venue.url, opened["api_key"], opened["api_secret"])
    rule = {"on": "answer", "where": {"method": "POST", "path": "*/order"}, "do": {"lose": True}}
    assert ask(venue.url, "/sandbox/faults", rule) == (200, {"number": 1})
    bot.buy("c-17", price="20000", size="0.01")
    order = {"account": "bot1", "client_id": "c-17"}
    assert ask(venue.url, "/sandbox/orders/fill", {**order, "quantity": "0.003"}) == (200, {"lots": 300})
    moved = ask(venue.url, "/sandbox/clock/advance", {"by": "5s"})[1]
    assert (moved["status"], moved["now_ns"] - before["now_ns"]) == ("settled", 5_000_000_000)
    assert ask(venue.url, "/sandbox/orders/arm", {**order, "client_id": "c-18", "reason": "halted"})[0] == 200
    assert ask(venue.url, "/sandbox")[1]["armed"] == ["c-18"]
    assert bot.place("c-18", price="20000", size="0.001")[0] == 400
    assert ask(venue.url, "/sandbox/pairs", {"pair": "BTC-USD", "state": "halted"})[0] == 200
    assert bot.place("c-19", price="20000", size="0.001")[0] == 400
    assert ask(venue.url, "/sandbox/deposits", {"account": "bot1", "asset": "USD", "amount": "5"})[0] == 200
    assert ask(venue.url, "/sandbox/faults/remove", {"number": 1})[0] == 200
    assert str(bot.bought()) == "0.003"


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/sandbox/clock/advance", {"by": "-5s"}, 400),
        ("/sandbox/clock/advance", {"by": "soon"}, 400),
        ("/sandbox/clock/advance", {"by": "5s", "pace": "hop"}, 400),
        ("/sandbox/clock/advance", {"by": "99999d", "pace": "leap"}, 400),
        ("/sandbox/clock/advance", {"till": "5s"}, 400),
        ("/sandbox/clock/advance", b"{", 400),
        ("/sandbox/clock/until", {"account": "nobody", "client_id": "c"}, 404),
        ("/sandbox/clock/until", {"account": "trader1", "client_id": ""}, 404),
        ("/sandbox/clock/until", {"account": "trader1", "client_id": "c", "within": "soon"}, 400),
        ("/sandbox/clock/skew", {"by": "later"}, 400),
        ("/sandbox/orders/fill", {"account": "nobody", "client_id": "c"}, 404),
        ("/sandbox/orders/fill", {"account": "trader1", "client_id": "c"}, 404),
        ("/sandbox/orders/arm", {"account": "trader1", "client_id": "c", "reason": "mood"}, 400),
        ("/sandbox/pairs", {"pair": "BTC-XYZ", "state": "halted"}, 404),
        ("/sandbox/pairs", {"pair": "BTC-USD", "state": "asleep"}, 400),
        ("/sandbox/pairs/life", {"pair": "BTC-XYZ", "makers": True}, 404),
        ("/sandbox/pairs/life", {"pair": "BTC-USD", "spread_times": 0}, 400),
        ("/sandbox/pairs/life", {"pair": "BTC-USD", "spread_times": 1001}, 400),
        ("/sandbox/prices", {"asset": "BTC"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "to": "1", "by": "1"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "to": "0"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "to": "1e999"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "by": "-100%"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "by": "-0.99999999999999999999"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "by": "nan"}, 400),
        ("/sandbox/prices", {"asset": "BTC", "by": "-30%", "over": "a while"}, 400),
        ("/sandbox/prices", {"asset": "XYZ", "to": "1"}, 404),
        ("/sandbox/prices/follow", {"asset": "XYZ"}, 404),
        ("/sandbox/prices/replay", {"csv": ""}, 400),
        ("/sandbox/prices/replay", {"csv": "time_ns,asset,usd"}, 400),
        ("/sandbox/prices/replay", {"csv": "time_ns,asset,usd\n1,BTC"}, 400),
        ("/sandbox/prices/replay", {"csv": "time_ns,asset,usd\n1,BTC,-4"}, 400),
        ("/sandbox/prices/replay", {"csv": "time_ns,asset,usd\n1,XYZ,4"}, 400),
        ("/sandbox/prices/replay", {"csv": "time_ns,asset,usd\n2,BTC,4\n1,BTC,4"}, 400),
        ("/sandbox/accounts", {"name": "trader1"}, 400),
        ("/sandbox/accounts", {"name": "x", "balances": {"USD": "much"}}, 400),
        ("/sandbox/accounts", {"name": "x", "balances": {"XYZ": "1"}}, 404),
        ("/sandbox/deposits", {"account": "trader1", "asset": "USD", "amount": "-1"}, 400),
        ("/sandbox/deposits", {"account": "trader1", "asset": "BTC", "amount": "1", "network": "Carrier pigeon"}, 404),
        ("/sandbox/faults", {"on": "answer", "do": {"drop": True}}, 400),
        ("/sandbox/faults", {"on": "answer", "do": {"status": 99999}}, 400),
        ("/sandbox/faults", {"on": "frame", "do": {"close": 70000}}, 400),
        ("/sandbox/faults", {"on": "weather", "do": {"drop": True}}, 400),
        ("/sandbox/faults", {"on": "answer", "do": {"lose": True, "status": 500}}, 400),
        ("/sandbox/faults/remove", {"number": 9}, 404),
        ("/sandbox/nothing", {}, 404),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    module_venue: TestVenue, path: str, form: Any, status: int
) -> None:
    """In the house's shape: {"error", "message"}."""
    before = ask(module_venue.url, "/sandbox")
    told = ask(module_venue.url, path, form)

    assert told[0] == status
    assert told[1].keys() == {"error", "message"} and told[1]["message"]
    assert ask(module_venue.url, "/sandbox") == before


def test_a_fill_that_something_stands_before_is_a_conflict(venue: TestVenue) -> None:
    """It names what stands there."""
    other = venue.known("trader2")
    Bot(venue.url, other.key, other.secret).place("first", price="21000", size="0.005")
    Bot(venue.url, venue.trader.key, venue.trader.secret).place("second", price="20000", size="0.01")

    status, told = ask(venue.url, "/sandbox/orders/fill", {"account": "trader1", "client_id": "second"})

    assert status == 409 and "stands before" in told["message"]


ELSEWHERE = [
    {"origin": "http://evil.example", "content-type": "text/plain"},
    {"origin": "http://evil.example", "host": "evil.example"},  # whose name leads to this machine
    {"origin": "http://evil.example:8080", "host": "evil.example:8080"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_no_page_of_a_site_drives_a_sandbox(module_venue: TestVenue, headers: dict[str, str]) -> None:
    """A browser sends such a request without asking anybody; nothing is changed."""
    before = ask(module_venue.url, "/sandbox")
    status, told = ask(module_venue.url, "/sandbox/clock/advance", {"by": "5s"}, headers)

    assert (status, told["error"]) == (403, "Forbidden")
    assert ask(module_venue.url, "/sandbox") == before


@pytest.mark.parametrize(
    ("allowed", "headers", "expected"),
    [
        (("127.0.0.0/8",), {}, 200),
        (("10.0.0.0/8", "192.0.2.7"), {}, 403),
        (("127.0.0.0/8",), {"x-forwarded-for": "127.0.0.1"}, 403),  # a proxy that nobody named does not show who asks
    ],
)
async def test_a_sandbox_is_driven_from_where_it_is_said(
    allowed: tuple[str, ...], headers: dict[str, str], expected: int
) -> None:
    """From this machine unless told; whoever else reaches the venue trades there, and steers nothing."""
    settings = Settings(port=0, sandbox=True, clock="manual", sandbox_from=allowed, config=path_of("small"))
    async with bootstrap.serve(settings, lambda said: None) as running:
        for path, form in (("/sandbox", None), ("/sandbox/clock/advance", {"by": "5ms"})):
            status, told = await asyncio.to_thread(ask, running.server.url, path, form, headers)
            assert status == expected
            assert status == 200 or "--sandbox-from names who may" in told["message"]
        assert (await asyncio.to_thread(ask, running.server.url, "/spot/api/v3.3/time", None, headers))[0] == 200


def test_pages_of_the_sandbox_itself_drive_it(module_venue: TestVenue) -> None:
    """They stand at its own address."""
    for headers in ({"origin": module_venue.url}, {"origin": module_venue.url, "sec-fetch-site": "same-origin"}):
        assert ask(module_venue.url, "/sandbox/clock/advance", {"by": "5ms"}, headers)[0] == 200


def test_every_fault_can_be_taken_out_of_force(venue: TestVenue) -> None:
    """A rule that loses whatever is asked does not keep its driver out."""
    rule = {"on": "request", "do": {"lose": True}, "times": 0}
    assert ask(venue.url, "/sandbox/faults", rule) == (200, {"number": 1})
    assert ask(venue.url, "/sandbox/faults/remove", {"number": 1})[0] == 200
    assert ask(venue.url, "/sandbox")[1]["faults"] == []


async def test_without_sandbox_there_is_no_such_path() -> None:
    """Nobody steers a venue that was not served to be steered."""
    async with bootstrap.serve(Settings(port=0, demo=True), lambda said: None) as running:
        for path, form in (("/sandbox", None), ("/sandbox/clock/advance", {"by": "5s"})):
            status, told = await asyncio.to_thread(ask, running.server.url, path, form)
            assert (status, told["error"]) == (404, "NotFound")


async def test_a_running_demo_is_pushed_on() -> None:
    """An offset clock runs with the machine's, and is ahead of it by what it was moved."""
    settings = Settings(port=0, demo=True, sandbox=True, clock="offset")
    async with bootstrap.serve(settings, lambda said: None) as running:
        before = await asyncio.to_thread(ask, running.server.url, "/sandbox")
        moved = await asyncio.to_thread(ask, running.server.url, "/sandbox/clock/advance", {"by": "10s"})

    assert moved[1]["now_ns"] - before[1]["now_ns"] >= 10_000_000_000
    assert moved[1]["steps"] > 30 and moved[1]["commands"] > 100
