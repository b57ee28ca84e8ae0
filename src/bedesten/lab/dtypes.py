"""NumPy types of the core's rows, made from the records that describe them (bedesten.domain).

Every column of a row has a name, the unused ones too, so that no copy of a row leaves anything but zeros there: the core
refuses a command with anything else in a column that its op does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from bedesten.domain import commands, events, orders
from bedesten.domain.columns import CELL_BYTES, NumpyFields
from bedesten.domain.commands import COMMAND_WIDTH, Command
from bedesten.domain.enums import EventKind, Op
from bedesten.domain.events import EVENT_WIDTH


def _dtype(fields: NumpyFields) -> np.dtype[np.void]:
    described: Any = fields._asdict()
    made: np.dtype[np.void] = np.dtype(described)
    return made


def _kinds(base: type[Command]) -> dict[Op, type[Command]]:
    """Return the structs of all commands below *base* by their op."""
    found: dict[Op, type[Command]] = {}
    for kind in base.__subclasses__():
        if "op" in vars(kind):
            found[kind.op] = kind
        found.update(_kinds(kind))
    return found


def _row(header: tuple[str, ...], width: int) -> np.dtype[np.void]:
    """Return the type of rows of any kind: the header, and the columns behind it by their place."""
    names = [*header, *(f"column_{place}" for place in range(len(header), width))]
    return np.dtype({"names": names, "formats": ["<i8"] * width, "itemsize": width * CELL_BYTES})


#: What describes each command.
COMMANDS: Final[Mapping[Op, type[Command]]] = dict(sorted(_kinds(Command).items()))

#: A command's row, whatever its op: op, seq, time_ns, and 21 columns. One of them is 192 bytes.
COMMAND: Final = _row(("op", "seq", "time_ns"), COMMAND_WIDTH)
#: An event's row, whatever its kind.
EVENT: Final = _row(("kind", "seq", "time_ns"), EVENT_WIDTH)
#: An order's row (bedesten.domain.orders.Order).
ORDER: Final = _dtype(orders.numpy_fields())
#: A level of a book's side: price in ticks, quantity shown in lots.
LEVEL: Final = np.dtype([("price", "<i8"), ("quantity", "<i8")])
#: What an account has of an asset, in its minor units. held is part of total.
BALANCE: Final = np.dtype([("account", "<i8"), ("asset", "<i8"), ("total", "<i8"), ("held", "<i8")])

_COMMANDS: Final = {op: _dtype(commands.numpy_fields(kind)) for op, kind in COMMANDS.items()}
_EVENTS: Final = {EventKind(kind): _dtype(events.numpy_fields(record)) for kind, record in events.type_of.items()}
_DEFAULTS: Final[dict[Op, dict[str, Any]]] = {}


def command_dtype(op: Op) -> np.dtype[np.void]:
    """Return the type of rows of one op, its columns by name.

    Raises: KeyError for a number that is no op.
    """
    return _COMMANDS[op]


def event_dtype(kind: EventKind) -> np.dtype[np.void]:
    """Return the type of rows of one kind of event, its columns by name.

    Raises: KeyError for a number that is no kind.
    """
    return _EVENTS[kind]


def defaults_of(op: Op) -> dict[str, int]:
    """Return the columns of an op that have a default other than 0, as the command's struct has it."""
    if op not in _DEFAULTS:
        kind = COMMANDS[op]
        names, values = kind.__struct_fields__, kind.__struct_defaults__
        given = dict(zip(names[len(names) - len(values) :], values, strict=True))
        _DEFAULTS[op] = {name: int(value) for name, value in given.items() if value and value is not msgspec.NODEFAULT}
    return _DEFAULTS[op]
