"""ccxt clients of a test speak to its venue and to nobody else, whatever is done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from bedesten.testing.ccxt_clients import (
    MISSING,
    Clients,
    LeftTheVenue,
    assert_stays_on,
    client_of,
    keep_on,
    urls_of,
)
from bedesten.testing.venue import TestVenue

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
HERE = "http://127.0.0.1:18080"
ABROAD = "https://api.example.com"


@pytest.mark.parametrize("name", ccxt.exchanges)
def test_every_url_of_every_exchange_is_moved(name: str) -> None:
    """All that ccxt knows, in whatever shape they keep their URLs; the testnet's as well."""
    client = client_of(name, HERE)
    if client.urls.get("test"):
        client.set_sandbox_mode(True)

    assert_stays_on(client, HERE)
    assert all(f"://{HERE.partition('://')[2]}" in url for _, url in urls_of(client))


async def test_both_forms_and_both_dialects_trade(venue: TestVenue, ccxt_client: Clients) -> None:
    """Kept clients are ccxt's own: markets, an order, a balance; in the sandbox mode as well."""
    blocking = ccxt_client("btse")
    await asyncio.to_thread(blocking.load_markets)
    blocking.set_sandbox_mode(True)
    placed = await asyncio.to_thread(blocking.create_order, "BTC/USD", "limit", "buy", 0.01, 20_000)
    assert placed["status"] == "open"
    async with ccxt_client("btcturk", asynchronous=True) as awaited:
        assert (await awaited.fetch_balance())["USDT"]["total"] > 0
    given = ccxt_client(ccxt.btse({"apiKey": "somebody's own", "secret": "not for a test"}))
    assert (await asyncio.to_thread(given.fetch_balance))["USD"]["used"] > 0
    assert given.apiKey == venue.trader.key


def sent_elsewhere(client: Any) -> None:
    client.urls["api"] = {"public": ABROAD, "private": ABROAD}


def sent_to_a_likeness(client: Any) -> None:
    there = HERE.replace("://", "://127.0.0.1:18080@")[:-4] + "9999"
    client.urls["api"] = {"public": there, "private": there}


def sent_by_a_proxy(client: Any) -> None:
    client.httpProxy = "http://10.0.0.1:3128"


def sent_by_an_older_proxy(client: Any) -> None:
    client.aiohttp_proxy = client.proxies = "http://10.0.0.1:3128"


def sent_behind_a_proxys_url(client: Any) -> None:
    client.proxyUrl = "https://proxy.example.com/"


WAYS = (sent_elsewhere, sent_to_a_likeness, sent_by_a_proxy, sent_by_an_older_proxy, sent_behind_a_proxys_url)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["blocking", "asynchronous"])
async def test_what_would_leave_is_refused_at_once(way: Callable[[Any], None], asynchronous: bool) -> None:
    """It is no error of ccxt's, nothing is opened for it, and whoever keeps the client is told."""
    told: list[str] = []
    kind = ccxt.async_support.btse if asynchronous else ccxt.btse
    client = keep_on(kind(), HERE, told.append)
    way(client)
    for ask in (client.fetch_time, client.fetch_markets):
        with pytest.raises(LeftTheVenue, match="nothing was sent"):
            await ask() if asynchronous else ask()
    assert len(told) == 2
    assert not isinstance(LeftTheVenue(""), ccxt.BaseError)
    if asynchronous:
        assert client.session is None, "not even a session was opened"


async def test_a_websocket_elsewhere_is_refused() -> None:
    """ccxt's streaming clients are given their connections by `client`."""
    client = client_of("btse", HERE, asynchronous=True)
    with pytest.raises(LeftTheVenue):
        client.client("wss://ws.example.com/ws/spot")
    assert not client.clients


def test_what_a_bot_hid_fails_its_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It caught the error, or changed the URLs and sent nothing yet."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(
        """
        def test_it(ccxt_client):
            bot, other = ccxt_client(), ccxt_client()
            bot.urls["api"]["public"] = "https://api.example.com"
            other.urls["api"]["private"] = "https://private.example.com"
            try:
                bot.fetch_time()
            except Exception:
                pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "bedesten.testing.plugin")

    result.assert_outcomes(passed=1, errors=1)
    said = result.stdout.str()
    assert "a ccxt client was stopped: https://api.example.com/spot/api/v3.3/time is not on http://127.0.0.1" in said
    assert "urls.api.private is https://private.example.com" in said


def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ccxt a test fails in words, and is not skipped; so it does for an exchange that ccxt does not know."""
    with pytest.raises(LookupError, match="no exchange 'nothing'"):
        client_of("nothing", HERE)
    monkeypatch.setitem(__import__("sys").modules, "ccxt", None)
    with pytest.raises(LookupError, match=MISSING):
        client_of("btse", HERE)
