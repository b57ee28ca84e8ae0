"""What a customer's standing forbids is forbidden through every API, and to the sub-accounts as well."""

from __future__ import annotations

import pytest

from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from tests.dialects.bitgin.money import account_of, frozen, mailed_link, operator
from tests.dialects.bitgin.stand import EVERYTHING, Client, Stand

SEND = {
    "fromWallet": [{"wallet": "SPOT@", "asset": "USDT", "amount": 1}], "operation": "TRANSFER",
    "receiver": "bob", "receiverEmail": "bob@example.com",
}  # fmt: skip


async def sub_account(stand: Stand, name: str, of: str) -> Client:
    """Open a sub-account with a key and a hundred USDT."""
    main = stand.venue.accounts.by_name(of)
    assert main is not None
    account = await stand.venue.subaccounts.open(name, main)
    await stand.venue.accounts.deposit(account.id, "USDT", 100_000_000)
    made = await stand.venue.keys.create(account.id, EVERYTHING)
    return Client(stand, key=made.key, secret=made.secret)


@pytest.mark.parametrize("status", ["suspended", "blocked", "locked", "deleted"])
async def test_a_sub_account_of_a_suspended_customer_does_nothing(
    stand: Stand, alice: Client, bob: Client, status: str
) -> None:
    """No order, no transfer; once the customer is in good standing again, so is the sub-account."""
    child = await sub_account(stand, "alice-bots", "alice")
    number, instrument = account_of(stand, "alice-bots"), stand.venue.catalogue.instrument("USDT-TWD")
    assert instrument is not None
    order = PlaceOrder(
        account=number, instrument=instrument.id, side=Side.SELL, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, price=instrument.ticks("40"), quantity=100,
    )  # fmt: skip

    await operator(stand, "set_customer", name="alice", status=status)
    sent = await child.post("/v1/capital/wallet/operation", SEND)
    placed = await stand.venue.trading.place(order, "")

    is_out = status in ("locked", "deleted")
    assert (sent.status, sent.code) == ((401, 10002) if is_out else (400, -19))
    assert placed.reject is not None
    assert (await stand.venue.sequencer.read(lambda machine: machine.holds(number))) == []
    looked = await child.get("/v1/user")
    assert looked.status == 401 if is_out else looked.data["allowTransfer"] is False
    await operator(stand, "set_customer", name="alice", status="normal")
    assert (await stand.venue.trading.place(order, "")).reject is None


async def test_a_transfer_is_not_carried_out_to_somebody_suspended_meanwhile(
    stand: Stand, alice: Client, bob: Client
) -> None:
    """It waits: it is carried out once the receiver may be paid again, or is taken back."""
    audit = (await alice.post("/v1/capital/wallet/operation", SEND)).data
    await alice.get("/v1/validate/emailtransfer", code=mailed_link(stand, "alice"))
    await operator(stand, "set_customer", name="bob", status="suspended")

    refused = await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)

    assert (refused.status, refused.code) == (400, 10004)
    assert await frozen(alice, "USDT") == (10**6, 1)
    await operator(stand, "set_customer", name="bob", status="normal")
    assert (await alice.get("/v1/validate/transfer_confirm", balance_audit_id=audit)).code == 1
    assert await frozen(alice, "USDT") == (10**6 - 1, 0)
