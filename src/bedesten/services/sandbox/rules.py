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
    retry_after_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 1
    status: Annotated[int, msgspec.Meta(ge=0, le=599)] = 0  # answer this, with body, in nobody's words
    body: str = ""
    lose: bool = False  # cut the connection; of an answer: what was asked is done, and nobody is told
    hang: bool = False  # say nothing, and leave the connection open
    delay_ns: Ns = 0
    truncate: Annotated[int, msgspec.Meta(ge=0)] = 0  # bytes of the body that are sent; then the connection is cut
    garbage: Annotated[int, msgspec.Meta(ge=0, le=1 << 20)] = 0  # so many bytes in the place of the body
    drop: bool = False  # of frames, from here on
    duplicate: bool = False
    swap: bool = False  # with the next one
    hold_ns: Ns = 0  # it and all behind it, in order, for so long
    close: Annotated[int, msgspec.Meta(ge=0, le=4_999)] = 0  # the socket, with this code
    outage: bool = False  # every socket is cut, and every request; books and time go on

    def kinds(self) -> list[str]:
        """Return what it says to do."""
        return [name for name in KINDS if getattr(self, name)]


#: What may be done to what passes.
ACTS: Final = {
    "request": ("refuse", "status", "lose", "hang", "delay_ns"),
    "answer": ("status", "lose", "hang", "delay_ns", "truncate", "garbage"),
    "frame": ("drop", "duplicate", "swap", "delay_ns", "hold_ns", "lose", "close"),
    "socket": ("refuse",),
    "venue": ("outage",),
}
KINDS: Final = tuple(dict.fromkeys(kind for kinds in ACTS.values() for kind in kinds))


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault: on what, where, what is done, and how often."""

    on: Literal["request", "answer", "frame", "socket", "venue"]
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

    def clear(self) -> None:
        """Take every rule out of force."""
        ...

    def described(self) -> list[str]:
        """Return the rules in force, in words."""
        ...
