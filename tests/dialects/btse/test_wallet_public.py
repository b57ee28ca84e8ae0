"""The public API's wallet: every endpoint in its envelope, with the services of the spot API's wallet behind it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.domain.otc import DESK
from bedesten.services.chain_watch import beat
from bedesten.services.ports import Destination
from bedesten.services.store_types import Permission

BASE: Final = "/public-api/wallet/v1"
ADDRESS: Final = f"{BASE}/user/crypto/address"
HISTORY: Final = f"{BASE}/user/walletHistory"
ABROAD: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
COIN: Final = {"crypto": "BTC", "network": "Bitcoin"}
DAY_MS: Final = 86_400_000


async def data(client: Client, path: str, **query: Any) -> Any:
    """Return what a GET answers within the envelope."""
    client.stand.clock.advance(SECOND)
    answer = await client.get(f"{BASE}/{path}", **query)
    assert answer.status == 200, answer
    envelope = answer.json
    assert (envelope["code"], envelope["msg"], envelope["success"]) == (1, "Success", True)
    return envelope["data"]


async def test_cryptos_are_listed_with_their_networks(stand: Stand) -> None:
    """To anybody; a state's money is none of them."""
    assert await data(stand.public, "crypto/list") == [
        {"crypto": "BTC", "name": "Bitcoin", "networks": ["Bitcoin", "Liquid"]},
        {"crypto": "ETH", "name": "Ethereum", "networks": ["Ethereum"]},
        {"crypto": "XRP", "name": "XRP", "networks": ["Ripple"]},
    ]


async def test_a_network_tells_its_terms(stand: Stand) -> None:
    """Every documented field, decimals as texts; the name of the tag where there is one."""
    bitcoin, liquid = await data(stand.public, "crypto/networks", crypto="btc")
    (ripple,) = await data(stand.public, "crypto/networks", crypto="XRP")

    assert bitcoin == {
        "network": "Bitcoin", "name": "Bitcoin", "depositEnable": True, "withdrawEnable": True, "confirmationTime": 2,
        "depositAmtMin": "0.001", "depositFeeMin": "0", "depositFeeRate": "0", "depositExtFees": "0",
        "depositExtFeeRate": "0", "needAddressExtension": False, "withdrawAmtMin": "0.001", "withdrawFeeMin": "0.0005",
        "withdrawFeeRate": "0", "withdrawExtFees": "0", "withdrawExtFeeRate": "0",
    }  # fmt: skip
    assert (liquid["network"], liquid["withdrawFeeMin"]) == ("Liquid", "0.0001")
    assert (ripple["needAddressExtension"], ripple["addressExtensionTypeName"]) == (True, "Destination Tag")
    assert await data(stand.public, "crypto/networks", crypto="USD") == []


async def test_the_terms_of_a_network_are_those_that_a_withdrawal_pays(stand: Stand, alice: Client) -> None:
    """max(feeMin, amount × feeRate) + extFees + extFeeRate × amount, as documented, is the fee that is answered."""
    (row, _) = await data(stand.public, "crypto/networks", crypto="BTC")
    answer = await alice.post(f"{BASE}/user/crypto/withdraw", {**COIN, "address": ABROAD, "amount": "2"})

    terms = {name: float(row[f"withdraw{name}"]) for name in ("FeeMin", "FeeRate", "ExtFees", "ExtFeeRate")}
    fee = max(terms["FeeMin"], 2 * terms["FeeRate"]) + terms["ExtFees"] + 2 * terms["ExtFeeRate"]
    assert float(answer.json["data"]["fees"]) == fee


async def test_a_rate_is_that_of_one(stand: Stand) -> None:
    """As text, cut off after twelve significant digits."""
    await stand.index("36051.5")
    asked = {"amount": "2.5", "baseCurrency": "BTC", "quoteCurrency": "USD"}

    assert await data(stand.public, "assets/exchangeRate", **asked) == {"rate": "36051.5"}
    turned = {**asked, "baseCurrency": "USD", "quoteCurrency": "BTC"}
    assert await data(stand.public, "assets/exchangeRate", **turned) == {"rate": "0.0000277380968891"}
    for change, code in (({"amount": "0"}, -2), ({"amount": "x"}, -2), ({"quoteCurrency": "NOPE"}, -2023),
                         ({"quoteCurrency": "XRP"}, 400)):  # fmt: skip
        answer = await stand.public.get(f"{BASE}/assets/exchangeRate", **{**asked, **change})
        assert (answer.status, answer.json["code"]) == (400, code)


