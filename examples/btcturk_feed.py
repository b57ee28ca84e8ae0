"""Keep BTCTRY's book and hear one's own orders over BtcTurk's feed: .venv/bin/python examples/btcturk_feed.py [URL]

Needs a demo venue (`make run`) and the websockets library, which .venv has. Ctrl-C ends it.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import sys
import time
from decimal import Decimal
from urllib.request import urlopen

from websockets.asyncio.client import connect

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
GONE = 3

trader = json.load(urlopen(f"{BASE}/demo"))["accounts"][0]


def login():
    """114: what is signed is the key and the tolerance of the clock in milliseconds, with the decoded secret."""
    tolerance = 3000
    text = f"{trader['api_key']}{tolerance}".encode()
    signature = hmac.new(base64.b64decode(trader["api_secret"]), text, hashlib.sha256).digest()
    return {
        "type": 114,
        "publicKey": trader["api_key"],
        "timestamp": int(time.time() * 1000),
        "nonce": tolerance,
        "signature": base64.b64encode(signature).decode(),
    }


def change(levels, rows):
    """Put the rows of a 431 or 432 into one side of the book."""
    for row in rows:
        if row.get("CP") == GONE:
            levels.pop(Decimal(row["P"]), None)
        else:
            levels[Decimal(row["P"])] = row["A"]


async def main():
    """Join, then print the best prices when they change, public trades, and what happens to the account."""
    async with connect(BASE.replace("http", "ws", 1) + "/", max_size=None) as socket:
        join = [{"type": 151, "channel": channel, "event": "BTCTRY", "join": True} for channel in ("obdiff", "trade")]
        for model in [login(), *join]:
            await socket.send(json.dumps([model["type"], model]))
        bids, asks, number, shown = {}, {}, 0, None
        async for text in socket:
            kind, model = json.loads(text)
            if kind in (431, 432):
                if kind == 431:
                    bids, asks = {}, {}
                elif model["CS"] != number + 1:
                    raise RuntimeError("a change is missing: join again")
                number = model["CS"]
                change(bids, model["BO"])
                change(asks, model["AO"])
                best = (max(bids, default=None), min(asks, default=None))
                if best != shown:
                    shown = best
                    print("book", best[0], "/", best[1])
            elif kind == 422:
                print("trade", "sell" if model["S"] else "buy", model["A"], "at", model["P"])
            elif kind not in (421, 991):
                print(text)  # 100 and 114 answer us; 201, 423, 441, 451, 452 and 453 are the account's


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
