"""Place a limit order over BTSE's API, look it up, cancel it: python examples/btse_limit_order.py [URL]

Needs a demo venue (`make run`) and nothing but Python. With a key of your own, put it in place of the demo's.
"""

import hashlib
import hmac
import json
import sys
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
ORDER = "/api/v3.3/order"  # what is signed: the path behind /spot

trader = json.load(urlopen(f"{BASE}/demo"))["accounts"][0]


def call(method, path, query=None, body=None):
    """Sign a request, send it, and return the decoded answer; a refusal ends the program with the venue's words."""
    text = json.dumps(body) if body else ""
    nonce = str(int(time.time() * 1000))
    sign = hmac.new(trader["api_secret"].encode(), f"{path}{nonce}{text}".encode(), hashlib.sha384).hexdigest()
    headers = {"request-api": trader["api_key"], "request-nonce": nonce, "request-sign": sign}
    if body:
        headers["Content-Type"] = "application/json"
    url = f"{BASE}/spot{path}" + (f"?{urlencode(query)}" if query else "")  # a query is not signed
    try:
        return json.load(urlopen(Request(url, text.encode() or None, headers, method=method)))
    except HTTPError as refusal:
        sys.exit(f"{refusal.code} {refusal.read().decode()}")


last = json.load(urlopen(f"{BASE}/spot/api/v3.3/price?symbol=BTC-USD"))[0]["lastPrice"]
price = int(last * 0.9)  # a tenth below the market: it rests
order = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": price, "size": 0.001, "clOrderID": "example-1"}

placed = call("POST", ORDER, body=order)[0]
print("placed", placed["orderID"], "status", placed["status"])  # 2: it rests

found = call("GET", ORDER, {"orderID": placed["orderID"]})
print("found at", found["price"], "with", found["remainingSize"], "left")

canceled = call("DELETE", ORDER, {"symbol": "BTC-USD", "orderID": placed["orderID"]})[0]
print("canceled, status", canceled["status"])  # 6
