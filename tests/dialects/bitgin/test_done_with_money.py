"""What the login log tells of money, limits that do not exist, and an account that is nobody's."""

from __future__ import annotations

from bedesten.domain.otc import DESK
from bedesten.services.customers.login_log import ENTRIES_MAX, MONEY_MAX, Activity, Visitor
from bedesten.services.store_types import Permission
from tests.dialects.bitgin.money import account_of, bank_account
from tests.dialects.bitgin.stand import SECOND, Client, Stand


async def codes(client: Client) -> list[int]:
    """Return the operations of a customer's log, newest first."""
    return [row["operationCode"] for row in (await client.get("/v1/user/login_log", pageSize=50)).data["dataList"]]


async def test_the_login_log_tells_what_was_done_with_money(stand: Stand, alice: Client) -> None:
    """Bought, sold, withdrawn by bank and over a network; once each, and nothing of what was refused."""
    await stand.index("30.000")
    for asset in stand.venue.catalogue.assets:
        await stand.venue.accounts.deposit(DESK, asset.code, 10**6 * 10**asset.scale)
    for side in ("buy", "sell"):
        quote = await alice.post(
            "/v1/trade/quote", {"side": side, "quoteAmountInBase": 100, "quoteBaseCurrency": "USDT"}
        )
        for _ in range(2):  # again: done already
            assert (await alice.post("/v1/trade/accept", {"quoteId": quote.data["quoteId"]})).code == 1
    by_bank = {"currency": "TWD", "amount": 1000, "bankId": await bank_account(stand, "alice")}
    assert (await alice.post("/v1/wallet/withdraw", by_bank)).code == 1
    crypto = {
        "currency": "USDT",
        "amount": 30,
        "paymentWay": "ERC20",
        "address": "0x52908400098527886E0F7030069857D2E4169EE7",
    }
    assert (await alice.post("/v1/wallet/withdraw", crypto)).code == 1
    assert (await alice.post("/v1/wallet/withdraw", {**crypto, "amount": 10**9})).status == 400

    assert await codes(alice) == [3004, 3002, 2001, 2000]


async def test_trades_push_no_sign_in_out_of_the_log(stand: Stand, alice: Client) -> None:
    """Each has a bound of its own."""
    log, account = stand.venue.customers.log, account_of(stand, "alice")
    for _ in range(3):
        await log.note(account, Activity.SIGNED_IN, Visitor())
    for _ in range(MONEY_MAX + 20):
        await log.note(account, Activity.BOUGHT, Visitor())
        stand.clock.advance(SECOND)

    kept = [entry.activity for entry in await log.entries(account)]
    assert kept.count(Activity.BOUGHT) == MONEY_MAX
    assert kept[-3:] == [Activity.SIGNED_IN] * 3
    for _ in range(ENTRIES_MAX):
        await log.note(account, Activity.SIGNED_OUT, Visitor())
    kept = [entry.activity for entry in await log.entries(account)]
    assert (kept.count(Activity.SIGNED_IN), kept.count(Activity.SIGNED_OUT)) == (0, ENTRIES_MAX)
    assert kept.count(Activity.BOUGHT) == MONEY_MAX


async def test_an_account_without_a_customer_proved_nothing(stand: Stand) -> None:
    """Level 0, though its keys may do what they say; the documents give a level to who proved something."""
    account = await stand.venue.accounts.open("broker")
    made = await stand.venue.keys.create(account.id, frozenset(Permission))

    told = (await Client(stand, key=made.key, secret=made.secret).get("/v1/user")).data

    assert (told["kycLevel"], told["isKyc"], told["allowTrade"]) == (0, False, True)
