"""The simulated market of a sandbox, as its driver may bend it: what assets are worth, and how a pair lives.

Owns the words in which both are asked for. What is asked changes what makers and noise traders do next, never a rule or a book.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Protocol

from bedesten.services.sandbox.pacing import LONGEST_NS
from bedesten.services.sandbox.refusals import SandboxRefused


class Simulated(Protocol):
    """The market's life (bedesten.simulation.demo). Everything is from now on. Raises: SandboxRefused."""

    def follow(self, asset: str) -> None:
        """Let an asset's price walk by itself, from where it stands."""

    def ramp(self, asset: str, usd: Decimal, over_ns: int) -> None:
        """Let an asset's price go to *usd* and stand there."""

    def crash(self, asset: str, by: Decimal, over_ns: int) -> None:
        """Let an asset's price move by a share of it, −0.3 for 30 % down, and walk on."""

    def replay(self, lines: Iterable[str], at_ns: int | None) -> None:
        """Let prices be what was recorded, CSV: time_ns, asset, usd; *at_ns*: when the first row comes."""

    async def live(
        self, instrument: int, *, makers: bool | None = None, noise: bool | None = None, spread_times: int | None = None
    ) -> None:
        """Let a pair have makers, noise traders, both or neither, and its makers a wider spread; None: as it is."""


def move(simulated: Simulated, asset: str, *, to: str = "", by: str = "", over_ns: int = 0) -> None:
    """Move an asset's price: *to* dollars, or *by* a share, "-30%" or "-0.3". Raises: SandboxRefused."""
    if bool(to) == bool(by):
        raise SandboxRefused("a price moves either to so many dollars or by a share of it")
    if not 0 <= over_ns <= LONGEST_NS:
        raise SandboxRefused("a price moves over a year at most, and takes no negative time")
    if to:
        simulated.ramp(asset, _decimal(to), over_ns)
    elif by.endswith("%"):
        simulated.crash(asset, _decimal(by[:-1]).scaleb(-2), over_ns)
    else:
        simulated.crash(asset, _decimal(by), over_ns)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SandboxRefused(f"{text!r} is no number")
    return number
