"""Faults at the edge: rules by which a sandbox's wire misbehaves. No trading rule and no dialect knows of one.

Owns which rule meets what passes, and how often. What a rule draws comes from a stream of its own seed, in the order in which
things pass, so that a storm repeats. Invariant: a fault is a refusal that exists anyway, or bytes that are held, changed or not
sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final

import msgspec

from bedesten.dialects.refusals import Malformed, RateLimited, Refusal, SystemFailure, Unauthenticated, Unavailable
from bedesten.services.sandbox.rules import ACTS, Rule, RuleRefused

RULES_MAX: Final = 256
BODY_CHARS_MAX: Final = 1 << 20

#: The refusals that a rule may name, rendered by the dialect of the request.
REFUSALS: Final[dict[str, Callable[[int], Refusal]]] = {
    "rate_limited": lambda retry_after_s: RateLimited("rate limit exceeded", retry_after_s),
    "unavailable": lambda retry_after_s: Unavailable("busy; try again"),
    "unauthenticated": lambda retry_after_s: Unauthenticated("Signature verification failed"),
    "malformed": lambda retry_after_s: Malformed("the request cannot be read"),
    "system_failure": lambda retry_after_s: SystemFailure("System error"),
}


class Standing:
    """A rule in force, and what it has met."""

    def __init__(self, number: int, rule: Rule, until_ns: int) -> None:
        self.number = number
        self.rule = rule
        self.until_ns = until_ns
        self.met = 0  # that passed where it looks
        self.done = 0
        self._chance = Random(rule.seed)

    def is_over(self, now_ns: int) -> bool:
        """Return whether its time is over."""
        return bool(self.until_ns) and now_ns >= self.until_ns

    def garbage(self) -> bytes:
        """Return the bytes that it sends in the place of a body."""
        return self._chance.randbytes(self.rule.do.garbage)

    def take(self, now_ns: int) -> bool:
        """Count what it meets, and return whether it does something to it."""
        rule = self.rule
        if self.is_over(now_ns) or (rule.times and self.done >= rule.times):
            return False
        self.met += 1
        if self.met <= rule.skip:
            return False
        if rule.chance_ppm < 1_000_000 and self._chance.randrange(1_000_000) >= rule.chance_ppm:
            return False
        self.done += 1
        return True


class Rules:
    """The faults of one sandbox."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._standing: dict[int, Standing] = {}
        self._count = 0
        self.on_change: Callable[[str, Mapping[str, Any]], None] = lambda path, form: (
            None
        )  # as the driver's API asks it
        self.on_outage: Callable[[], None] = lambda: None  # called when one begins

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number. Raises: RuleRefused."""
        kinds = rule.do.kinds()
        if len(kinds) != 1:
            raise RuleRefused(f"a rule does one thing, not {len(kinds)}")
        if kinds[0] not in ACTS[rule.on]:
            raise RuleRefused(f"{kinds[0]} cannot be done on {rule.on}; there are {', '.join(ACTS[rule.on])}")
        if rule.do.refuse and rule.do.refuse not in REFUSALS:
            raise RuleRefused(f"there is no refusal {rule.do.refuse!r}; there are {', '.join(REFUSALS)}")
        if len(self._standing) >= RULES_MAX or len(rule.do.body) > BODY_CHARS_MAX:
            raise RuleRefused(f"at most {RULES_MAX} rules, each with a body of at most {BODY_CHARS_MAX} characters")
        self.on_change("/sandbox/faults", msgspec.to_builtins(rule))
        self._count += 1
        until_ns = self._now_ns() + rule.for_ns if rule.for_ns else 0
        self._standing[self._count] = standing = Standing(self._count, rule, until_ns)
        if rule.do.outage:
            standing.done = 1
            self.on_outage()
        return self._count

    @property
    def is_outage(self) -> bool:
        """Whether nothing reaches the venue now."""
        return any(each.rule.do.outage and not each.is_over(self._now_ns()) for each in self._standing.values())

    def remove(self, number: int) -> bool:
        """Take a rule out of force; say whether it was."""
        if number not in self._standing:
            return False
        self.on_change("/sandbox/faults/remove", {"number": number})
        del self._standing[number]
        return True

    def clear(self) -> None:
        """Take every rule out of force."""
        for number in tuple(self._standing):
            self.remove(number)

    def __iter__(self) -> Iterator[Standing]:
        return iter(tuple(self._standing.values()))

    def described(self) -> list[str]:
        """Return the rules in force, in words."""
        return [f"{described(each)}, {each.done} times" for each in self]

    def unmatched(self) -> list[str]:
        """Return the rules that never did anything, in words."""
        return [described(each) for each in self._standing.values() if not each.done]

    def meets(
        self, on: str, *, path: str, dialect: str = "", method: str = "", account: int = 0, text: bytes = b""
    ) -> Standing | None:
        """Return the first rule that does something to what passes here."""
        for standing in self._standing.values():
            where = standing.rule.where
            if standing.rule.on != on or (where.dialect and where.dialect != dialect):
                continue
            if (where.method and where.method != method) or (where.account and where.account != account):
                continue
            if (where.path and not fnmatchcase(path, where.path)) or where.contains.encode() not in text:
                continue
            if standing.take(self._now_ns()):
                return standing
        return None


def described(standing: Standing) -> str:
    """Return a rule as one reads it in a report."""
    rule = standing.rule
    where = ", ".join(f"{name} {value}" for name, value in msgspec.structs.asdict(rule.where).items() if value)
    return f"{standing.number} (on {rule.on}{f' of {where}' if where else ''}: {', '.join(rule.do.kinds())})"
