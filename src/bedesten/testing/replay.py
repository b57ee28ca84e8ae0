"""Replays a transcript, and names the first line that comes out otherwise: python -m bedesten.testing.replay FILE

Owns a venue that begins where the transcript began. What clients and the driver did is done again, each behind the lines that
came before it; the venue's own transcript is then compared with the file. Invariant: it is the same run, or the line is named.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from bedesten.bootstrap.host import Host
from bedesten.clock import ManualClock
from bedesten.config import Settings
from bedesten.server.transcript import FORMAT, Line
from bedesten.server.transcript_files import repeated, text_of
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.testing.making import template_of
from bedesten.testing.raw import Upgraded, request_bytes

PATIENCE_S: Final = 5.0  # for the next line of a venue that has all it needs for it
LOOK_S: Final = 0.01
BEFORE: Final = 20  # lines that are told before one that differs
ENDS: Final = ("end", "begin")  # a file goes on with another venue behind them


class Difference(NamedTuple):
    """The first line that came out otherwise. number: of the file, from 1; came None: nothing did."""

    number: int
    expected: Line
    came: Line | None
    before: Sequence[Line]

    def told(self) -> str:
        """Return it as one reads it."""
        came = "nothing" if self.came is None else text_of(self.came)
        before = "".join(f"  {text_of(line)}\n" for line in self.before)
        return f"{before}line {self.number} differs:\n- {text_of(self.expected)}\n+ {came}"


def replay(path: Path, patience_s: float = PATIENCE_S) -> Difference | None:
    """Do what a transcript tells again; return the first line that came out otherwise.

    Raises: SandboxRefused, for a file that cannot be replayed, with the reason; OSError.
    """
    lines = _read(path)
    begin, run = lines[0], lines[1:]
    with _venue(begin) as host:
        return _Player(host, run, patience_s, is_by_wall=begin["stamps"] == "wall").play()


def _read(path: Path) -> list[Line]:
    lines: list[Line] = []
    for number, text in enumerate(path.read_text().splitlines(), 1):
        try:
            line = json.loads(text)
        except ValueError as error:
            raise SandboxRefused(f"line {number} of {path} is not JSON: {error}") from error
        if not isinstance(line, dict) or not isinstance(line.get("k"), str):
            raise SandboxRefused(f"line {number} of {path} is no line of a transcript")
        if lines and line["k"] in ENDS:
            break
        lines.append(line)
    if not lines or lines[0]["k"] != "begin" or lines[0].get("format") != FORMAT:
        raise SandboxRefused(f"{path} is no transcript of format {FORMAT}")
    if lines[0]["clock"] != "manual":
        raise SandboxRefused("a run is repeated under a manual clock; this one had the machine's")
    return lines


@contextlib.contextmanager
def _venue(begin: Line) -> Iterator[Host]:
    settings = Settings(
        port=0, sandbox=True, clock="manual", demo=begin["demo"], books=begin["books"], seed=begin["seed"],
        stamps=begin["stamps"], config=begin["config"], start_ns=begin["start_ns"],
    )  # fmt: skip
    template = None
    if begin["from_template"]:
        template = template_of(begin["config"] or "demo", begin["seed"], begin["books"], "manual", begin["stamps"])
        settings = template.settings
    host = Host(settings, template=template)
    try:
        began = host.look(lambda: host.sandbox.stage.transcript.lines()[0])
        if repeated(began) != repeated(begin):
            raise SandboxRefused(
                "the run began in a state that its seed and venue file alone do not make, or with another program: a venue that "
                "was restored or forked is not replayed"
            )
        yield host
    finally:
        host.stop()


class _Player:
    """Feeds a venue what its clients and its driver did, and listens to what its transcript tells."""

    def __init__(self, host: Host, run: list[Line], patience_s: float, *, is_by_wall: bool) -> None:
        self._host = host
        self._run = run
        self._patience_s = patience_s
        self._place = urlsplit(host.url).netloc
        self._came: list[Line] = []
        self._more = threading.Event()
        self._stamp_ns = 0
        self._asked: dict[int, socket.socket] = {}
        self._sockets: dict[int, Upgraded] = {}
        clock = host.sandbox.clock
        if is_by_wall and isinstance(clock, ManualClock):
            clock.stamp_by(lambda: self._stamp_ns)
        host.look(lambda: host.sandbox.stage.transcript.listeners.append(self._hear))

    def play(self) -> Difference | None:
        """Return the first line that came out otherwise."""
        try:
            for at, line in enumerate(self._run):
                if not self._waited(at):
                    return self._difference(at)
                if repeated(line) != self._came_at(at):
                    self._repeat(line)
            return None if self._waited(len(self._run)) else self._difference(len(self._run))
        finally:
            for asked in self._asked.values():
                asked.close()
            for upgraded in self._sockets.values():
                upgraded.close()

    def _hear(self, line: Line) -> None:
        self._came.append(repeated(line))
        self._more.set()

    def _came_at(self, at: int) -> Line | None:
        return self._came[at] if at < len(self._came) else None

    def _waited(self, count: int) -> bool:
        """Return whether as many lines came as stand before the next one, and are the same."""
        waited = 0.0
        while len(self._came) < count and waited < self._patience_s:
            self._more.clear()
            if not self._more.wait(LOOK_S):
                waited += LOOK_S
            for each in self._sockets.values():
                each.drain()
        at = count - 1
        return count == 0 or self._came_at(at) == repeated(self._run[at])

    def _difference(self, at: int) -> Difference:
        first = next(i for i in range(at) if self._came_at(i) != repeated(self._run[i]))
        return Difference(
            first + 2, repeated(self._run[first]), self._came_at(first), self._run[max(0, first - BEFORE) : first]
        )

    def _repeat(self, line: Line) -> None:
        """Do what a line tells that a client or the driver did; what the venue did comes by itself."""
        self._stamp_ns = line.get("stamped_ns", self._stamp_ns)
        match line["k"]:
            case "request":
                self._asked[line["n"]] = asked = self._connect()
                body = line["body"].encode(errors="surrogateescape")
                asked.sendall(request_bytes(line["method"], line["target"], line.get("headers", {}), body))
            case "answer" if line["of"] in self._asked:
                self._asked.pop(line["of"]).close()
            case "open":
                self._sockets[line["c"]] = Upgraded(self._connect(), line["path"])
            case "refused":
                Upgraded(self._connect(), line["path"]).close()
            case "in":
                self._sockets[line["c"]].say(line["body"].encode(errors="surrogateescape"))
            case "closed":
                self._sockets.pop(line["c"]).close()
            case "clock":
                self._drive("/sandbox/clock/advance", {"by": f"{line['by_ns']}ns", "pace": "leap"})
            case "control":
                self._drive(line["path"], line["form"])

    def _connect(self) -> socket.socket:
        host, port = self._place.rsplit(":", 1)
        return socket.create_connection((host, int(port)), timeout=60)

    def _drive(self, path: str, form: Line) -> None:
        connection = http.client.HTTPConnection(self._place, timeout=600)
        with contextlib.closing(connection):
            connection.request("POST", path, json.dumps(form), {"content-type": "application/json"})
            connection.getresponse().read()


def main(arguments: list[str]) -> int:
    """Replay one file; say what differs. Returns: the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("python -m bedesten.testing.replay FILE\n")
        return 2
    try:
        difference = replay(Path(arguments[0]))
    except (SandboxRefused, OSError) as error:
        sys.stderr.write(f"bedesten: {error}\n")
        return 2
    told = "the same run, line for line" if difference is None else difference.told()
    sys.stdout.write(f"{told}\n")
    return 0 if difference is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
