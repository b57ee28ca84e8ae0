"""The facts that a command is refused by: what domain/refusals.py says of its reason, for the REJECTED event.

The code that finds a reason stores the facts with it, so that nothing is computed twice. Costs nothing where nothing is refused.
"""

from __future__ import annotations

from bedesten.core import codes


class Refusal:
    """The facts beside the reason that was found last."""

    __slots__ = ("asset", "available", "bound", "needed", "reason", "reference", "value")

    def __init__(self) -> None:
        self.forget()

    def because(self, reason: int, value: int, bound: int, reference: int) -> int:
        """Return the reason; keep what was looked at, what it was compared with, and the price that this comes from."""
        self.forget()
        self.reason = reason
        self.value = value
        self.bound = bound
        self.reference = reference
        return reason

    def lacking(self, asset: int, needed: int, available: int) -> int:
        """Return INSUFFICIENT_AVAILABLE; keep what is needed of an asset, and what there is."""
        self.forget()
        self.reason = codes.INSUFFICIENT_AVAILABLE
        self.asset = asset
        self.needed = needed
        self.available = available
        return self.reason

    def forget(self) -> None:
        self.reason = 0
        self.value = self.bound = self.reference = self.asset = self.needed = self.available = 0
