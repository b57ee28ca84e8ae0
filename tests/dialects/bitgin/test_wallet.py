"""Balances, bank accounts, addresses, withdrawals and their ends."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from bedesten.services.customers.guesses import Asker
from bedesten.services.store_types import Permission
from tests.dialects.bitgin.money import account_of, bank_account, blocks, by_bank, frozen, mailed_code, operator
from tests.dialects.bitgin.stand import SECOND, Client, Stand

ETHER = "0xd4915B3b83230E4D94f9765a31DA1145Bb5719E9"


async def test_balances_tell_their_worth(stand: Stand, alice: Client) -> None:
    """In TWD unless another currency is named; 1 is a state's money, 2 crypto, 3 stable."""
    await stand.index("30")
    await stand.index("60000", "ETH-TWD")

    told = (await alice.get("/v1/wallet/balance")).data
    in_ether = (await alice.get("/v1/wallet/balance", currency="eth")).data

    assert told["balance"] == [
        {"currency": "TWD", "total": 10**6, "available": 10**6, "frozen": 0, "convertRate": 1, "type": 1},
        {"currency": "USDT", "total": 10**6, "available": 10**6, "frozen": 0, "convertRate": 30, "type": 3},
        {"currency": "ETH", "total": 10**6, "available": 10**6, "frozen": 0, "convertRate": 60000, "type": 2},
    ]
    assert told["total"] == 60_031_000_000
    rates = [row["convertRate"] for row in in_ether["balance"]]
    assert rates == [0.0000166666666666, 0.0005, 1]  # twelve significant digits, not eight decimals
    assert (await alice.get("/v1/wallet/balance", currency="NO")).code == -2023
    assert (await stand.public.get("/v1/wallet/balance")).code == 10002


async def test_only_verified_bank_accounts_are_told(stand: Stand, alice: Client, bob: Client) -> None:
    """To their owner, with the branch in the name."""
    number = await bank_account(stand, "alice")

    for answer in (
        await alice.post("/v1/user/bank_accounts", {"currency": "TWD"}),
        await alice.post("/v1/user/bank_accounts"),
    ):
        assert answer.data == [
            {
                "id": number, "name": "First Bank\u3000Head Office", "code": "004", "account": "12345678901",
                "accountHolder": "Alice", "swiftCode": "FIRSTWTP",
            }
        ]  # fmt: skip
    assert (await bob.post("/v1/user/bank_accounts", {})).data == []
    await operator(stand, "reject_bank_account", id=number)
    assert (await alice.post("/v1/user/bank_accounts", {})).data == []
    assert (await alice.post("/v1/user/bank_accounts", {"currency": "NO"})).code == -2023


async def test_a_deposit_is_explained_to_who_has_a_bank_account(stand: Stand, alice: Client) -> None:
    """3006 to who has none, and for what does not come by bank; of an account four digits are shown."""
    assert (await alice.get("/v1/wallet/pre_deposit", currency="TWD")).code == 3006
    await bank_account(stand, "alice")

    (row,) = (await alice.get("/v1/wallet/pre_deposit", currency="TWD")).data

    assert row["bank"] == {"code": "004", "name": "First Bank", "account": "****8901"}
    ours = row["virtualBank"]
    assert ours.pop("account").startswith(f"99781{account_of(stand, 'alice'):08d}")
    assert ours == {
        "code": "004", "name": "First Bank", "branchCode": "0037", "branchName": "Head Office", "accountHolder": "Venue",
    }  # fmt: skip
    assert (row["dailyAccumulated"], row["monthlyAccumulated"]) == (500_000, 1_000_000)
    assert (await alice.get("/v1/wallet/pre_deposit", currency="USDT")).code == 3006
    assert (await alice.get("/v1/wallet/pre_deposit", currency="")).code == -2023