async def test_assets_tell_what_can_be_done_with_them(stand: Stand, alice: Client) -> None:
    """What no network carries is neither deposited nor withdrawn; what is not traded is not converted."""
    rows = {row["asset"]: row for row in await data(alice, "assets")}

    everything = ["CONVERT", "WITHDRAW", "DEPOSIT", "SEND_TO"]
    assert rows["BTC"] == {
        "asset": "BTC", "name": "Bitcoin", "type": "CRYPTO", "precision": 8, "availableActions": everything,
    }  # fmt: skip
    assert (rows["USD"]["type"], rows["USD"]["availableActions"]) == ("FIAT", ["CONVERT", "SEND_TO"])
    assert rows["XRP"]["availableActions"] == ["WITHDRAW", "DEPOSIT", "SEND_TO"]


async def test_user_assets_follow_the_account_s_standing(stand: Stand, alice: Client) -> None:
    """A customer of level 1 may be paid, and nothing else; a sub-account has its main account's standing."""
    account = stand.venue.accounts.by_name("alice")
    assert account is not None
    sub = await stand.venue.subaccounts.open("alice-bots", account)
    made = await stand.venue.keys.create(sub.id, frozenset(Permission))
    before = {row["asset"]: row for row in await data(alice, "user/assets")}
    await stand.venue.customers.introduce(account.id, "alice@example.com", "", level=1)

    assert before["BTC"] == {
        "asset": "BTC", "type": "CRYPTO", "totalAmount": "1000000", "availableAmount": "1000000",
        "availableActions": ["CONVERT", "WITHDRAW", "DEPOSIT", "SEND_TO"],
        "cryptoNetwork": {"depositNetworks": ["Bitcoin", "Liquid"], "withdrawalNetworks": ["Bitcoin", "Liquid"]},
    }  # fmt: skip
    for client in (alice, Client(stand, made.key, made.secret)):
        after = {row["asset"]: row["availableActions"] for row in await data(client, "user/assets")}
        assert (after["BTC"], after["USD"]) == (["DEPOSIT"], [])


async def test_an_address_lives_through_the_public_api(stand: Stand, alice: Client) -> None:
    """Made once, told again with 3528 while unused, shown at both doors, deleted once."""
    made = await alice.post(ADDRESS, COIN)
    row = made.json["data"]
    again = await alice.post(ADDRESS, {"asset": "BTC", "network": "BITCOIN"})
    (legacy,) = (await alice.get("/spot/api/v3.2/user/wallet/address", currency="BTC", network="Bitcoin")).json

    assert row == {**COIN, "address": legacy["address"], "addressExtension": "", "createdTime": row["createdTime"]}
    assert row["createdTime"] // 1000 == legacy["created"]
    assert (again.status, again.json["code"], again.json["data"]) == (400, 3528, [row["address"]])
    assert again.json["msg"] == f"BADREQUEST: {row['address']}"
    assert await data(alice, "user/crypto/address", **COIN) == [row]
    gone = await alice.call("DELETE", ADDRESS, **COIN, address=row["address"])
    stand.clock.advance(SECOND)
    twice = await alice.call("DELETE", ADDRESS, {**COIN, "address": row["address"]})
    assert (gone.status, gone.json["data"], twice.status, twice.json["code"]) == (200, None, 400, 400)
    assert await data(alice, "user/crypto/address", **COIN) == []


async def test_a_tagged_network_tells_the_tag(stand: Stand, alice: Client) -> None:
    """In addressExtension, and beside the address at the spot API's door."""
    row = (await alice.post(ADDRESS, {"crypto": "XRP", "network": "Ripple"})).json["data"]
    (legacy,) = (await alice.get("/spot/api/v3.3/user/wallet/address", currency="XRP-Ripple")).json

    assert row["addressExtension"] == legacy["tag"] != ""


