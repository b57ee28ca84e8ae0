"""Whatever happens to a customer's money, the sum of what a dialect's histories tell is the change of the balances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.bitgin.limits import LIMITS as BITGIN_LIMITS
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btcturk.limits import LIMITS as BTCTURK_LIMITS
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.limits import LIMITS
from bedesten.dialects.contract import Dialect
from tests.dialects.bitgin import books as bitgin
from tests.dialects.btcturk import books as btcturk
from tests.dialects.btse import books as btse
from tests.dialects.money_life import Told, open_life, unlimited

#: What is opened for each dialect, and how its histories are read and summed up. Another dialect is another line.
BOOKS: Final[dict[str, tuple[Callable[[], Sequence[Dialect]], Told]]] = {
    "bitgin": (lambda: [BitginDialect(limits=unlimited(BITGIN_LIMITS))], bitgin.told),
    "btcturk": (lambda: [BtcTurkDialect(limits=unlimited(BTCTURK_LIMITS))], btcturk.told),
    "btse": (lambda: [BtseDialect(limits=unlimited(LIMITS))], btse.told),
}
STEPS: Final = 150
CHECKED_EVERY: Final = 50
KINDS_MIN: Final = 14  # of the kinds of movement there are, so many happen in a life


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", BOOKS)
async def test_the_sum_of_what_is_told_is_what_there_is(name: str, seed: int) -> None:
    """Orders, fees, deposits, withdrawals, transfers, conversions, the desk, the operator's hand and the bank, in any order."""
    make, told = BOOKS[name]
    life = await open_life(seed, make())
    for at in range(STEPS):
        await life.step()
        if at % CHECKED_EVERY == CHECKED_EVERY - 1:
            await life.check(told)
    assert len(set(life.script)) > KINDS_MIN
    await life.venue.sequencer.stop()
