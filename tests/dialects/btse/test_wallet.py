"""The wallet endpoints, as the wallet documents have them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.services.chain_watch import beat
from bedesten.services.ports import Destination

ADDRESS = "/spot/api/{}/user/wallet/address"
BITCOIN = {"currency": "BTC", "network": "BITCOIN"}


async def test_networks_and_currencies_are_listed(stand: Stand) -> None:
    """Without a key; in the venue file's order."""
    base = "/spot/api/v3.2"

    assert (await stand.public.get(f"{base}/availableCurrencyNetworks", currency="BTC")).json == ["Bitcoin", "Liquid"]
    assert (await stand.public.get(f"{base}/availableCurrencyNetworks", currency="NOPE")).status == 400
    assert (await stand.public.get(f"{base}/availableCurrencies", action="WITHDRAW")).json == ["BTC", "ETH", "XRP"]
    assert (await stand.public.get(f"{base}/availableCurrencies", action="CONVERT")).json == [
        "USD",
        "TRY",
        "BTC",
        "ETH",
    ]
    stand.clock.advance(SECOND)
    assert (await stand.public.get(f"{base}/availableCurrencies", action="SEND")).json == [
        "USD",
        "TRY",
        "BTC",
        "ETH",
        "XRP",
    ]
    assert (await stand.public.get(f"{base}/availableCurrencies", action="BURN")).status == 400


@pytest.mark.parametrize("version", ["v3.2", "v3.3"])
async def test_an_address_lives_as_documented(stand: Stand, alice: Client, version: str) -> None:
    """Made once, told again with 3528 while unused, shown, deleted once."""
    path = ADDRESS.format(version)
    (made,) = (await alice.post(path, BITCOIN)).json
    refused = await alice.post(path, {"currency": "BTC-Bitcoin"})

    assert made == {"address": made["address"], "created": 1_700_000_000}
    assert made["address"].startswith("bc1q")
    assert refused.status == 400
    assert refused.json == {"errorCode": 3528, "message": f"BADREQUEST: {made['address']}", "status": 400}
    assert (await alice.get(path, **BITCOIN)).json == [made]
    stand.clock.advance(SECOND)
    assert (await alice.call("DELETE", path, **BITCOIN, address=made["address"])).json == []
    assert (await alice.call("DELETE", path, **BITCOIN, address=made["address"])).status == 400
    assert (await alice.get(path, **BITCOIN)).json == []


@pytest.mark.parametrize("version", ["v3.2", "v3.3"])
async def test_addresses_are_told_without_a_network_as_the_official_sample_asks(
    stand: Stand, alice: Client, version: str
) -> None:
    """Those on every network, newest first, and where each one is; somebody who has none, or another currency's, gets none."""
    path = ADDRESS.format(version)
    assert (await alice.get(path, currency="BTC")).json == []
    (first,) = (await alice.post(path, BITCOIN)).json
    (second,) = (await alice.post(path, {"currency": "BTC-LIQUID"})).json

    answer = await alice.get(path, currency="BTC")

    assert answer.status == 200
    assert answer.json == [{**second, "network": "Liquid"}, {**first, "network": "Bitcoin"}]
    assert (await alice.get(path, currency="BTC-Liquid")).json == [second]
    stand.clock.advance(SECOND)
    assert (await alice.get(path, currency="ETH")).json == []
    assert (await alice.get(path, currency="NOPE")).json["code"] == -2023
    assert (await alice.get(path, currency="BTC", network="TRC20")).json["code"] == -2


@pytest.mark.parametrize(("currency", "start"), [("BTC", "bc1q"), ("XRP", "r"), ("ETH", "0x")])
async def test_an_address_is_made_on_the_currency_s_own_network_unless_told(
    stand: Stand, alice: Client, currency: str, start: str
) -> None:
    """Bitcoin, for BTC that Liquid carries too; the only network, where there is one."""
    (made,) = (await alice.post(ADDRESS.format("v3.2"), {"currency": currency})).json

    assert made["address"].startswith(start)


async def test_whoever_may_not_deposit_is_given_no_address(stand: Stand, alice: Client) -> None:
    """A customer of level 0, whose key may do everything, by either API."""
    account = stand.venue.accounts.by_name("alice")
    assert account is not None
    await stand.venue.customers.introduce(account.id, "alice@example.com", "", level=0)
    public = {"crypto": "BTC", "network": "Bitcoin"}

    legacy = await alice.post(ADDRESS.format("v3.3"), BITCOIN)
    later = await alice.post("/public-api/wallet/v1/user/crypto/address", public)

    assert [(answer.status, answer.json["code"]) for answer in (legacy, later)] == [(400, -1042)] * 2
    assert (await alice.get(ADDRESS.format("v3.3"), currency="BTC")).json == []
    await stand.venue.customers.kyc.set_level(account.id, 1)
    assert (await alice.post(ADDRESS.format("v3.3"), BITCOIN)).status == 200


