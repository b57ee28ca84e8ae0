"""Transfers that wait for a link and a last word, conversions, worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bedesten.domain.otc import DESK
from bedesten.services.holds.confirmations import LIFETIME_NS
from tests.dialects.bitgin.money import frozen, mailed_link
from tests.dialects.bitgin.stand import SECOND, Answer, Client, Stand, open_stand

WALLET = "/v1/capital/wallet/operation"


async def send(client: Client, amount: Any = 1, **more: Any) -> Answer:
    """Ask for a transfer to bob, as the documents' example does."""
    form = {
        "fromWallet": [{"wallet": "SPOT@", "asset": "USDT", "amount": amount}], "operation": "TRANSFER",
        "receiver": "bob", "receiverEmail": "BOB@example.com", "twoFAcode": 812991,
    }  # fmt: skip
    return await client.post(WALLET, {**form, **more})


def told(answer: Answer) -> dict[str, str]:
    """Return what a redirect's query says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def status(client: Client, audit: int) -> int:
    """Return the status of a transfer in the history."""
    return int((await client.get("/v1/wallet/historyList", auditIds=str(audit))).data["data"][0]["status"])


async def test_a_transfer_waits_for_the_link_and_the_last_word(stand: Stand, alice: Client, bob: Client) -> None:
    """Held at first, 17; 25 once the link was followed; the receiver's with the last word, as often as it is said."""
    audit = (await send(alice, 20)).data

    assert isinstance(audit, int) and await frozen(alice, "USDT") == (10**6, 20)
    assert await status(alice, audit) == 17
    early = await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)
    assert (early.status, early.code) == (400, -19)
    followed = await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    assert (followed.status, told(followed)) == (
        302,
        {"balance_audit_id": str(audit), "coin_id": "2", "type": "confirm"},
    )
    assert await status(alice, audit) == 25
    for _ in range(2):
        answer = await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)
        assert (answer.code, answer.data) == (1, audit)
    assert await frozen(alice, "USDT") == (10**6 - 20, 0)
    assert await frozen(bob, "USDT") == (10**6 + 20, 0)
    rows = (await alice.get("/v1/wallet/historyList", query='["USDT-6"]')).data["data"]
    assert [(row["auditId"], row["status"], row["bankRef"], row["inOutType"]) for row in rows] == [
        (str(audit), 10, "bob", 2)
    ]
    got = (await bob.get("/v1/wallet/historyList", query="USDT-5")).data["data"]
    assert [(row["amount"], row["receivedAmount"], row["inOutType"]) for row in got] == [(20, 20, 1)]
    assert (await alice.get("/v1/capital/transfer/cancel", id=audit)).code == -2


async def test_a_transfer_is_canceled_while_it_waits(stand: Stand, alice: Client, bob: Client) -> None:
    """Even when the link was followed; then the last word comes too late."""
    audit = (await send(alice)).data
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))

    assert (await bob.get("/v1/capital/transfer/cancel", id=audit)).code == -2
    assert (await alice.get("/v1/capital/transfer/cancel", id=audit)).data is None
    assert (await alice.get("/v1/capital/transfer/cancel", id=audit)).code == -2

    assert await frozen(alice, "USDT") == (10**6, 0)
    assert (await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)).code == -2
    assert await status(alice, audit) == 16


async def test_a_transfer_survives_a_restart_between_any_two_steps(stand: Stand, alice: Client, bob: Client) -> None:
    """The hold is journaled, the link's code is kept, and the history's number stays."""

    async def again() -> None:
        nonlocal alice, stand
        await stand.close()
        stand = await open_stand(stand.clock, stand.store)
        alice = replace(alice, stand=stand)

    audit = (await send(alice, 20)).data
    await again()
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    await again()
    await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)
    await again()
    assert (await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)).data == audit
    assert await frozen(alice, "USDT") == (10**6 - 20, 0)
    assert await status(alice, audit) == 10
    stand.venue.sequencer.state.machine.audit()
    await stand.close()


async def test_the_mail_is_sent_again_but_not_at_once(stand: Stand, alice: Client, bob: Client) -> None:
    """The new link alone is good; an old one leads to an alert."""
    audit = (await send(alice)).data
    first = mailed_link(stand, "alice")
    assert (await alice.get("/v1/validate/emailtransfer_resend", balance_audit_id=audit)).code == 10063
    stand.clock.advance(60 * SECOND)

    assert (await alice.get("/v1/validate/emailtransfer_resend", balance_audit_id=audit)).data == audit

    stale = await alice.get("/v1/validate/emailtransfer", code=first)
    assert told(stale)["alertcode"] == "10027"
    fresh = await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    assert told(fresh)["type"] == "confirm"
    assert (await alice.get("/v1/validate/emailtransfer_resend", balance_audit_id=audit + 10)).code == -2