@pytest.mark.parametrize("within", [True, False, None])
async def test_a_withdrawal_tells_what_arrives(stand: Stand, alice: Client, within: bool | None) -> None:
    """The fee within the amount unless told; the references lead to the line in both histories."""
    form = {**COIN, "address": ABROAD, "amount": "0.01"} | ({} if within is None else {"amountIncludeFee": within})
    answer = await alice.post(f"{BASE}/user/crypto/withdraw", form)
    row = answer.json["data"]

    arrives = "0.01" if within is False else "0.0095"
    assert row == {
        "transactionRef": row["orderId"], "orderId": row["orderId"], **COIN, "address": ABROAD, "addressExtension": "",
        "amountToAddress": arrives, "fees": "0.0005",
    }  # fmt: skip
    (line,) = await data(alice, "user/walletHistory", asset="BTC", historyTypes='["WITHDRAW"]')
    assert (line["transactionRef"], line["netAmount"], line["fees"]) == (row["orderId"], arrives, "0.0005")
    legacy = (await alice.get("/spot/api/v3.2/user/wallet_history", currency="BTC")).json
    assert row["orderId"] in [each["orderId"] for each in legacy]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "0.000000001"}, 3506),
        ({"amount": 0}, 3506),
        ({"amount": ["1"]}, 3506),
        ({"amount": "0.0001"}, 3506),
        ({"address": "nowhere"}, 400),
        ({"addressExtension": "12"}, -2),
        ({"network": "TRC20"}, -2),
        ({"crypto": "NOPE"}, -2023),
        ({"crypto": "BTC", "network": "Liquid", "amount": "2000000",
          "address": "ex1qw508d6qejxtdg4y5r3zarvary0c5xw7kxw5fx4"}, 51523),
    ],
)  # fmt: skip
async def test_a_withdrawal_is_refused_as_at_the_other_door(alice: Client, change: dict[str, Any], code: int) -> None:
    """The same codes, in the envelope."""
    form = {**COIN, "address": ABROAD, "amount": "0.01", **change}
    answer = await alice.post(f"{BASE}/user/crypto/withdraw", form)

    assert (answer.status, answer.json["code"], answer.json["success"]) == (400, code, False)


async def test_sending_answers_with_its_reference(stand: Stand, alice: Client, bob: Client) -> None:
    """Which is both customers' line; once under an id."""
    account = stand.venue.accounts.by_name("bob")
    assert account is not None
    await stand.venue.customers.introduce(account.id, "bob@example.com", "", level=3)
    form = {"asset": "BTC", "amount": 1.50, "toUser": "bob", "toUserMail": "bob@example.com", "clOrderId": "mine"}
    first = await alice.post(f"{BASE}/user/assets/sendTo", form)
    again = await alice.post(f"{BASE}/user/assets/sendTo", form)
    wrong = await alice.post(f"{BASE}/user/assets/sendTo", {**form, "toUser": "carol", "clOrderId": ""})

    row = first.json["data"]
    assert row == {
        "asset": "BTC", "amount": "1.5", "toUser": "bob", "toUserMail": "bob@example.com",
        "transactionRef": row["transactionRef"],
    }  # fmt: skip
    assert again.json["data"] == row
    assert (wrong.status, wrong.json["code"]) == (400, 400)
    (sent,) = await data(alice, "user/walletHistory", asset="BTC", historyTypes="SEND")
    (received,) = await data(bob, "user/walletHistory", asset="BTC", historyTypes="RECEIVE")
    assert sent["transactionRef"] == received["transactionRef"] == row["transactionRef"]


async def test_a_conversion_answers_both_references(stand: Stand, alice: Client) -> None:
    """Texts; each side is a line of its asset."""
    await stand.index("20000")
    await stand.venue.accounts.deposit(DESK, "USD", 10**14)
    answer = await alice.post(f"{BASE}/user/assets/convert", {"fromAsset": "BTC", "toAsset": "USD", "amount": "0.5"})

    row = answer.json["data"]
    assert row == {
        "fromAsset": "BTC", "fromAmount": "0.5", "fromTransactionRef": row["fromTransactionRef"], "toAsset": "USD",
        "toAmount": "9980", "toTransactionRef": row["toTransactionRef"], "rate": "19960",
    }  # fmt: skip
    for asset, ref in (("BTC", row["fromTransactionRef"]), ("USD", row["toTransactionRef"])):
        (line,) = await data(alice, "user/walletHistory", asset=asset, historyTypes='["CONVERT"]')
        assert (line["transactionRef"], line["type"]) == (ref, "CONVERT")
    refused = await alice.post(f"{BASE}/user/assets/convert", {"fromAsset": "BTC", "toAsset": "BTC", "amount": "1"})
    assert (refused.status, refused.json["code"]) == (400, 400)


