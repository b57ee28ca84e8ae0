"""The deterministic core of the exchange: commands in, events out.

``bedesten.core.machine`` and its neighbours are ordinary Python. ``Machine`` here is the compiled one when there is
one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bedesten.core.errors import InvariantError

COMPILED = False
if TYPE_CHECKING or os.environ.get("BEDESTEN_PURE"):
    from bedesten.core.machine import Machine
    from bedesten.core.packing import pack_rows, unpack_rows
else:
    try:
        from bedesten.core._compiled import Machine, pack_rows, unpack_rows

        COMPILED = True
    except ImportError:
        from bedesten.core.machine import Machine
        from bedesten.core.packing import pack_rows, unpack_rows

__all__ = ["COMPILED", "InvariantError", "Machine", "pack_rows", "unpack_rows"]