async def test_withdrawals_are_explained_way_by_way(alice: Client) -> None:
    """By bank, and over each network."""
    (bank,) = (await alice.get("/v1/wallet/pre_withdraw", currency="TWD")).data
    ways = (await alice.get("/v1/wallet/pre_withdraw", currency="USDT")).data

    assert (bank["paymentWay"], bank["fee"], bank["minLimit"], bank["maxLimit"]) == ("SWIFT", 15, 100, 50_000)
    assert (bank["dailyAccumulated"], bank["isSupportAddressExtension"]) == (80_000, False)
    assert [(way["paymentWay"], way["fee"], way["minLimit"]) for way in ways] == [("ERC20", 5, 20), ("TRON", 1, 20)]
    # limits that are not in force are left out: the venue's month by bank, and everything of a network without a daily limit
    assert "monthlyAccumulated" not in bank
    assert all({"maxLimit", "dailyAccumulated", "monthlyAccumulated"}.isdisjoint(way) for way in ways)


async def test_addresses_are_told_and_made(stand: Stand, alice: Client) -> None:
    """The same one until it is paid; several at once."""
    first = (await alice.post("/v1/wallet/address")).data
    named = (await alice.post("/v1/wallet/address", {"coinNetwork": "USDT-ERC20"})).data
    several = (await alice.post("/v1/wallet/addresses", {"coinNetwork": "USDT-ERC20,USDT-Tron,ETH-ETHEREUM"})).data

    assert first == named == several[0]
    assert first == {"address": first["address"], "paymentWay": "ERC20", "time": stand.clock.now_ns() // 10**6}
    assert [row["paymentWay"] for row in several] == ["ERC20", "TRON", "ERC20"]
    assert several[1]["address"].startswith("T")
    assert (await alice.post("/v1/wallet/addresses")).data == [first]
    for wrong in ("USDT-TRC21", "USDT", "-", "NO-ERC20", "TWD-ERC20"):
        answer = await alice.post("/v1/wallet/address", {"coinNetwork": wrong})
        assert (answer.status, answer.code) == (400, -4038)


async def test_who_may_not_deposit_has_no_addresses(stand: Stand) -> None:
    """40039, as documented."""
    carol = await stand.customer("carol", level=0)

    for answer in (
        await carol.post("/v1/wallet/address"),
        await carol.post("/v1/wallet/addresses"),
        await carol.get("/v1/wallet/common_address"),
    ):
        assert (answer.status, answer.code) == (400, 40039)


# ── withdrawals by bank ──


async def ask(client: Client, **form: Any) -> Any:
    return await client.call("POST", "/v1/wallet/withdraw", {"currency": "TWD", "amount": 110, "code2FA": "", **form})


async def confirmed(stand: Stand, client: Client, audit: str) -> Any:
    """Confirm a withdrawal of alice's with the code that she was sent."""
    form = {"auditId": audit, "codeEmail": mailed_code(stand, "alice")}
    return await client.call("PATCH", "/v1/wallet/withdraw", form)


async def test_a_withdrawal_by_bank_is_confirmed_by_mail_and_paid(stand: Stand, alice: Client) -> None:
    """POST, the e-mail's code by PATCH, the operator at the bank."""
    bank = await bank_account(stand, "alice")

    asked = (await ask(alice, bankId=bank)).data

    assert asked == {
        "auditId": asked["auditId"], "currency": "TWD", "fee": 15, "amount": 110, "transactionRef": asked["transactionRef"],
        "transactionTimestamp": stand.clock.now_ns() // 10**6, "status": 17, "toAddress": None,
        "toBank": (await alice.post("/v1/user/bank_accounts", {})).data[0],
    }  # fmt: skip
    assert await frozen(alice, "TWD") == (10**6, 110)
    assert (await operator(stand, "bank_withdrawals"))[0]["state"] == "unconfirmed"
    patched = await alice.call(
        "PATCH", "/v1/wallet/withdraw", {"auditId": asked["auditId"], "codeEmail": mailed_code(stand, "alice")}
    )
    assert patched.data == asked
    (row,) = await operator(stand, "bank_withdrawals")
    assert (row["state"], row["amount"]) == ("confirmed", "95")
    await operator(stand, "begin_bank_withdrawal", id=row["id"])
    await operator(stand, "bank_withdrawal_paid", id=row["id"], reference="B-1")
    assert await frozen(alice, "TWD") == (10**6 - 110, 0)
    again = await alice.call("PATCH", "/v1/wallet/withdraw", {"auditId": asked["auditId"], "codeEmail": "000000"})
    assert again.data["status"] == 10
    entry = (await alice.get("/v1/wallet/historyList", auditIds=asked["auditId"])).data["data"][0]
    assert (entry["status"], entry["amount"], entry["clientAmount"], entry["receivedAmount"]) == (10, 110, 95, 95)
    assert (entry["bankRef"], entry["toBank"]["account"], entry["fromBank"]) == ("B-1", "12345678901", {})


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"bankId": None}, -2), ({"bankId": 999}, -2), ({"amount": 99}, 3506), ({"amount": 50_001}, 3506),
        ({"amount": 0}, -2), ({"amount": -1}, -2), ({"amount": "1e99"}, -2), ({"amount": 100.00001}, -2),
        ({"amount": None}, -2), ({"currency": "NO"}, -2023), ({"bankId": "x"}, -2),
    ],
)  # fmt: skip
async def test_what_may_not_be_withdrawn_by_bank_is_refused(stand: Stand, alice: Client, form: Any, code: int) -> None:
    """And holds nothing."""
    bank = await bank_account(stand, "alice")

    answer = await ask(alice, **{"bankId": bank, **form})

    assert (answer.status, answer.code, answer.data) == (400, code, None)
    assert await frozen(alice, "TWD") == (10**6, 0)


