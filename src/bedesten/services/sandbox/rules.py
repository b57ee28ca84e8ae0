"""What a fault is, in words of data: on what, where, what is done, and how often. Whoever serves the wire applies it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Protocol

import msgspec

Ns = Annotated[int, msgspec.Meta(ge=0, le=10**18)]


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule meets; what is not said is any. Paths are patterns: "*/order"."""

    dialect: str = ""
    method: str = ""
    path: str = ""
    account: int = 0
    contains: str = ""  # in the body, the query or the frame


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done: one of these. Units: nanoseconds of the venue's time."""

    refuse: str = ""  # a key of REFUSALS
    retry_after_s: int = 1
    status: int = 0  # answer this, with body, in nobody's words
    body: str = ""
    lose: bool = False  # cut the connection; of an answer: what was asked is done, and nobody is told
    delay_ns: Ns = 0
    truncate: int = 0  # bytes of the body that are sent; then the connection is cut
    drop: bool = False  # of frames, from here on
    duplicate: bool = False
    swap: bool = False  # with the next one
    close: int = 0  # the socket, with this code

    def kinds(self) -> list[str]:
        """Return what it says to do."""
        named = ("refuse", "status", "lose", "delay_ns", "truncate", "drop", "duplicate", "swap", "close")
        return [name for name in named if getattr(self, name)]


#: What may be done to what passes.
ACTS: Final = {
    "request": ("refuse", "status", "lose", "delay_ns"),
    "answer": ("status", "lose", "delay_ns", "truncate"),
    "frame": ("drop", "duplicate", "swap", "delay_ns", "lose", "close"),
    "socket": ("refuse",),
}


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault: on what, where, what is done, and how often."""

    on: Literal["request", "answer", "frame", "socket"]
    where: Where = Where()
    do: Act
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0  # so many that it meets pass unharmed first
    times: Annotated[int, msgspec.Meta(ge=0)] = 1  # 0: again and again
    chance_ppm: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1_000_000
    seed: int = 1
    for_ns: Ns = 0  # 0: for as long as it is in force


class RuleRefused(ValueError):
    """A rule that cannot be; the message says why."""


class FaultRules(Protocol):
    """The rules in force."""

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number. Raises: RuleRefused."""
        ...

    def remove(self, number: int) -> bool:
        """Take a rule out of force; say whether it was."""
        ...

    def described(self) -> list[str]:
        """Return the rules in force, in words."""
        ...
