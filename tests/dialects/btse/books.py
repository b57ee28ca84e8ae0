"""What BTSE's histories tell, walked to their ends and summed up."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from tests.dialects.btse.stand import Client, Stand
from tests.dialects.money_life import Life

PAGE: Final = 7  # few, so that pages end within an instant
COMES: Final = {"Deposit", "Transfer_In", "Sub Account Transfer In"}
GOES: Final = {"Withdraw", "Transfer_Out", "Sub Account Transfer Out"}


async def walked(client: Client, path: str, number: str, size: str = "count", **query: Any) -> list[dict[str, Any]]:
    """Return all of a list, page by page, each from the number of the last row on."""
    rows: list[dict[str, Any]] = []
    while True:
        further = {"beforeSerialId": rows[-1][number]} if rows else {}
        answer = await client.get(path, **{size: PAGE}, **further, **query)
        assert answer.status == 200, answer.body
        found = json.loads(answer.body, parse_float=Decimal)
        page = found["data"] if isinstance(found, dict) else found
        if not page:
            return rows
        rows += page
        assert len({row[number] for row in rows}) == len(rows), "a walk meets every row once"


async def told(life: Life, name: str) -> dict[str, int]:
    """Return what a customer reads in trade_history and wallet_history, by asset in minor units."""
    client = Client(Stand(life.venue, life.clock, life.app), *life.keys[name])
    sums: dict[str, Decimal] = {}
    for row in await walked(client, "/spot/api/v3.3/user/trade_history", "serialId"):
        _trade(row, sums, {asset.code: asset.scale for asset in life.venue.catalogue.assets})
    for row in await walked(client, "/spot/api/v3.2/user/wallet_history", "orderId"):
        _move(row, sums)
    return {
        asset.code: int(sums.get(asset.code, Decimal(0)).scaleb(asset.scale)) for asset in life.venue.catalogue.assets
    }


def _trade(row: dict[str, Any], sums: dict[str, Decimal], scales: dict[str, int]) -> None:
    """The amount of quote is price × size, rounded against whoever came to the book: up when it bought."""
    size, is_buy = Decimal(row["filledSize"]), row["side"] == "BUY"
    rounding = ROUND_CEILING if is_buy != row["maker"] else ROUND_FLOOR
    amount = (Decimal(row["filledPrice"]) * size).quantize(Decimal(1).scaleb(-scales[row["quote"]]), rounding)
    for code, change in (
        (row["base"], size if is_buy else -size),
        (row["quote"], -amount if is_buy else amount),
        (row["feeCurrency"], -Decimal(row["feeAmount"])),
    ):
        sums[code] = sums.get(code, Decimal(0)) + change


def _move(row: dict[str, Any], sums: dict[str, Decimal]) -> None:
    if row["status"] != "COMPLETED":
        return
    is_in = row["type"] in COMES or (row["type"] == "Convert fiat" and row["currency"] == row["targetCurrency"])
    assert is_in or row["type"] in GOES | {"Convert fiat"}, row
    change = Decimal(row["amount"]) if is_in else -Decimal(row["amount"]) - Decimal(row["fees"])
    sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + change
