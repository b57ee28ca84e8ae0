"""The engine as a library for research: batches of commands in as arrays, events out as arrays, no server and no store.

The same core and the same rules as the venue's. Units everywhere: prices in ticks, quantities in lots, money in minor units,
time in ns since 1970; all of them 64-bit integers. Needs the extra `lab` (NumPy); pyarrow, pandas and gymnasium only where a
name says so.
"""

from bedesten.lab.dtypes import BALANCE, COMMAND, EVENT, LEVEL, ORDER, command_dtype, event_dtype
from bedesten.lab.market import Events, Market, join

__all__ = [
    "BALANCE",
    "COMMAND",
    "EVENT",
    "LEVEL",
    "ORDER",
    "Events",
    "Market",
    "command_dtype",
    "event_dtype",
    "join",
]
