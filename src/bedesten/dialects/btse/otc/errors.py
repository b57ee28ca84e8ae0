"""The OTC desk's refusals: codes and sentences.

Source: BTSE OTC API (https://btsecom.github.io/docs/otc/en/), the status codes, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.dialects.btse import errors
from bedesten.services.otc.desk import OtcRefusal as R

ORDER_QUERY: Final = 30000
QUOTED: Final = 30001
COMPLETE: Final = 30007
REQUOTE: Final = 30008
INSUFFICIENT: Final = 8
UNAVAILABLE: Final = 40001
REJECTED: Final = 40003

#: The status of what the desk refuses; SETTLED is no failure: the answer is the settled quote once more.
STATUS: Final[Mapping[R, int]] = {
    R.UNKNOWN_MARKET: errors.UNKNOWN_SYMBOL,
    R.NO_PRICE: UNAVAILABLE,
    R.INDEX_TOO_OLD: UNAVAILABLE,
    R.TOO_SMALL: REJECTED,
    R.TOO_LARGE: REJECTED,
    R.NO_INVENTORY: REJECTED,
    R.TOO_MANY: UNAVAILABLE,
    R.UNKNOWN_QUOTE: REJECTED,
    R.EXPIRED: REJECTED,
    R.REJECTED: REJECTED,
    R.REQUOTED: REQUOTE,
    R.MOVED: REQUOTE,
    R.SETTLED: COMPLETE,
    R.INSUFFICIENT_AVAILABLE: INSUFFICIENT,
    R.SUSPENDED: REJECTED,
}


def sentence(refusal: R) -> str:
    """Return a refusal in words."""
    text: str = refusal.value
    return text[0].upper() + text[1:]


def refused(refusal: R) -> errors.BtseError:
    """Return the error of what the desk refused outright."""
    return errors.BtseError(STATUS[refusal], sentence(refusal), verbatim=True)
