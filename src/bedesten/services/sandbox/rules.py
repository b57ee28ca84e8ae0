"""What a fault is, in words of data: on what, where, what is done, and how often. Whoever serves the wire applies it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from bedesten.domain.texts import IN_LINES
from bedesten.services.sandbox.durations import nanoseconds
from bedesten.services.sandbox.refusals import SandboxRefused

NS_MAX: Final = 10**18  # of a delay, a hold, or how long a rule is in force: thirty years


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule meets; what is not said is any."""

    dialect: Annotated[str, Meta(description="The dialect of what passes, by its name")] = ""
    method: Annotated[str, Meta(description="The method of a request")] = ""
    path: Annotated[str, Meta(description="The path, as a pattern: */order")] = ""
    account: Annotated[str, Meta(description="The name of the account that asks")] = ""
    contains: Annotated[str, Meta(description="What stands in the body, the query or the frame")] = ""


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done: one of these. Durations are of the venue's time."""

    refuse: Annotated[str, Meta(description="A refusal by name, told in the words of the dialect that is asked")] = ""
    retry_after_s: Annotated[int, Meta(ge=0, le=86_400, description="Of rate_limited: when to come again, seconds")] = 1
    status: Annotated[
        int, Meta(ge=0, le=599, description="A status, answered with body in nobody's words; from 200 on")
    ] = 0
    body: Annotated[str, IN_LINES, Meta(description="The body beside status")] = ""
    lose: Annotated[
        bool, Meta(description="Cut the connection; of an answer: what was asked is done, and nobody is told")
    ] = False
    hang: Annotated[bool, Meta(description="Say nothing, and leave the connection open")] = False
    delay: Annotated[str, Meta(description="Let it pass so much later, a duration")] = ""
    delay_max: Annotated[
        str,
        Meta(description="Beside delay: each waits for a time between both, drawn from the rule's seed, a duration"),
    ] = ""
    truncate: Annotated[
        int, Meta(ge=0, le=1 << 30, description="So many bytes of the body are sent; then the connection is cut")
    ] = 0
    garbage: Annotated[int, Meta(ge=0, le=1 << 20, description="So many drawn bytes in the place of the body")] = 0
    drop: Annotated[bool, Meta(description="Never send a frame")] = False
    duplicate: Annotated[bool, Meta(description="Send a frame twice")] = False
    swap: Annotated[bool, Meta(description="Send a frame behind the next one")] = False
    hold: Annotated[str, Meta(description="Keep a frame and all behind it, in order, so long, a duration")] = ""
    close: Annotated[
        int,
        Meta(
            ge=0, le=4_999, description="Close the socket with this code: 1000 to 1014 but 1004 to 1006, or from 3000"
        ),
    ] = 0
    outage: Annotated[bool, Meta(description="Every socket is cut, and every request; books and time go on")] = False

    def kinds(self) -> list[str]:
        """Return what it says to do."""
        return [name for name in KINDS if getattr(self, name)]


#: What may be done to what passes.
ACTS: Final = {
    "request": ("refuse", "status", "lose", "hang", "delay"),
    "answer": ("status", "lose", "hang", "delay", "truncate", "garbage"),
    "frame": ("drop", "duplicate", "swap", "delay", "hold", "lose", "close"),
    "socket": ("refuse",),
    "venue": ("outage",),
}
KINDS: Final = tuple(dict.fromkeys(kind for kinds in ACTS.values() for kind in kinds))


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"lasting": "for"}):
    """A fault: on what, where, what is done, and how often."""

    on: Annotated[Literal["request", "answer", "frame", "socket", "venue"], Meta(description="On what")]
    where: Where = Where()
    do: Act
    skip: Annotated[int, Meta(ge=0, le=1 << 53, description="So many that it meets pass unharmed first")] = 0
    times: Annotated[int, Meta(ge=0, le=1 << 53, description="How often; 0: again and again")] = 1
    chance_ppm: Annotated[
        int, Meta(ge=1, le=1_000_000, description="With which chance each is met, parts in a million")
    ] = 1_000_000
    seed: Annotated[int, Meta(ge=-(1 << 53), le=1 << 53, description="What the chance is drawn from")] = 1
    lasting: Annotated[str, Meta(description="For how long it is in force, a duration; empty: until it is removed")] = (
        ""
    )
    must_match: Annotated[bool, Meta(description="Whether a test fails in which it met nothing")] = True


class RuleRefused(SandboxRefused):
    """A rule that cannot be; the message says why."""


def duration_of(text: str, name: str) -> int:
    """Return a duration of a rule, 0 for none. Units: nanoseconds. Raises: RuleRefused."""
    try:
        found = nanoseconds(text) if text else 0
    except ValueError as error:
        raise RuleRefused(f"{name}: {error}") from error
    if found > NS_MAX or (text and not found):
        raise RuleRefused(f"{name}: {text!r} is no time that a fault lasts")
    return found


class FaultRules(Protocol):
    """The rules in force."""

    def check(self, rule: Rule) -> None:
        """Refuse a rule that cannot be. Raises: RuleRefused."""
        ...

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

    def unmatched(self) -> list[str]:
        """Return the rules that had to meet something and never did, in words."""
        ...


class Edge(Protocol):
    """What stands around a sandbox's wire (server.stage)."""

    @property
    def faults(self) -> FaultRules:
        """The faults in force."""
        ...

    @property
    def skew_ns(self) -> int:
        """By how much the customers' clocks are behind."""
        ...

    def waiting(self) -> list[str]:
        """Return the requests that a delay holds until the venue's time has come, in words."""
        ...

    def skew(self, by_ns: int) -> None:
        """Let the customers' clocks be behind by this much from now on."""
        ...

    def lines(self) -> list[dict[str, Any]]:
        """Return the transcript."""
        ...

    async def delivered(self) -> int:
        """Return when the peers of all sockets have read what they were sent, or have had their time; how many have not."""
        ...
