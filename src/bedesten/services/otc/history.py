"""What an account bought from the OTC desk and sold to it, from the journal's notes. Owns nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from bedesten.services.instruments import Catalogue
from bedesten.services.otc.quotes import Quote
from bedesten.services.otc.settlements import Settlement, settlements
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import histories


class OtcHistory:
    """The settlements of every account."""

    def __init__(self, sequencer: Sequencer, rows: Rows, catalogue: Catalogue) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._catalogue = catalogue

    async def settlements(
        self, account: int, *, is_wanted: Callable[[Quote], bool] = lambda quote: True, start_ns: int = 0, end_ns: int = NS_MAX,
        after_seq: int = 0, before_seq: int = NS_MAX, oldest_first: bool = False, limit: int,
    ) -> list[Settlement]:  # fmt: skip
        """Return what an account took from the desk and is wanted, newest first unless told; seqs are the settlements' own."""
        await self._sequencer.settled()
        return await histories.run(
            lambda: list(
                islice(
                    (
                        done
                        for done in settlements(
                            self._rows, self._catalogue, account, start_ns=start_ns, end_ns=end_ns, oldest_first=oldest_first
                        )
                        if after_seq < done.seq < before_seq and is_wanted(done.quote)
                    ),
                    limit,
                )
            )
        )  # fmt: skip