async def test_a_deposit_s_line_counts_its_confirmations(stand: Stand, alice: Client) -> None:
    """As far as the network asks for them."""
    row = (await alice.post(ADDRESS, COIN)).json["data"]
    btc = stand.venue.catalogue.asset("BTC")
    assert btc is not None
    bitcoin = stand.venue.network_deposits.network(btc, "Bitcoin")
    assert bitcoin is not None
    payment = await stand.venue.network_deposits.fund(bitcoin, btc, 10**8, Destination(row["address"]))
    told = []
    for _ in range(5):
        (line, *_) = await data(alice, "user/walletHistory", asset="BTC", historyTypes="DEPOSIT")
        told.append((line["confirmTimes"], line["status"]))
        stand.clock.advance(9 * SECOND)
        await beat(stand.venue)

    assert told[0] == ("(0/2)", "PROCESSING")
    assert told[-1] == ("(2/2)", "COMPLETED")
    assert line == {
        "transactionTime": payment.created_ns // 10**6, "type": "DEPOSIT", "walletName": "SPOT@", "asset": "BTC",
        "netAmount": "1", "amount": "1", "transactionRef": line["transactionRef"], "status": "COMPLETED",
        "description": "", "fees": "0", "cryptoNetwork": "Bitcoin", "toAddress": row["address"],
        "confirmTimes": "(2/2)", "txId": payment.id,
    }  # fmt: skip


async def test_a_history_needs_an_asset_of_the_spot_wallet(alice: Client) -> None:
    """With the recorded code and words; the other wallets have no lines."""
    answer = await alice.get(HISTORY)
    refused = {"code": 11000001, "msg": "Request parameter is error, 'asset' is required in spot wallet history query"}

    assert answer.status == 400
    assert {key: answer.json[key] for key in refused} == refused
    for wallet in ("CROSS", "ISOLATED", "UNIFIED"):
        assert await data(alice, "user/walletHistory", walletType=wallet) == []


@pytest.mark.parametrize(
    "query",
    [
        {"walletType": "PURSE"},
        {"pageSize": 0},
        {"pageSize": 501},
        {"historyTypes": '["THEFT"]'},
        {"historyTypes": '["DEPOSIT"'},
        {"historyTypes": "[1]"},
        {"startTime": 2, "endTime": 1},
    ],
)
async def test_a_wrong_parameter_of_a_history_is_refused(alice: Client, query: dict[str, Any]) -> None:
    """With the public API's code."""
    answer = await alice.get(HISTORY, asset="BTC", **query)

    assert (answer.status, answer.json["code"]) == (400, 10010004)


async def test_a_history_reaches_back_as_far_as_it_is_asked(stand: Stand, alice: Client) -> None:
    """Seven days unless told, 120 at most; by pages and by types."""

    async def lines(**query: Any) -> int:
        return len(await data(alice, "user/walletHistory", asset="BTC", **query))

    start_ms = stand.clock.now_ns() // 10**6
    assert await lines() == await lines(historyTypes='["DEPOSIT","WITHDRAW"]') == 1
    assert await lines(historyTypes='["WITHDRAW"]') == await lines(historyTypes=json.dumps(["FUNDING"])) == 0
    stand.clock.advance(8 * DAY_MS * 10**6)
    assert await lines() == 0
    assert await lines(startTime=start_ms) == await lines(endTime=start_ms + DAY_MS) == 1
    assert await lines(startTime=start_ms, endTime=start_ms) == 1
    assert await lines(startTime=start_ms, endTime=start_ms - 1 + DAY_MS, pageSize=1) == 1
    stand.clock.advance(113 * DAY_MS * 10**6)
    assert await lines(startTime=start_ms) == await lines(startTime=0, endTime=start_ms) == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "crypto/networks"), ("GET", "assets/exchangeRate"), ("GET", "user/crypto/address"),
     ("POST", "user/crypto/address"), ("POST", "user/crypto/withdraw"), ("POST", "user/assets/sendTo"),
     ("POST", "user/assets/convert")],
)  # fmt: skip
async def test_what_is_missing_is_named(alice: Client, method: str, path: str) -> None:
    """−2 in the envelope."""
    answer = await alice.call(method, f"{BASE}/{path}", {} if method == "POST" else None)

    assert (answer.status, answer.json["code"]) == (400, -2)
    assert "parameter is mandatory" in answer.json["msg"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_address_needs_a_crypto_and_to_go_its_text(alice: Client, method: str) -> None:
    """By either name of the crypto."""
    form = {"network": "Bitcoin"} if method != "DELETE" else COIN
    answer = await alice.call(method, ADDRESS, form if method == "POST" else None, **({} if method == "POST" else form))

    named = "address" if method == "DELETE" else "crypto"
    assert (answer.status, answer.json["msg"]) == (400, f"BADREQUEST: {named} parameter is mandatory")


async def test_who_always_sends_a_webhook_can_withdraw(alice: Client) -> None:
    """It is taken, and nothing is delivered to it: the page of the dialect says so."""
    form = {**COIN, "address": ABROAD, "amount": "0.01", "webhookUrl": "https://example.com"}

    assert (await alice.post(f"{BASE}/user/crypto/withdraw", form)).status == 200
