"""What an account bought from the OTC desk and sold to it, from the journal's texts. Owns nothing."""

from __future__ import annotations

import asyncio
from typing import Final

from bedesten.services.instruments import Catalogue
from bedesten.services.otc.quotes import Quote
from bedesten.services.otc.settlements import settled_quotes
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

LISTED_MAX: Final = 1_000  # the last ones of an account, conversions counted with them


class OtcHistory:
    """The settlements of every account."""

    def __init__(self, sequencer: Sequencer, store: Store, catalogue: Catalogue) -> None:
        self._sequencer = sequencer
        self._store = store
        self._catalogue = catalogue

    async def settled(self, account: int) -> list[Quote]:
        """Return the quotes that an account took, oldest first."""
        await self._sequencer.settled()
        return await asyncio.to_thread(
            lambda: settled_quotes(self._store, self._catalogue, LISTED_MAX, of_account=account)
        )
