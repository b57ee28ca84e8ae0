"""The venue's number: eight digits, drawn once, by which a browser tells the cookies of two venues on one host apart.

Drawn when somebody signs in by a page for the first time, and known from the log from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bedesten.services.ports import DataKeys
from bedesten.services.sealing import secrets
from bedesten.services.sequencing.sequencer import Sequencer

NAME: Final = "venue number"  # these words are part of what is stored
DIGITS: Final = 8


class VenueNumber:
    """The number of one venue."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, randomness: Callable[[int], bytes]) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._randomness = randomness
        self._known: str | None = None

    def known(self) -> str | None:
        """Return the number; None: none was drawn, and nobody signed in by a page."""
        if self._known is None:
            self._known = secrets.drawn(self._sequencer.state, self._vault, NAME)
        return self._known

    async def drawn(self) -> str:
        """Return the number, and draw it if there is none.

        Raises: Overloaded, Stopped.
        """
        found = self.known()
        if found is None:  # of two that are drawn at once the first one stays
            number = int.from_bytes(self._randomness(8), "big") % 10**DIGITS
            await secrets.keep(self._sequencer, self._vault, NAME, f"{number:0{DIGITS}d}")
            self._known = None
            found = self.known()
        assert found is not None, "it was kept just now"
        return found
