"""What waits is found by its id, however much waits behind it: transfers by e-mail, withdrawals by bank and over networks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from bedesten.domain.commands import HoldFunds
from bedesten.domain.enums import TransferReason
from bedesten.domain.notes import BankOrderAsked, HeldTransferAsked, Note
from bedesten.services.errors import OperationRefused
from bedesten.services.wallet_history import withdrawal_number
from tests.dialects.bitgin.money import account_of, bank_account, frozen, mailed_code, mailed_link, operator
from tests.dialects.bitgin.stand import Client, Stand, open_stand
from tests.dialects.bitgin.test_capital import send, status, told

TRANSFERS: Final = 1_500
WITHDRAWALS: Final = 10_050
TO_BOB: Final = HeldTransferAsked(17, "bob")
TO_BANK: Final = BankOrderAsked(1, "004", "0037", "12345678901", "Alice", 0, True, is_sealed=False)
TO_CHAIN: Final = '{"address":"0x52908400098527886E0F7030069857D2E4169EE7","network":"Ethereum"}'


async def held(stand: Stand, currency: str, count: int, what: Note | str, reason: TransferReason) -> list[int]:
    """Hold one minor unit of alice's *count* times and return the numbers of the holds."""
    asset = stand.venue.catalogue.asset(currency)
    assert asset is not None
    command = HoldFunds(account=account_of(stand, "alice"), asset=asset.id, amount=1, reason=int(reason))
    beside: dict[str, Any] = {"text": what} if isinstance(what, str) else {"notes": (what,)}
    found: list[int] = []
    for _ in range(0, count, 1_000):
        size = min(1_000, count - len(found))
        results = await asyncio.gather(*(stand.venue.sequencer.submit(command, **beside) for _ in range(size)))
        found += [event.hold_id for result in results for event in result.events]  # type: ignore[union-attr]
    return found


async def test_the_oldest_transfers_of_many_are_confirmed_and_canceled(
    stand: Stand, alice: Client, bob: Client
) -> None:
    """1,500 wait behind them: one goes to bob, the other back to alice, and the history tells of both by their ids."""
    first, second = (await send(alice, 20)).data, (await send(alice, 30)).data
    links = [each.partition("code=")[2].split()[0] for each in stand.messages("email", "alice@example.com")]
    await held(stand, "USDT", TRANSFERS, TO_BOB, TransferReason.INTERNAL)

    followed = await alice.get("/v1/validate/emailtransfer", code=links[1])
    done = await alice.get("/v1/validate/transfer_confirm", balance_audit_id=first)
    canceled = await alice.get("/v1/capital/transfer/cancel", id=second)

    assert told(followed)["type"] == "confirm"
    assert (done.code, done.data) == (1, first)
    assert (canceled.code, canceled.data) == (1, None)
    assert await frozen(bob, "USDT") == (10**6 + 20, 0)
    assert (await frozen(alice, "USDT"))[0] == 10**6 - 20
    assert (await status(alice, first), await status(alice, second)) == (10, 16)
    assert (await bob.get("/v1/wallet/historyList", auditIds=str(first))).data["data"] == []  # not his