async def test_another_ones_bank_account_is_none(stand: Stand, alice: Client, bob: Client) -> None:
    """Money goes to an account of one's own."""
    bank = await bank_account(stand, "bob")

    assert (await ask(alice, bankId=bank)).code == -2


async def test_limits_levels_and_money_are_minded(stand: Stand, alice: Client) -> None:
    """The day's maximum; level 2 may not by bank; nobody has more than there is."""
    bank = await bank_account(stand, "alice")
    assert (await ask(alice, bankId=bank, amount=50_000)).code == 1
    assert (await ask(alice, bankId=bank, amount=30_001)).code == 3506
    dave = await stand.customer("dave", level=2)
    assert (await ask(dave, bankId=await bank_account(stand, "dave"))).code == -19
    erin = await stand.customer("erin", money=0)
    assert (await ask(erin, bankId=await bank_account(stand, "erin"))).code == 51523


async def test_an_authenticator_that_is_bound_is_asked(stand: Stand, alice: Client) -> None:
    """A wrong code holds nothing; the right one may come as a number."""
    bank = await bank_account(stand, "alice")
    account = account_of(stand, "alice")
    customer = stand.venue.customers.of_account(account)
    assert customer is not None
    offer = stand.venue.customers.authenticators.offer(customer)
    code = pyotp.TOTP(offer.secret).at(stand.clock.now_ns() // SECOND)
    await stand.venue.customers.authenticators.bind(account, offer.secret, code, Asker("tests", None))
    stand.clock.advance(60 * SECOND)

    for wrong in ("", code):
        assert (await ask(alice, bankId=bank, code2FA=wrong)).code == 10027
    right = pyotp.TOTP(offer.secret).at(stand.clock.now_ns() // SECOND)
    assert (await ask(alice, bankId=bank, code2FA=int(right))).code == 1


async def test_wrong_codes_confirm_nothing(stand: Stand, alice: Client, bob: Client) -> None:
    """10027; another customer's audit id is none."""
    bank = await bank_account(stand, "alice")
    audit = (await ask(alice, bankId=bank)).data["auditId"]
    code = mailed_code(stand, "alice")

    async def confirm(client: Client, **form: Any) -> int:
        answer = await client.call("PATCH", "/v1/wallet/withdraw", {"auditId": audit, "codeEmail": code, **form})
        return int(answer.code)

    assert await confirm(alice, codeEmail=f"{(int(code) + 1) % 10**6:06d}") == 10027
    assert await confirm(bob) == -2
    for wrong in ("", "x", "-1", 0, str(int(audit) + 1), "9" * 40):
        assert await confirm(alice, auditId=wrong) == -2
    assert await confirm(alice, codeEmail=int(code)) == 1


async def test_a_withdrawal_by_bank_is_canceled_until_it_is_begun(stand: Stand, alice: Client, bob: Client) -> None:
    """Status 16, as often as it is asked; 3521 once the operator began; 3500 for none."""
    bank = await bank_account(stand, "alice")
    audit = (await ask(alice, bankId=bank)).data["auditId"]
    asked_ms = stand.clock.now_ns() // 10**6
    assert (await bob.post("/v1/wallet/apply_dw_cancel", {"auditId": audit})).code == 3500
    stand.clock.advance(SECOND)

    for _ in range(2):
        answer = await alice.post("/v1/wallet/apply_dw_cancel", {"auditId": audit})
        assert answer.data == {"updateTimestamp": asked_ms + 1000, "status": 16, "createTimestamp": asked_ms}
    assert await frozen(alice, "TWD") == (10**6, 0)

    audit = (await ask(alice, bankId=bank)).data["auditId"]
    await alice.call("PATCH", "/v1/wallet/withdraw", {"auditId": audit, "codeEmail": mailed_code(stand, "alice")})
    (row,) = await operator(stand, "bank_withdrawals")
    await operator(stand, "begin_bank_withdrawal", id=row["id"])
    assert (await alice.post("/v1/wallet/apply_dw_cancel", {"auditId": audit})).code == 3521
    await operator(stand, "bank_withdrawal_failed", id=row["id"])
    assert await frozen(alice, "TWD") == (10**6, 0)
    entry = (await alice.get("/v1/wallet/historyList", auditIds=audit)).data["data"][0]
    assert (entry["status"], entry["receivedAmount"]) == (15, 0)


async def test_what_is_no_withdrawal_by_bank_is_not_canceled(stand: Stand, alice: Client, bob: Client) -> None:
    """Crypto 3516, a deposit 3519, anything else -20, nothing 3500."""
    await by_bank(stand, "alice", 500, "R1")
    crypto = (
        await alice.post(
            "/v1/wallet/withdraw", {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}
        )
    ).data
    usdt = stand.venue.catalogue.asset("USDT")
    assert usdt is not None
    await stand.venue.transfers.send(account_of(stand, "alice"), "bob", "bob@example.com", usdt, 5)
    rows = (await alice.get("/v1/wallet/historyList", pageSize=100)).data["data"]
    deposit = next(row["auditId"] for row in rows if row["bankRef"] == "R1")
    transfer = next(row["auditId"] for row in rows if row["type"] == 6)

    for audit, code in (
        (crypto["auditId"], 3516),
        (deposit, 3519),
        (transfer, -20),
        ("7", 3500),
        ("x", 3500),
        ("", 3500),
    ):
        answer = await alice.post("/v1/wallet/apply_dw_cancel", {"auditId": audit})
        assert (answer.status, answer.code, answer.json["success"]) == (400, code, False)


# ── withdrawals over networks ──


async def test_a_withdrawal_over_a_network_waits_for_the_mails_code(stand: Stand, alice: Client, bob: Client) -> None:
    """However many blocks pass; then it goes and arrives, the fee out of the amount."""
    address = (await bob.post("/v1/wallet/address")).data["address"]
    form = {"currency": "USDT", "amount": 20.5, "address": address, "paymentWay": "ERC20", "code2FA": ""}

    asked = (await alice.post("/v1/wallet/withdraw", form)).data

    assert (asked["status"], asked["fee"], asked["amount"], asked["toBank"]) == (17, 5, 20.5, None)
    assert asked["toAddress"] == {"name": "", "address": address}
    await blocks(stand, 5)
    assert await frozen(alice, "USDT") == (10**6, 20.5)
    with pytest.raises(Exception, match="waits for approval"):
        await operator(stand, "approve_withdrawal", id=int(asked["auditId"]) // 10)
    entry = (await alice.get("/v1/wallet/historyList", auditIds=asked["auditId"])).data["data"][0]
    assert entry["status"] == 17
    patched = await alice.call(
        "PATCH", "/v1/wallet/withdraw", {"auditId": asked["auditId"], "codeEmail": mailed_code(stand, "alice")}
    )
    assert patched.data == asked
    await blocks(stand, 5)
    assert await frozen(alice, "USDT") == (10**6 - 20.5, 0)
    assert await frozen(bob, "USDT") == (10**6 + 15.5, 0)
    entry = (await alice.get("/v1/wallet/historyList", auditIds=asked["auditId"])).data["data"][0]
    assert (entry["status"], entry["toReceiver"]["address"], entry["receivedAmount"]) == (10, address, 15.5)
    assert entry["txHash"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"address": "0x12"}, -2), ({"address": ""}, -2), ({"paymentWay": "OMNI"}, -2), ({"amount": 19}, 3506),
        ({"amount": 10**7}, 51523), ({"paymentWay": "Tron"}, -2), ({"amount": "nan"}, -2),
    ],
)  # fmt: skip
async def test_what_may_not_be_withdrawn_over_a_network_is_refused(alice: Client, form: Any, code: int) -> None:
    """A malformed address, an unknown network, too little, more than there is."""
    good = {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}

    answer = await alice.post("/v1/wallet/withdraw", {**good, **form})

    assert (answer.status, answer.code) == (400, code)
    assert await frozen(alice, "USDT") == (10**6, 0)


