"""Rate limits: classes of requests, by account and by address.

Source: BTSE spot API v3.3, Rate Limits; docs/dialects/btse.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.contract import Limit, Per, Window

_SECOND: Final = 1_000_000_000

#: Source: Rate Limits: queries 15 a second per API and 30 per user, orders 75 and 75, wallet 5;
#: OTC 15 and 30; public API 50 in 2 s per address.
LIMITS: Final[Mapping[str, Limit]] = {
    "query": Limit((Window(15, _SECOND, Per.USER_AND_ENDPOINT), Window(30, _SECOND, Per.USER))),
    "orders": Limit((Window(75, _SECOND, Per.USER_AND_ENDPOINT), Window(75, _SECOND, Per.USER))),
    "wallet": Limit((Window(5, _SECOND, Per.USER),)),
    "otc": Limit((Window(15, _SECOND, Per.USER_AND_ENDPOINT), Window(30, _SECOND, Per.USER))),
    "market": Limit((Window(50, 2 * _SECOND, Per.ADDRESS),)),
}