async def test_a_deposit_comes_to_the_balance(stand: Stand, alice: Client) -> None:
    """From the faucet through two confirmations."""
    (made,) = (await alice.post(ADDRESS.format("v3.3"), BITCOIN)).json
    btc = stand.venue.catalogue.asset("BTC")
    assert btc is not None
    network = stand.venue.network_deposits.network(btc, "bitcoin")
    assert network is not None
    await stand.venue.network_deposits.fund(network, btc, 50_000_000, Destination(made["address"]))
    stand.clock.advance(20 * SECOND)
    await stand.venue.network_deposits.beat()

    rows = {row["currency"]: row["total"] for row in (await alice.get("/spot/api/v3.2/user/wallet")).json}
    assert rows["BTC"] == 1_000_000.5


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"currency": "USD"}, -2),
        ({"currency": "BTC", "network": "TRC20"}, -2),
        ({"currency": "X", "network": "Y"}, -2023),
    ],
)
async def test_what_no_network_carries_is_refused(alice: Client, form: dict[str, str], code: int) -> None:
    """With the venue's own codes."""
    answer = await alice.post(ADDRESS.format("v3.2"), form)

    assert (answer.status, answer.json["code"]) == (400, code)


ABROAD = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
WITHDRAW = {"currency": "BTC-Bitcoin", "address": ABROAD, "tag": "", "amount": "0.01"}


@pytest.mark.parametrize("version", ["v3.2", "v3.3"])
async def test_a_withdrawal_answers_with_both_ids(stand: Stand, alice: Client, version: str) -> None:
    """The money is held at once; the fee comes out of the amount, or on top."""
    path = f"/spot/api/{version}/user/wallet/withdraw"
    first = (await alice.post(path, WITHDRAW)).json
    second = (await alice.post(path, {**WITHDRAW, "includeWithdrawFee": False})).json

    assert first == {"withdraw_id": first["withdrawId"], "withdrawId": first["withdraw_id"]}
    assert first != second
    rows = {row["currency"]: row for row in (await alice.get("/spot/api/v3.2/user/wallet")).json}
    assert rows["BTC"]["total"] - rows["BTC"]["available"] == pytest.approx(0.0205)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "0.000000001"}, 3506),
        ({"amount": "0.0001"}, 3506),
        ({"amount": "-1"}, 3506),
        ({"amount": "much"}, 3506),
        ({"address": "nowhere"}, 400),
        ({"tag": "12"}, -2),
        ({"currency": "ETH-Bitcoin"}, -2),
        ({"currency": "ETH-Ethereum"}, 400),
        ({"amount": "101"}, 400),
        (
            {"currency": "BTC-Liquid", "address": "ex1qw508d6qejxtdg4y5r3zarvary0c5xw7kxw5fx4", "amount": "2000000"},
            51523,
        ),
    ],
)
async def test_a_withdrawal_is_refused_in_the_venue_s_words(alice: Client, change: dict[str, str], code: int) -> None:
    """Wrong amounts, addresses, networks; too little money."""
    answer = await alice.post("/spot/api/v3.3/user/wallet/withdraw", {**WITHDRAW, **change})

    assert (answer.status, answer.json["code"]) == (400, code)


async def test_the_history_tells_what_came_and_left(stand: Stand, alice: Client) -> None:
    """A withdrawal by the number that it was answered with; chosen by currency, time and count."""
    path = "/spot/api/v3.2/user/wallet_history"
    stand.clock.advance(SECOND)
    asked = (await alice.post("/spot/api/v3.3/user/wallet/withdraw", {**WITHDRAW, "amount": "0.01"})).json
    pending = (await alice.get(path, currency="BTC")).json
    for _ in range(4):
        stand.clock.advance(10 * SECOND)
        await beat(stand.venue)
    left, came = (await alice.get(path, currency="BTC")).json

    assert [row["status"] for row in pending] == ["PENDING", "COMPLETED"]
    assert (left["orderId"], left["status"], left["type"]) == (asked["withdrawId"], "COMPLETED", "Withdraw")
    assert (left["amount"], left["fees"], left["currencyNetwork"], left["toAddress"]) == (
        0.0095,
        0.0005,
        "Bitcoin",
        ABROAD,
    )
    assert len(left["txid"]) == 64 and left["txid"] == left["txId"]
    assert (came["type"], came["amount"], came["username"], came["wallet"]) == ("Deposit", 1_000_000, "alice", "SPOT@")
    assert len((await alice.get(path)).json) == 6
    assert [row["type"] for row in (await alice.get(path, count=1)).json] == ["Withdraw"]
    assert (await alice.get(path, startTime=left["timestamp"], endTime=left["timestamp"])).json == [left]
    assert (await alice.get(path, count=501)).status == 400


