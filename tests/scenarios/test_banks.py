"""Money by bank, from the operator's word to the ledger and back, with crashes between any two steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import permutations
from typing import Any

import pytest

from bedesten.domain.commands import AdvanceTime, RecordNote
from bedesten.domain.enums import BankStage
from bedesten.domain.notes import BankOrderStep
from bedesten.services.errors import OperationRefused, Overloaded
from bedesten.services.fiat.bank_accounts import BankRefused, BankState, deposit_number, depositor
from bedesten.services.fiat.deposits import DepositRefusal, FiatDeposit
from bedesten.services.fiat.withdrawals import BeginRefusal, FiatRefusal, FiatState
from bedesten.services.holds.confirmations import LIFETIME_NS, RESEND_NS, TRIES_MAX, ConfirmRefusal
from bedesten.services.holds.holds import HELD_NS
from bedesten.services.sequencing import sequencer as sequencer_module
from tests.scenarios.banks import DAY, FEE, START, TERMS, TWD, Branchwork

THOUSAND = 1000_0000


@pytest.fixture
async def bank() -> AsyncIterator[Branchwork]:
    """A venue with one customer, whose every scenario ends balanced and replayable."""
    stage = Branchwork()
    await stage.begin()
    yield stage
    await stage.end()


# ── deposits ──


async def test_a_deposit_is_credited_once_however_often_it_is_told(bank: Branchwork) -> None:
    """The bank's reference makes it one, across a crash as well."""
    first = await bank.arrives(THOUSAND, "R1")
    again = await bank.arrives(THOUSAND, "R1")
    await bank.crash()
    later = await bank.arrives(THOUSAND, "R1")

    assert isinstance(first, FiatDeposit) and isinstance(again, FiatDeposit) and isinstance(later, FiatDeposit)
    assert first.seq == again.seq == later.seq
    assert await bank.has() == (THOUSAND, 0)
    assert await bank.arrives(THOUSAND + 1, "R1") is DepositRefusal.REFERENCE_USED


@pytest.mark.parametrize(
    ("amounts", "refusal"),
    [
        ([9999], DepositRefusal.TOO_SMALL),
        ([5000_0001], DepositRefusal.TOO_LARGE),
        ([5000_0000, 1000_0001], DepositRefusal.ABOVE_DAY),
    ],
)
async def test_a_deposit_beyond_its_bounds_is_refused(bank: Branchwork, amounts: list[int], refusal: Any) -> None:
    """Least, most, and what comes together in a day."""
    *before, last = amounts
    for at, amount in enumerate(before):
        await bank.arrives(amount, f"before {at}")

    assert await bank.arrives(last, "last") is refusal
    assert await bank.has() == (sum(before), 0)


async def test_days_and_months_begin_where_the_bank_is(bank: Branchwork) -> None:
    """It is the fifteenth in Taipei already; two hours later it still is, and in December all is free again."""
    await bank.arrives(5000_0000, "R1")
    bank.clock.advance(2 * 3600 * 10**9)
    assert await bank.arrives(2000_0000, "R2") is DepositRefusal.ABOVE_DAY
    bank.clock.advance(DAY)
    assert isinstance(await bank.arrives(4000_0000, "R2"), FiatDeposit)
    bank.clock.advance(DAY)
    assert await bank.arrives(2000_0000, "R3") is DepositRefusal.ABOVE_MONTH
    bank.clock.advance(16 * DAY)
    assert isinstance(await bank.arrives(2000_0000, "R3"), FiatDeposit)


async def test_who_may_not_be_paid_by_bank_is_not(bank: Branchwork) -> None:
    """Level 2 may not; an account that is nobody's customer may."""
    await bank.venue.customers.register.change(bank.alice.id, level=2)
    broker = await bank.venue.accounts.open("broker")

    assert await bank.arrives(THOUSAND, "R1") is DepositRefusal.NOT_ALLOWED
    assert isinstance(await bank.arrives(THOUSAND, "R2", broker.id), FiatDeposit)
    assert await bank.arrives(THOUSAND, "R3", 999) is DepositRefusal.UNKNOWN_ACCOUNT
    assert await bank.arrives(THOUSAND, "") is DepositRefusal.BAD_REFERENCE