async def test_level_and_permission_are_needed_to_withdraw(stand: Stand) -> None:
    """Level 1 may not; an API key needs Withdraw."""
    form = {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}
    dave = await stand.customer("dave", level=1)
    program = await stand.customer("erin", {Permission.READ, Permission.TRADING}, key=True)

    assert (await dave.post("/v1/wallet/withdraw", form)).code == -19
    assert (await program.post("/v1/wallet/withdraw", form)).status == 403


async def test_an_account_without_a_customer_needs_no_code(stand: Stand) -> None:
    """It has no e-mail address: its key is what the operator trusts."""
    account = await stand.venue.accounts.open("broker")
    await stand.venue.accounts.deposit(account.id, "USDT", 10**8)
    key = await stand.venue.keys.create(account.id, set(Permission))
    broker = Client(stand, key=key.key, secret=key.secret)

    asked = await broker.post(
        "/v1/wallet/withdraw", {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}
    )
    await blocks(stand, 5)

    assert asked.code == 1
    assert await frozen(broker, "USDT") == (80, 0)


async def test_common_addresses_are_those_that_were_paid(stand: Stand, alice: Client) -> None:
    """Each once, until it is forgotten, and again once it is paid again."""
    form = {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}
    for _ in range(2):
        await alice.post("/v1/wallet/withdraw", form)
    common = [{"address": ETHER, "name": "", "paymentWay": "ERC20"}]

    assert (await alice.get("/v1/wallet/common_address")).data == common
    assert (await alice.get("/v1/wallet/common_address", coinName="USDT-ERC20")).data == common
    assert (await alice.get("/v1/wallet/common_address", coinName="ETH-ETHEREUM")).data == []
    assert (await alice.get("/v1/wallet/common_address", coinName="NO-NO")).code == -4038
    for address, code in ((ETHER, 1), ("nothing", -2)):
        assert (await alice.call("DELETE", "/v1/wallet/common_address", address=address)).code == code
    assert (await alice.get("/v1/wallet/common_address")).data == []
    stand.clock.advance(SECOND)
    await alice.post("/v1/wallet/withdraw", form)
    assert (await alice.get("/v1/wallet/common_address")).data == common


