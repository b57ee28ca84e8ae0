"""What BtcTurk's histories tell, walked to their ends and summed up."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.dialects.btcturk.stand import Client, Stand
from tests.dialects.money_life import Life


async def walked(client: Client, path: str) -> list[dict[str, Any]]:
    """Return all of a list, answer by answer, each up to the millisecond before the last row's."""
    rows: list[dict[str, Any]] = []
    end: dict[str, Any] = {}
    while True:
        answer = await client.get(path, startDate=0, **end)
        assert answer.status == 200, answer.body
        page = json.loads(answer.body, parse_float=Decimal)["data"]
        if not page:
            return rows
        rows += page
        end = {"endDate": rows[-1]["timestamp"] - 1}


async def told(life: Life, name: str) -> dict[str, int]:
    """Return what a customer reads in the three lists of transactions, by asset in minor units."""
    client = Client(Stand(life.venue, life.clock, life.app), *life.keys[name])
    sums: dict[str, Decimal] = {}

    def add(code: str, change: Decimal) -> None:
        sums[code] = sums.get(code, Decimal(0)) + change

    flags = {
        row["name"]: row["commissionFromNumerator"]
        for row in (await client.get("/api/v2/server/exchangeinfo")).json["data"]["symbols"]
    }
    for row in await walked(client, "/api/v1/users/transactions/trade"):
        base, quote, amount = row["numeratorSymbol"], row["denominatorSymbol"], Decimal(row["amount"])
        add(base, amount)
        add(quote, -amount * Decimal(row["price"]))
        in_base = flags[base + quote] and row["orderType"] == "buy"
        add(base if in_base else quote, Decimal(row["fee"]) + Decimal(row["tax"]))
    for kind in ("crypto", "fiat"):
        for row in await walked(client, f"/api/v1/users/transactions/{kind}"):
            if row.get("isConfirmed", True):  # what is not is still there, and held
                add(row["currencySymbol"], Decimal(str(row["amount"])))
    return {
        asset.code: int(sums.get(asset.code, Decimal(0)).scaleb(asset.scale)) for asset in life.venue.catalogue.assets
    }