async def test_a_deposit_account_is_one_customers(bank: Branchwork) -> None:
    """Its number names the customer, and a digit that was read wrongly names nobody."""
    currency = TERMS.currencies[0]
    number = deposit_number(currency, bank.alice.id)

    assert number.startswith("99781") and depositor(currency, number) == bank.alice.id
    for at in range(len(number)):
        wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        assert depositor(currency, wrong) is None
    rows = await bank.operator("bank_deposit", to=number, amount="12.5", reference="R1", bank="812", holder="Alice")
    assert rows[0]["account"] == "alice"
    assert await bank.has() == (12_5000, 0)


@pytest.mark.parametrize("to", ["nobody", "99781", "", "outside", "9978100000000" + "5"])
async def test_money_for_nobody_is_credited_to_nobody(bank: Branchwork, to: str) -> None:
    """The operator is told instead."""
    with pytest.raises((BankRefused, OperationRefused)):
        await bank.operator("bank_deposit", to=to, amount="100", reference="R1")


# ── withdrawals ──


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_withdrawal_is_confirmed_begun_and_paid(bank: Branchwork, crashes: bool) -> None:
    """What was held leaves for outside, the fee with it; a crash between any two steps changes nothing."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    assert await bank.has() == (2 * THOUSAND, THOUSAND)

    async def step() -> None:
        if crashes:
            await bank.crash()

    await step()
    with pytest.raises(BankRefused, match="unconfirmed"):
        await bank.operator("begin_bank_withdrawal", id=number)
    assert await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code()) is None
    await step()
    assert [row["state"] for row in await bank.operator("bank_withdrawals")] == ["confirmed"]
    rows = await bank.operator("begin_bank_withdrawal", id=number)
    assert (rows[0]["state"], rows[0]["number"], rows[0]["amount"]) == ("paying", "12345678901", "985")
    await step()
    assert not await bank.venue.fiat.withdrawals.cancel(bank.alice.id, number)
    for _ in range(2):
        await bank.operator("bank_withdrawal_paid", id=number, reference="B1")
        await step()

    assert await bank.has() == (THOUSAND, 0)
    found = (await bank.venue.fiat.withdrawals.list(bank.alice.id))[0]
    assert (found.state, found.reference, found.amount + found.fee) == (FiatState.PAID, "B1", THOUSAND)
    assert found.fee == FEE
    with pytest.raises(BankRefused):
        await bank.operator("bank_withdrawal_failed", id=number)


async def test_a_failed_withdrawal_is_given_back_once(bank: Branchwork) -> None:
    """All of it; and it counts for no limit."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code())
    await bank.operator("begin_bank_withdrawal", id=number)
    for _ in range(2):
        await bank.operator("bank_withdrawal_failed", id=number)

    assert await bank.has() == (2 * THOUSAND, 0)
    assert (await bank.venue.fiat.withdrawals.list(bank.alice.id))[0].state is FiatState.FAILED
    assert (await bank.venue.fiat.withdrawals.used(bank.alice.id, TWD.id)).month == 0
    with pytest.raises(BankRefused):
        await bank.operator("bank_withdrawal_paid", id=number)


