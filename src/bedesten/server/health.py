"""Health: whether the venue can do its work, for load balancers and people. A check that fails says why in one line."""

from __future__ import annotations

from collections.abc import Callable

Check = Callable[[], str | None]  # None: well; otherwise what is wrong


class Health:
    """Named checks, asked on every request: they have to be cheap and may not wait."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._vital: set[str] = set()

    def add(self, name: str, check: Check, *, is_vital: bool = True) -> None:
        """Ask *check* from now on. Not vital: its message is shown, and the venue stays ready."""
        self._checks[name] = check
        if is_vital:
            self._vital.add(name)

    def report(self) -> tuple[bool, dict[str, str]]:
        """Return whether all that is vital is well, and each check's word."""
        words = {name: check() or "ok" for name, check in self._checks.items()}
        return all(words[name] == "ok" for name in self._vital), words
