"""BTSE's quickstart, step by step with only the hosts changed: first its Python, then its Node."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import requests
from websockets.asyncio.client import connect

from tests.e2e.process import CALL_S, Client, Server
from tests.node import MODULES, NODE, needs_node, needs_ws

SCRIPTS: Final = Path(__file__).parent / "node"
ORDER: Final = {
    "symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20000, "size": 0.001, "time_in_force": "GTC",
}  # fmt: skip
#: What the quickstart prints as the answer to its order.
ANSWERED: Final = {
    "status": 2, "symbol": "BTC-USD", "orderType": 76, "price": 20000, "side": "BUY", "size": 0.001, "triggerPrice": 0,
    "trigger": False, "averageFillPrice": 0, "fillSize": 0, "postOnly": False, "remainingSize": 0.001, "time_in_force": "GTC",
}  # fmt: skip


def signed(client: Client, method: str, path: str, body: Any = None) -> requests.Response:
    """Send what the quickstart's helper sends: it signs json.dumps and lets requests dump once more; DELETE signs its query."""
    nonce = str(int(time.time() * 1000))
    text = json.dumps(body) if body else ""
    digest = hmac.new(client.trader.secret.encode(), (path + nonce + text).encode(), hashlib.sha384)
    headers = {
        "request-api": client.trader.key, "request-nonce": nonce, "request-sign": digest.hexdigest(),
        "Content-Type": "application/json",
    }  # fmt: skip
    return requests.request(method, f"{client.server.url}/spot{path}", headers=headers, json=body, timeout=CALL_S)


def test_markets_are_read_without_a_key(server: Server) -> None:
    """Step 1: every market at once, or one by symbol."""
    url = f"{server.url}/public-api/market/v1/markets"
    everything = requests.get(url, timeout=CALL_S).json()["data"]["symbols"]
    market = next(row for row in everything if row["symbol"] == "BTC-USDT")
    alone = requests.get(url, params={"symbol": "BTC-USDT"}, timeout=CALL_S).json()["data"]["symbols"]

    assert (market["minOrderSize"], market["active"]) == ("0.00001", True)
    assert alone == [market]


async def test_python_steps_work_one_after_the_other(server: Server, trader1: Client) -> None:
    """Steps 2 to 5: sign, place, log in and subscribe without waiting, cancel by a signed query; notices tell all of it."""
    async with connect(f"{server.ws_url}/ws/spot") as socket:
        for message in (trader1.login(), '{"op": "subscribe", "args": ["notificationApiV3"]}', "ping"):
            await socket.send(message)
        greetings = [await socket.recv() for _ in range(3)]
        placed = signed(trader1, "POST", "/api/v3.3/order", ORDER).json()
        query = f"symbol=BTC-USD&orderID={placed[0]['orderID']}"
        canceled = signed(trader1, "DELETE", f"/api/v3.3/order?{query}").json()
        notices = [json.loads(await socket.recv())["data"] for _ in range(2)]

    assert json.loads(greetings[0]) == {"event": "login", "success": True}
    assert json.loads(greetings[1]) == {"event": "subscribe", "channel": ["notificationApiV3"]}
    assert greetings[2] == "pong"
    assert ANSWERED.items() <= placed[0].items()
    assert abs(placed[0]["timestamp"] - time.time() * 1000) < 60_000
    assert [(row["status"], row["orderID"]) for row in canceled] == [(6, placed[0]["orderID"])]
    assert [(row["status"], row["orderID"]) for row in notices] == [
        (2, placed[0]["orderID"]),
        (6, placed[0]["orderID"]),
    ]


def test_a_signature_is_of_the_bytes_that_were_sent(trader1: Client) -> None:
    """What is signed with spaces and sent without them does not verify: nothing is dumped anew to make it fit."""
    nonce = str(int(time.time() * 1000))
    headers = {
        "request-api": trader1.trader.key, "request-nonce": nonce,
        "request-sign": trader1.sign("/api/v3.3/order" + nonce + json.dumps(ORDER)),
    }  # fmt: skip
    compact = json.dumps(ORDER, separators=(",", ":"))
    url = f"{trader1.server.url}/spot/api/v3.3/order"

    refused = requests.post(url, data=compact, headers=headers, timeout=CALL_S)

    assert (refused.status_code, refused.json()["code"]) == (401, 10002)


@needs_node
def test_node_steps_work_one_after_the_other(trader1: Client) -> None:
    """Steps 1, 2, 3 and 5 with nothing but Node's own fetch and crypto."""
    result = subprocess.run(
        [str(NODE), str(SCRIPTS / "quickstart_rest.mjs")], env=environment(trader1), capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip

    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["market"]["minOrderSize"], told["market"]["active"]) == ("0.00001", True)
    assert ANSWERED.items() <= told["placed"][0].items()
    assert [row["status"] for row in told["canceled"]] == [6]


@needs_ws
def test_node_hears_of_its_orders_through_ws(trader2: Client, tmp_path: Path) -> None:
    """Step 4 with the library that the quickstart imports."""
    script = tmp_path / "quickstart_stream.mjs"
    script.write_text((SCRIPTS / script.name).read_text())
    (tmp_path / "node_modules").symlink_to(MODULES)
    command = [str(NODE), str(script)]
    with subprocess.Popen(command, env=environment(trader2), stdout=subprocess.PIPE, text=True) as node:
        try:
            assert node.stdout is not None
            assert node.stdout.readline() == "ready\n"
            (placed,) = signed(trader2, "POST", "/api/v3.3/order", ORDER).json()
            signed(trader2, "DELETE", f"/api/v3.3/order?symbol=BTC-USD&orderID={placed['orderID']}")
            heard = json.loads(node.stdout.readline())
            code = node.wait(10)
        finally:
            node.kill()

    assert code == 0
    assert heard[:2] == [{"event": "login", "success": True}, {"event": "subscribe", "channel": ["notificationApiV3"]}]
    assert [(each["data"]["status"], each["data"]["orderID"]) for each in heard[3:]] == [
        (2, placed["orderID"]),
        (6, placed["orderID"]),
    ]


def environment(client: Client) -> dict[str, str]:
    """Return what a script needs to know."""
    server, trader = client.server, client.trader
    return {**os.environ, "BASE": server.url, "WS_BASE": server.ws_url, "KEY": trader.key, "SECRET": trader.secret}
