"""A bot on ccxt, tested against a venue of its own: pytest examples/test_ccxt_bot.py

Needs `pip install 'bedesten[testing]' pytest ccxt`. The fixture `ccxt_client` gives clients that speak to the test's venue and to
nobody else. A bot that makes its client itself hands it in: `ccxt_client(bot.exchange)`.
"""

import asyncio

import ccxt
import pytest


def place_once(exchange, client_id):
    """Place an order; when no answer comes, look before sending it again."""
    try:
        return exchange.create_order("BTC/USD", "limit", "buy", 0.01, 20_000, {"clientOrderId": client_id})
    except ccxt.NetworkError:
        return exchange.fetch_open_order(None, "BTC/USD", {"clientOrderId": client_id})


def test_a_lost_answer_costs_no_second_order(venue, ccxt_client):
    """The order is placed, its answer is lost, and the bot finds it."""
    exchange = ccxt_client("btse")
    exchange.load_markets()
    venue.faults.lose_answer("POST", "*/order*")

    assert place_once(exchange, "c-1")["status"] == "open"
    assert len(venue.orders(client_id="c-1")) == 1


def test_the_sandbox_mode_of_ccxt_stays_here(venue, ccxt_client):
    """Anywhere else it sends to a testnet on the internet."""
    exchange = ccxt_client(ccxt.btse({"apiKey": "a real key", "secret": "a real secret"}))
    exchange.set_sandbox_mode(True)

    assert exchange.fetch_balance()["USD"]["total"] > 0
    assert exchange.apiKey == venue.trader.key


@pytest.mark.parametrize("name", ["btse", "btcturk"])
def test_the_asynchronous_form_trades_as_well(venue, ccxt_client, name):
    """`async with` closes it."""

    async def markets():
        async with ccxt_client(name, asynchronous=True) as exchange:
            return await exchange.load_markets()

    assert "BTC/USDT" in asyncio.run(markets())
