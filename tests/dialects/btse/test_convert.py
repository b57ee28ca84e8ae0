"""Converting over the wallet API, as the wallet documents have it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import Client, Stand

from bedesten.domain.commands import SetIndex
from bedesten.domain.enums import IndexSource
from bedesten.domain.otc import DESK
from bedesten.services.store_types import Permission

PATH = "/spot/api/{}/user/wallet/convert"
FORM = {"amount": "1", "fromAsset": "BTC", "toAsset": "USD"}


@pytest.fixture
async def priced(stand: Stand) -> Stand:
    """The stand with a price and a desk that has a million dollars."""
    await stand.index("20000")
    await stand.venue.accounts.deposit(DESK, "USD", 1_000_000 * 10**8)
    return stand


@pytest.mark.parametrize("version", ["v3.2", "v3.3"])
@pytest.mark.parametrize("amount", ["1", "1.0", 1, 1.0, "1e0"])
async def test_a_conversion_answers_as_documented(priced: Stand, alice: Client, version: str, amount: Any) -> None:
    """The amount as text or number; the rate is the one that was settled, the middle less the spread."""
    answer = await alice.post(PATH.format(version), {**FORM, "amount": amount})

    assert answer.status == 200
    assert answer.body == (
        b'{"amount":1,"settlementAmount":19960,"amountCurrency":"BTC","settlementCurrency":"USD","rate":19960}'
    )
    rows = {row["currency"]: row["total"] for row in (await alice.get("/spot/api/v3.2/user/wallet")).json}
    assert (rows["BTC"], rows["USD"]) == (999_999, 1_019_960)


async def test_the_exchange_rate_shows_the_middle(priced: Stand) -> None:
    """Not what a conversion would get."""
    answer = await priced.public.get("/spot/api/v3.2/exchangeRate", srcCurrency="BTC", targetCurrency="USD")

    assert answer.json["data"] == 20_000


async def test_the_book_sets_no_rate(stand: Stand, alice: Client) -> None:
    """Two orders at millions on an empty book convert nothing; nor does an index that a source told a minute ago."""
    await stand.venue.accounts.deposit(DESK, "USD", 1_000_000 * 10**8)
    for side, price in (("SELL", 4_000_000), ("BUY", 3_990_000), ("BUY", 4_000_000)):
        assert (await alice.order(side, 0.001, price)).status == 200
    form = {**FORM, "amount": "0.1"}

    unpriced = await alice.post(PATH.format("v3.3"), form)
    await stand.venue.sequencer.submit(SetIndex(instrument=1, price=40_000, source=IndexSource.SOURCE))
    priced = await alice.post(PATH.format("v3.3"), form)
    stand.clock.advance(60 * 10**9)
    aged = await alice.post(PATH.format("v3.3"), form)

    assert (unpriced.status, unpriced.json["msg"]) == (400, "BADREQUEST: There is no rate between these currencies now")
    assert priced.json["settlementAmount"] == 1_996
    assert (aged.status, aged.json["msg"]) == (
        400, "BADREQUEST: There is no rate between these currencies now: the index price is too old",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"fromAsset": "NOPE"}, -2023, "Unknown currency"),
        ({"toAsset": "NOPE"}, -2023, "Unknown currency"),
        ({"toAsset": "btc"}, 400, "fromAsset and toAsset are the same"),
        ({"amount": "0"}, -2, "Invalid request parameters: amount"),
        ({"amount": "-1"}, -2, "Invalid request parameters: amount"),
        ({"amount": "much"}, -2, "Invalid request parameters: amount"),
        ({"amount": "0.000000001"}, -2, "Invalid request parameters: amount"),
        ({"amount": ["1"]}, -2, "Invalid request parameters: amount"),
        ({"amount": "0.00001"}, 400, "The amount is below the smallest that can be converted"),
        ({"amount": "11"}, 400, "The amount is above the largest that can be converted"),
        ({"toAsset": "TRY"}, 400, "There is no rate between these currencies now"),
        ({"fromAsset": "USD", "toAsset": "BTC", "amount": "5000000"}, 51523, "Insufficient wallet balance"),
        ({"fromAsset": "USD", "toAsset": "BTC"}, 400, "The amount is beyond what can be converted now"),
        ({"clOrderID": "x" * 65}, -2, "Invalid request parameters: clOrderID"),
    ],
)
async def test_each_refusal_has_words_of_its_own(
    priced: Stand, alice: Client, change: dict[str, Any], code: int, message: str
) -> None:
    """400 in the envelope, and nothing is moved."""
    before = (await alice.get("/spot/api/v3.2/user/wallet")).json
    answer = await alice.post(PATH.format("v3.2"), {**FORM, **change})

    assert (answer.status, answer.json["code"], answer.json["msg"]) == (400, code, f"BADREQUEST: {message}")
    assert (await alice.get("/spot/api/v3.2/user/wallet")).json == before


@pytest.mark.parametrize("missing", FORM)
async def test_a_form_that_lacks_a_field_is_refused(alice: Client, missing: str) -> None:
    """By the field's name."""
    answer = await alice.post(PATH.format("v3.2"), {key: value for key, value in FORM.items() if key != missing})

    assert (answer.status, answer.json["code"]) == (400, -2)
    assert missing in answer.json["msg"]


async def test_a_retry_converts_nothing_more(priced: Stand, alice: Client) -> None:
    """Under the customer's own id; the id is his, not everybody's."""
    bob = await priced.customer("bob")
    form = {**FORM, "clOrderID": "once"}
    first = await alice.post(PATH.format("v3.2"), form)
    again = await alice.post(PATH.format("v3.2"), form)
    other = await alice.post(PATH.format("v3.2"), {**form, "amount": "2"})

    assert (first.status, again.body) == (200, first.body)
    assert (other.status, other.json["msg"]) == (400, "BADREQUEST: clOrderID was used for another request")
    assert (await bob.post(PATH.format("v3.2"), {**form, "amount": "2"})).status == 200


async def test_converting_needs_the_wallet_permission(priced: Stand) -> None:
    """Nothing else will do."""
    reader = await priced.customer("reader", frozenset(Permission) - {Permission.WALLET})

    assert (await reader.post(PATH.format("v3.2"), FORM)).status == 403
