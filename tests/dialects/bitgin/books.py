"""What BITGIN's history tells, walked to its end and summed up."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from tests.dialects.bitgin.stand import Client, Stand
from tests.dialects.money_life import Life

PATH: Final = "/v1/wallet/historyList"
PAGE: Final = 7  # few, so that pages end within an instant
COMPLETED: Final = 10


class Type(enum.IntEnum):
    """What a row tells of."""

    DEPOSIT = 1
    WITHDRAW = 2
    BUY = 3
    SELL = 4
    TRANSFER_IN = 5
    TRANSFER_OUT = 6


async def walked(client: Client, size: int = PAGE, **query: Any) -> list[dict[str, Any]]:
    """Return all of the history, page by page."""
    rows: list[dict[str, Any]] = []
    number = 1
    while True:
        answer = await client.get(PATH, pageSize=size, pageNum=number, **query)
        assert answer.status == 200, answer.body
        page = json.loads(answer.body, parse_float=Decimal)["data"]
        rows += page["data"]
        assert len({row["auditId"] for row in rows}) == len(rows), "a walk meets every row once"
        if not page["data"]:
            assert (page["totalRows"], page["totalPages"]) == (len(rows), number - 1)
            return rows
        number += 1


async def told(life: Life, name: str) -> dict[str, int]:
    """Return what a customer reads in the history, by asset in minor units; each row is also found by its id."""
    key, secret = life.keys[name]
    client = Client(Stand(life.venue, life.clock, life.app, life.store), key=key, secret=secret)
    sums: dict[str, Decimal] = {}

    def add(code: str, change: Decimal) -> None:
        sums[code] = sums.get(code, Decimal(0)) + change

    rows = await walked(client)
    for row in rows:
        if row["status"] == COMPLETED:
            _sum_up(row, add)
    if rows:
        row = life.dice.choice(rows)
        (found,) = await walked(client, auditIds=row["auditId"])
        assert found == row
    return {
        asset.code: int(sums.get(asset.code, Decimal(0)).scaleb(asset.scale)) for asset in life.venue.catalogue.assets
    }


def _sum_up(row: dict[str, Any], add: Callable[[str, Decimal], None]) -> None:
    own, other = row["quoteBaseCurrency"], row["quoteOrderCurrency"]
    match row["type"]:
        case Type.BUY:
            add(own, Decimal(row["receivedAmount"]))
            add(other, -Decimal(row["remarks"]))
        case Type.SELL:
            add(own, -Decimal(row["amount"]))
            add(other, Decimal(row["receivedAmount"]))
        case Type.DEPOSIT | Type.TRANSFER_IN:
            add(own, Decimal(row["receivedAmount"]))
        case Type.WITHDRAW | Type.TRANSFER_OUT:
            add(own, -Decimal(row["amount"]))