async def test_the_link_is_sent_again_for_the_oldest_of_many(stand: Stand, alice: Client, bob: Client) -> None:
    """A minute later, and the new one is good."""
    audit = (await send(alice)).data
    await held(stand, "USDT", TRANSFERS, TO_BOB, TransferReason.INTERNAL)
    stand.clock.advance(60 * 10**9)

    again = await alice.get("/v1/validate/emailtransfer_resend", balance_audit_id=audit)

    assert again.data == audit
    assert told(await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice")))["type"] == "confirm"


async def test_the_oldest_of_very_many_bank_withdrawals_goes_its_whole_way(stand: Stand, alice: Client) -> None:
    """Confirmed by the customer, begun and paid by the operator, told by the history; the next one is taken back."""
    form = {"currency": "TWD", "amount": 1000, "bankId": await bank_account(stand, "alice")}
    first = (await alice.post("/v1/wallet/withdraw", form)).data["auditId"]
    code = mailed_code(stand, "alice")
    second = (await alice.post("/v1/wallet/withdraw", form)).data["auditId"]
    await held(stand, "TWD", WITHDRAWALS, TO_BANK, TransferReason.WITHDRAWAL)
    await stand.close()
    stand = await open_stand(stand.clock, stand.store)
    alice = replace(alice, stand=stand)

    confirmed = await alice.call("PATCH", "/v1/wallet/withdraw", {"auditId": first, "codeEmail": code})
    canceled = await alice.post("/v1/wallet/apply_dw_cancel", {"auditId": second})
    begun = await operator(stand, "begin_bank_withdrawal", id=int(first) // 10)
    await operator(stand, "bank_withdrawal_paid", id=int(first) // 10, reference="B-1")

    assert (confirmed.code, confirmed.data["auditId"]) == (1, first)
    assert (canceled.code, canceled.data["status"]) == (1, 16)
    assert begun[0]["state"] == "paying"
    assert (await status(alice, first), await status(alice, second)) == (10, 16)
    assert len(await operator(stand, "bank_withdrawals")) == WITHDRAWALS
    await stand.close()


async def test_what_counts_to_a_daily_limit_is_all_of_the_day(stand: Stand, alice: Client) -> None:
    """80,000 a day, of which 79,000 were asked for before ten thousand small ones: 2,000 more are too many."""
    bank_id = await bank_account(stand, "alice")
    for amount in (50_000, 29_000):
        asked = await alice.post("/v1/wallet/withdraw", {"currency": "TWD", "amount": amount, "bankId": bank_id})
        assert asked.code == 1
    await held(stand, "TWD", WITHDRAWALS, TO_BANK, TransferReason.WITHDRAWAL)

    answer = await alice.post("/v1/wallet/withdraw", {"currency": "TWD", "amount": 2_000, "bankId": bank_id})

    assert (answer.code, answer.json["msg"]) == (3506, "Above the daily maximum")


async def test_the_oldest_of_many_withdrawals_over_a_network_is_confirmed(stand: Stand, alice: Client) -> None:
    """Found by its id to be confirmed, in the history, and to say why it cannot be canceled there."""
    asked = await alice.post("/v1/wallet/withdraw", {
        "currency": "USDT", "amount": 30, "paymentWay": "Ethereum",
        "address": "0x52908400098527886E0F7030069857D2E4169EE7",
    })  # fmt: skip
    audit = asked.data["auditId"]
    await held(stand, "USDT", TRANSFERS, TO_CHAIN, TransferReason.WITHDRAWAL)

    confirmed = await alice.call(
        "PATCH", "/v1/wallet/withdraw", {"auditId": audit, "codeEmail": mailed_code(stand, "alice")}
    )

    assert (confirmed.code, confirmed.data["auditId"]) == (1, audit)
    assert (await alice.post("/v1/wallet/apply_dw_cancel", {"auditId": audit})).code == 3516
    assert await status(alice, audit) == 3


async def test_the_operator_lists_and_releases_any_hold(stand: Stand, alice: Client, bob: Client) -> None:
    """A transfer, a withdrawal by bank and one over a network; each release is in the audit log, and moves nothing else."""
    audit = (await send(alice, 20)).data
    by_bank = {"currency": "TWD", "amount": 1000, "bankId": await bank_account(stand, "alice")}
    over_network = {
        "currency": "USDT", "amount": 30, "paymentWay": "Ethereum", "address": "0x52908400098527886E0F7030069857D2E4169EE7",
    }  # fmt: skip
    numbers = [
        int((await alice.post("/v1/wallet/withdraw", form)).data["auditId"]) // 10 for form in (by_bank, over_network)
    ]

    listed = await operator(stand, "holds")
    assert [(row["id"], row["account"], row["asset"], row["amount"], row["for"]) for row in listed] == [
        (audit // 10, "alice", "USDT", "20", "transfer to another customer"),
        (numbers[0], "alice", "TWD", "1000", "withdrawal by bank"),
        (numbers[1], "alice", "USDT", "30", "withdrawal over Ethereum"),
    ]
    assert await operator(stand, "holds", account="bob") == []
    for row in listed:
        assert (await operator(stand, "release_hold", id=row["id"]))[0]["id"] == row["id"]

    assert await operator(stand, "holds") == []
    assert (await frozen(alice, "USDT"), await frozen(alice, "TWD")) == ((10**6, 0), (10**6, 0))
    assert await status(alice, audit) == 16
    assert [await status(alice, withdrawal_number(number)) for number in numbers] == [16, 16]
    noted = [each for each in stand.venue.audit.entries() if each.action == "release_hold"]
    assert [(each.outcome, each.particulars) for each in noted] == [("done", {"id": row["id"]}) for row in listed]


async def test_a_hold_that_is_unknown_or_being_paid_is_not_released(stand: Stand, alice: Client) -> None:
    """Refused in words, and the refusal is noted; what the bank pays is not given back beside it."""
    form = {"currency": "TWD", "amount": 1000, "bankId": await bank_account(stand, "alice")}
    audit = (await alice.post("/v1/wallet/withdraw", form)).data["auditId"]
    await alice.call("PATCH", "/v1/wallet/withdraw", {"auditId": audit, "codeEmail": mailed_code(stand, "alice")})
    await operator(stand, "begin_bank_withdrawal", id=int(audit) // 10)

    for number in (int(audit) // 10, 999, 0, -1, 1 << 80):
        with pytest.raises(OperationRefused, match="being paid|nothing is held"):
            await operator(stand, "release_hold", id=number)

    assert (await frozen(alice, "TWD"))[1] == 1000
    noted = [each for each in stand.venue.audit.entries() if each.action == "release_hold"]
    assert len(noted) == 5 and all(each.outcome.startswith("refused: ") for each in noted)
