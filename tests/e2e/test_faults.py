"""A real server whose disk takes no more bytes, and one that is asked to stop at the worst moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.process import END_S, PROGRAM, Client, Server, Trader, run, serving

STOP_S_MAX = 8.0  # answers under way have five seconds, last words one; under load the machine takes its own
BOOKS = json.dumps({"op": "subscribe", "args": [f"update:{symbol}_0" for symbol in ("BTC-USD", "ETH-USD")]})


def open_venue(data: str) -> tuple[str, str]:
    """Open an account with money on a directory that no server runs on; return its key and secret."""
    assert run("accounts", "open", "alice", "--data", data).returncode == 0
    assert run("deposit", "alice", "USD", "1000000", "--data", data).returncode == 0
    (key,) = json.loads(run("keys", "create", "alice", "--json", "--data", data).stdout)
    return key["key"], key["secret"]


def test_a_disk_that_takes_no_more_ends_the_venue_and_loses_nothing(tmp_path: Path) -> None:
    """The system's own limit on a file's size: 503 for the order that met it, one sentence, exit code 1, all others kept."""
    data = tmp_path / "data"
    alice = Trader("alice", *open_venue(str(data)))
    server = Server("--data", str(data), log=tmp_path / "stderr.txt")
    client = Client(server, alice)
    try:
        client.place("BTC-USD", "BUY", price=20_000, size=0.001, clOrderID="kept-0")
        limit = (data / "venue.sqlite3-wal").stat().st_size + 10_000
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, hard))
        kept, answer = ["kept-0"], None
        for number in range(1, 40):
            form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20_000, "size": 0.001}
            answer = client.send("POST", "/api/v3.3/order", body={**form, "clOrderID": f"kept-{number}"})
            if answer.status_code != 200:
                break
            kept.append(f"kept-{number}")
        code = server.process.wait(END_S)
    finally:
        server.kill()
    said = server.log.read_text()

    assert answer is not None
    assert (answer.status_code, answer.json()["code"]) == (503, -1)
    assert len(kept) < 40
    assert code == 1
    assert "Traceback" not in said
    assert "bedesten: stopped, because the batch at seq" in said
    assert "accepts nothing more until the venue is started again" in said
    assert run("verify", "--data", str(data)).returncode == 0
    (tmp_path / "again").mkdir()
    with serving(tmp_path / "again", "--data", str(data)) as again:
        rows = Client(again, alice).call("GET", "/api/v3.3/user/open_orders", query="symbol=BTC-USD")
    assert set(kept) <= {row["clOrderID"] for row in rows} <= {*kept, f"kept-{len(kept)}"}


@pytest.mark.skipif(shutil.which("cc") is None, reason="the sync is made to fail by a library that has to be compiled")
def test_a_sync_that_fails_once_ends_the_venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next sync would work, and say nothing of what the failed one lost: no second order is taken."""
    data, library, mark = tmp_path / "data", tmp_path / "failing.so", tmp_path / "fail"
    source = Path(__file__).with_name("failing_sync.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    alice = Trader("alice", *open_venue(str(data)))
    with monkeypatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(library))
        patch.setenv("FAILING_SYNC", str(mark))
        server = Server("--data", str(data), log=tmp_path / "stderr.txt")
    client = Client(server, alice)
    form = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 20_000, "size": 0.001}
    try:
        client.call("POST", "/api/v3.3/order", body={**form, "clOrderID": "kept"})
        mark.touch()
        unknown = client.send("POST", "/api/v3.3/order", body={**form, "clOrderID": "unknown"})
        with contextlib.suppress(requests.ConnectionError):
            late = client.send("POST", "/api/v3.3/order", body={**form, "clOrderID": "late"})
            assert late.status_code == 503
        code = server.process.wait(END_S)
    finally:
        server.kill()
    said = server.log.read_text()

    assert not mark.exists()
    assert (unknown.status_code, unknown.json()["code"], code) == (503, -1, 1)
    assert "could not be written: disk I/O error" in said
    assert "Traceback" not in said
    (tmp_path / "again").mkdir()
    with serving(tmp_path / "again", "--data", str(data)) as again:
        rows = Client(again, alice).call("GET", "/api/v3.3/user/open_orders", query="symbol=BTC-USD")
    assert [row["clOrderID"] for row in rows if row["clOrderID"] != "unknown"] == ["kept"]
    assert len(rows) <= 2


def deaf_socket(server: Server) -> socket.socket:
    """Return a WebSocket that subscribes to busy books and never reads again."""
    host, port = server.url.removeprefix("http://").split(":")
    peer = socket.create_connection((host, int(port)))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    peer.sendall(
        f"GET /ws/oss/spot HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert peer.recv(4_096).startswith(b"HTTP/1.1 101")
    payload = BOOKS.encode()
    assert len(payload) < 126
    peer.sendall(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    return peer


async def goodbye(reader: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; return its code and reason."""
    try:
        while True:
            await reader.recv()
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code, closed.rcvd.reason


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_is_quick_and_polite_at_the_worst_moment(number: signal.Signals, tmp_path: Path) -> None:
    """Slow readers, a full queue of signed orders and a snapshot under way: 1012 with a reason, every order answered or
    unknown, exit code 0 within seconds, and every acknowledged one there afterwards."""
    data = tmp_path / "data"
    server = Server("--demo", "--data", str(data), log=tmp_path / "stderr.txt")
    answered: list[str] = []
    trader = Client(server, server.traders()["trader1"])

    async def order(http: httpx.AsyncClient, name: str) -> None:
        body = {"symbol": "BTC-USD", "side": "BUY", "type": "LIMIT", "price": 1_000, "size": 0.001, "clOrderID": name}
        text, nonce, path = json.dumps(body), str(int(time.time() * 1000)), "/api/v3.3/order"
        headers = {
            "request-api": trader.trader.key, "request-nonce": nonce, "content-type": "application/json",
            "request-sign": trader.sign(path + nonce + text),
        }  # fmt: skip
        with contextlib.suppress(httpx.TransportError):
            if (await http.post(f"{server.url}/spot{path}", content=text, headers=headers)).status_code == 200:
                answered.append(name)

    deaf = [deaf_socket(server) for _ in range(3)]
    try:
        async with httpx.AsyncClient(timeout=20) as http, connect(f"{server.ws_url}/ws/oss/spot") as reader:
            await reader.send(BOOKS)
            snapshot = await asyncio.create_subprocess_exec(
                *PROGRAM, "snapshot", "--quiet", "--data", str(data), stdout=asyncio.subprocess.DEVNULL
            )
            asking = [asyncio.create_task(order(http, f"order-{at}")) for at in range(60)]
            while not answered:  # noqa: ASYNC110  # in the middle of it
                await asyncio.sleep(0.001)
            started = time.monotonic()
            server.process.send_signal(number)
            code, reason = await asyncio.wait_for(goodbye(reader), END_S)
            said = await asyncio.to_thread(server.ended)  # exit code 0, no traceback
            took = time.monotonic() - started
            await asyncio.gather(*asking)
            await snapshot.wait()
    finally:
        server.kill()
        for peer in deaf:
            peer.close()

    assert (code, reason) == (1012, "the venue is stopping")
    assert took < STOP_S_MAX
    assert said == ""
    assert run("verify", "--data", str(data)).returncode == 0
    (tmp_path / "again").mkdir()
    with serving(tmp_path / "again", "--data", str(data)) as again:
        rows = Client(again, trader.trader).call("GET", "/api/v3.3/user/open_orders", query="symbol=BTC-USD")
    assert set(answered) <= {row["clOrderID"] for row in rows}
