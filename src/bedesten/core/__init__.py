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
else:
    try:
        from bedesten.core._compiled import Machine

        COMPILED = True
    except ImportError:
        from bedesten.core.machine import Machine

__all__ = ["COMPILED", "InvariantError", "Machine"]
