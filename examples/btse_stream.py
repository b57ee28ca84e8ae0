"""Listen to trades, the book and one's own orders over BTSE's WebSockets: .venv/bin/python examples/btse_stream.py [URL]

Needs a demo venue (`make run`) and the websockets library, which .venv has. Ctrl-C ends it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import sys
import time
from urllib.request import urlopen

from websockets.asyncio.client import connect

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
STREAMS = BASE.replace("http", "ws", 1)

trader = json.load(urlopen(f"{BASE}/demo"))["accounts"][0]


async def orders_and_trades():
    """Log in, then print public trades and what happens to the account's orders."""
    nonce = str(int(time.time() * 1000))
    sign = hmac.new(trader["api_secret"].encode(), f"/ws/spot{nonce}".encode(), hashlib.sha384).hexdigest()
    async with connect(f"{STREAMS}/ws/spot") as socket:
        await socket.send(json.dumps({"op": "authKeyExpires", "args": [trader["api_key"], nonce, sign]}))
        topics = ["tradeHistoryApi:BTC-USD", "notificationApiV3", "fills"]
        await socket.send(json.dumps({"op": "subscribe", "args": topics}))
        async for text in socket:
            frame = json.loads(text)
            if frame.get("topic", "").startswith("tradeHistoryApi"):
                for trade in reversed(frame["data"]):  # newest first
                    print("trade", trade["side"], trade["size"], "at", trade["price"])
            else:
                print(text)


async def book():
    """Keep BTC-USD's book from a snapshot and deltas, and print its best prices when they change."""
    async with connect(f"{STREAMS}/ws/oss/spot") as socket:
        await socket.send(json.dumps({"op": "subscribe", "args": ["update:BTC-USD_0"]}))
        sides, number, shown = {"bids": {}, "asks": {}}, 0, None
        async for text in socket:
            data = json.loads(text).get("data")
            if not isinstance(data, dict):
                continue  # the acknowledgement
            if data["type"] == "snapshot":
                sides = {"bids": {}, "asks": {}}
            elif data["prevSeqNum"] != number:
                raise RuntimeError("a delta is missing: subscribe again")
            number = data["seqNum"]
            for name, levels in sides.items():
                for price, size in data[name]:
                    if float(size):
                        levels[price] = size
                    else:
                        levels.pop(price, None)
            if not sides["bids"] or not sides["asks"]:
                continue
            best = max(sides["bids"], key=float), min(sides["asks"], key=float)
            if best != shown:
                print("book", best[0], "-", best[1])
                shown = best


async def main():
    """Listen to both sockets at once."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(orders_and_trades())
        tasks.create_task(book())


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
