"""Faults of a test's venue, in the words of tests. Each returns the rule's number; what never met anything fails the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bedesten.server.stage import Stage
from bedesten.services.sandbox.refusals import NotThere
from bedesten.services.sandbox.rules import Act, Rule, Where
from bedesten.testing.words import Duration, nanoseconds, text_of

if TYPE_CHECKING:
    from bedesten.bootstrap.host import Host

T = TypeVar("T")


class Edge(Protocol):
    """Where faults are put in force."""

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number."""
        ...

    def remove(self, number: int) -> None:
        """Take a rule out of force. Raises: NotThere."""
        ...

    def skew(self, by_ns: int) -> None:
        """Let the customers' clocks be behind by this much."""
        ...

    def clear(self) -> None:
        """Take every rule out of force."""
        ...

    def in_force(self) -> list[str]:
        """Return the rules in force, in words."""
        ...


class Faults:
    """The rules by which one venue's wire misbehaves. Paths are patterns: "*/order"; *times* 0: again and again."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    # ── requests and answers ──

    def lose_request(self, method: str = "", path: str = "", **more: Any) -> int:
        """Cut the connection before the venue sees the request: nothing is done."""
        return self._add("request", Act(lose=True), method=method, path=path, **more)

    def lose_answer(self, method: str = "", path: str = "", **more: Any) -> int:
        """Cut the connection in the place of the answer: what was asked is done."""
        return self._add("answer", Act(lose=True), method=method, path=path, **more)

    def truncate_answer(self, method: str = "", path: str = "", *, bytes: int = 10, **more: Any) -> int:
        """Send so many bytes of the answer's body, and cut the connection."""
        return self._add("answer", Act(truncate=bytes), method=method, path=path, **more)

    def hang_request(self, method: str = "", path: str = "", **more: Any) -> int:
        """Do nothing and say nothing: the connection stays open until the client has waited enough."""
        return self._add("request", Act(hang=True), method=method, path=path, **more)

    def hang_answer(self, method: str = "", path: str = "", **more: Any) -> int:
        """Do what is asked and say nothing: the connection stays open until the client has waited enough."""
        return self._add("answer", Act(hang=True), method=method, path=path, **more)

    def garbage_answer(self, method: str = "", path: str = "", *, bytes: int = 64, **more: Any) -> int:
        """Send so many bytes that the rule's seed draws in the place of the answer's body."""
        return self._add("answer", Act(garbage=bytes), method=method, path=path, **more)

    def delay_request(self, by: Duration, method: str = "", path: str = "", *, up_to: Duration = 0, **more: Any) -> int:
        """Let the venue see the request later, by its own time: under a manual clock an advance releases it."""
        return self._add("request", _delay(by, up_to), method=method, path=path, **more)

    def delay_answer(self, by: Duration, method: str = "", path: str = "", *, up_to: Duration = 0, **more: Any) -> int:
        """Let the answer leave later, by the venue's time: under a manual clock an advance releases it."""
        return self._add("answer", _delay(by, up_to), method=method, path=path, **more)

    def rate_limit(self, method: str = "", path: str = "", *, retry_after_s: int = 1, **more: Any) -> int:
        """Refuse for too many requests, in the words of the dialect that is asked."""
        return self.refuse("rate_limited", method, path, retry_after_s=retry_after_s, **more)

    def refuse(self, refusal: str, method: str = "", path: str = "", *, retry_after_s: int = 1, **more: Any) -> int:
        """Refuse with a refusal by name, in the words of the dialect that is asked."""
        return self._add("request", Act(refuse=refusal, retry_after_s=retry_after_s), method=method, path=path, **more)

    def status(self, status: int, body: str = "", method: str = "", path: str = "", **more: Any) -> int:
        """Answer as a proxy in front of the venue would; nothing is done."""
        return self._add("request", Act(status=status, body=body), method=method, path=path, **more)

    # ── sockets ──

    def drop_frame(self, path: str = "", **more: Any) -> int:
        """Never send a frame: its reader sees a gap."""
        return self._add("frame", Act(drop=True), path=path, **more)

    def duplicate_frame(self, path: str = "", **more: Any) -> int:
        """Send a frame twice."""
        return self._add("frame", Act(duplicate=True), path=path, **more)

    def swap_frames(self, path: str = "", **more: Any) -> int:
        """Send a frame behind the next one."""
        return self._add("frame", Act(swap=True), path=path, **more)

    def delay_frame(self, by: Duration, path: str = "", *, up_to: Duration = 0, **more: Any) -> int:
        """Send a frame later, by the venue's time."""
        return self._add("frame", _delay(by, up_to), path=path, **more)

    def hold_frames(self, by: Duration, path: str = "", **more: Any) -> int:
        """Send a frame later, and behind it what came meanwhile on its socket: a stale book."""
        return self._add("frame", Act(hold=text_of(by)), path=path, **more)

    def cut_socket(self, path: str = "", **more: Any) -> int:
        """Cut a socket in the place of its next frame."""
        return self._add("frame", Act(lose=True), path=path, **more)

    def close_socket(self, code: int = 1012, path: str = "", **more: Any) -> int:
        """Close a socket in the place of its next frame."""
        return self._add("frame", Act(close=code), path=path, **more)

    def refuse_socket(self, path: str = "", refusal: str = "unavailable", **more: Any) -> int:
        """Do not open a socket."""
        return self._add("socket", Act(refuse=refusal), path=path, **more)

    # ── all ──

    def outage(self, lasting: Duration = 0) -> int:
        """Cut every socket, and every request until the end (0: until it is cleared); books and time go on."""
        return self._add("venue", Act(outage=True), within=lasting)

    def remove(self, number: int) -> None:
        """Take a rule out of force. Raises: NotThere."""
        self._edge.remove(number)

    def skew(self, by: Duration) -> None:
        """Let the customers' clocks be behind the venue's by this much: what they sign is old."""
        self._edge.skew(nanoseconds(by))

    def clear(self) -> None:
        """Take every rule out of force."""
        self._edge.clear()

    def in_force(self) -> list[str]:
        """Return the rules in force, in words."""
        return self._edge.in_force()

    def _add(
        self, on: Any, do: Act, *, method: str = "", path: str = "", dialect: str = "", account: str = "", contains: str = "",
        skip: int = 0, times: int = 1, chance: float = 1.0, seed: int = 1, within: Duration = 0,
    ) -> int:  # fmt: skip
        where = Where(dialect=dialect, method=method, path=path, account=account, contains=contains)
        rule = Rule(
            on=on, where=where, do=do, skip=skip, times=times, chance_ppm=round(chance * 1_000_000), seed=seed,
            lasting=text_of(within) if within else "",
        )  # fmt: skip
        return self._edge.add(rule)


def _delay(by: Duration, up_to: Duration) -> Act:
    return Act(delay=text_of(by), delay_max=text_of(up_to) if up_to else "")


class OnStage:
    """The edge of a venue in this process."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number."""
        return self._look(lambda: self._stage.faults.add(rule))

    def remove(self, number: int) -> None:
        """Take a rule out of force. Raises: NotThere."""
        if not self._look(lambda: self._stage.faults.remove(number)):
            raise NotThere(f"no fault {number} is in force")

    def skew(self, by_ns: int) -> None:
        """Let the customers' clocks be behind by this much."""
        self._look(lambda: self._stage.skew(by_ns))

    def clear(self) -> None:
        """Take every rule out of force."""
        self._look(self._stage.faults.clear)
        if self._stage.skew_ns:
            self.skew(0)

    def in_force(self) -> list[str]:
        """Return the rules in force, in words."""
        return self._look(self._stage.faults.described)

    @property
    def _stage(self) -> Stage:
        return self._host.sandbox.stage

    def _look(self, ask: Callable[[], T]) -> T:
        return self._host.look(ask)
