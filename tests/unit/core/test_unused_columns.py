"""A row with anything in a column that its op does not use is refused, whatever it asks for otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    BASE,
    INSTRUMENT,
    QUOTE,
    MachineUnderTest,
    a_deposit,
    an_account,
    an_instrument,
    an_order,
    assets,
    machine_types,
    row,
)

from bedesten.domain import commands as c
from bedesten.domain.enums import Op, RejectReason, TransferReason
from bedesten.domain.events import Rejected

ACCOUNT, OTHER = 16, 17

#: One command of each kind that the market below accepts.
ACCEPTED: dict[Op, c.Command] = {
    command.op: command
    for command in (
        c.OpenAccount(account=99),
        c.SetAccount(account=ACCOUNT, parameter=1, value=0),
        c.ListAsset(asset=3),
        c.ListInstrument(instrument=2, base=BASE, quote=QUOTE, lot_value=1, value_numerator=1, value_denominator=1),
        c.SetInstrument(instrument=INSTRUMENT, parameter=3, value=1),
        c.SetFees(instrument=INSTRUMENT, tier=0, maker_ppb=0, taker_ppb=0),
        a_deposit(ACCOUNT, QUOTE, 5),
        c.HoldFunds(account=ACCOUNT, asset=QUOTE, amount=1, reason=TransferReason.WITHDRAWAL),
        c.ReleaseFunds(account=ACCOUNT, hold_id=1),
        c.CaptureFunds(account=ACCOUNT, hold_id=1, to_account=OTHER, amount=1),
        c.SetHold(account=ACCOUNT, hold_id=1, expires_ns=0),
        c.Exchange(account=ACCOUNT, to_account=OTHER, asset=QUOTE, amount=1, to_asset=BASE, to_amount=1),
        c.SetIndex(instrument=INSTRUMENT, price=100),
        c.AdvanceTime(),
        c.RecordNote(),
        an_order(account=ACCOUNT, price=50, client_ref=7),
        c.PlaceOco(
            account=ACCOUNT, instrument=INSTRUMENT, side=1, order_type=1, time_in_force=1, price=40, quantity=1, trigger=1,
            trigger_price=70, trigger_source=1, stop_price=71,
        ),
        c.CancelOrder(account=ACCOUNT, order_id=1),
        c.CancelClientRef(account=ACCOUNT, client_ref=5),
        c.CancelAll(account=ACCOUNT),
        c.AmendOrder(account=ACCOUNT, order_id=1, price=41),
        c.CancelAllAfter(account=ACCOUNT, deadline_ns=0),
    )
}  # fmt: skip
UNUSED = [(op, at) for op, used in c.USED.items() for at in range(used, c.COMMAND_WIDTH)]


def market(machine: Any) -> MachineUnderTest:
    """Return a market with two accounts, an open order and a hold."""
    under_test = MachineUnderTest(machine())
    for command in (
        *assets(), *an_instrument(), *an_account(ACCOUNT, base=1_000, quote=1_000), *an_account(OTHER, base=1_000, quote=1_000),
        an_order(account=ACCOUNT, price=30, client_ref=5),
        c.HoldFunds(account=ACCOUNT, asset=QUOTE, amount=2, reason=TransferReason.WITHDRAWAL),
    ):  # fmt: skip
        under_test.submit(command)
    return under_test


def refusals(under_test: MachineUnderTest, columns: list[int]) -> list[RejectReason]:
    """Return why a row was refused; nothing when it was not."""
    return [RejectReason(e.reason) for e in under_test.submit_row(columns).events if isinstance(e, Rejected)]


@pytest.mark.parametrize("name", machine_types())
def test_every_kind_of_command_is_accepted_as_it_is(name: str) -> None:
    """What the next test spoils is whole before; no kind is missing."""
    assert set(ACCEPTED) == set(Op)
    for command in ACCEPTED.values():
        assert refusals(market(machine_types()[name]), row(command, 0, 0)) == [], command


@pytest.mark.parametrize("name", machine_types())
def test_anything_in_an_unused_column_is_refused(name: str) -> None:
    """In each of them, for each op; the order ids that the command would have had are used up, and nothing else changes."""
    under_test = market(machine_types()[name])
    for op, at in UNUSED:
        for rubbish in (1, -1):
            spoiled = row(ACCEPTED[op], 0, 0)
            spoiled[at] = rubbish
            next_id, money = under_test.machine.next_order_id, under_test.machine.balances(ACCOUNT)

            assert refusals(under_test, spoiled) == [RejectReason.MALFORMED], (op, at)
            used_up = {Op.PLACE_ORDER: 1, Op.PLACE_OCO: 2}.get(op, 0)
            assert under_test.machine.next_order_id == next_id + used_up
            assert under_test.machine.balances(ACCOUNT) == money
            assert len(under_test.open_orders(ACCOUNT)) == 1
    under_test.audit()