@pytest.mark.parametrize("code", ["", "x", "1-", "1-00", "99999999999999999999-ab", "é"])
async def test_a_made_up_link_leads_to_an_alert(alice: Client, code: str) -> None:
    """A redirect, as the documents have it."""
    answer = await alice.get("/v1/validate/emailtransfer", code=code)

    assert (answer.status, told(answer)["alerttype"]) == (302, "error")


async def test_a_link_is_good_for_half_an_hour_and_for_its_sender(stand: Stand, alice: Client, bob: Client) -> None:
    """Whoever reads the mail must be signed in as its reader."""
    await send(alice)
    link = mailed_link(stand, "alice")

    assert told(await bob.get("/v1/validate/emailtransfer", code=link))["alertcode"] == "-2"
    stand.clock.advance(LIFETIME_NS - 1)
    await alice.get("/v1/login_status")
    stand.clock.advance(1)
    assert told(await alice.get("/v1/validate/emailtransfer", code=link))["alertcode"] == "10027"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"receiver": "nobody"}, 10004), ({"receiverEmail": "alice@example.com"}, 10004), ({"receiver": ""}, -2),
        ({"receiver": "alice", "receiverEmail": "alice@example.com"}, -2), ({"amount": 10**6 + 1}, 51523),
        ({"amount": 0}, -2), ({"amount": "x"}, -2), ({"fromWallet": []}, -2), ({"fromUser": "bob"}, -2),
        ({"fromWallet": [{"wallet": "FUTURES@", "asset": "USDT", "amount": 1}]}, -2),
        ({"fromWallet": [{"asset": "NO", "amount": 1}]}, -2023), ({"fromWallet": "x"}, -2), ({"operation": "STEAL"}, -2),
        ({"operation": "PAY_FOR_SERVICE"}, -20), ({"operation": "PRE_PAY_FOR_SERVICE"}, -20),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_refused(alice: Client, bob: Client, form: dict[str, Any], code: int) -> None:
    """And holds nothing."""
    answer = await send(alice, form.pop("amount", 1), **form)

    assert (answer.status, answer.code, answer.data) == (400, code, None)
    assert await frozen(alice, "USDT") == (10**6, 0)


async def test_levels_say_who_sends_and_who_is_sent_to(stand: Stand, alice: Client) -> None:
    """Level 1 sends nothing; level 0 is paid nothing."""
    dave = await stand.customer("dave", level=1)
    await stand.customer("carol", level=0)

    assert (await send(dave)).code == -19
    assert (await send(alice, receiver="carol", receiverEmail="carol@example.com")).code == 10004


async def test_a_conversion_is_settled_at_once(stand: Stand, alice: Client) -> None:
    """By what is given or by what is wanted; in the history it was bought."""
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)
    await stand.index("30")
    form = {
        "operation": "CONVERT",
        "fromWallet": [{"wallet": "SPOT@", "asset": "USDT", "amount": 100}],
        "toAsset": "TWD",
    }

    audit = (await alice.post(WALLET, form)).data
    wanted = {**form, "fromWallet": [{"asset": "USDT"}], "toAmount": "29.97"}
    assert (await alice.post(WALLET, wanted)).code == 1

    assert await frozen(alice, "USDT") == (10**6 - 101, 0)
    assert await frozen(alice, "TWD") == (10**6 + 2997 + 29.97, 0)
    (row,) = (await alice.get("/v1/wallet/historyList", auditIds=str(audit), isTxn="true")).data["data"]
    assert (row["type"], row["quoteBaseCurrency"], row["quoteOrderCurrency"], row["amount"], row["remarks"]) == (
        3, "TWD", "USDT", 2997, "100",
    )  # fmt: skip
    assert (await alice.post(WALLET, {**form, "toAmount": 1})).code == -2
    assert (await alice.post(WALLET, {**form, "toAsset": "USDT"})).code == -2
    assert (await alice.post(WALLET, {**form, "toAsset": "NO"})).code == -2023
    too_much = {**form, "fromWallet": [{"asset": "USDT", "amount": 2 * 10**6}]}
    assert (await alice.post(WALLET, too_much)).code == 51523


async def test_a_wallet_is_worth_what_its_prices_say(stand: Stand, alice: Client) -> None:
    """All of it, or the lines that are named."""
    await stand.index("30")
    ask = {"operation": "GET_BALANCE_IN_QUOTE", "toAsset": "TWD"}

    assert (await alice.post(WALLET, ask)).data == 31_000_000
    assert (await alice.post(WALLET, {**ask, "fromWallet": [{"asset": "USDT"}]})).data == 30_000_000
    assert (await alice.post(WALLET, {**ask, "fromWallet": [{"asset": "USDT", "amount": 2.5}]})).data == 75