@pytest.mark.parametrize(("stage", "left"), [(BankStage.PAID, THOUSAND), (BankStage.FAILED, 2 * THOUSAND)])
async def test_what_a_former_program_decided_before_a_crash_is_done_at_the_start(
    bank: Branchwork, stage: BankStage, left: int
) -> None:
    """It kept the decision by itself, and the ledger was not yet told: the first start tells it, once."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code())
    await bank.operator("begin_bank_withdrawal", id=number)
    await bank.venue.sequencer.submit(RecordNote(), notes=(BankOrderStep(number, int(stage), "B1"),))
    await bank.crash()

    assert (await bank.has())[1] == THOUSAND
    for _ in range(2):
        await bank.venue.fiat.withdrawals.set_up()

    assert await bank.has() == (left, 0)
    found = await bank.venue.fiat.withdrawals.find(number)
    assert found is not None and found.reference == "B1"
    assert found.state is (FiatState.PAID if stage is BankStage.PAID else FiatState.FAILED)


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_withdrawal_that_nobody_confirms_is_given_back(bank: Branchwork, crashes: bool) -> None:
    """An hour behind its request, with nobody looking; it counts for no limit, and no code confirms it any more."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    bank.clock.advance(HELD_NS - 1)
    await bank.venue.sequencer.submit(AdvanceTime())
    assert await bank.has() == (2 * THOUSAND, THOUSAND)
    await bank.venue.fiat.confirmations.ask(number, bank.alice.id, "withdrawal")
    bank.clock.advance(1)
    if crashes:
        await bank.crash()

    assert await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code()) in (
        ConfirmRefusal.EXPIRED, ConfirmRefusal.UNKNOWN,
    )  # fmt: skip
    await bank.venue.sequencer.submit(AdvanceTime())

    assert await bank.has() == (2 * THOUSAND, 0)
    assert [row.state for row in await bank.venue.fiat.withdrawals.list(bank.alice.id)] == [FiatState.CANCELED]
    assert (await bank.venue.fiat.withdrawals.used(bank.alice.id, TWD.id)).month == 0
    with pytest.raises(BankRefused):
        await bank.operator("begin_bank_withdrawal", id=number)


async def test_a_confirmed_withdrawal_waits_for_the_operator_as_long_as_it_takes(bank: Branchwork) -> None:
    """What the customer confirmed is not given back by itself."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code())
    bank.clock.advance(3 * DAY)
    await bank.venue.sequencer.submit(AdvanceTime())

    await bank.operator("begin_bank_withdrawal", id=number)
    await bank.operator("bank_withdrawal_paid", id=number, reference="B1")

    assert await bank.has() == (THOUSAND, 0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("steps", [*permutations(("begin", "cancel", "paid", "failed"))], ids="-".join)
async def test_whatever_comes_together_a_withdrawal_is_paid_or_given_back(
    bank: Branchwork, steps: tuple[str, ...], late: bool
) -> None:
    """All asked for in one moment, in every order, and in the moment of its end: who was told to pay says what came of it."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    fiat, alice = bank.venue.fiat.withdrawals, bank.alice.id
    await bank.venue.fiat.confirmations.confirm(number, alice, bank.code(), lambda: True)  # and crashed behind it
    bank.clock.advance(HELD_NS - 1 + late)
    ask: dict[str, Callable[[], Awaitable[object]]] = {
        "begin": lambda: fiat.begin(number), "cancel": lambda: fiat.cancel(alice, number),
        "paid": lambda: fiat.paid(number, "B1"), "failed": lambda: fiat.failed(number),
    }  # fmt: skip

    answers = await asyncio.gather(*(ask[step]() for step in steps))
    told = dict(zip(steps, answers, strict=True))
    bank.clock.advance(DAY)
    await bank.venue.sequencer.submit(AdvanceTime())

    found, (total, held) = await fiat.find(number), await bank.has()
    assert found is not None
    if told["begin"] is None:
        assert not late and not told["cancel"] and not (told["paid"] and told["failed"])
        assert found.state is not FiatState.CANCELED
    else:
        assert not told["paid"] and not told["failed"] and found.state is FiatState.CANCELED
    assert total == (THOUSAND if told["paid"] else 2 * THOUSAND)
    assert held == (THOUSAND if found.state is FiatState.PAYING else 0)
    assert (found.state is FiatState.PAID) == bool(told["paid"])


