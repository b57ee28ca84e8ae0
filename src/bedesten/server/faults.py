"""Faults at the edge: rules by which a sandbox's wire misbehaves. No trading rule and no dialect knows of one.

Owns which rule meets what passes, and how often. What a rule draws comes from a stream of its own seed, in the order in which
things pass, so that a storm repeats. Invariant: a fault is a refusal that exists anyway, or bytes that are held, changed or not
sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final

import msgspec

from bedesten.dialects.refusals import Malformed, RateLimited, Refusal, SystemFailure, Unauthenticated, Unavailable
from bedesten.services.sandbox.rules import ACTS, Rule, RuleRefused, duration_of

RULES_MAX: Final = 256
BODY_CHARS_MAX: Final = 1 << 20
STATUS_MIN: Final = 200  # below it a client waits for another answer

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

    def __init__(self, number: int, rule: Rule, now_ns: int, account: int) -> None:
        """*account*: the number of the one that the rule names."""
        lasting_ns = duration_of(rule.lasting, "for")
        self.number = number
        self.rule = rule
        self.account = account
        self.until_ns = now_ns + lasting_ns if lasting_ns else 0
        self._delay_ns = duration_of(rule.do.delay, "delay")
        self._delay_max_ns = duration_of(rule.do.delay_max, "delay_max") or self._delay_ns
        self.hold_ns = duration_of(rule.do.hold, "hold")
        self.met = 0  # that passed where it looks
        self.done = 0
        self._chance = Random(rule.seed)

    def is_over(self, now_ns: int) -> bool:
        """Return whether its time is over."""
        return bool(self.until_ns) and now_ns >= self.until_ns

    def garbage(self) -> bytes:
        """Return the bytes that it sends in the place of a body."""
        return self._chance.randbytes(self.rule.do.garbage)

    def delay_ns(self) -> int:
        """Return for how long what it met waits; where it says a span, drawn."""
        if self._delay_max_ns == self._delay_ns:
            return self._delay_ns
        return self._chance.randint(self._delay_ns, self._delay_max_ns)

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
        self.account: Callable[[str], int] = lambda name: 0  # by its name
        self.dialects: Callable[[], Collection[str]] = lambda: ()  # that the venue speaks
        self.on_outage: Callable[[], None] = lambda: None  # called when one begins

    def check(self, rule: Rule) -> None:
        """Refuse a rule that cannot be. Raises: RuleRefused."""
        kinds, do, where = rule.do.kinds(), rule.do, rule.where
        if len(kinds) != 1:
            raise RuleRefused(f"a rule does one thing, not {len(kinds)}")
        if kinds[0] not in ACTS[rule.on]:
            raise RuleRefused(f"{kinds[0]} cannot be done on {rule.on}; there are {', '.join(ACTS[rule.on])}")
        if do.refuse and do.refuse not in REFUSALS:
            raise RuleRefused(f"there is no refusal {do.refuse!r}; there are {', '.join(REFUSALS)}")
        if do.status and do.status < STATUS_MIN:
            raise RuleRefused(f"{do.status} is no status of an answer")
        if do.close and not _may_be_sent(do.close):
            raise RuleRefused(f"{do.close} is no code that a socket is closed with")
        if where.dialect and where.dialect not in (known := self.dialects()):
            raise RuleRefused(f"there is no dialect {where.dialect!r}; there are {', '.join(sorted(known))}")
        for name, text in (("for", rule.lasting), ("delay", do.delay), ("hold", do.hold)):
            duration_of(text, name)
        if do.delay_max and not 0 < duration_of(do.delay, "delay") <= duration_of(do.delay_max, "delay_max"):
            raise RuleRefused("delay_max stands beside a delay that is not longer")
        if len(self._standing) >= RULES_MAX or len(do.body) > BODY_CHARS_MAX:
            raise RuleRefused(f"at most {RULES_MAX} rules, each with a body of at most {BODY_CHARS_MAX} characters")

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number. Raises: RuleRefused, NotThere for an account that is not there."""
        self.check(rule)
        standing = Standing(self._count + 1, rule, self._now_ns(), self.account(rule.where.account))
        self.on_change("/sandbox/faults", msgspec.to_builtins(rule))
        self._count += 1
        self._standing[self._count] = standing
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
        return [described(each) for each in self if each.rule.must_match and not each.done]

    def meets(
        self, on: str, *, path: str, dialect: str = "", method: str = "", account: int = 0, text: bytes = b""
    ) -> Standing | None:
        """Return the first rule that does something to what passes here."""
        for standing in self._standing.values():
            where = standing.rule.where
            if standing.rule.on != on or (where.dialect and where.dialect != dialect):
                continue
            if (where.method and where.method != method) or (standing.account and standing.account != account):
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


def _may_be_sent(code: int) -> bool:
    # RFC 6455 §7.4: 1004 to 1006 and 1015 stand in no frame; what is below 3000 is the protocol's own
    return 1_000 <= code <= 1_003 or 1_007 <= code <= 1_014 or code >= 3_000