async def test_a_withdrawal_that_nobody_confirms_is_given_back(stand: Stand, alice: Client) -> None:
    """After an hour, when no code is good any more; one that was confirmed goes on."""
    form = {"currency": "USDT", "amount": 20, "address": ETHER, "paymentWay": "ERC20"}
    forgotten = (await alice.post("/v1/wallet/withdraw", form)).data["auditId"]
    wanted = (await alice.post("/v1/wallet/withdraw", form)).data["auditId"]
    assert (await confirmed(stand, alice, wanted)).code == 1
    code = mailed_code(stand, "alice")
    stand.clock.advance(3600 * SECOND - 1)
    await blocks(stand, 0)
    fresh = await stand.venue.customers.sessions.open(account_of(stand, "alice"), is_proven=True)
    alice = Client(stand, fresh.text)
    assert (await frozen(alice, "USDT"))[1] == 40
    late = {"auditId": forgotten, "codeEmail": code}
    assert (await alice.call("PATCH", "/v1/wallet/withdraw", late)).code == 10027

    await blocks(stand, 6)

    assert await frozen(alice, "USDT") == (10**6 - 20, 0)
    rows = (await alice.get("/v1/wallet/historyList", query="USDT-2")).data["data"]
    assert {row["auditId"]: row["status"] for row in rows} == {forgotten: 16, wanted: 10}
