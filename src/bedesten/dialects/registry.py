"""The list of dialects. A new one is a package with an `entry` module, and one line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bedesten.dialects.bitgin.entry import ENTRY as BITGIN
from bedesten.dialects.btcturk.entry import ENTRY as BTCTURK
from bedesten.dialects.btse.entry import ENTRY as BTSE
from bedesten.dialects.entry import DialectEntry
from bedesten.dialects.native.entry import ENTRY as NATIVE

#: In the order in which unknown paths are offered to them: BtcTurk would refuse those below /v1 that are BITGIN's.
DIALECTS: Final[Sequence[DialectEntry]] = (NATIVE, BTSE, BITGIN, BTCTURK)