@pytest.mark.parametrize("late", [False, True])
async def test_paying_and_the_end_of_a_hold_have_one_order(bank: Branchwork, late: bool) -> None:
    """The command that begins to pay is refused when the hold is over under it; before that, the hold stays."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    await bank.venue.fiat.confirmations.confirm(number, bank.alice.id, bank.code(), lambda: True)
    bank.clock.advance(HELD_NS - 1 + late)

    begun = await bank.venue.fiat.withdrawals.begin(number)
    bank.clock.advance(DAY)
    await bank.venue.sequencer.submit(AdvanceTime())

    assert begun is (BeginRefusal.NOT_WAITING if late else None)
    assert await bank.venue.fiat.withdrawals.paid(number, "B1") is not late
    assert await bank.has() == ((2 * THOUSAND if late else THOUSAND), 0)


async def test_what_the_venue_is_too_busy_for_changes_nothing(
    bank: Branchwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun in vain it can be canceled, and then it is not paid; no memory runs ahead of the log."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    fiat = bank.venue.fiat.withdrawals
    await fiat.confirm(bank.alice.id, number, bank.code())
    with monkeypatch.context() as patch:
        patch.setattr(sequencer_module, "WAITING_MAX", 0)
        for step in (fiat.begin(number), fiat.cancel(bank.alice.id, number)):
            with pytest.raises(Overloaded):
                await step

    assert not await fiat.paid(number, "B1") and not await fiat.failed(number)
    assert [row.state for row in await fiat.open()] == [FiatState.CONFIRMED]
    assert await fiat.cancel(bank.alice.id, number)
    assert await fiat.begin(number) is BeginRefusal.NOT_WAITING
    assert not await fiat.paid(number, "B1")
    assert await bank.has() == (2 * THOUSAND, 0)


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_withdrawal_is_canceled_until_it_is_begun(bank: Branchwork, confirmed: bool) -> None:
    """Then the operator is told that there is nothing to pay."""
    await bank.arrives(2 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    if confirmed:
        await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code())

    assert not await bank.venue.fiat.withdrawals.cancel(999, number)
    assert await bank.venue.fiat.withdrawals.cancel(bank.alice.id, number)
    assert not await bank.venue.fiat.withdrawals.cancel(bank.alice.id, number)

    assert await bank.has() == (2 * THOUSAND, 0)
    assert (await bank.venue.fiat.withdrawals.list(bank.alice.id))[0].state is FiatState.CANCELED
    with pytest.raises(BankRefused, match="pay nothing"):
        await bank.operator("begin_bank_withdrawal", id=number)


async def test_codes_are_few_and_short_lived(bank: Branchwork) -> None:
    """Five wrong ones, or half an hour, and a new one is needed; what is confirmed stays so."""
    await bank.arrives(5 * THOUSAND, "R1")
    number = await bank.asks(THOUSAND)
    take = bank.venue.fiat.withdrawals.confirm
    right = bank.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    assert await take(999, number, right) is ConfirmRefusal.UNKNOWN
    for _ in range(TRIES_MAX):
        assert await take(bank.alice.id, number, wrong) is ConfirmRefusal.WRONG
    assert await take(bank.alice.id, number, right) is ConfirmRefusal.EXHAUSTED
    asked_again = bank.venue.fiat.confirmations.ask_again
    assert not await asked_again(number, bank.alice.id, "withdrawal")
    bank.clock.advance(RESEND_NS)
    assert await asked_again(number, bank.alice.id, "withdrawal")
    bank.clock.advance(LIFETIME_NS)
    assert await take(bank.alice.id, number, bank.code()) is ConfirmRefusal.EXPIRED
    await asked_again(number, bank.alice.id, "withdrawal")
    await bank.crash()
    assert await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code()) is None
    assert await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, "") is None


@pytest.mark.parametrize(
    ("amounts", "refusal"),
    [
        ([99_9999], FiatRefusal.TOO_SMALL),
        ([2000_0001], FiatRefusal.TOO_LARGE),
        ([2000_0000, 1000_0001], FiatRefusal.ABOVE_DAY),
        ([2000_0000, 1000_0000], None),
    ],
)
async def test_a_withdrawal_beyond_its_bounds_is_refused(bank: Branchwork, amounts: list[int], refusal: Any) -> None:
    """Least, most, and what is asked for in a day, the fee in it."""
    await bank.arrives(5000_0000, "R1")
    *before, last = amounts
    for amount in before:
        await bank.asks(amount)

    made = await bank.venue.fiat.withdrawals.request(TWD, bank.bank_account, last, must_confirm=True)

    assert made is refusal or refusal is None
    assert (await bank.has())[1] == sum(before) + (last if refusal is None else 0)


async def test_a_month_has_its_limit_and_money_its_end(bank: Branchwork) -> None:
    """Both are said before anything is held."""
    await bank.arrives(4500_0000, "R1")
    for _ in range(2):
        number = await bank.asks(2000_0000)
        await bank.venue.fiat.withdrawals.confirm(bank.alice.id, number, bank.code())
        bank.clock.advance(DAY)
    request = bank.venue.fiat.withdrawals.request
    assert await request(TWD, bank.bank_account, 1000_0001, must_confirm=True) is FiatRefusal.ABOVE_MONTH
    assert await request(TWD, bank.bank_account, 1000_0000, must_confirm=True) is FiatRefusal.INSUFFICIENT_AVAILABLE
    assert await request(TWD, None, 1000_0000, must_confirm=True) is FiatRefusal.NO_BANK_ACCOUNT


# ── bank accounts ──


async def test_a_bank_account_waits_to_be_verified(bank: Branchwork) -> None:
    """Entered twice it is one; rejected and removed it is paid nothing."""
    accounts = bank.venue.fiat.bank_accounts
    other = {"bank": "812", "branch": "", "number": "0001234567", "holder": "Alice"}
    row = await accounts.add(bank.alice.id, TWD.id, **other)
    again = await accounts.add(bank.alice.id, TWD.id, **other)

    assert (row.state, row.created_ns) == (BankState.PENDING, START)
    assert again == row
    assert [each.id for each in accounts.verified(bank.alice.id, TWD.id)] == [bank.bank_account.id]
    await bank.operator("verify_bank_account", id=row.id)
    await bank.crash()
    accounts = bank.venue.fiat.bank_accounts
    assert len(accounts.verified(bank.alice.id, TWD.id)) == 2
    await bank.operator("reject_bank_account", id=row.id)
    assert len(accounts.verified(bank.alice.id, TWD.id)) == 1
    await bank.operator("remove_bank_account", id=row.id)
    assert [each["id"] for each in await bank.operator("bank_accounts", account="alice")] == [bank.bank_account.id]
    with pytest.raises(BankRefused):
        await bank.operator("verify_bank_account", id=row.id)


async def test_nothing_is_paid_to_a_bank_account_that_is_not_verified(bank: Branchwork) -> None:
    """Whoever asks for it, and whatever it was when they looked: the service itself refuses, and holds nothing."""
    row = await bank.venue.fiat.bank_accounts.add(
        bank.alice.id, TWD.id, bank="812", branch="", number="0001234567", holder="Alice"
    )
    await bank.arrives(1000_0000, "A1")

    asked = await bank.venue.fiat.withdrawals.request(TWD, row, 500_0000, must_confirm=True)

    assert asked is FiatRefusal.NO_BANK_ACCOUNT
    assert await bank.has() == (1000_0000, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank": "999"}, {"branch": "9999"}, {"number": "12-34"}, {"number": "1" * 35}, {"holder": ""},
        {"holder": "a\nb"}, {"asset": "BTC"}, {"account": "nobody"},
    ],
)  # fmt: skip
async def test_what_is_no_bank_account_is_refused(bank: Branchwork, wrong: dict[str, str]) -> None:
    """In a sentence that says why."""
    good = {"account": "alice", "bank": "004", "branch": "0037", "number": "555555", "holder": "Alice"}

    with pytest.raises((BankRefused, OperationRefused)):  # the latter at the door, for what no text may hold
        await bank.operator("add_bank_account", **{**good, **wrong})
