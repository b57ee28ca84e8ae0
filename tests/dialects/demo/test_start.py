"""From nothing to an order in one request: the account, the browser and the key of POST /demo/start, on every API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Endpoint
from bedesten.dialects.demo import start
from bedesten.dialects.demo.dialect import DemoDialect
from bedesten.server.app import App
from bedesten.simulation.demo import faucet_limits
from tests.dialects.native.browser import Browser
from tests.security.stand import Credentials, Stand, asked, standing

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: A private row of each API.
BALANCES = {
    "btse": "/spot/api/v3.3/user/wallet", "bitgin": "/v1/user", "btcturk": "/api/v1/users/balances",
    "native": "/native/v1/balances",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue with the demo's rows beside every dialect's."""
    async with standing() as opened:
        demo = DemoDialect(faucet_limits(demo_venue_file()))
        opened.dialects["demo"] = demo
        opened.app = App(opened.venue, list(opened.dialects.values()))
        yield opened


async def started(browser: Browser) -> dict[str, str]:
    """Start, and return what is told."""
    answer = await browser.ask("POST", start.PATH, base="")
    assert answer.status == 200, answer.body
    told: dict[str, str] = answer.json
    return told


async def test_a_browser_is_signed_in_to_a_funded_account_of_the_highest_level(stand: Stand) -> None:
    """What it asks next is answered, and no two are one account."""
    browser, other = Browser(stand), Browser(stand)
    told, others = await started(browser), await started(other)

    customer = (await browser.ask("GET", "/customer")).json
    balances = (await browser.ask("GET", "/balances")).json["items"]

    assert told["is_signed_in"] and (customer["username"], customer["level"]) == (told["name"], 3)
    assert "trade" in customer["may"] and all(float(row["available"]) > 0 for row in balances)
    assert told["name"] != others["name"] and told["key"] != others["key"]
    assert (await browser.ask("POST", "/orders", {})).json["reason"] == "csrf"  # a page asks for its token first


async def test_the_first_key_signs_on_every_api_at_once(stand: Stand) -> None:
    """BTSE, BITGIN, BtcTurk and the house's own; and an order of BTSE's quickstart is taken."""
    told = await started(Browser(stand))
    who = Credentials(told["key"], told["secret"], 0)
    for name, path in BALANCES.items():
        dialect = stand.dialects[name]
        row = next(each for each in dialect.endpoints if each.path == path and each.method == "GET")
        answer = await stand.call(dialect, row, who)
        assert answer.status == 200, (name, answer.body)
    btse = stand.dialects["btse"]
    place: Endpoint = next(
        each for each in btse.endpoints if each.path == "/spot/api/v3.3/order" and each.method == "POST"
    )
    order = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": "19000", "size": "0.01", "clOrderID": None}

    placed = await stand.call(btse, place, who, order)

    assert placed.status == 200 and placed.json[0]["symbol"] == "BTC-USD", placed.body


async def test_pages_of_other_sites_start_nothing_and_an_address_not_often(stand: Stand) -> None:
    """403 there; 429 behind the twentieth of an hour."""
    forged = await Browser(stand).ask("POST", start.PATH, base="", headers={"sec-fetch-site": "cross-site"})
    assert forged.status == 403
    sent = asked(next(row for row in stand.dialects["demo"].endpoints if row.path == start.PATH))
    statuses = [(await stand.send(replace(sent), "198.51.100.7")).status for _ in range(21)]
    assert statuses == [200] * 20 + [429]


async def test_a_browser_that_would_not_take_the_cookie_gets_the_key_alone(stand: Stand) -> None:
    """Without TLS, at a host that is not this machine."""
    browser = Browser(stand)
    answer = await browser.ask("POST", start.PATH, base="", headers={"host": "venue.example"})
    assert answer.status == 200 and not answer.json["is_signed_in"] and browser.jar == {}
