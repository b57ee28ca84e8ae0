"""The native API against a real process: what its page shows works, and a key stands for its order over kill -9."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import connect

from tests.e2e.process import CALL_S, Server, serving

PAGE = Path(__file__).parents[2] / "docs" / "native.md"


def example(server: Server) -> dict[str, Any]:
    """Run the page's program against *server*, and return what it defines."""
    (text,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    names: dict[str, Any] = {}
    exec(compile(text.replace("http://127.0.0.1:8080", server.url), PAGE.name, "exec"), names)
    return names


def test_the_page_s_program_places_an_order_that_outlives_kill_9(tmp_path: Path) -> None:
    """Asked again under its key, by fifty requests over three processes, it is the same order; it is there once."""
    data, log = ("--demo", "--data", str(tmp_path / "data")), tmp_path / "stderr.txt"
    placed = []
    for _ in range(2):
        server = Server(*data, log=log)
        try:
            names = example(server)
            placed += [names["call"]("POST", "/native/v1/orders", names["order"], "my-first") for _ in range(12)]
        finally:
            server.kill()
    with serving(tmp_path, *data) as server:
        names = example(server)
        placed += [names["call"]("POST", "/native/v1/orders", names["order"], "my-first") for _ in range(26)]
        mine = names["call"]("GET", "/native/v1/orders?instrument=BTC-USD&limit=500")["items"]

    assert len({answer["orders"][0]["id"] for answer in placed}) == 1
    assert [order["id"] for order in mine if order.get("client_id") == "my-first"] == [placed[0]["orders"][0]["id"]]


def test_a_book_of_a_living_venue_is_told_without_a_gap(tmp_path: Path) -> None:
    """Snapshot and deltas over a real socket, beside the demo's makers; a problem is told as one over HTTP."""
    with (
        serving(tmp_path, "--demo", "--data", ":memory:") as server,
        connect(f"{server.ws_url}/native/v1/stream") as socket,
    ):
        socket.send(json.dumps({"id": 1, "op": "subscribe", "channels": ["book:BTC-USD", "trades:BTC-USD", "tickers"]}))
        kinds: dict[str, list[str]] = {}
        seqs: dict[str, int] = {}
        until = time.monotonic() + CALL_S
        while len(kinds.get("book:BTC-USD", ())) < 5 or "tickers" not in kinds or "trades:BTC-USD" not in kinds:
            assert time.monotonic() < until, kinds
            message = json.loads(socket.recv(CALL_S))
            if "type" in message:
                assert message.get("prev", seqs.get(message["channel"])) == seqs.get(message["channel"])
                seqs[message["channel"]] = message["seq"]
                kinds.setdefault(message["channel"], []).append(message["type"])
        refused = requests.get(f"{server.url}/native/v1/instruments/NO-SUCH", timeout=CALL_S)
        page = requests.get(f"{server.url}{refused.json()['type'].partition('#')[0]}", timeout=CALL_S)

    assert all(told[0] == "snapshot" and set(told[1:]) <= {"delta"} for told in kinds.values())
    assert refused.headers["content-type"] == "application/problem+json" and refused.status_code == 404
    assert page.status_code == 200 and 'id="unknown_instrument"' in page.text
