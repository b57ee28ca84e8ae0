"""Drives a sandbox over HTTP with the standard library alone, as a test in any language would.

bedesten serve --demo --sandbox --clock manual; python examples/sandbox_over_http.py http://127.0.0.1:8080
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


def sandbox(path: str, **form: Any) -> Any:
    """Ask the sandbox for something; a refusal is one sentence."""
    try:
        with urlopen(Request(f"{URL}/sandbox/{path}", json.dumps(form).encode())) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise SystemExit(f"{path}: {json.load(error)['message']}") from None


def ask(key: str, secret: str, method: str, path: str, form: Any = None) -> Any:
    """Ask the venue as a customer does."""
    nonce, body = str(time.time_ns() // 1_000_000), "" if form is None else json.dumps(form)
    text = path.partition("?")[0] + nonce + body
    sign = hmac.new(secret.encode(), text.encode(), hashlib.sha384).hexdigest()
    head = {"request-api": key, "request-nonce": nonce, "request-sign": sign, "content-type": "application/json"}
    with urlopen(Request(f"{URL}/spot{path}", body.encode() or None, head, method=method)) as answer:
        return json.load(answer)


bot = sandbox("accounts", name="python-bot", balances={"USD": "1000"})
key = bot["api_key"], bot["api_secret"]
form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20_000, "size": 0.01, "clOrderID": "c-1"}
ask(*key, "POST", "/api/v3.3/order", form)
sandbox("states/save", name="with an order")

print("filled", sandbox("orders/fill", account="python-bot", client_id="c-1", quantity="0.003")["lots"], "lots")
fills = ask(*key, "GET", "/api/v3.3/user/trade_history?symbol=BTC-USD")
print("the bot has bought", fills[0]["filledSize"])

sandbox("prices", asset="BTC", by="-30%", over="10s")
moved = sandbox("clock/advance", by="15s")
print("a crash:", moved["steps"], "steps,", "settled" if moved["status"] == "settled" else "not yet")

sandbox("states/restore", name="with an order")
print("fills after the state was restored:", len(ask(*key, "GET", "/api/v3.3/user/trade_history?symbol=BTC-USD")))
