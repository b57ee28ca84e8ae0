"""Who listens while the others trade: BTSE's book and tape and BtcTurk's book, over all restarts.

Owns what was heard: no sequence goes back, no trade changes, and none that was heard is lost.
"""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import Any, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.torture.books import Breach

WAIT_S: Final = 20
SYMBOL: Final = "BTC-USD"


class Heard:
    """The last of each sequence, over all rounds."""

    def __init__(self) -> None:
        self.book_seq = 0
        self.change_set = 0
        self.trades: dict[int, tuple[Any, ...]] = {}
        self.unlooked: set[int] = set()  # heard since the files were looked at
        self.frames = 0

    def book(self, message: dict[str, Any]) -> None:
        """Take in a frame of BTSE's book."""
        if "data" in message and "seqNum" in message["data"]:
            seq = int(message["data"]["seqNum"])
            if seq < self.book_seq:
                raise Breach(f"the book was at {self.book_seq} and is at {seq}")
            self.book_seq = seq

    def tape(self, message: dict[str, Any]) -> None:
        """Take in trades; the first frame repeats old ones."""
        if not str(message.get("topic", "")).startswith("tradeHistoryApi"):
            return
        newest = max(self.trades, default=0)
        for row in message["data"]:
            number, told = row["tradeId"], (row["price"], row["size"], row["side"], row["timestamp"])
            if self.trades.setdefault(number, told) != told:
                raise Breach(f"trade {number} was {self.trades[number]} and is {told}")
            if number > newest:
                self.unlooked.add(number)

    def change(self, message: list[Any]) -> None:
        """Take in a frame of BtcTurk's book."""
        if message[0] in (431, 432):
            change_set = int(message[1]["CS"])
            if change_set < self.change_set:
                raise Breach(f"the change set was {self.change_set} and is {change_set}")
            self.change_set = change_set


class Listener(threading.Thread):
    """One subscription, until the server is gone."""

    def __init__(self, port: int, path: str, ask: Any, take: Any, heard: Heard) -> None:
        super().__init__(daemon=True)
        self._url = f"ws://127.0.0.1:{port}{path}"
        self._ask = json.dumps(ask)
        self._take = take
        self._heard = heard
        self.has_heard = threading.Event()
        self.breach: BaseException | None = None

    def run(self) -> None:
        try:
            with connect(self._url, open_timeout=WAIT_S, close_timeout=1, max_size=None) as socket:
                socket.send(self._ask)
                while True:
                    self._take(json.loads(socket.recv(), parse_float=Decimal))
                    self._heard.frames += 1
                    self.has_heard.set()
        except (OSError, WebSocketException, EOFError):
            pass  # the server was killed
        except BaseException as error:  # noqa: BLE001  told by the main thread
            self.breach = error


def listen(port: int, heard: Heard) -> list[Listener]:
    """Start listening."""
    asked = (
        ("/ws/oss/spot", {"op": "subscribe", "args": [f"update:{SYMBOL}_0"]}, heard.book),
        ("/ws/spot", {"op": "subscribe", "args": [f"tradeHistoryApi:{SYMBOL}"]}, heard.tape),
        ("/", [151, {"type": 151, "channel": "obdiff", "event": "BTCUSD", "join": True}], heard.change),
    )
    listeners = [Listener(port, path, ask, take, heard) for path, ask, take in asked]
    for each in listeners:
        each.start()
    return listeners
