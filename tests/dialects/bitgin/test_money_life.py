"""The life of a customer's money at the broker, on a manual clock, with a restart between any two steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bedesten.domain.otc import DESK
from tests.dialects.bitgin.money import bank_account, blocks, by_bank, frozen, mailed_code, operator
from tests.dialects.bitgin.stand import Client, Stand, open_stand


class Life:
    """A venue that may be restarted, and whose customers stay signed in."""

    def __init__(self, stand: Stand, restarts: bool) -> None:
        self.stand = stand
        self.restarts = restarts

    async def step(self) -> None:
        """Check the books, and lose the process if this life is like that."""
        machine = self.stand.venue.sequencer.state.machine
        machine.audit()
        if self.restarts:
            digest = machine.digest()
            await self.stand.close()
            self.stand = await open_stand(self.stand.clock, self.stand.store)
            assert self.stand.venue.sequencer.state.machine.digest() == digest

    def of(self, client: Client) -> Client:
        """Return the client at the venue as it is now."""
        return replace(client, stand=self.stand)

    async def confirm(self, client: Client, audit: str) -> Any:
        form = {"auditId": audit, "codeEmail": mailed_code(self.stand, "carol")}
        return (await self.of(client).call("PATCH", "/v1/wallet/withdraw", form)).data


@pytest.mark.parametrize("restarts", [False, True])
async def test_dollars_in_tether_out(stand: Stand, restarts: bool) -> None:
    """A deposit that the operator confirmed buys USDT at the desk, which leaves over a network for another customer."""
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**7 * 10**asset.scale)
    await stand.index("30")
    carol, bob = await stand.customer("carol", money=0), await stand.customer("bob", money=0)
    life = Life(stand, restarts)

    await by_bank(life.stand, "carol", 3100, "R-1")
    await life.step()
    await by_bank(life.stand, "carol", 3100, "R-1")
    await life.stand.index("30")
    quote = (await life.of(carol).post("/v1/trade/quote", {"side": "buy", "quoteAmountInBase": 100})).data
    assert (await life.of(carol).post("/v1/trade/accept", {"quoteId": quote["quoteId"]})).data["status"] == 30007
    await life.step()
    again = (await life.of(carol).post("/v1/trade/accept", {"quoteId": quote["quoteId"]})).data
    assert again["status"] == 30007
    address = (await life.of(bob).post("/v1/wallet/address")).data["address"]
    await life.step()
    form = {"currency": "USDT", "amount": 100, "address": address, "paymentWay": "ERC20"}
    audit = (await life.of(carol).post("/v1/wallet/withdraw", form)).data["auditId"]
    await life.step()
    await blocks(life.stand, 3)
    assert await frozen(life.of(carol), "USDT") == (100, 100)
    assert (await life.confirm(carol, audit))["status"] == 17
    await life.step()
    for _ in range(5):
        await blocks(life.stand, 1)
        await life.step()

    assert await frozen(life.of(carol), "USDT") == (0, 0)
    assert await frozen(life.of(carol), "TWD") == (94, 0)
    assert await frozen(life.of(bob), "USDT") == (95, 0)
    rows = (await life.of(carol).get("/v1/wallet/historyList")).data["data"]
    assert sorted((row["type"], row["status"]) for row in rows) == [(1, 10), (2, 10), (3, 10)]
    if restarts:
        await life.stand.close()


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(("end", "left", "status"), [("paid", 400, 10), ("failed", 500, 15), ("cancel", 500, 16)])
async def test_a_withdrawal_by_bank_comes_to_one_end(
    stand: Stand, restarts: bool, end: str, left: int, status: int
) -> None:
    """Paid, failed, or canceled: asked for twice it is the same, and the other ends are closed."""
    carol = await stand.customer("carol", money=0)
    life = Life(stand, restarts)
    bank = await bank_account(life.stand, "carol")
    await by_bank(life.stand, "carol", 500, "R-1")
    await life.step()
    form = {"currency": "TWD", "amount": 100, "bankId": bank}
    audit = (await life.of(carol).post("/v1/wallet/withdraw", form)).data["auditId"]
    await life.step()
    await life.confirm(carol, audit)
    await life.step()
    (row,) = await operator(life.stand, "bank_withdrawals")
    for _ in range(2):
        if end == "cancel":
            answer = await life.of(carol).post("/v1/wallet/apply_dw_cancel", {"auditId": audit})
            assert answer.data["status"] == 16
        else:
            await (operator(life.stand, "begin_bank_withdrawal", id=row["id"]) if _ == 0 else life.step())
            await operator(life.stand, f"bank_withdrawal_{end}", id=row["id"])
        await life.step()

    assert await frozen(life.of(carol), "TWD") == (left, 0)
    entry = (await life.of(carol).get("/v1/wallet/historyList", auditIds=audit)).data["data"][0]
    assert entry["status"] == status
    assert await operator(life.stand, "bank_withdrawals") == []
    if restarts:
        await life.stand.close()
