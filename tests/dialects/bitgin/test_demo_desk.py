"""The demo's desk quotes what the document's broker does: ether and tether against New Taiwan dollars."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bedesten.clock import ManualClock
from bedesten.config import demo_venue_file, setup_commands
from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.server.app import App
from bedesten.services.instruments import Catalogue
from bedesten.services.venue import open_venue
from bedesten.simulation.demo import Demo
from bedesten.storage.memory import open_memory
from tests.dialects.bitgin.stand import SECOND, START_NS, Client, Stand


@pytest_asyncio.fixture
async def trader() -> AsyncIterator[Client]:
    """The demo's first account, by its API key."""
    file, clock, store = demo_venue_file(), ManualClock(START_NS), open_memory()
    catalogue = Catalogue(file.assets, file.instruments, networks=file.networks)
    venue = open_venue(store, clock, catalogue, otc=file.otc, convert=file.convert, fiat=file.fiat)
    for command in setup_commands(file):
        await venue.sequencer.submit(command)
    await Demo(venue, file, 1).prepare()
    known = file.demo.accounts[0]
    yield Client(Stand(venue, clock, App(venue, [BitginDialect()]), store), key=known.api_key, secret=known.api_secret)
    await venue.sequencer.stop()


@pytest.mark.parametrize("currency", ["ETH", "USDT"])
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("wanted", [{"quoteAmountInBase": 1}, {"quoteAmountInOrder": 1000}])
async def test_the_demo_quotes_ether_and_tether_both_ways(
    trader: Client, currency: str, side: str, wanted: dict[str, int]
) -> None:
    """By a quantity and by an amount; taken, each is in the history at the quoted amounts."""
    quote = await trader.post("/v1/trade/quote", {"side": side, "quoteBaseCurrency": currency, **wanted})
    taken = await trader.post("/v1/trade/accept", {"quoteId": quote.data["quoteId"]})
    (row,) = (await trader.get("/v1/wallet/historyList", auditIds=quote.data["quoteId"])).data["data"]

    assert (quote.code, quote.data["status"], taken.data["status"]) == (1, 30001, 30007)
    assert (quote.data["quoteBaseCurrency"], quote.data["quoteOrderCurrency"]) == (currency, "TWD")
    assert {name: quote.data[name] for name in wanted} == wanted
    assert row["amount"] == quote.data["quoteAmountInBase"]
    assert row["baseCurrencyTotalPrice"] == quote.data["quoteAmountInOrder"]


async def test_the_demo_says_how_much_ether_is_quoted_and_what_it_was_worth(trader: Client) -> None:
    """The bounds have room for the smallest and for more than anybody of the demo has; there is a line of prices."""
    bounds = (await trader.get("/v1/trade/pre_exchange", currency="ETH")).data
    trader.stand.clock.advance(SECOND)
    line = await trader.get("/v1/trade/line_chart", currency="ETH", rangeType="1")

    assert bounds["minLimit"] <= 0.001 and bounds["maxLimit"] >= 100
    assert line.code == 1
    for amount in (bounds["minLimit"], bounds["maxLimit"]):
        quote = await trader.post(
            "/v1/trade/quote", {"side": "sell", "quoteBaseCurrency": "ETH", "quoteAmountInBase": amount}
        )
        assert quote.code == 1, quote.body