async def test_a_rate_follows_the_prices(stand: Stand) -> None:
    """Directly, the other way round, of itself; none without a price between."""
    await stand.index("36051.5")

    async def rate(source: str, target: str) -> Any:
        answer = await stand.public.get("/spot/api/v3.2/exchangeRate", srcCurrency=source, targetCurrency=target)
        return answer.json.get("data") if answer.status == 200 else answer.json["errorCode"]

    assert await rate("BTC", "USD") == 36051.5
    assert await rate("USD", "BTC") == 0.0000277380968891
    assert await rate("BTC", "BTC") == 1
    assert await rate("BTC", "ETH") == 400
    assert await rate("BTC", "NOPE") == -2023


async def test_the_public_api_names_networks(stand: Stand, alice: Client) -> None:
    """Of each asset, for deposits and withdrawals."""
    networks = {
        row["asset"]: row["cryptoNetwork"]
        for row in (await alice.get("/public-api/wallet/v1/user/assets")).json["data"]
    }

    assert networks["BTC"] == {"depositNetworks": ["Bitcoin", "Liquid"], "withdrawalNetworks": ["Bitcoin", "Liquid"]}
    assert networks["USD"] == {"depositNetworks": [], "withdrawalNetworks": []}


@pytest.mark.parametrize(
    ("path", "form", "name"),
    [
        ("/spot/api/v3.2/user/wallet/withdraw", WITHDRAW, "clOrderID"),
        ("/public-api/wallet/v1/user/crypto/withdraw",
         {"crypto": "BTC", "network": "Bitcoin", "address": ABROAD, "amount": "0.01"}, "clOrderId"),
    ],
)  # fmt: skip
async def test_a_withdrawal_under_an_id_is_asked_for_once(
    alice: Client, path: str, form: dict[str, str], name: str
) -> None:
    """The same answer again, and one hold; another one under the id is refused."""
    first = await alice.post(path, {**form, name: "mine"})
    again = await alice.post(path, {**form, name: "mine"})
    other = await alice.post(path, {**form, "amount": "0.02", name: "mine"})

    assert first.status == again.status == 200
    assert first.json.get("data", first.json) == again.json.get("data", again.json)
    assert (other.status, other.json["msg"]) == (400, "BADREQUEST: clOrderID was used for another request")
    rows = {row["currency"]: row for row in (await alice.get("/spot/api/v3.2/user/wallet")).json}
    assert rows["BTC"]["total"] - rows["BTC"]["available"] == pytest.approx(0.01)


@pytest.mark.parametrize("spelling", ["BTC-Bitcoin", "btc-bitcoin", "BTC-BITCOIN", " BTC -Bitcoin"])
async def test_a_pair_of_currency_and_network_is_read_in_any_case(alice: Client, spelling: str) -> None:
    """The documents have both."""
    answer = await alice.post("/spot/api/v3.3/user/wallet/withdraw", {**WITHDRAW, "currency": spelling})

    assert answer.status == 200


XRP_AWAY = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"


@pytest.mark.parametrize(
    ("currency", "address", "tag", "status"),
    [
        ("XRP-Ripple", XRP_AWAY, "7", 200),
        ("XRP-Ripple", XRP_AWAY, "", 200),
        ("XRP-Ripple", XRP_AWAY, None, 200),
        ("XRP-Ripple", XRP_AWAY, "4294967295", 200),
        ("XRP-Ripple", XRP_AWAY, "4294967296", 400),
        ("XRP-Ripple", XRP_AWAY, "-1", 400),
        ("XRP-Ripple", XRP_AWAY, "seven", 400),
        ("BTC-Bitcoin", ABROAD, "7", 400),
        ("BTC-Bitcoin", ABROAD, None, 200),
    ],
)
async def test_a_tag_belongs_to_networks_that_have_them(
    alice: Client, currency: str, address: str, tag: str | None, status: int
) -> None:
    """A number below two to the 32nd, or none; anywhere else none."""
    form = {"currency": currency, "address": address, "tag": tag, "amount": "20"}
    answer = await alice.post("/spot/api/v3.3/user/wallet/withdraw", form)

    assert answer.status == status, answer.body


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0.00100000", 0), ("0.001000000", 0), ("0.0010000001", 3506), ("1e-3", 0), ("1e-9", 3506), ("", 3506), (0.01, 0)],
)
async def test_eight_decimals_are_the_most(alice: Client, amount: Any, code: int) -> None:
    """Zeros at the end are none; more is 3506."""
    answer = await alice.post("/spot/api/v3.2/user/wallet/withdraw", {**WITHDRAW, "amount": amount})

    assert answer.status == (400 if code else 200)
    assert answer.json.get("code", 0) == code


@pytest.mark.parametrize(("currency", "status"), [("BTC", 200), ("ETH", 200), ("USD", 400)])
async def test_a_currency_of_one_network_or_a_default_one_needs_no_network(
    alice: Client, currency: str, status: int
) -> None:
    """Bitcoin's own name, and the only one there is; cash has none."""
    to = {"BTC": ABROAD, "ETH": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "USD": ABROAD}[currency]
    form = {"currency": currency, "address": to, "tag": "", "amount": "0.1"}

    assert (await alice.post("/spot/api/v3.2/user/wallet/withdraw", form)).status == status
