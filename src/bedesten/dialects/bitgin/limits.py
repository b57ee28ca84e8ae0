"""Rate limits: classes of requests, by account and by address.

Source: BITGIN API, Rate Limits; docs/dialects/bitgin.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.contract import Limit, Per, Window

_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * _SECOND

#: Source: Rate Limits: queries 15 a second per API and 30 per user, orders 75 and 75. Logins ("doors"), where
#: anybody may guess, and codes, each of which is a message sent, are limited per address; those numbers are our own choice.
LIMITS: Final[Mapping[str, Limit]] = {
    "query": Limit((Window(15, _SECOND, Per.USER_AND_ENDPOINT), Window(30, _SECOND, Per.USER))),
    "orders": Limit((Window(75, _SECOND, Per.USER_AND_ENDPOINT), Window(75, _SECOND, Per.USER))),
    "doors": Limit((Window(60, _MINUTE, Per.ADDRESS),), blocks_ns=()),
    "codes": Limit((Window(20, _MINUTE, Per.ADDRESS),), blocks_ns=()),
}
