"""What the tests of money share: a customer with a bank account and a common pair of prices."""

from __future__ import annotations

import re
from typing import Any

from bedesten.services.chain_watch import beat
from bedesten.services.fiat.deposits import BankTransfer
from bedesten.services.operator.operations import Operations
from tests.dialects.bitgin.stand import SECOND, Client, Stand


def account_of(stand: Stand, name: str) -> int:
    """Return a customer's account."""
    found = stand.venue.accounts.by_name(name)
    assert found is not None
    return found.id


async def bank_account(stand: Stand, name: str, number: str = "12345678901") -> int:
    """Give a customer a verified bank account and return its number in the venue."""
    twd = stand.venue.catalogue.asset("TWD")
    assert twd is not None
    row = await stand.venue.fiat.bank_accounts.add(
        account_of(stand, name), twd.id, bank="004", branch="0037", number=number, holder=name.title(), is_verified=True
    )
    return row.id


async def by_bank(stand: Stand, name: str, amount: int, reference: str) -> None:
    """Let a deposit arrive for a customer. Units: whole dollars."""
    twd = stand.venue.catalogue.asset("TWD")
    assert twd is not None
    told = BankTransfer(
        account=account_of(stand, name), asset=twd.id, amount=amount * 10**twd.scale, reference=reference, bank="812",
        number="99887766", holder=name.title(),
    )  # fmt: skip
    done = await stand.venue.fiat.deposits.credit(twd, told, may=lambda: True)
    assert not hasattr(done, "value"), done


async def operator(stand: Stand, operation: str, **arguments: Any) -> list[dict[str, Any]]:
    """Do what the operator asks."""
    return await Operations(stand.venue).call(operation, arguments)


def mailed_code(stand: Stand, name: str) -> str:
    """Return the code of the last e-mail to a customer."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", stand.messages("email", f"{name}@example.com")[0])
    assert found is not None
    return found.group()


def mailed_link(stand: Stand, name: str) -> str:
    """Return the code of the link in the last e-mail to a customer."""
    found = re.search(r"code=([0-9a-f-]+)", stand.messages("email", f"{name}@example.com")[0])
    assert found is not None
    return found.group(1)


async def blocks(stand: Stand, count: int) -> None:
    """Let blocks pass on every chain, the venue looking at each."""
    for _ in range(count):
        stand.clock.advance(10 * SECOND)
        await beat(stand.venue)


async def frozen(client: Client, currency: str) -> tuple[float, float]:
    """Return what a customer has in all, and what of it is held."""
    rows = (await client.get("/v1/wallet/balance")).data["balance"]
    row = next(each for each in rows if each["currency"] == currency)
    return row["total"], row["frozen"]
