"""A client that is generated from the document buys from the desk: it needs to know nothing but how requests are signed."""

from __future__ import annotations

import hashlib
import hmac
import importlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.domain.otc import DESK
from tests.dialects.bitgin.stand import Client, Stand
from tests.generated import generated_client

URL = "http://venue"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package's name; everything in the document is understood by the generator."""
    module, complaints = generated_client(BitginDialect(), tmp_path_factory.mktemp("client"))
    assert complaints == ""
    yield module.__name__


@pytest.fixture
async def client(stand: Stand, package: str) -> AsyncIterator[Any]:
    """A generated client of alice's, with an API key whose signatures are made as the document says."""
    alice: Client = await stand.customer("alice", key=True)

    async def sign(request: httpx.Request) -> None:
        nonce = str(stand.clock.now_ns() // 1_000_000)
        message = f"{request.url.path}{nonce}".encode() + request.content
        signature = hmac.new(alice.secret.encode(), message, hashlib.sha384).hexdigest()
        request.headers.update(dict(zip(alice.names, (alice.key, nonce, signature), strict=True)))

    made = part(package, "client").Client(base_url=URL)
    transport = httpx.ASGITransport(app=stand.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url=URL, transport=transport, event_hooks={"request": [sign]}) as http:
        made.set_async_httpx_client(http)
        yield made


def part(package: str, name: str) -> Any:
    """Return a module of the generated package."""
    return importlib.import_module(f"{package}.{name}")


async def test_it_asks_for_a_quote_takes_it_and_reads_balance_and_history(
    stand: Stand, client: Any, package: str
) -> None:
    """By typed forms, and every answer comes back typed: envelope, data, numbers."""
    await stand.index("30")
    await stand.venue.accounts.deposit(DESK, "USDT", 1_000 * 10**6)
    models = part(package, "models")

    form = models.QuoteForm(side="buy", quote_amount_in_base=100, quote_base_currency="USDT")
    quoted = await part(package, "api.trade.post_v_1_trade_quote").asyncio(client=client, body=form)
    assert quoted.data is not None, quoted
    stand.clock.advance(1_000_000)  # another nonce
    taken = await part(package, "api.trade.post_v_1_trade_accept").asyncio(
        client=client, body=models.AcceptForm(quote_id=quoted.data.quote_id)
    )
    held = await part(package, "api.wallet.get_v_1_wallet_balance").asyncio(client=client, currency="TWD")
    history = await part(package, "api.wallet.get_v_1_wallet_history_list").asyncio(client=client)

    assert (quoted.code, quoted.success, quoted.data.status) == (1, True, 30001)
    assert (taken.data.status, taken.data.quote_amount_in_base) == (30007, 100)
    (usdt,) = [row for row in held.data.balance if row.currency == "USDT"]
    assert (usdt.total, usdt.available, usdt.frozen) == (1_000_100, 1_000_100, 0)
    assert history.data.data[0].audit_id == quoted.data.quote_id


async def test_a_refusal_is_an_answer_of_its_own_kind(stand: Stand, client: Any, package: str) -> None:
    """With the venue's code and words, beside the HTTP status."""
    form = part(package, "models").QuoteForm(side="sideways", quote_amount_in_base=100, quote_base_currency="USDT")

    refused = await part(package, "api.trade.post_v_1_trade_quote").asyncio_detailed(client=client, body=form)

    assert refused.status_code == 400
    assert (refused.parsed.code, refused.parsed.msg, refused.parsed.data) == (-2, "[invalid side]", None)
