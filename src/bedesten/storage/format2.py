"""What records of formats 1 and 2 hold otherwise than those of today: whole rows of commands, and refusals without facts.

Old records stay byte for byte. Never called for a record of a later format.
"""

from __future__ import annotations

import zlib
from typing import Final

from bedesten.domain.columns import CELL_BYTES, KIND, at
from bedesten.domain.commands import COMMAND_WIDTH, USED, PlaceOco
from bedesten.domain.enums import EventKind, Op
from bedesten.domain.events import EVENT_WIDTH, Rejected

COMMAND_BYTES: Final = COMMAND_WIDTH * CELL_BYTES

_USED: Final = {int(op): used for op, used in USED.items()}
_PLACE_ORDER: Final = int(Op.PLACE_ORDER)
_STOP_PRICE: Final = at(PlaceOco, "stop_price")
_REJECTED: Final = int(EventKind.REJECTED)
_FACTS: Final = at(Rejected, "value")  # from there on a refusal had nothing
_NONE: Final = bytes((EVENT_WIDTH - _FACTS) * CELL_BYTES)


def rows_of(commands: bytes) -> bytes:
    """Return the rows as the core of today does with them what that of then did.

    It passed over what stood in columns that an op does not use, but for one: a negative number where a PLACE_OCO has its
    stop_price refused a PLACE_ORDER as malformed, and still does.
    """
    cells = memoryview(commands).cast("q")
    cleaned: memoryview | None = None
    for row, op in zip(range(0, len(cells), COMMAND_WIDTH), cells[KIND::COMMAND_WIDTH].tolist(), strict=True):
        surplus = cells[row + _USED.get(op, COMMAND_WIDTH) : row + COMMAND_WIDTH]
        if any(surplus) and not (op == _PLACE_ORDER and cells[row + _STOP_PRICE] < 0):
            cleaned = memoryview(bytearray(commands)).cast("q") if cleaned is None else cleaned
            for column in range(row + _USED.get(op, COMMAND_WIDTH), row + COMMAND_WIDTH):
                cleaned[column] = 0
    return commands if cleaned is None else cleaned.tobytes()


def outcome_of(events: bytes, closed: bytes) -> int:
    """Return the short mark of what a batch caused, as it was when refusals gave no facts."""
    kinds = memoryview(events).cast("q")[KIND::EVENT_WIDTH].tolist()
    if _REJECTED in kinds:
        bare = bytearray(events)
        for row in (place for place, kind in enumerate(kinds) if kind == _REJECTED):
            end = (row + 1) * EVENT_WIDTH * CELL_BYTES
            bare[end - len(_NONE) : end] = _NONE
        events = bytes(bare)
    return zlib.crc32(closed, zlib.crc32(events))
