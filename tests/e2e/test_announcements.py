"""What an operator changes on a running venue is announced to who asked for it, on both feeds; nobody else hears it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.process import run, serving

HEARD_S = 20  # an operator's command is a process of its own


async def _until(socket: ClientConnection, is_it: Any) -> Any:
    async with asyncio.timeout(HEARD_S):
        while True:
            frame = json.loads(await socket.recv())
            if is_it(frame):
                return frame


async def test_a_halt_is_announced_on_both_feeds(tmp_path: Path) -> None:
    """The key, what it was and what it is; a newcomer is told what was announced before."""
    data = str(tmp_path / "data")
    with serving(tmp_path, "--data", data) as server:
        async with connect(f"{server.ws_url}/ws/spot") as btse, connect(server.ws_url) as btcturk:
            await btse.send('{"op":"subscribe","args":["announcementApi"]}')
            assert json.loads(await btse.recv()) == {"event": "subscribe", "channel": ["announcementApi"]}
            await btcturk.send('[151,{"type":151,"channel":"announcement","event":"all","join":true}]')
            opening = await _until(btcturk, lambda frame: frame[0] == 901)
            assert opening[1]["items"] == []

            halted = await asyncio.to_thread(run, "instruments", "halt", "BTC-USD", "--data", data)
            assert halted.returncode == 0, halted.stderr

            (told,) = (await _until(btse, lambda frame: frame.get("topic") == "announcementApi"))["data"]
            assert (told["before"], told["after"]) == ("", "halted")
            assert "BTC-USD" in told["key"]
            (item,) = (await _until(btcturk, lambda frame: frame[0] == 901))[1]["items"]
            assert (item["key"], item["after"]) == (told["key"], "halted")

            async with connect(f"{server.ws_url}/ws/spot") as late:
                await late.send('{"op":"subscribe","args":["announcementApi"]}')
                assert (await _until(late, lambda frame: "topic" in frame))["data"] == [told]

            await btse.send('{"op":"unsubscribe","args":["announcementApi"]}')
            assert json.loads(await btse.recv()) == {"event": "unsubscribe", "channel": ["announcementApi"]}
            resumed = await asyncio.to_thread(run, "instruments", "resume", "BTC-USD", "--data", data)
            assert resumed.returncode == 0, resumed.stderr
            assert (await _until(btcturk, lambda frame: frame[0] == 901))[1]["items"][0]["before"] == "halted"
            await btse.send("ping")
            assert await btse.recv() == "pong"  # and nothing before it
